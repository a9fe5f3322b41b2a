"""Intervals by resampling (the bootstrap), scenario by scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

_AT_ONCE = 2_000_000
"""Observations that are drawn at a time: 16 MB."""
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
        groups: Scenarios they are from, or calls.
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
    """A figure over the calls of several scenarios, with its percentile bootstrap interval.

    Calls of one scenario are alike, so scenarios are drawn with replacement and each keeps its
    calls (A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application, 1997, 3.8). Of
    a single scenario its calls are drawn. The interval is the wider for few of them, see
    :func:`expanded_tail`. The same observations and seed give the same interval.

    Args:
        groups: Observations of each scenario; empty ones are passed over.
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

    If both are of the same scenarios, the same ones are drawn for both: a scenario that is slow by
    nature is so on either side. Else each side is drawn for itself. Likewise for calls.

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


def quantile(q: float) -> Statistic:
    """The `q`-th percentile by linear interpolation, to the digit as `numpy.percentile`.

    It sorts no more of a sample than the two observations it lies between, so that thousands of
    samples take a fraction of numpy's time.

    Args:
        q: 0..100.

    Raises:
        ValueError: `q` is outside 0..100.
    """
    if not 0 <= q <= 100:
        raise ValueError(f"q must be in 0..100, not {q}")

    def figure(samples: Floats, /, axis: int) -> Floats:
        rank = (samples.shape[axis] - 1) * (q / 100)
        low = math.floor(rank)
        high = min(low + 1, samples.shape[axis] - 1)
        samples.partition((low, high), axis=axis)
        below, above = samples.take(low, axis), samples.take(high, axis)
        share = rank - low
        # From the nearer end: so no rounding leads beyond the observations.
        gap = above - below
        found: Floats = below + gap * share if share < 0.5 else above - gap * (1 - share)
        return found

    return figure


def limits(drawn: Floats, level: float, units: int) -> tuple[float | None, float | None]:
    """The expanded percentile interval of what was drawn; None of nothing.

    Samples without a figure (NaN) are passed over; more than one in twenty of them, and what is
    left no longer stands for all: there is no interval.

    Args:
        drawn: The figure of each sample.
        level: Of the interval, 0..1.
        units: How many things a sample is drawn of: scenarios, or the calls of one.
    """
    known = drawn[~np.isnan(drawn)]
    if not len(known) or len(drawn) - len(known) > _MOST_WITHOUT * len(drawn):
        return None, None
    tail = 100 * expanded_tail(units, level)
    low, high = np.percentile(known, [tail, 100 - tail])
    return float(low), float(high)


def _units(parts: Mapping[str, Floats]) -> int:
    """How many things are drawn: scenarios, or the calls of a single one."""
    return len(parts) if len(parts) > 1 else len(_all(parts))


def _parts(groups: Mapping[str, Sequence[float]]) -> dict[str, Floats]:
    """Observations by scenario, in the order of names, each in the order of size.

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
    # Of a single scenario each call is drawn for itself.
    sizes = np.array([len(part) for part in parts.values()] if len(parts) > 1 else [1] * len(every))
    starts = np.cumsum(sizes) - sizes
    rng = np.random.Generator(np.random.PCG64(seed))
    places = rng.integers(0, len(sizes), (draws, len(sizes)))
    lengths = sizes[places].sum(axis=1)
    found = np.empty(draws)
    # Samples of one length make a table.
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        for some in np.array_split(rows, math.ceil(len(rows) * length / _AT_ONCE)):
            taken = sizes[places[some]].ravel()
            first = np.repeat(starts[places[some]].ravel() - np.cumsum(taken) + taken, taken)
            sample = every[first + np.arange(len(first))].reshape(len(some), length)
            found[some] = statistic(sample, axis=1)
    return found
