"""The report as one HTML file: no network, nothing but itself; a script only where it has sound."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.measure import METRICS
from harness.nouns import CheckVerdict, MetricInfo
from harness.report import _svg
from harness.report._call_json import CallReport, MetricReport
from harness.report._content import Content
from harness.report._sound import Sound
from harness.report._words import (
    bounds,
    clock,
    graded,
    graded_what,
    length,
    marked,
    percent,
    ruled,
    said_by,
    seconds,
    share,
    source_of,
    stay,
    when,
)

__all__ = ["html"]


def html(content: Content, sounds: Mapping[str, Sound], *, left_out: bool = False) -> str:
    """The file's text. Whatever was said in a call is text in it, never markup.

    Args:
        content: What it tells.
        sounds: The sound of calls, by id; with any, the page has a script that plays it.
        left_out: Whether there is more sound, which would be too much.
    """
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
    script = _part("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    made: str = _template().render(
        content=content,
        run=run,
        verdicts={call.report.call_id: call.report.verdict for call in calls},
        agents=list(dict.fromkeys(call.report.agent or "" for call in calls)),
        callers=list(dict.fromkeys(cell.caller for cell in run.cells)) if run is not None else [],
        histogram=Markup(_svg.histogram(replies, budget_s)) if run is not None else "",
        definitions=[info for key, info in METRICS.items() if key in shown],
        sounds=sounds,
        sound_left_out=left_out,
        css=Markup(_part("report.css")),
        script=Markup(script),
        script_hash=f"sha256-{digest}",
        tips={key: info.tooltip for key, info in METRICS.items()},
        titles={key: info.title for key, info in METRICS.items()},
    )
    return made


@functools.cache
def _part(name: str) -> str:
    return (resources.files("harness.report") / "templates" / name).read_text("utf-8")


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
        "bounds": bounds,
        "clock": clock,
        "data_uri": _data_uri,
        "figures": _figures,
        "graded": graded,
        "graded_what": graded_what,
        "latencies": lambda call: Markup(_svg.latencies(call)),
        "length": length,
        "marked": marked,
        "pace": _svg.pace,
        "plain": _plain,
        "repeats": lambda cell, verdicts: Markup(
            _svg.repeats([verdicts[call_id] for call_id in cell.call_ids])
        ),
        "rate": lambda cell: Markup(_svg.rate(cell)),
        "ruled": ruled,
        "said_by": said_by,
        "seconds": seconds,
        "share": share,
        "source_of": source_of,
        "stay": stay,
        "timeline": lambda call, sound: Markup(_svg.timeline(call, sound)),
        "value": _value,
        "when": when,
        "why": _why,
    }
    return environment.get_template("report.html.j2")


def _figures(call: CallReport) -> list[tuple[MetricInfo, MetricReport]]:
    """Those that were measured, in the order of the definitions."""
    return [
        (info, call.metrics[key])
        for key, info in METRICS.items()
        if key in call.metrics and call.metrics[key].value is not None
    ]


def _why(call: CallReport) -> str:
    """Names of the required checks that were not met, or why there was no conversation."""
    unmet = [
        check.name
        for check in call.checks
        if check.required and check.verdict is CheckVerdict.NOT_MET and not check.implied_by
    ]
    return ", ".join(unmet) or (call.error.message if call.error else "")


def _data_uri(sound: Sound) -> str:
    return f"data:audio/ogg;base64,{base64.b64encode(sound.ogg).decode()}"


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
