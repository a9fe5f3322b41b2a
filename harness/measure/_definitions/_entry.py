"""One entry of the table of metrics, and where the formulas are from."""

from __future__ import annotations

from typing import Literal

from harness.nouns import MetricInfo, Unit

__all__ = ["FIGURES", "PERCENTILE", "STAGES", "WILSON", "WORDS_WRONG", "Better", "entry"]

Better = Literal["lower", "higher", "neither"]
Group = Literal["latency", "turn_taking", "talk", "words", "audio", "health"]

FIGURES = "docs/measurement.md#figures"
STAGES = "docs/measurement.md#stage-breakdown"
PERCENTILE = "R. J. Hyndman and Y. Fan, 1996, type 7; interval of order statistics"
WILSON = "share with the interval of E. B. Wilson, 1927"
WORDS_WRONG = "V. I. Levenshtein, 1966; interval by bootstrap over lines"

_ESTIMATES = frozenset({PERCENTILE, WILSON, WORDS_WRONG, STAGES})
_GREY_BELOW = 10
"""An estimate from fewer observations is greyed; what simply is so (a sum, a count) is not."""


def entry(
    key: str,
    title: str,
    unit: Unit,
    better: Better,
    group: Group,
    tooltip: str,
    formula: str,
    source: str = FIGURES,
) -> MetricInfo:
    """What a metric means; see :class:`MetricInfo`."""
    grey_below = _GREY_BELOW if source in _ESTIMATES else 0
    return MetricInfo(key, title, unit, better, group, tooltip, formula, source, grey_below)
