"""The tabs of the Inspect page; only the open one is drawn."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from harness.calls import CallView
from harness.console import cards, charts, grading_view, metrics_view, theme
from harness.console._event_log import event_told
from harness.console._service import service
from harness.console._text import clock, plain, seconds, signed
from harness.console.components import Row, row_list
from harness.console.dnsmos_rows import dnsmos_rows
from harness.console.heard_diff import as_markdown, heard_lines
from harness.console.inspect_place import Place, numbered, turn_at, turn_of
from harness.console.waterfall import waterfall
from harness.console.waterfall_chart import waterfall_chart
from harness.measure import METRICS
from harness.nouns import Event, Outcome, ToolCall, Turn

__all__ = ["TABS", "draw"]

TABS = ("checks", "latency", "events", "tools", "audio", "metadata", "logs")
"""As the address names them."""

_AROUND = 6
"""Turns after the chosen one that its chart shows."""
_TEXT_CHARACTERS = 400


def draw(view: CallView, place: Place, *, failed: int) -> None:
    """The tabs, the one of the address open.

    Args:
        view: A call that has ended.
        place: Where in it.
        failed: How many required checks failed.
    """
    tools = [tool for turn in view.turns for tool in turn.tools]
    counts = {"checks": failed, "events": view.seq, "tools": len(tools)}
    labels = {
        name: f"{name.capitalize()} `{counts[name]}`" if counts.get(name) else name.capitalize()
        for name in TABS
    }
    drawn: dict[str, Callable[[], None]] = {
        "checks": lambda: _checks(view),
        "latency": lambda: _latency(view, place),
        "events": lambda: _events(view),
        "tools": lambda: _tools(view, tools),
        "audio": lambda: _audio(view),
        "metadata": lambda: _metadata(view),
        "logs": lambda: _logs(view),
    }
    asked = st.query_params.get("tab", "")
    first = asked if asked in TABS else "checks" if failed else "latency"
    tabs = st.tabs(
        list(labels.values()),
        default=labels[first],
        key=f"inspect_tabs_{view.call_id}",
        on_change="rerun",
    )
    for name, tab in zip(TABS, tabs, strict=True):
        if tab.open:
            if name != first:
                st.query_params["tab"] = name
            with tab:
                drawn[name]()


def _checks(view: CallView) -> None:
    cards.checks(view, theme.palette(theme.current()), "inspect_checks", fill=False)
    st.divider()
    grading_view.draw(view, "inspect_versions", fill=False)


def _latency(view: CallView, place: Place) -> None:
    if view.kind == "import":
        st.caption("Imported: a conversation from a file has no times.")
        return
    colours = theme.palette(theme.current())
    turn = turn_of(view, place.turn)
    if turn is not None:
        _figures_of(view, turn)
        around = [t for t in numbered(view) if t.index <= turn.index + _AROUND]
        st.plotly_chart(
            charts.latency_by_turn(replace(view, turns=tuple(around)), colours),
            theme=None,
            key="inspect_by_turn",
            config=charts.CONFIG,
            alt="Heard and bot-reported latency of the turns around this one, with the budget",
        )
        found = waterfall(view, turn)
        if found.bars:
            st.plotly_chart(
                waterfall_chart(found, view.budget_s, colours),
                theme=None,
                key="inspect_waterfall",
                config=charts.CONFIG,
                alt="What the wait for this reply was spent on: "
                + ", ".join(f"{bar.title} {seconds(bar.seconds)}" for bar in found.bars),
            )
        st.markdown(plain(found.sentence))
        if turn.stages:
            st.caption(
                ":violet[■] reported by the agent · ■ measured here · ▨ not explained by any "
                "report · usual here: the median of the other replies of this call"
            )
    st.markdown("**All replies**")
    metrics_view.draw(view, "inspect_figures", fill=False)


def _figures_of(view: CallView, turn: Turn) -> None:
    """Heard, bot-reported and the gap between both, of one turn."""
    heard, told, gap = turn.response_latency_s, turn.bot_reported_s, turn.gap_s
    name = "Greeting" if turn.index == 0 else f"Turn {turn.index}"
    over = heard is not None and heard > view.budget_s
    shown = "no answer" if turn.outcome is Outcome.NO_ANSWER else seconds(heard)
    red = over or turn.outcome is Outcome.NO_ANSWER
    values = (
        (f"{name}, heard by the caller", f":red[{shown}]" if red else shown),
        ("Bot-reported", seconds(told)),
        ("Gap", "–" if gap is None else signed(gap)),
    )
    with st.container(horizontal=True, gap="medium"):
        for label, value in values:
            with st.container(width="content", gap=None):
                st.markdown(f":small[:gray[{label}]]")
                st.markdown(f"**{value}**")
    if turn.flags:
        st.caption(
            ":material/warning: This computer spoiled the timing of this turn; it is left out of "
            "all percentiles."
        )


def _events(view: CallView) -> None:
    found = service().archive.events(view.call_id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        text = st.text_input(
            "Find",
            placeholder="Kind or text",
            label_visibility="collapsed",
            icon=":material/search:",
            key=f"inspect_find_{view.call_id}",
        )
        words = (text or "").casefold().split()
        told = [(event, event_told(event)) for event in found]
        shown = [
            (event, line)
            for event, line in told
            if all(word in f"{event.kind} {line}".casefold() for word in words)
        ]
        many = f"{len(found)} events"
        st.caption(f"{len(shown)} of {many}" if words else many, width="content")
    key = f"inspect_events_{view.call_id}_{len(shown)}"
    st.dataframe(
        pd.DataFrame(
            {
                "Second": [event.t for event, _ in shown],
                "Kind": [event.kind for event, _ in shown],
                "What": [line for _, line in shown],
            }
        ),
        hide_index=True,
        row_height=26,
        height=420,
        on_select=lambda: _to_event(view, [event for event, _ in shown], key),
        selection_mode="single-row",
        column_config={
            "Second": st.column_config.NumberColumn(format="%.2f", width="small"),
            "Kind": st.column_config.TextColumn(width="small"),
            "What": st.column_config.TextColumn(width="large"),
        },
        key=key,
        alt="Events of the call in order",
    )
    st.caption("Select one to go to its second.")


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _to_event(view: CallView, events: Sequence[Event], key: str) -> None:
    rows = st.session_state[key].selection.rows
    if rows and rows[0] < len(events):
        t = min(max(0.0, events[rows[0]].t), view.t)
        st.query_params["t"] = f"{t:.1f}"
        turn = turn_at(view, t)
        if turn is not None:
            st.query_params["turn"] = str(turn)


def _tools(view: CallView, tools: Sequence[ToolCall]) -> None:
    if not tools:
        st.caption("The agent called no functions, or does not tell of them.")
        return
    rows = []
    for tool in tools:
        took = None if tool.returned_at is None else tool.returned_at - tool.called_at
        arguments = ", ".join(f"{k}={_value(v)}" for k, v in (tool.arguments or {}).items())
        result = "cancelled" if tool.cancelled else _value(tool.result) if took is not None else ""
        rows.append(
            Row(
                "build",
                "Function",
                f"{tool.name or 'a function'}({arguments})",
                right=f"{clock(tool.called_at)} · {seconds(took) if took is not None else 'open'}",
                below=(result[:_TEXT_CHARACTERS],) if result else ("it did not return",),
                seek=tool.called_at if view.has_recording else None,
            )
        )
    row_list(rows, "checks", "Functions the agent called", key="inspect_tools")


def _audio(view: CallView) -> None:
    measured = [metric for metric in view.metrics if METRICS[metric.key].group == "audio"]
    if measured:
        rows = metrics_view.figure_rows(measured)
        rows += dnsmos_rows(view.audio) if view.audio is not None else []
        row_list(rows, "figures", "Sound", key="inspect_audio")
    if view.audio is not None and view.audio.dropouts:
        rows = [
            Row(
                "volume_off",
                "Sound is missing",
                "Digital silence" if gap.kind == "zeros" else "A gap",
                "close",
                right=f"{clock(gap.at)} · {gap.length_ms:.0f} ms",
                seek=gap.at if view.has_recording else None,
            )
            for gap in view.audio.dropouts
        ]
        row_list(rows, "checks", "Missing sound", key="inspect_dropouts")
    lines = heard_lines(view.turns)
    wrong = [line for line in lines if line.differs]
    st.markdown("**What the agent heard of the caller**")
    if not lines:
        st.caption("The agent does not tell what it heard.")
    else:
        st.caption(f"{len(wrong)} of {len(lines)} lines differ")
    for line in wrong:
        st.markdown(f":gray[{clock(line.at)}] {as_markdown(line.parts)}")


def _metadata(view: CallView) -> None:
    cards.facts(view, "inspect_facts")
    pairs = {
        "Call": view.call_id,
        "Run": view.run_id,
        "Placed": f"{view.created_at.astimezone():%Y-%m-%d %H:%M:%S}",
        "Length": clock(view.t) if view.kind != "import" else "",
        "Ended by": view.ended_by or "",
        "Timing accuracy": f"±{view.error_s * 1000:.0f} ms" if view.error_s is not None else "",
        "Observer": f"Pipecat {view.observer.pipecat}" if view.observer else "",
    }
    rows = [Row("", "", name, right=value) for name, value in pairs.items() if value]
    row_list(rows, "pairs", "Call", key="inspect_pairs")
    if view.session is not None:
        cards.session(view.session, view.milestones.agent_joined, "inspect_session")
    st.markdown("**Getting connected**", help="Seconds since the call was taken up.")
    cards.connected(view, (), "inspect_connected")
    if view.warnings:
        st.markdown("**Warnings**")
        for text in dict.fromkeys(view.warnings):
            st.caption(plain(text))


def _logs(view: CallView) -> None:
    cards.agent_log(service().agent_log(view.call_id, 2000), "inspect_log", fill=False)
