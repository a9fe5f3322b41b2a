"""Intervals by resampling (the bootstrap), group by group."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.measure._student import expanded_tail

__all__ = [
    "GREY_BELOW",
    "Interval",
    "Statistic",
    "bootstrap",
    "bootstrap_difference",
    "limits",
    "quantile",
]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int_]
Ints32: TypeAlias = NDArray[np.int32]

_AT_ONCE = 2_000_000
"""Observations that are drawn at a time: 16 MB."""
_REMEMBERED = 2
"""Drawings that are kept: of A and of B; at most 8 MB each."""
_MOST_WITHOUT = 0.05
"""As large a share of the samples may have no figure."""


class Statistic(Protocol):
    """From observations, in any order, to one figure; of many samples at once."""

    def __call__(self, samples: Floats, /, axis: int) -> Any:
        """The figure of each sample.

        Args:
            samples: Shape (samples, observations); they may be put into another order in place.
            axis: 1, that of the observations, as numpy's own functions take it.

        Returns:
            Shape (samples,). NaN of a sample that has no such figure.
        """


GREY_BELOW = 10
"""What rests on fewer observations is shown greyed."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its interval.

    Attributes:
        value: None without observations.
        low: None where there is too little to tell an interval from (fewer than two).
        n: Observations.
        groups: What they are from: calls, or scenarios.
        grey: Whether it rests on too few to be read without care.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    groups: int
    grey: bool


def bootstrap(
    groups: Mapping[str, Sequence[float]],
    statistic: Statistic,
    *,
    seed: int = 0,
    draws: int = 2000,
    level: float = 0.95,
    grey_below: int = GREY_BELOW,
) -> Interval:
    """A figure over the observations of several groups, with its percentile bootstrap interval.

    What is of one group, such as a call or a scenario, is alike. So groups are drawn with
    replacement and each keeps its observations (A. C. Davison and D. V. Hinkley, Bootstrap Methods
    and their Application, 1997, 3.8). Of a single group its observations are drawn. The interval is
    the wider for few of them, see :func:`expanded_tail`. The same observations and seed give the
    same interval.

    Args:
        groups: Observations of each group; empty ones are passed over.
        statistic: The figure.
        seed: Of numpy's PCG64.
        draws: How many samples are drawn.
        level: Of the interval, 0..1.
        grey_below: With fewer observations it is grey.
    """
    parts = _parts(groups)
    every = _all(parts)
    if not len(every):
        return Interval(None, None, None, 0, 0, True)
    drawn = _drawn(parts, statistic, draws if len(every) > 1 else 0, seed)
    low, high = limits(drawn, level, _units(parts))
    value = float(statistic(every[None], axis=1)[0])
    return Interval(value, low, high, len(every), len(parts), len(every) < grey_below)


def bootstrap_difference(
    a: Mapping[str, Sequence[float]],
    b: Mapping[str, Sequence[float]],
    statistic: Statistic,
    *,
    seed: int = 0,
    draws: int = 2000,
    levels: Sequence[float] = (0.95,),
) -> list[tuple[float | None, float | None]]:
    """The bootstrap intervals of the figure of `b` minus that of `a`.

    If both have groups of the same names, the same ones are drawn for both: a scenario that is slow
    by nature is so on either side. Else each side is drawn for itself.

    No sample goes beyond what is drawn. So there is no interval of a level where by chance alone
    all pairs would differ to one side (or all of one side be below all of the other) more often
    than the level leaves: 95 % need six pairs, or four against four.

    Returns:
        For each level the bounds, None where there is too little.
    """
    parts_a, parts_b = _parts(a), _parts(b)
    if len(_all(parts_a)) < 2 or len(_all(parts_b)) < 2:
        return [(None, None)] * len(levels)
    # Equal seeds draw equal numbers, so the same scenarios; others must not move together.
    same = list(parts_a) == list(parts_b) and len(parts_a) > 1
    units_a, units_b = _units(parts_a), _units(parts_b)
    by_chance = 2.0 ** (1 - units_a) if same else 2 / math.comb(units_a + units_b, units_a)
    one = _drawn(parts_a, statistic, draws, seed)
    two = _drawn(parts_b, statistic, draws, seed if same else seed + 1)
    return [
        limits(two - one, level, min(units_a, units_b)) if by_chance <= 1 - level else (None, None)
        for level in levels
    ]


@dataclass(frozen=True, slots=True)
class _Quantile:
    """A percentile by linear interpolation between the two observations it lies between."""

    q: float

    def __call__(self, samples: Floats, /, axis: int) -> Floats:
        """Of each sample; it is sorted no further than those two ask for."""
        low, high, share = self._between(np.array(samples.shape[axis]))
        samples.partition((int(low), int(high)), axis=axis)
        return _mixed(np.take(samples, low, axis), np.take(samples, high, axis), share)

    def counted(self, ordered: Floats, until: Ints32) -> Floats:
        """The same of samples that are told by how often each observation is in them.

        Nothing is sorted for it, so that it takes a fraction of the time.

        Args:
            ordered: All observations, by size.
            until: Shape (samples, observations): how many of a sample are one of those up to this;
                no sample is empty.
        """
        low, high, share = self._between(until[:, -1])
        # The first observation with more than so many up to it has that rank, counted from 0.
        below, above = (ordered[(until > rank[:, None]).argmax(axis=1)] for rank in (low, high))
        return _mixed(below, above, share)

    def _between(self, many: NDArray[Any]) -> tuple[Ints32, Ints32, Floats]:
        """Of so many observations the ranks it lies between, and how far it is beyond the first."""
        rank = (many - 1) * (self.q / 100)
        low = np.floor(rank).astype(np.int32)
        return low, np.minimum(low + 1, many - 1), rank - low


def _mixed(below: Floats, above: Floats, share: Floats) -> Floats:
    """From the nearer end: so no rounding leads beyond the observations."""
    gap = above - below
    found: Floats = np.where(share < 0.5, below + gap * share, above - gap * (1 - share))
    return found


def quantile(q: float) -> Statistic:
    """The `q`-th percentile by linear interpolation, to the digit as `numpy.percentile`.

    Samples that are drawn of it are not even made: how often each observation is drawn tells it.

    Args:
        q: 0..100.

    Raises:
        ValueError: `q` is outside 0..100.
    """
    if not 0 <= q <= 100:
        raise ValueError(f"q must be in 0..100, not {q}")
    return _Quantile(q)


def limits(drawn: Floats, level: float, units: int) -> tuple[float | None, float | None]:
    """The expanded percentile interval of what was drawn; None of nothing.

    Samples without a figure (NaN) are passed over; more than one in twenty of them, and what is
    left no longer stands for all: there is no interval.

    Args:
        drawn: The figure of each sample.
        level: Of the interval, 0..1.
        units: How many things a sample is drawn of: groups, or the observations of one.
    """
    known = drawn[~np.isnan(drawn)]
    if not len(known) or len(drawn) - len(known) > _MOST_WITHOUT * len(drawn):
        return None, None
    tail = 100 * expanded_tail(units, level)
    low, high = np.percentile(known, [tail, 100 - tail])
    return float(low), float(high)


def _units(parts: Mapping[str, Floats]) -> int:
    """How many things are drawn: groups, or the observations of a single one."""
    return len(parts) if len(parts) > 1 else len(_all(parts))


def _parts(groups: Mapping[str, Sequence[float]]) -> dict[str, Floats]:
    """Observations by group, in the order of names, each in the order of size.

    The order they came in must make no difference to what is drawn.
    """
    return {
        name: np.sort(np.asarray(groups[name], np.float64))
        for name in sorted(groups)
        if len(groups[name])
    }


def _all(parts: Mapping[str, Floats]) -> Floats:
    return np.concatenate(list(parts.values())) if parts else np.empty(0)


def _drawn(parts: Mapping[str, Floats], statistic: Statistic, draws: int, seed: int) -> Floats:
    """The figure of each of `draws` samples, in the order they were drawn."""
    every = _all(parts)
    # Of a single group each observation is drawn for itself.
    sizes = tuple(map(len, parts.values())) if len(parts) > 1 else (1,) * len(every)
    if not isinstance(statistic, _Quantile):
        return _made(every, np.array(sizes), _places(len(sizes), draws, seed), statistic)
    order = np.argsort(every, kind="stable")
    if draws * len(every) <= _AT_ONCE:
        until = _until_of(order.tobytes(), sizes, draws, seed)
        return statistic.counted(every[order], until)
    owners = np.repeat(np.arange(len(sizes)), sizes)[order]
    often = _often(_places(len(sizes), draws, seed))
    parts_of = np.array_split(often, math.ceil(draws * len(every) / _AT_ONCE))
    return np.concatenate(
        [statistic.counted(every[order], _until(some, owners)) for some in parts_of]
    )


def _places(many: int, draws: int, seed: int) -> Ints:
    """Which of so many groups each sample is of, shape (draws, many)."""
    return np.random.Generator(np.random.PCG64(seed)).integers(0, many, (draws, many))


def _often(places: Ints) -> NDArray[np.int16]:
    """How often each group was drawn, in the same shape."""
    draws, many = places.shape
    rows = np.arange(draws)[:, None] * many
    often = np.bincount((places + rows).ravel(), minlength=draws * many)
    return often.reshape(draws, many).astype(np.int16)


def _until(often: NDArray[np.int16], owners: Ints) -> Ints32:
    """How many observations of each sample stand up to each of those in order."""
    return np.cumsum(often[:, owners], axis=1, dtype=np.int32)


@lru_cache(maxsize=_REMEMBERED)
def _until_of(order: bytes, sizes: tuple[int, ...], draws: int, seed: int) -> Ints32:
    """The same; several percentiles of the same calls are asked for, one after the other."""
    owners = np.repeat(np.arange(len(sizes)), sizes)[np.frombuffer(order, np.intp)]
    return _until(_often(_places(len(sizes), draws, seed)), owners)


def _made(every: Floats, sizes: Ints, places: Ints, statistic: Statistic) -> Floats:
    """The figure of each sample, out of its observations."""
    starts = np.cumsum(sizes) - sizes
    lengths = sizes[places].sum(axis=1)
    found = np.empty(len(places))
    # Samples of one length make a table.
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        for some in np.array_split(rows, math.ceil(len(rows) * length / _AT_ONCE)):
            taken = sizes[places[some]].ravel()
            first = np.repeat(starts[places[some]].ravel() - np.cumsum(taken) + taken, taken)
            sample = every[first + np.arange(len(first))].reshape(len(some), length)
            found[some] = statistic(sample, axis=1)
    return found
