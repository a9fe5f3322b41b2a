"""Trends of calls that were placed singly: an agent with a scenario, day by day."""

from __future__ import annotations

from collections.abc import Sequence

from harness.calls._archive import Archive
from harness.calls._runs import pass_rate
from harness.calls._trend import Trend, TrendPoint, version_told
from harness.measure import percentile_of
from harness.nouns import Band, Call, Share

__all__ = ["NO_SCRIPT", "single_calls", "trend_of_calls"]

_MOST_CALLS = 1000
_MOST_POINTS = 200
NO_SCRIPT = "No script"
"""Stands for the scenario of calls that have none."""


def single_calls(archive: Archive) -> dict[tuple[str, str], tuple[Call, ...]]:
    """The newest 1,000 ended calls that are of no suite's run, by agent and scenario.

    Returns:
        By the titles of both, in the order of names; calls oldest first.
    """
    found: dict[tuple[str, str], list[Call]] = {}
    for call in reversed(archive.store.single_calls(_MOST_CALLS)):
        found.setdefault((call.agent, call.scenario or NO_SCRIPT), []).append(call)
    return {key: tuple(found[key]) for key in sorted(found)}


def trend_of_calls(archive: Archive, calls: Sequence[Call]) -> Trend:
    """How single calls of one agent by one scenario went: a point a day and version.

    Days are those of this computer's clock. A point's run is empty, its name the day as in the
    address of the history.

    Args:
        archive: Where they are.
        calls: Some of :func:`single_calls`, oldest first, at least one.
    """
    days: dict[tuple[str, str], list[Call]] = {}
    for call in calls:
        day = call.created_at.astimezone().date().isoformat()
        days.setdefault((day, version_told(call.version)), []).append(call)
    newest = list(days.items())[-_MOST_POINTS:]
    figures = archive.figures(call for _, of in newest for call in of)
    points = []
    for (day, version), of in newest:
        rate = pass_rate(of)
        low, high = rate.interval
        replies = {call.id: figures[call.id].replies_s for call in of}
        p50, p95 = (percentile_of({"": replies}, q) for q in (50, 95))
        points.append(
            TrendPoint(
                run_id="",
                name=day,
                at=of[0].created_at,
                version=version,
                rate=Share(rate.passed, rate.failed, rate.undecided, low=low, high=high),
                p50=Band(p50.value, p50.low, p50.high, p50.n),
                p95=Band(p95.value, p95.low, p95.high, p95.n),
            )
        )
    return Trend("", calls[0].agent, calls[0].scenario or NO_SCRIPT, tuple(points))
