"""The tables of a run: one row a scenario, one row a call."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, TypeVar

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from harness.calls import Cell, in_a_row
from harness.console._text import clock, seconds
from harness.console.history import result
from harness.console.runs.marks import Mark, mark_of, range_bar, strip, strip_width
from harness.console.runs.words import because, share
from harness.console.theme import Palette
from harness.measure import METRICS, PASS_RATE, percentile
from harness.nouns import Call, CallFigures
from harness.scenarios import AS_WRITTEN

__all__ = [
    "FILTERS",
    "HEAD_PX",
    "Filter",
    "call_columns",
    "call_rows",
    "cell_columns",
    "cell_rows",
    "cell_title",
    "clicked",
    "counts",
    "marks_of",
    "select",
]

Filter = Literal["all", "failures", "budget", "talk_over", "not_run"]
FILTERS: dict[Filter, str] = {
    "all": "All",
    "failures": "With failures",
    "budget": "Over budget",
    "talk_over": "Talk-over",
    "not_run": "Not run",
}
HEAD_PX = 36
"""Height of a table's head with its frame, pixels."""
_P50, _P95 = METRICS["response_latency_p50"], METRICS["response_latency_p95"]
_HEARD_50, _HEARD_95 = "Heard p50", "Heard p95"
_MOST_FAILURES = 3


_Row = TypeVar("_Row")


def clicked(selection: Any, rows: Sequence[_Row]) -> _Row | None:
    """What stands in the row of which a cell was clicked.

    Args:
        selection: Of a ``st.dataframe`` whose ``selection_mode`` has ``single-cell``.
        rows: What its rows are, in their order.
    """
    cells = selection.cells
    return rows[cells[0][0]] if cells and cells[0][0] < len(rows) else None


def _fits(cell: Cell, only: Filter) -> bool:
    return {
        "all": True,
        "failures": cell.failed > 0,
        "budget": cell.over_budget,
        "talk_over": cell.talked_over > 0,
        "not_run": cell.not_run > 0,
    }[only]


def counts(cells: Sequence[Cell]) -> dict[Filter, int]:
    """How many scenarios each filter leaves."""
    return {name: sum(_fits(cell, name) for cell in cells) for name in FILTERS}


def select(cells: Sequence[Cell], only: Filter) -> list[Cell]:
    """Those that a filter leaves."""
    return [cell for cell in cells if _fits(cell, only)]


def marks_of(cell: Cell, hidden: Collection[str] = ()) -> list[Mark]:
    """A mark for each planned call, by attempt; those to come last.

    Args:
        cell: The cell.
        hidden: Ids of calls whose results a blind grader may not be told yet.
    """
    marks: list[Mark] = ["hidden" if c.id in hidden else mark_of(c) for c in cell.calls]
    return [*marks, *(["to_come"] * (cell.planned - len(marks)))]  # type: ignore[list-item]


def cell_title(cell: Cell) -> str:
    """A cell by its scenario, agent and caller."""
    caller = "" if cell.caller in ("", AS_WRITTEN) else cell.caller
    return " · ".join(part for part in (cell.scenario or "No script", cell.agent, caller) if part)


def cell_rows(
    cells: Sequence[Cell], of: Sequence[Cell], colours: Palette, hidden: Collection[str] = ()
) -> Styler:
    """One row a scenario.

    Args:
        cells: The rows.
        of: All cells of the run: they decide which columns there are.
        colours: The theme's colours.
        hidden: Ids of calls whose results a blind grader may not be told yet.
    """
    agents = len({cell.agent for cell in of}) > 1
    callers = len({cell.caller for cell in of}) > 1
    silent = any(cell.no_answer for cell in of)
    k = in_a_row(of)
    rows = []
    for cell in cells:
        rate = cell.rate
        row: dict[str, Any] = {"Scenario": cell.scenario or "No script"}
        if agents:
            row["Agent"] = cell.agent
        if callers:
            row["Caller"] = cell.caller
        row |= {
            "Repeats": strip(marks_of(cell, hidden), colours),
            PASS_RATE.title: share(rate.value, rate.low, rate.high),
            "Range": range_bar(rate.value, rate.low, rate.high, colours),
        }
        if k:
            row[_all_pass(k)] = f"{100 * cell.pass_hat[k]:.0f} %" if k in cell.pass_hat else "–"
        row |= {
            _HEARD_50: seconds(cell.p50_s),
            _HEARD_95: seconds(cell.p95_s),
        }
        if silent:
            row["No answer"] = str(cell.no_answer) if cell.no_answer else "–"
        row |= {
            "Most common failures": [because(name) for name in [*cell.failures][:_MOST_FAILURES]],
        }
        rows.append(row)
    titles = ["Scenario", *(["Agent"] if agents else []), *(["Caller"] if callers else [])]
    titles += ["Repeats", PASS_RATE.title, "Range", *([_all_pass(k)] if k else [])]
    titles += [_HEARD_50, _HEARD_95, *(["No answer"] if silent else []), "Most common failures"]
    over = {number for number, cell in enumerate(cells) if cell.over_budget}
    strong = f"color: {colours.bad.text}; font-weight: 600"

    def late(column: pd.Series[Any]) -> list[str]:
        return [strong if number in over else "" for number in range(len(column))]

    return pd.DataFrame(rows, columns=titles).style.apply(late, subset=[_HEARD_95])


def _all_pass(k: int) -> str:
    return f"{k} in a row"


def cell_columns(of: Sequence[Cell]) -> dict[str, Any]:
    """For ``st.dataframe(column_config=...)``: widths, and what the figures mean."""
    text, image = st.column_config.TextColumn, st.column_config.ImageColumn
    most = max((cell.planned for cell in of), default=1)
    k = in_a_row(of)
    names = dict.fromkeys(because(name) for cell in of for name in cell.failures)
    return {
        "Scenario": text(width=158),
        "Repeats": image(
            width=max(80, strip_width(most) + 18),
            help="A dot passed, a diamond failed, a ring did not run. In the order of attempts.",
        ),
        PASS_RATE.title: text(width=98, alignment="right", help=PASS_RATE.tooltip),
        "Range": image(width=94, help="The range of the pass rate, from 0 to 100 %."),
        _all_pass(k): text(
            width=78,
            alignment="right",
            help=f"How likely {k} calls in a row all pass (pass^{k}), by the calls with a verdict.",
        ),
        _HEARD_50: text(width=78, alignment="right", help=_P50.tooltip),
        _HEARD_95: text(width=78, alignment="right", help=_P95.tooltip),
        "No answer": text(
            width=74,
            alignment="right",
            help="Turns in which the caller had to speak again before the agent made any sound. "
            "They are in no latency.",
        ),
        "Most common failures": st.column_config.MultiselectColumn(
            options=list(names), color="red"
        ),
    }


def call_rows(
    calls: Sequence[Call],
    figures: Mapping[str, CallFigures],
    colours: Palette,
    hidden: Collection[str] = (),
) -> Styler:
    """One row a call of a run, in the order given.

    Args:
        calls: The rows.
        figures: By call.
        colours: The theme's colours.
        hidden: Ids of those whose results a blind grader may not be told yet.
    """
    inks = {"●": colours.good.text, "◆": colours.bad.text}

    def ink(value: object) -> str:
        colour = inks.get(str(value)[:1])
        return f"color: {colour}; font-weight: 600" if colour else ""

    agents = len({call.agent for call in calls}) > 1
    rows = []
    for call in calls:
        known = figures.get(call.id)
        replies = known.replies_s if known else ()
        row: dict[str, Any] = {
            "Result": result(call, hidden),
            "Scenario": call.scenario or "No script",
            "Failed": [because(name) for name in known.failed]
            if known and call.id not in hidden
            else [],
        }
        if agents:
            row["Agent"] = call.agent
        row |= {
            "Attempt": str(call.attempt) if call.attempt else "–",
            "Length": clock(call.duration_s),
            _HEARD_50: seconds(percentile(replies, 50)),
            _HEARD_95: seconds(percentile(replies, 95)),
            "No answer": str(known.no_answer) if known and known.no_answer else "–",
            "Spoiled": str(known.spoiled) if known and known.spoiled else "–",
        }
        rows.append(row)
    titles = ["Result", "Scenario", "Failed", *(["Agent"] if agents else []), "Attempt", "Length"]
    titles += [_HEARD_50, _HEARD_95, "No answer", "Spoiled"]
    return pd.DataFrame(rows, columns=titles).style.map(ink, subset=["Result"])


def call_columns(figures: Mapping[str, CallFigures]) -> dict[str, Any]:
    """For ``st.dataframe(column_config=...)``."""
    text = st.column_config.TextColumn
    names = dict.fromkeys(because(name) for known in figures.values() for name in known.failed)
    return {
        "Result": text(width=130),
        "Scenario": text(width=190),
        "Attempt": text(width=66, alignment="right"),
        "Length": text(width=66, alignment="right"),
        _HEARD_50: text(width=78, alignment="right", help=_P50.tooltip),
        _HEARD_95: text(width=78, alignment="right", help=_P95.tooltip),
        "No answer": text(width=74, alignment="right"),
        "Spoiled": text(width=80, alignment="right", help=METRICS["flagged_turns"].tooltip),
        "Failed": st.column_config.MultiselectColumn(width=250, options=list(names), color="red"),
    }
