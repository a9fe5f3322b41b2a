"""The table of calls: calls in, rows out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from harness.calls import pass_rate
from harness.console._text import ago, clock, seconds
from harness.console.theme import Palette
from harness.measure import METRICS
from harness.nouns import Call, CallState, Verdict, runs_of

__all__ = ["columns", "result", "run_told", "styled", "table", "why"]

_STAR, _TAGS, _NOTE = "Starred", "Tags", "Note"
_HEARD = {
    "p50_s": METRICS["response_latency_p50"],
    "p95_s": METRICS["response_latency_p95"],
}
_SPOILED = METRICS["flagged_turns"]

_STATES = {
    CallState.FAILED: "○ Not run",
    CallState.CANCELLED: "○ Cancelled",
    CallState.LOST: "○ Lost",
}
_VERDICTS = {
    Verdict.PASSED: "● Passed",
    Verdict.FAILED: "◆ Failed",
    Verdict.NOT_RUN: "○ Not run",
}


def result(call: Call, hidden: Collection[str] = ()) -> str:
    """What became of a call, with a shape: a dot passed, a diamond failed, a ring did not run.

    Args:
        call: The call.
        hidden: Ids of calls whose results a blind grader may not be told yet.
    """
    if not call.state.is_final:
        return "▸ Running"
    if call.id in hidden:
        return "◌ Hidden"
    if call.verdict is Verdict.FAILED:
        return _VERDICTS[Verdict.FAILED]
    if call.state in _STATES:
        return _STATES[call.state]
    return _VERDICTS[call.verdict or Verdict.NOT_RUN]


def why(name: str) -> str:
    """What failed: a check by its name, or why a call never got through. No Markdown."""
    if name.startswith("!"):
        return f"Never got through: {name[1:].replace('_', ' ')}"
    return name


def run_told(call: Call, calls: Sequence[Call]) -> str:
    """Which call of its run it is, how many of them passed, and how many turns are left out.

    Empty for a run of one.
    """
    run = runs_of(calls)[call.run_id]
    if len(run.calls) < 2:
        return ""
    number, of = run.number(call.id), len(run.calls)
    spoiled = int(sum((each.summary or {}).get("spoiled") or 0 for each in run.calls))
    left_out = f", {spoiled} turn{'' if spoiled == 1 else 's'} spoiled" if spoiled else ""
    return f"Call {number} of {of} of a run: {pass_rate(run.calls).sentence}{left_out}"


def table(
    calls: Sequence[Call],
    now: datetime | None = None,
    *,
    places: Mapping[str, tuple[int, int]] | None = None,
    tags: Mapping[str, Sequence[str]] | None = None,
    hidden: Collection[str] = (),
) -> pd.DataFrame:
    """One row a call, as the page shows it.

    Args:
        calls: The rows.
        now: What their age counts to.
        places: Which call of its run each is, and of how many.
        tags: Of those that have any; without one in these calls there is no such column.
        hidden: Ids of those whose results a blind grader may not be told yet.
    """
    rows = []
    for call in calls:
        figures = call.summary or {}
        turns, silent = figures.get("turns"), figures.get("no_answer")
        spoiled, checks = figures.get("spoiled"), figures.get("checks")
        number, of = (places or {}).get(call.id, (1, 1))
        rows.append(
            {
                _STAR: "★" if call.starred else "",
                "Result": result(call, hidden),
                "When": ago(call.created_at, now, year=False),
                "Agent": call.agent,
                "Scenario": (call.scenario or "No script") + (f", {number} of {of}" * (of > 1)),
                "Length": clock(call.duration_s),
                "Turns": "–"
                if turns is None
                else f"{turns:.0f}" + (f", {silent:.0f} no answer" if silent else ""),
                **{info.title: seconds(figures.get(key)) for key, info in _HEARD.items()},
                _SPOILED.title: "–" if spoiled is None else f"{spoiled:.0f}",
                "Checks": f"{figures.get('checks_met') or 0:.0f} of {checks:.0f} met"
                if checks and call.id not in hidden
                else "–",
                _TAGS: list((tags or {}).get(call.id, ())),
                _NOTE: call.note,
            }
        )
    titles = [_STAR, "Result", "When", "Agent", "Scenario", "Length", "Turns"]
    titles += [*(info.title for info in _HEARD.values()), _SPOILED.title, "Checks"]
    for title in (_TAGS, _NOTE):
        if any(row[title] for row in rows):
            titles.append(title)
    if not any(row[_STAR] for row in rows):
        titles.remove(_STAR)
    return pd.DataFrame(rows, columns=titles)


def columns() -> dict[str, Any]:
    """For ``st.dataframe(column_config=...)``: widths, and what the figures mean."""
    text = st.column_config.TextColumn
    figures = (*_HEARD.values(), _SPOILED)
    return {
        **{info.title: text(alignment="right", help=info.tooltip) for info in figures},
        "Length": text(alignment="right", width="small"),
        "Result": text(width=116),
        "Turns": text(width=110),
        _STAR: text("★", width=28, help="Starred: never removed to free space"),
        _TAGS: st.column_config.ListColumn(_TAGS),
        _NOTE: text(_NOTE, width="medium"),
    }


def styled(
    calls: Sequence[Call],
    colours: Palette,
    now: datetime | None = None,
    *,
    places: Mapping[str, tuple[int, int]] | None = None,
    tags: Mapping[str, Sequence[str]] | None = None,
    hidden: Collection[str] = (),
) -> Styler:
    """The table with results in their colours; the shape says the same without."""
    inks = {"●": colours.good.text, "◆": colours.bad.text}

    def ink(value: object) -> str:
        colour = inks.get(str(value)[:1])
        return f"color: {colour}; font-weight: 600" if colour else ""

    return table(calls, now, places=places, tags=tags, hidden=hidden).style.map(
        ink, subset=["Result"]
    )
