"""Intervals by resampling (the bootstrap), scenario by scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["GREY_BELOW", "Interval", "Statistic", "bootstrap", "bootstrap_difference", "limits"]

Floats: TypeAlias = NDArray[np.float64]
Statistic: TypeAlias = Callable[[Floats], Any]
"""From observations, in any order, to one figure."""

GREY_BELOW = 10
"""What rests on fewer observations is shown greyed."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its interval.

    Attributes:
        value: None without observations.
        low: None where there is too little to tell an interval from (fewer than two).
        n: Observations.
        groups: Scenarios they are from.
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
    a single scenario its calls are drawn. With few scenarios (below ten or so) such an interval is
    rather too narrow. The same observations and seed give the same interval.

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
    drawn = np.array(
        [statistic(sample) for sample in _samples(parts, draws, seed)] if len(every) > 1 else []
    )
    low, high = limits(drawn, level)
    grey = len(every) < grey_below
    return Interval(float(statistic(every)), low, high, len(every), len(parts), grey)


def bootstrap_difference(
    a: Mapping[str, Sequence[float]],
    b: Mapping[str, Sequence[float]],
    statistic: Statistic,
    *,
    seed: int = 0,
    draws: int = 2000,
    level: float = 0.95,
) -> tuple[float | None, float | None]:
    """The bootstrap interval of the figure of `b` minus that of `a`.

    If both are of the same scenarios, the same ones are drawn for both: a scenario that is slow by
    nature is so on either side. Else each side is drawn for itself.

    Returns:
        Its bounds, None where one side has fewer than two observations.
    """
    parts_a, parts_b = _parts(a), _parts(b)
    if len(_all(parts_a)) < 2 or len(_all(parts_b)) < 2:
        return None, None
    # Equal seeds draw equal numbers, so the same scenarios; others must not move together.
    same = list(parts_a) == list(parts_b) and len(parts_a) > 1
    sides = zip(
        _samples(parts_a, draws, seed),
        _samples(parts_b, draws, seed if same else seed + 1),
        strict=True,
    )
    return limits(np.array([statistic(two) - statistic(one) for one, two in sides]), level)


def limits(drawn: Floats, level: float) -> tuple[float | None, float | None]:
    """The middle `level` of what was drawn; None of nothing."""
    if not len(drawn):
        return None, None
    low, high = np.percentile(drawn, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)


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


def _samples(parts: Mapping[str, Floats], draws: int, seed: int) -> list[Floats]:
    rng = np.random.Generator(np.random.PCG64(seed))
    known = list(parts.values())
    if len(known) == 1:
        return list(rng.choice(known[0], (draws, len(known[0]))))
    places = rng.integers(0, len(known), (draws, len(known)))
    return [np.concatenate([known[place] for place in row]) for row in places]
