"""The Runs page's table: calls in, rows and filters out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import pandas as pd
from pandas.io.formats.style import Styler

from harness.calls import pass_rate
from harness.console._text import ago, clock, seconds
from harness.console.theme import Palette
from harness.nouns import Call, CallState, Run, Verdict, runs_of

__all__ = ["FILTERS", "Filter", "counts", "result", "run_told", "select", "styled", "table"]

Filter = Literal["all", "passed", "failed", "not_run"]
FILTERS: dict[Filter, str] = {
    "all": "All",
    "passed": "Passed",
    "failed": "Failed",
    "not_run": "Not run",
}

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
    """Which call of its run it is, and how many of them passed; empty for a run of one."""
    run = runs_of(calls)[call.run_id]
    if len(run.calls) < 2:
        return ""
    number, of = run.number(call.id), len(run.calls)
    return f"Call {number} of {of} of a run: {pass_rate(run.calls).sentence}"


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
        checks = figures.get("checks")
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
                "Heard p50": seconds(figures.get("p50_s")),
                "Heard p95": seconds(figures.get("p95_s")),
                "Checks": f"{figures.get('checks_met') or 0:.0f} of {checks:.0f} met"
                if checks
                else "–",
            }
        )
    columns = ["Result", "When", "Agent", "Scenario", "Length", "Turns"]
    columns += ["Heard p50", "Heard p95", "Checks"]
    return pd.DataFrame(rows, columns=columns)


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
