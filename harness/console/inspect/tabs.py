"""The tabs of the Inspect page; only the open one is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from harness.calls import CallView
from harness.console import cards, charts, judge_view, theme
from harness.console._event_log import log_of
from harness.console._text import plain, seconds, signed
from harness.console.address_tabs import address_tabs
from harness.console.blind import Seen, waits
from harness.console.components import row_list, width
from harness.console.inspect import audio, grades, judging, logs, metadata, metrics
from harness.console.inspect import tools as inspect_tools
from harness.console.inspect.place import (
    Place,
    failed_checks,
    failures,
    numbered,
    opening_place,
    turn_of,
)
from harness.console.inspect.turn_bars import around, turn_bars
from harness.console.inspect.url import go_to
from harness.console.inspect.waterfall import Waterfall, waterfall
from harness.console.inspect.waterfall_chart import waterfall_chart
from harness.console.inspect.window import Window, checks_in, counted, tools_in, turns_in
from harness.measure import METRICS, call_metrics
from harness.nouns import Outcome, Turn

__all__ = ["draw"]

_TABS = ("checks", "grades", "latency", "events", "tools", "audio", "metadata", "logs")
"""As the address names them."""
_HEARD = METRICS["response_latency_p50"].tooltip.partition(". ")[2]
"""Without what it says of p50."""
_TOLD, _GAP = METRICS["bot_reported_p50"].tooltip, METRICS["gap_p50"].tooltip
_OF_TURNS = ("latency", "turn_taking")
"""Groups of figures that turns alone tell."""


def draw(seen: Seen, place: Place, window: Window | None, *, failed: int, height: int) -> None:
    """The tabs, the one of the address open.

    Args:
        seen: A call that has ended, as its reader may see it.
        place: Where in it.
        window: The part that is looked at; None for all of it.
        failed: How many required checks failed.
        height: Pixels there are for the open tab; what is longer scrolls.
    """
    view = seen.view
    labels = _labels(seen, window, failed)
    drawn: dict[str, Callable[[], None]] = {
        "checks": lambda: _checks(seen, place, window),
        "grades": lambda: grades.draw(seen, place),
        "latency": lambda: _latency(view, place, window),
        "events": lambda: _events(seen, window, height),
        "tools": lambda: inspect_tools.draw(view, window),
        "audio": lambda: audio.draw(view, window),
        "metadata": lambda: metadata.draw(view),
        "logs": lambda: logs.logs(view, window),
    }
    address_tabs(
        {name: (labels[name], drawn[name]) for name in _TABS},
        otherwise="checks" if failed else _first(view),
        key=f"inspect_tabs_{view.call_id}",
    )


def _labels(seen: Seen, window: Window | None, failed: int) -> dict[str, str]:
    """The tabs' words with how much there is in each, and of a part how much of it lies there."""
    view = seen.view
    if width() == "narrow":
        return {name: name.capitalize() for name in _TABS}
    tools = [tool for turn in view.turns for tool in turn.tools]
    counts = {"grades": len(seen.shown), "events": view.seq, "tools": len(tools)}
    told = {name: f"{count}" for name, count in counts.items()}
    badge = f":red-badge[{failed}]"
    if window is not None:
        inside = sum(window.holds(row.t) for row in log_of(view.call_id))
        told |= {"events": f"{inside}/{view.seq}"}
        told |= {"tools": f"{len(tools_in(tools, window))}/{len(tools)}"}
        shown = sum(check in failed_checks(view) for check in checks_in(view, window))
        badge = f":{'red' if shown else 'gray'}-badge[{shown}/{failed}]"
    labels = {
        name: f"{name.capitalize()} `{told[name]}`" if counts.get(name) else name.capitalize()
        for name in _TABS
    }
    if failed:
        labels["checks"] = f"Checks {badge}"
    return labels


def _first(view: CallView) -> str:
    """The tab of a call of which no check failed: how it got on, or that it did not."""
    return "latency" if view.turns else "metadata"


def _events(seen: Seen, window: Window | None, height: int) -> None:
    if seen.hidden:
        waits("Events tell what judges said.")
        return
    logs.events(seen.view, window, height)


def _checks(seen: Seen, place: Place, window: Window | None) -> None:
    view = seen.view
    if seen.hidden:
        waits("What judges decide, and what follows from it, is left out.")
        if not view.checks:
            return
    if window is not None:
        found = checks_in(view, window)
        told = counted(len(found), len(view.checks), "check", window)
        if unplaced := len(failed_checks(view)) - len(failures(view)):
            fail = "failed check is" if unplaced == 1 else "failed checks are"
            told += f" · {unplaced} {fail} about what never happened and in no part"
        st.caption(told)
        doubts = judge_view.doubts(found)
        rows = cards.check_rows(found, view.implied, audible=view.has_recording, doubts=doubts)
        row_list(rows, "checks", "Checks", key="inspect_checks_list")
        return
    cards.checks(
        view,
        theme.palette(theme.current()),
        "inspect_checks",
        fill=False,
        chosen=place.turn,
        on_turn=lambda turn: go_to(opening_place(view, turn=str(turn))),
    )
    if not seen.hidden:
        judging.draw(view, "inspect_versions", fill=False)


def _latency(view: CallView, place: Place, window: Window | None) -> None:
    if view.kind == "import":
        st.caption("Imported: a conversation from a file has no times.")
        return
    if not view.turns:
        st.caption("Nobody spoke in this call: there is no wait to measure.")
        return
    turn = turn_of(view, place.turn)
    if turn is not None:
        _of_turn(view, turn, window)
    turns = turns_in(view.turns, window)
    st.markdown("**All replies**" if window is None else f"**Replies in {window.told}**")
    if window is None:
        metrics.draw(view, "inspect_figures", fill=False)
        return
    asked = [turn for turn in numbered(view) if turn.index > 0]
    st.caption(counted(sum(turn in turns for turn in asked), len(asked), "turn", window))
    found = [
        metric
        for metric in call_metrics(turns, budget_s=view.budget_s)
        if metric.value is not None and METRICS[metric.key].group in _OF_TURNS
    ]
    rows = metrics.figure_rows(found, view.error_s)
    row_list(rows, "figures", "Figures", key="inspect_figures")


def _of_turn(view: CallView, turn: Turn, window: Window | None) -> None:
    """What was heard of a turn beside the others, and what its wait was spent on."""
    colours = theme.palette(theme.current())
    figures, others = st.columns([43, 25], vertical_alignment="bottom", gap="small")
    with figures:
        _figures_of(view, turn)
    with others:
        shown = around(turns_in(numbered(view), window), turn.index)
        _bars(view, shown, turn.index)
    found = waterfall(view, turn)
    if found.bars:
        key = f"inspect_waterfall_{view.call_id}_{turn.index}"
        st.plotly_chart(
            waterfall_chart(found, view.budget_s, colours, narrow=width() == "narrow"),
            theme=None,
            key=key,
            config=charts.CONFIG,
            on_select=lambda: _stage_clicked(view, turn, found, key),
            selection_mode="points",
            alt="What the wait for this reply was spent on: "
            + ", ".join(f"{bar.title} {seconds(bar.seconds)}" for bar in found.bars),
        )
    st.markdown(plain(found.sentence))
    if turn.stages:
        st.caption(
            ":violet[■] reported by the agent · ■ measured here · ▨ not explained by any "
            "report · usual here: the median of the other replies of this call"
        )


def _bars(view: CallView, turns: Sequence[Turn], chosen: int) -> None:
    """The turns around; one that is clicked is chosen."""
    if not turns:
        return
    key = f"inspect_bars_{view.call_id}_{chosen}_{turns[0].index}_{len(turns)}"
    st.plotly_chart(
        turn_bars(turns, chosen, view.budget_s, theme.palette(theme.current())),
        theme=None,
        key=key,
        config=charts.CONFIG,
        on_select=lambda: _clicked(view, key, turns),
        selection_mode="points",
        alt="Heard latency of the turns around this one, with the budget",
    )


def _clicked(view: CallView, key: str, turns: Sequence[Turn]) -> None:
    points = st.session_state[key].selection.points
    at = points[0].get("point_index") if points else None
    if isinstance(at, int) and at < len(turns):
        go_to(opening_place(view, turn=str(turns[at].index)))


def _stage_clicked(view: CallView, turn: Turn, found: Waterfall, key: str) -> None:
    """Lead to the second at which a stage began."""
    points = st.session_state[key].selection.points
    at = points[0].get("point_index") if points else None
    if isinstance(at, int) and at < len(found.bars) and turn.caller and turn.caller.end is not None:
        t = turn.caller.end + found.bars[at].start
        go_to(Place(min(max(0.0, t), view.t), turn.index))


def _figures_of(view: CallView, turn: Turn) -> None:
    """Heard, bot-reported and the gap between both, of one turn."""
    heard, told, gap = turn.response_latency_s, turn.bot_reported_s, turn.gap_s
    name = "Greeting" if turn.index == 0 else f"Turn {turn.index}"
    over = heard is not None and heard > view.budget_s
    shown = "no answer" if turn.outcome is Outcome.NO_ANSWER else seconds(heard)
    red = over or turn.outcome is Outcome.NO_ANSWER
    values = (
        (f"{name}, heard by the caller", f":red[{shown}]" if red else shown, _HEARD),
        ("Bot-reported", seconds(told), _TOLD),
        ("Gap", "–" if gap is None else signed(gap), _GAP),
    )
    with st.container(horizontal=True, gap="small"):
        for label, value, meaning in values:
            st.metric(label, value, help=meaning, width="content")
    if turn.flags:
        st.caption(
            ":material/warning: This computer spoiled the timing of this turn; it is left out of "
            "all percentiles."
        )
