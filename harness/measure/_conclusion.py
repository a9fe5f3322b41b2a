"""What two runs differ by, in one sentence that says when the data cannot tell."""

from __future__ import annotations

from harness.measure._difference import FIGURES, Difference
from harness.nouns import MetricInfo

__all__ = ["PASS_RATE", "conclude"]

PASS_RATE = MetricInfo(
    key="pass_rate",
    title="Pass rate",
    unit="share",
    better="higher",
    group="runs",
    tooltip="Share of the calls with a verdict that passed. The true rate is probably within the "
    "range (95 %, Wilson): more repeats make it narrower.",
    formula="passed / (passed + failed); calls that did not run count for neither",
    source="E. B. Wilson 1927; differences R. G. Newcombe 1998",
)
"""The figure of a run that no single call has."""

_FALSE_ALARMS = 0.05
_ONE_OF = round(1 / (1 - (1 - _FALSE_ALARMS) ** FIGURES))


def conclude(rate: Difference, p50: Difference, p95: Difference, *, changed: int, of: int) -> str:
    """The comparison of B with A in one sentence, and a second one where it needs care.

    B is called better or worse by what is firm (see :class:`Difference`): of two runs of one and
    the same agent that is said in 5 % of comparisons at most, though three figures are looked at.

    Args:
        rate: Of the pass rate.
        p50: Of the median of heard latency.
        p95: Of its 95th percentile.
        changed: How many figures of single scenarios differ by themselves.
        of: How many were compared, each at 95 %: one in twenty differs by chance.
    """
    named = (("fewer calls pass", "more calls pass", rate),) + tuple(
        (f"{name} slower", f"{name} faster", difference)
        for name, difference in (("the slowest 5 % are", p95), ("the usual reply is", p50))
    )
    firm = [each for each in named if each[2].firm]
    worse = [bad for bad, _, difference in firm if difference.conclusion == "worse"]
    better = [good for _, good, difference in firm if difference.conclusion == "better"]
    hints = [
        bad if difference.conclusion == "worse" else good
        for bad, good, difference in named
        if difference.conclusion in ("worse", "better")
    ]
    if worse and better:
        told = f"B is worse in one way and better in another: {_list(worse)}, but {_list(better)}."
    elif worse:
        told = f"B is worse: {_list(worse)}."
    elif better:
        told = f"B is better: {_list(better)}."
    elif hints:
        told = (
            f"The data hint at a difference in B, but cannot tell: {_list(hints)}. Of "
            f"{FIGURES} figures one differs that much by chance in about one comparison of "
            f"{_ONE_OF}: repeat it before you rely on it."
        )
    else:
        told = _cannot_tell(rate, p95)
    by_chance = round(of * _FALSE_ALARMS)
    if changed and changed <= max(1, by_chance) and not (worse or better):
        told += (
            f" {changed} of {of} figures of single scenarios "
            f"{'differs' if changed == 1 else 'differ'}: about as many as would by chance."
        )
    return told


def _cannot_tell(rate: Difference, p95: Difference) -> str:
    """Of the two figures the one that is told has data at all."""
    if rate.by.value is None and p95.by.value is None:
        return "The data cannot tell: one of the two has no call with a verdict and no reply."
    return rate.sentence if rate.by.value is not None else p95.sentence


def _list(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
