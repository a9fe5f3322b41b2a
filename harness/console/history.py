"""The Runs page's table: calls in, rows and filters out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from harness.calls import pass_rate
from harness.console._text import ago, clock, seconds
from harness.console.theme import Palette
from harness.measure import METRICS
from harness.nouns import Call, CallState, Run, Verdict, runs_of

__all__ = [
    "FILTERS",
    "Filter",
    "columns",
    "counts",
    "result",
    "run_told",
    "select",
    "styled",
    "table",
]

Filter = Literal["all", "passed", "failed", "not_run"]
FILTERS: dict[Filter, str] = {
    "all": "All",
    "passed": "Passed",
    "failed": "Failed",
    "not_run": "Not run",
}

_HEARD = {
    "p50_s": METRICS["response_latency_p50"],
    "p95_s": METRICS["response_latency_p95"],
}
_SPOILED = METRICS["flagged_turns"]

_STATES = {
    CallState.FAILED: "◇ Not carried through",
    CallState.CANCELLED: "○ Cancelled",
    CallState.LOST: "◇ Lost",
}
_VERDICTS = {
    Verdict.PASSED: "● Passed",
    Verdict.FAILED: "◆ Failed",
    Verdict.NOT_RUN: "○ Not run",
}


def result(call: Call) -> str:
    """What became of a call, with a shape: a dot passed, a diamond failed, a ring did not run."""
    if not call.state.is_final:
        return "▸ Running"
    if call.verdict is Verdict.FAILED:
        return _VERDICTS[Verdict.FAILED]
    if call.state in _STATES:
        return _STATES[call.state]
    return _VERDICTS[call.verdict or Verdict.NOT_RUN]


def _kind(call: Call) -> Filter | None:
    if not call.state.is_final:
        return None
    if call.verdict is Verdict.PASSED:
        return "passed"
    return "failed" if call.verdict is Verdict.FAILED else "not_run"


def counts(calls: Sequence[Call]) -> dict[Filter, int]:
    """How many calls each filter leaves."""
    kinds = [_kind(call) for call in calls]
    return {
        name: len(calls) if name == "all" else sum(kind == name for kind in kinds)
        for name in FILTERS
    }


def select(calls: Sequence[Call], only: Filter, text: str) -> list[Call]:
    """Calls that pass the filter and have all words of `text` in agent, scenario, result or an id.

    By the id of a run all its calls are found.
    """
    words = text.casefold().split()
    chosen = []
    for call in calls:
        if only != "all" and _kind(call) != only:
            continue
        haystack = " ".join((call.agent, call.scenario or "no script", result(call), call.id))
        haystack = f"{haystack} {call.run_id}"
        if all(word in haystack.casefold() for word in words):
            chosen.append(call)
    return chosen


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


def _of_run(call: Call, runs: Mapping[str, Run]) -> str:
    run = runs.get(call.run_id)
    several = run is not None and len(run.calls) > 1
    return f", {run.number(call.id)} of {len(run.calls)}" if run and several else ""


def table(
    calls: Sequence[Call], now: datetime | None = None, of: Sequence[Call] | None = None
) -> pd.DataFrame:
    """One row a call, as the page shows it.

    Args:
        calls: The rows.
        now: What their age counts to.
        of: All calls, by which runs are counted; None: `calls`.
    """
    rows = []
    runs = runs_of(calls if of is None else of)
    for call in calls:
        figures = call.summary or {}
        turns, silent = figures.get("turns"), figures.get("no_answer")
        spoiled, checks = figures.get("spoiled"), figures.get("checks")
        rows.append(
            {
                "Result": result(call),
                "When": ago(call.created_at, now),
                "Agent": call.agent,
                "Scenario": (call.scenario or "No script") + _of_run(call, runs),
                "Length": clock(call.duration_s),
                "Turns": "–"
                if turns is None
                else f"{turns:.0f}" + (f", {silent:.0f} no answer" if silent else ""),
                **{info.title: seconds(figures.get(key)) for key, info in _HEARD.items()},
                _SPOILED.title: "–" if spoiled is None else f"{spoiled:.0f}",
                "Checks": f"{figures.get('checks_met') or 0:.0f} of {checks:.0f} met"
                if checks
                else "–",
            }
        )
    titles = ["Result", "When", "Agent", "Scenario", "Length", "Turns"]
    titles += [*(info.title for info in _HEARD.values()), _SPOILED.title, "Checks"]
    return pd.DataFrame(rows, columns=titles)


def columns() -> dict[str, Any]:
    """For ``st.dataframe(column_config=...)``: widths, and what the figures mean."""
    text = st.column_config.TextColumn
    figures = (*_HEARD.values(), _SPOILED)
    return {
        **{info.title: text(alignment="right", help=info.tooltip) for info in figures},
        "Length": text(alignment="right", width="small"),
        "Result": text(width="medium"),
    }


def styled(
    calls: Sequence[Call],
    colours: Palette,
    now: datetime | None = None,
    of: Sequence[Call] | None = None,
) -> Styler:
    """The table with results in their colours; the shape says the same without."""
    inks = {"●": colours.good.text, "◆": colours.bad.text, "◇": colours.bad.text}

    def ink(value: object) -> str:
        colour = inks.get(str(value)[:1])
        return f"color: {colour}; font-weight: 600" if colour else ""

    return table(calls, now, of).style.map(ink, subset=["Result"])
