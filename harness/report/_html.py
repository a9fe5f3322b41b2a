"""The report as one HTML file: no script, no network, nothing but itself."""

from __future__ import annotations

import functools
import json
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.measure import METRICS
from harness.nouns import MetricInfo
from harness.report import _svg
from harness.report._call_json import CallReport, MetricReport
from harness.report._content import Content
from harness.report._words import clock, interval, marked, percent, ruled, seconds, share

__all__ = ["html"]


def html(content: Content) -> str:
    """The file's text. Whatever was said in a call is text in it, never markup."""
    calls = content.calls
    replies = [
        turn.response_latency_s
        for call in calls
        for turn in call.report.turns
        if turn.outcome is not None and turn.response_latency_s is not None and not turn.flagged
    ]
    budget_s = min((call.budget_s for call in calls), default=2.0)
    shown = {info.key for call in calls for info, _ in _figures(call.report)}
    run = content.run
    if run is not None:
        shown |= {"response_latency_p50", "response_latency_p95", "missed_turns", "flagged_turns"}
    made: str = _template().render(
        content=content,
        run=run,
        rates=Markup(_svg.rates(run.cells)) if run is not None else "",
        histogram=Markup(_svg.histogram(replies, budget_s)) if run is not None else "",
        definitions=[info for key, info in METRICS.items() if key in shown],
    )
    return made


@functools.cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "clock": clock,
        "figures": _figures,
        "interval": interval,
        "latencies": lambda call: Markup(_svg.latencies(call)),
        "marked": marked,
        "plain": _plain,
        "ruled": ruled,
        "seconds": seconds,
        "share": share,
        "timeline": lambda call: Markup(_svg.timeline(call)),
        "value": _value,
    }
    return environment.get_template("report.html.j2")


def _figures(call: CallReport) -> list[tuple[MetricInfo, MetricReport]]:
    """Those that were measured, in the order of the definitions."""
    return [
        (info, call.metrics[key])
        for key, info in METRICS.items()
        if key in call.metrics and call.metrics[key].value is not None
    ]


def _value(metric: MetricReport) -> str:
    value = metric.value
    if value is None:
        return "-"
    if metric.unit == "s":
        return seconds(value)
    if metric.unit == "share":
        return percent(value)
    units = {"db": " dB", "hz": " Hz", "per_minute": " / min"}
    return f"{value:.4g}{units.get(metric.unit, '')}"


def _plain(value: object) -> str:
    """A function's arguments or result as text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
