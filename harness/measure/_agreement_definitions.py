"""What each figure of a judge's agreement with people means, for pages, docs and tests."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from harness.measure._agreement import AGREEMENT_GREY_BELOW
from harness.nouns import MetricInfo, Unit

__all__ = ["JUDGE_METRICS"]

_WILSON = "share with the interval of E. B. Wilson, 1927"
_COHEN = "J. Cohen, 1960; interval by bootstrap over calls"
_GWET = "K. L. Gwet, 2008; interval by bootstrap over calls"


def _info(key: str, title: str, unit: Unit, tooltip: str, formula: str, source: str) -> MetricInfo:
    return MetricInfo(
        key, title, unit, "higher", "judges", tooltip, formula, source, AGREEMENT_GREY_BELOW
    )


JUDGE_METRICS: Mapping[str, MetricInfo] = MappingProxyType(
    {
        info.key: info
        for info in (
            _info(
                "judge_accuracy",
                "Accuracy",
                "share",
                "How often judge and people say the same. High by itself where nearly all is met: "
                "see kappa.",
                "(both met + both failed) / n",
                _WILSON,
            ),
            _info(
                "judge_precision",
                "Precision on failures",
                "share",
                "Of what the judge calls failed, how much people call failed, too. Low: it cries "
                "wolf.",
                "both failed / failed by the judge",
                _WILSON,
            ),
            _info(
                "judge_recall",
                "Recall on failures",
                "share",
                "Of what people call failed, how much the judge finds. Low: it lets failures pass.",
                "both failed / failed by people",
                _WILSON,
            ),
            _info(
                "judge_kappa",
                "Kappa",
                "score",
                "Agreement beyond chance: 1 is perfect, 0 no better than chance. Unknown where "
                "all is met, or all failed.",
                "(p - c) / (1 - c); p: accuracy; c: share of met by people x by the judge + share "
                "of failed by people x by the judge",
                _COHEN,
            ),
            _info(
                "judge_ac1",
                "AC1",
                "score",
                "Agreement beyond chance, too, and steadier than kappa where nearly all is met, or "
                "failed.",
                "(p - c) / (1 - c); c: 2 m (1 - m); m: mean of both shares of met",
                _GWET,
            ),
        )
    }
)
"""The figures of :class:`harness.measure.Agreement`, in the order of display."""
