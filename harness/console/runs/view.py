"""One run: its head, then scenarios, calls, charts, trends and plan in tabs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, TypeAlias

import streamlit as st

from harness.calls import Cell, RunSummary, baseline_of, doubts_of_runs
from harness.console import charts, judge_view, theme
from harness.console._service import service
from harness.console._text import plain
from harness.console.address_tabs import address_tabs
from harness.console.blind import unseen, unseen_told
from harness.console.components import Row, room, row_list
from harness.console.runs import actions as run_actions
from harness.console.runs import charts as run_charts
from harness.console.runs import deleting, table, trends
from harness.console.runs import head as run_head
from harness.console.runs.marks import mark_of
from harness.console.runs.words import goes_on, minutes, size_of
from harness.console.shell_parts import pages
from harness.measure import METRICS
from harness.nouns import Call, RunHead, RunPlan, Verdict

__all__ = ["draw"]

_TAKEN_PX = 396
_ROW_PX = 44
_COLUMNS = [940, 288]
_EVERY_S = 2.0
_KEPT = 8
"""Drawings of runs that go on: of each tab of a few of them, in either theme."""
_Stand: TypeAlias = tuple[int, int, int, int]
_Height: TypeAlias = int | Literal["content"]
_MOST_FAILED = 4
_HEAD_PX = 125
"""What the head of a run takes above its tabs, pixels."""


def draw(run_id: str) -> None:
    """A run that goes on, or is over.

    Raises:
        NotFound: No such run.
    """
    archive = service().archive
    summary, plan = archive.summary(run_id), archive.plan(run_id)
    run_actions.head(summary, plan, baseline_of(archive, summary.head))
    run_head.draw(run_id)
    run_actions.told()
    if summary.head.deleted_at is not None:
        deleting.gone(run_id)
    cells, planned = len(summary.cells), max(summary.head.planned, summary.rate.calls)
    address_tabs(
        {
            "scenarios": (f"Scenarios `{cells}`", lambda: _scenarios(summary, plan)),
            "calls": (f"Calls `{planned}`", lambda: _calls(summary)),
            "charts": ("Charts", lambda: _charts(summary)),
            "trends": ("Trends", lambda: _trends(summary.head)),
            "plan": ("Plan", lambda: _plan(summary.head, plan)),
        },
        otherwise="scenarios",
        key=f"run_tabs_{run_id}",
    )


# Scenarios


def _scenarios(summary: RunSummary, plan: RunPlan | None) -> None:
    if goes_on(summary.head, summary):
        _live_scenarios(summary.head.id)
        return
    left, right = st.columns(_COLUMNS, gap="small")
    with left:
        _cells(summary, plan)
    with right:
        _beside(summary)


@st.fragment(run_every=_EVERY_S)
def _live_scenarios(run_id: str) -> None:
    cells = service().archive.summary(run_id).cells
    hidden = _unseen(cells)
    _scenarios_so_far(run_id, _stand(run_id), theme.current(), _height(len(cells)), hidden)


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def _scenarios_so_far(
    run_id: str, stand: _Stand, mode: theme.Mode, height: _Height, hidden: tuple[str, ...]
) -> None:
    """The table as it grows: nothing can be chosen in it yet; and the latest calls that failed."""
    summary = service().archive.summary(run_id)
    left, right = st.columns(_COLUMNS, gap="small")
    with left:
        _legend()
        st.dataframe(
            table.cell_rows(summary.cells, summary.cells, theme.palette(mode), hidden),
            column_config=table.cell_columns(summary.cells),
            hide_index=True,
            row_height=_ROW_PX,
            height=height,
            key="run_cells_live",
            alt="Scenarios of the run as it goes on",
        )
    with right:
        _failed_so_far(summary, hidden)
        _beside(summary)


def _unseen(cells: Sequence[Cell]) -> tuple[str, ...]:
    """Ids of the calls whose results a blind grader may not be told yet; a line says so."""
    hidden = unseen(call for cell in cells for call in cell.calls)
    unseen_told(hidden)
    return tuple(sorted(hidden))


def _stand(run_id: str) -> _Stand:
    """Where a run that goes on stands: what is drawn of it is kept until that changes."""
    archive = service().archive
    return (*archive.store.run_stamp(run_id), archive.run(run_id).planned)


def _failed_so_far(summary: RunSummary, hidden: Sequence[str]) -> None:
    """Ways into a run that goes on: the latest calls that failed."""
    ended = [call for call in _in_order(summary.cells) if call.id not in hidden]
    failed = [call for call in ended if mark_of(call) == "failed"]
    if not failed:
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown("**Failed so far, newest first**")
        for call in failed[: -_MOST_FAILED - 1 : -1]:
            attempt = f", attempt {call.attempt}" if call.attempt else ""
            st.page_link(
                pages.INSPECT,
                label=f"{plain(call.scenario or 'No script')}{attempt}",
                icon=":material/troubleshoot:",
                query_params={"run": summary.head.id, "call": call.id},
            )


def _height(rows: int) -> _Height:
    most = room(_TAKEN_PX, 260)
    return "content" if _ROW_PX * rows + table.HEAD_PX <= most else most


def _legend() -> None:
    st.markdown(
        ":small[:green[●] passed\u2003:red[◆] failed\u2003:gray[○] not run]", width="content"
    )


def _cells(summary: RunSummary, plan: RunPlan | None) -> None:
    cells = summary.cells
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        count = table.counts(cells)
        offered = [name for name in table.FILTERS if name == "all" or count[name]]
        wanted = st.query_params.get("only")
        asked: table.Filter = next((name for name in offered if name == wanted), "all")
        only = st.pills(
            "Show",
            offered,
            default=asked,
            required=True,
            format_func=lambda name: f"{table.FILTERS[name]} {count[name]}",
            label_visibility="collapsed",
            key=f"run_only_{summary.head.id}",
        )
        if only != "all":
            st.query_params["only"] = only
        elif "only" in st.query_params:
            del st.query_params["only"]
        st.space("stretch")
        _legend()
    shown, hidden = table.select(cells, only), _unseen(cells)
    selection = st.dataframe(
        table.cell_rows(shown, cells, theme.palette(theme.current()), hidden),
        column_config=table.cell_columns(cells),
        hide_index=True,
        row_height=_ROW_PX,
        height=_height(len(shown)),
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        key=f"run_cells_{summary.head.id}_{only}",
        alt="Scenarios of the run",
    ).selection
    at = table.clicked(selection, shown)
    chosen = [at] if at is not None else [shown[n] for n in selection.rows if n < len(shown)]
    run_actions.below(summary, plan, chosen)


def _beside(summary: RunSummary) -> None:
    colours = theme.palette(theme.current())
    marks = Counter(mark_of(call) for cell in summary.cells for call in cell.calls)
    told = [f"{marks['failed']} failed"] if marks["failed"] else []
    told += [f"{marks['not_run']} not run"] if marks["not_run"] else []
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.markdown("**Why calls failed**", width="content")
            st.caption(", ".join(told), width="content")
        doubts = doubts_of_runs(service().archive, [summary.head.id])
        if summary.failures:
            words = {name: doubt.word.lower() for name, doubt in doubts.items()}
            st.plotly_chart(
                run_charts.failures(summary.failures, colours, words),
                theme=None,
                key="run_failures",
                config=charts.CONFIG,
                alt="In how many calls each check failed",
            )
        else:
            st.caption("No call has failed.")
        judge_view.rests(doubts)
    with st.container(border=True, gap="xsmall"):
        st.markdown("**Heard latency, all replies**", help=METRICS["response_latency_p50"].tooltip)
        values = _pooled(summary)
        if values:
            st.plotly_chart(
                run_charts.histogram(values, run_head.budget_of(summary), colours),
                theme=None,
                key="run_histogram",
                config=charts.CONFIG,
                alt="How many replies were heard after how long",
            )
        st.caption(_replies_told(len(values), summary))


def _replies_told(replies: int, summary: RunSummary) -> str:
    told = f"{replies} repl{'y' if replies == 1 else 'ies'}."
    if summary.no_answer:
        are = (
            "turn got no answer and is" if summary.no_answer == 1 else "turns got no answer and are"
        )
        told += f" {summary.no_answer} {are} not in these numbers."
    if summary.spoiled:
        told += f" {summary.spoiled} spoiled by the caller's computer left out."
    return told


def _pooled(summary: RunSummary) -> list[float]:
    return [value for values in summary.replies_s.values() for value in values]


# Calls


def _calls(summary: RunSummary) -> None:
    if goes_on(summary.head, summary):
        _live_calls(summary.head.id)
        return
    run_id = summary.head.id
    every = _in_order(summary.cells)
    count: dict[str, int] = Counter(mark_of(call) for call in every)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        only = st.pills(
            "Show",
            ["all", *(mark for mark in _MARKS if count[mark])],
            default="all",
            required=True,
            format_func=lambda mark: f"{_MARKS.get(mark, 'All')} {count.get(mark, len(every))}",
            label_visibility="collapsed",
            key=f"run_calls_only_{run_id}",
        )
        st.space("stretch")
        actions = st.container(horizontal=True, vertical_alignment="center", width="content")
    calls = [call for call in every if only in ("all", mark_of(call))]
    figures = service().archive.figures(calls)
    hidden = unseen(calls)
    unseen_told(hidden)
    selection = st.dataframe(
        table.call_rows(calls, figures, theme.palette(theme.current()), hidden),
        column_config=table.call_columns(figures),
        hide_index=True,
        row_height=36,
        height=room(_TAKEN_PX - 8, 260) if len(calls) > 10 else "content",
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        key=f"run_calls_{run_id}_{only}",
        alt="Calls of the run in their order",
    ).selection
    opened = table.clicked(selection, calls)
    if opened is not None:
        st.switch_page(pages.INSPECT, query_params={"run": run_id, "call": opened.id})
    with actions:
        _comparing(run_id, [calls[row] for row in selection.rows if row < len(calls)])
    st.caption("Click a call to see and hear it; tick two to compare them.")


_MARKS = {"passed": "Passed", "failed": "Failed", "not_run": "Not run"}


def _comparing(run_id: str, chosen: Sequence[Call]) -> None:
    if st.button("Compare", icon=":material/compare_arrows:", disabled=len(chosen) != 2):
        a, b = chosen
        st.switch_page(pages.COMPARE, query_params={"run": run_id, "a": a.id, "b": b.id})


@st.fragment(run_every=_EVERY_S)
def _live_calls(run_id: str) -> None:
    hidden = _unseen(service().archive.summary(run_id).cells)
    _calls_so_far(run_id, _stand(run_id), theme.current(), room(_TAKEN_PX, 260), hidden)


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def _calls_so_far(
    run_id: str, stand: _Stand, mode: theme.Mode, height: int, hidden: tuple[str, ...]
) -> None:
    archive = service().archive
    calls = _in_order(archive.summary(run_id).cells)[::-1]
    figures = archive.figures(calls)
    st.dataframe(
        table.call_rows(calls, figures, theme.palette(mode), hidden),
        column_config=table.call_columns(figures),
        hide_index=True,
        row_height=36,
        height=height if len(calls) > 10 else "content",
        key="run_calls_live",
        alt="Calls of the run so far, newest first",
    )


def _in_order(cells: Sequence[Cell]) -> list[Call]:
    """The calls of a run as they were placed."""
    calls = [call for cell in cells for call in cell.calls]
    return sorted(calls, key=lambda call: (call.created_at, call.id))


# Charts


def _charts(summary: RunSummary) -> None:
    if goes_on(summary.head, summary):
        _live_charts(summary.head.id)
    else:
        _drawn_charts(summary)


@st.fragment(run_every=_EVERY_S)
def _live_charts(run_id: str) -> None:
    _charts_so_far(run_id, _stand(run_id), theme.current())


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def _charts_so_far(run_id: str, stand: _Stand, mode: theme.Mode) -> None:
    _drawn_charts(service().archive.summary(run_id), live=True)


def _drawn_charts(summary: RunSummary, *, live: bool = False) -> None:
    if not summary.replies_s:
        st.caption("No reply has been timed yet.")
        return
    colours, budget = theme.palette(theme.current()), run_head.budget_of(summary)
    left, right = st.columns(2, gap="small")
    with left, st.container(border=True, gap="xsmall", height="stretch"):
        st.markdown("**Heard latency by scenario**", help=METRICS["response_latency_p50"].tooltip)
        st.caption("Each dot a reply, at most 60 of them; the bar is p50, the diamond p95.")
        st.plotly_chart(
            run_charts.by_scenario(summary.replies_s, budget, colours),
            theme=None,
            key="run_by_scenario",
            config=charts.CONFIG,
            alt="Replies of each scenario with p50 and p95",
        )
    with right, st.container(border=True, gap="xsmall", height="stretch"):
        st.markdown("**Heard latency by call**", help=METRICS["response_latency_p95"].tooltip)
        led = "" if live else " Click one to inspect it."
        st.caption(f"p50 to p95 of each call in the order they were placed; a diamond failed.{led}")
        order = _in_order(summary.cells)
        replies = {
            call_id: values for cell in summary.cells for call_id, values in cell.replies_s.items()
        }
        words = {Verdict.PASSED: "passed", Verdict.FAILED: "failed"}
        figure = run_charts.by_call(
            [
                (
                    call.scenario or "No script",
                    words.get(call.verdict, "not_run") if call.verdict else "not_run",
                    replies.get(call.id, ()),
                )
                for call in order
            ],
            budget,
            colours,
        )
        key, alt = f"run_by_call_{summary.head.id}", "p50 and p95 of each call in their order"
        if live:
            st.plotly_chart(figure, theme=None, key=f"{key}_live", config=charts.CONFIG, alt=alt)
            return
        clicked = st.plotly_chart(
            figure,
            theme=None,
            key=key,
            config=charts.CONFIG,
            on_select="rerun",
            selection_mode="points",
            alt=alt,
        ).selection.points
        number = clicked[0].get("x") if clicked else None
        if isinstance(number, int) and 0 < number <= len(order):
            asked = {"run": summary.head.id, "call": order[number - 1].id}
            st.switch_page(pages.INSPECT, query_params=asked)


def _trends(head: RunHead) -> None:
    trends.draw(head.suite or head.name, _HEAD_PX)


# Plan


def _plan(head: RunHead, plan: RunPlan | None) -> None:
    if plan is None:
        st.caption("These calls were placed together, without a plan.")
        return
    left, right = st.columns(2, gap="small")
    with left, st.container(border=True, gap="xsmall"):
        st.markdown("**What is called**")
        rows = [Row("playlist_play", "Size", size_of(plan))]
        rows += [
            Row("smart_toy", "Agent", agent.title or agent.name) for agent in plan.agents.values()
        ]
        rows += [
            Row("assignment", "Scenario", each.title, below=(each.name,))
            for each in plan.scenarios.values()
        ]
        rows += [Row("record_voice_over", "Caller", name) for name in plan.callers]
        row_list(rows, "facts", "What is called", key="run_plan_what")
    with right, st.container(border=True, gap="xsmall"):
        st.markdown("**How**")
        row_list(
            [Row("", "", name, right=value) for name, value in _how(head, plan)],
            "pairs",
            "How it is called",
            key="run_plan_how",
        )


def _how(head: RunHead, plan: RunPlan) -> list[tuple[str, str]]:
    stop, goal = plan.stop, plan.goal
    told = [
        ("Suite", plan.suite or "none"),
        ("At once", str(plan.concurrency) if plan.concurrency else "as many as can be"),
        ("Time limit", minutes(plan.time_limit_s) if plan.time_limit_s else "none"),
        ("Seed", str(plan.seed)),
    ]
    told += [(f"At once with {name}", str(most)) for name, most in plan.caps.items()]
    if stop.failed_calls is not None:
        told.append(("Stops after failed calls", str(stop.failed_calls)))
    if stop.harness_failures is not None:
        told.append(("Stops after calls spoiled here", str(stop.harness_failures)))
    if stop.pass_rate_below is not None:
        told.append(
            ("Stops below a pass rate", f"{stop.pass_rate_below:.0%} after {stop.after} calls")
        )
    if goal.pass_rate is not None:
        told.append(("Goal, pass rate", f"{goal.pass_rate:.0%}"))
    if goal.p95_s is not None:
        told.append(("Goal, heard p95", f"{goal.p95_s:.2f} s"))
    for name, value in (("Label", head.label), ("Version", plan.version)):
        if value:
            told.append((name, value))
    return told
