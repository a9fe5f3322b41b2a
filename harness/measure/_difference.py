"""What two sets of calls differ by, and whether the data can tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, TypeAlias

from harness.measure._percentiles import Replies, percentile_of
from harness.measure._resampling import Interval, bootstrap_difference, quantile
from harness.measure._statistics import wilson
from harness.nouns import MetricInfo

__all__ = ["FIGURES", "Conclusion", "Difference", "figure_difference", "share_difference"]

Conclusion: TypeAlias = Literal["better", "worse", "different", "cannot_tell"]
"""What B is, compared with A; `different` where neither direction is the better one."""

FIGURES = 3
"""How many figures of two runs are compared to come to one conclusion."""

_LEVEL = 0.95
_FIRM_LEVEL = 1 - (1 - _LEVEL) / FIGURES
"""C. E. Bonferroni: so any of the figures lies outside by chance in 5 % of comparisons at most."""
_Z, _FIRM_Z = 1.96, NormalDist().inv_cdf(0.5 + _FIRM_LEVEL / 2)
_Bounds: TypeAlias = tuple[float | None, float | None]
_MUCH = 20.0
"""Where more data than so many times what there is would be needed, that is not advised."""
_SMALL = {"share": 0.05, "s": 0.2}
"""By unit: a difference of at most this is called small."""
_MINUS = chr(0x2212)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two figures and what they differ by.

    Attributes:
        a: The figure of A.
        b: The figure of B.
        by: B minus A.
        conclusion: Of B; `cannot_tell` if 0 lies within the interval of the difference.
        firm: Whether 0 lies outside the 98.3 % interval, too: what a conclusion from several
            figures rests on, since one of three differs by chance more often than one alone.
        sentence: All of it in plain words.
    """

    a: Interval
    b: Interval
    by: Interval
    conclusion: Conclusion
    firm: bool
    sentence: str


def share_difference(
    a: tuple[float, float], b: tuple[float, float], info: MetricInfo
) -> Difference:
    """The difference of two shares with Newcombe's hybrid score interval.

    With Wilson's bounds l and u of both, it is from d - sqrt((p_b - l_b)^2 + (u_a - p_a)^2) to d +
    sqrt((u_b - p_b)^2 + (p_a - l_a)^2), d = p_b - p_a (R. G. Newcombe, Statistics in Medicine 17,
    1998, 873-890, method 10).

    Args:
        a: Successes and trials of A; of weighted ones their effective numbers.
        b: The same of B.
        info: What the share means.
    """
    one, two = _share(a, info), _share(b, info)
    if one.value is None or two.value is None:
        return _difference(one, two, (None, None), (None, None), info)
    return _difference(one, two, _newcombe(a, b, _Z), _newcombe(a, b, _FIRM_Z), info)


def figure_difference(
    a: Replies,
    b: Replies,
    q: float,
    info: MetricInfo,
    *,
    seed: int = 0,
) -> Difference:
    """The difference of two percentiles, by :func:`bootstrap_difference` of calls.

    Args:
        a: Observations of A by scenario and call; of equal names in both, pairs are drawn.
        b: The same of B.
        q: Which percentile, 0..100; linear interpolation as in :func:`percentile`.
        info: What the figure means.
        seed: Of the drawing.
    """
    one, two = (percentile_of(side, q, grey_below=info.grey_below) for side in (a, b))
    levels = (_LEVEL, _FIRM_LEVEL)
    usual, firm = bootstrap_difference(
        _by_call(a), _by_call(b), quantile(q), seed=seed, levels=levels
    )
    return _difference(one, two, usual, firm, info)


def _by_call(replies: Replies) -> dict[str, Sequence[float]]:
    return {
        f"{scenario}|{call}": values
        for scenario, calls in replies.items()
        for call, values in calls.items()
    }


def _newcombe(a: tuple[float, float], b: tuple[float, float], z: float) -> tuple[float, float]:
    p_a, p_b = a[0] / a[1], b[0] / b[1]
    l_a, u_a = wilson(*a, z)
    l_b, u_b = wilson(*b, z)
    low = p_b - p_a - math.hypot(p_b - l_b, u_a - p_a)
    return low, p_b - p_a + math.hypot(u_b - p_b, p_a - l_a)


def _share(counts: tuple[float, float], info: MetricInfo) -> Interval:
    successes, n = counts
    low, high = wilson(successes, n)
    if n == 0:
        return Interval(None, None, None, 0, 0, True)
    return Interval(successes / n, low, high, round(n), 0, n < info.grey_below)


def _difference(
    a: Interval,
    b: Interval,
    usual: _Bounds,
    firm: _Bounds,
    info: MetricInfo,
) -> Difference:
    value = None if a.value is None or b.value is None else b.value - a.value
    low, high = usual
    by = Interval(value, low, high, min(a.n, b.n), min(a.groups, b.groups), a.grey or b.grey)
    conclusion = _conclusion(by, info)
    sentence = _sentence(a, b, by, conclusion, info)
    if by.grey and conclusion != "cannot_tell":
        sentence += f" It rests on few observations ({a.n} and {b.n}): read it with care."
    sure = conclusion != "cannot_tell" and _outside(*firm)
    return Difference(a, b, by, conclusion, sure, sentence)


def _outside(low: float | None, high: float | None) -> bool:
    """Whether 0 is."""
    return low is not None and high is not None and not low <= 0 <= high


def _conclusion(by: Interval, info: MetricInfo) -> Conclusion:
    if by.value is None or not _outside(by.low, by.high):
        return "cannot_tell"
    if info.better == "neither":
        return "different"
    return "better" if (by.value > 0) is (info.better == "higher") else "worse"


def _sentence(
    a: Interval, b: Interval, by: Interval, conclusion: Conclusion, info: MetricInfo
) -> str:
    if by.value is None or by.low is None or by.high is None:
        lacking = " and ".join(name for name, side in (("A", a), ("B", b)) if side.n < 2)
        return f"The data cannot tell: there is too little of it in {lacking or 'A and B'}."
    seconds = info.unit == "s"
    more = by.value > 0
    how = ("longer" if more else "shorter") if seconds else ("higher" if more else "lower")
    low, high = (by.low, by.high) if more else (-by.high, -by.low)
    if conclusion == "cannot_tell":
        told = f"{info.title} is {_size(by.value, info)} {how} {_range(low, high, info)} in B"
        if _number(by.value, info).strip(_MINUS + "0.") == "":
            told = f"{info.title} is the same in both {_range(low, high, info)}"
        return f"The data cannot tell: {told}. {_more(by, info)}"
    told = f"{info.title} is {_size(by.value, info)} {how} {_range(low, high, info)} in B"
    if conclusion == "different":
        return f"{told}."
    if seconds and info.better == "lower":
        return f"{told}: B is {'slower' if more else 'faster'}."
    return f"{told}: B is {conclusion}."


def _more(by: Interval, info: MetricInfo) -> str:
    """How much more data would tell, if the difference is what it seems: widths go by 1/sqrt(n).

    That a difference is small is said only where the whole interval is.
    """
    assert by.value is not None and by.low is not None and by.high is not None
    most = max(abs(by.low), abs(by.high))
    if most <= _SMALL.get(info.unit, 0.0):
        return f"If there is a difference, it is at most {_size(most, info)}."
    half = by.value - by.low if by.value > 0 else by.high - by.value
    times = math.inf if by.value == 0 else (half / abs(by.value)) ** 2
    if times > _MUCH:
        return f"There may be one of up to {_size(most, info)}: only many more calls could tell."
    return f"About {max(2, math.ceil(times))} times as much data would."


def _size(value: float, info: MetricInfo) -> str:
    units = {"share": " points", "s": " s"}
    return _number(abs(value), info) + units.get(info.unit, "")


def _number(value: float, info: MetricInfo) -> str:
    told = f"{abs(value) * 100:.1f}" if info.unit == "share" else f"{abs(value):.2f}"
    return f"{_MINUS}{told}" if value < 0 and told.strip("0.") else told


def _range(low: float, high: float, info: MetricInfo) -> str:
    return f"({_number(low, info)} to {_number(high, info)})"
