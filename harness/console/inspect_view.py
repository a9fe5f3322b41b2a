"""The Inspect page: one call that has ended, opened where something went wrong."""

from __future__ import annotations

import streamlit as st

from harness.calls import CallView
from harness.console import inspect_tabs
from harness.console._service import service
from harness.console._text import ago, clock, plain, seconds
from harness.console.components import call_view, room
from harness.console.export_menu import export_menu
from harness.console.inspect_place import (
    Place,
    failed_checks,
    failures,
    next_failure,
    numbered,
    opening_place,
    turn_of,
)
from harness.console.shell_parts import pages
from harness.nouns import CallQuery, CallState, Outcome, Turn, Verdict

__all__ = ["draw"]

_TAKEN_PX = 170
"""Navigation, head and what is left free below."""
_LEAST_PX = 480
_OTHERS = 20
"""Newest calls of a scenario among which another one is looked for."""
_BADGES = {
    Verdict.PASSED: ("Passed", "green", "check_circle"),
    Verdict.FAILED: ("Failed", "red", "cancel"),
    Verdict.NOT_RUN: ("Not run", "gray", "do_not_disturb_on"),
}


def draw(call_id: str) -> None:
    """The head, then sound and words on the left, what is known of them on the right.

    Raises:
        NotFound: No such call.
    """
    view = service().view(call_id)
    _head(view)
    _body(call_id)


def _head(view: CallView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(plain(view.scenario_title or "No script"), anchor=False, width="content")
        word, colour, icon = _badge(view)
        st.markdown(f":{colour}-badge[:material/{icon}: {word}]", width="content")
        st.caption(" · ".join(_about(view)), width="content")
        st.space("stretch")
        st.page_link(
            pages.CALL,
            label="Open in Call",
            icon=":material/call:",
            query_params={"call": view.call_id},
            help="What was called and how, and to call it again.",
            width="content",
        )
        if _can_be_compared(view):
            st.page_link(
                pages.COMPARE,
                label="Compare",
                icon=":material/compare_arrows:",
                query_params={"b": view.call_id},
                help="With the newest other call of this scenario.",
                width="content",
            )
        export_menu(view.call_id, "export")


def _badge(view: CallView) -> tuple[str, str, str]:
    if view.verdict is not None:
        return _BADGES[view.verdict]
    if view.state is CallState.DONE:
        return "Nothing asked", "gray", "remove"
    return view.state.value.capitalize(), "gray", "do_not_disturb_on"


def _about(view: CallView) -> list[str]:
    told = [plain(view.agent_title)]
    number, of = service().archive.places([view.call_id]).get(view.call_id, (1, 1))
    if of > 1:
        told.append(f"call {number} of {of}")
    told.append(ago(view.created_at))
    if view.kind != "import":
        told.append(f"{clock(view.t)} long")
    return told


def _can_be_compared(view: CallView) -> bool:
    same = CallQuery(scenario=view.scenario_title or "", limit=_OTHERS)
    return bool(same.scenario) and any(
        call.id != view.call_id and call.state.is_final
        for call in service().archive.search(same).calls
    )


@st.fragment
def _body(call_id: str) -> None:
    """Everything that follows the chosen turn: only this runs again when another is chosen."""
    view = service().view(call_id)
    asked = st.query_params
    place = opening_place(view, asked.get("turn", ""), asked.get("t", ""))
    left, right = st.columns([556, 720], gap="small")
    with left:
        call_view(call_id, view, taken=_TAKEN_PX, open_at=round(place.t, 1))
    with right, st.container(border=True, gap="xsmall", height=room(_TAKEN_PX, _LEAST_PX)):
        if view.failure is not None:
            st.error(plain(view.failure.message), icon=":material/error:")
        _chooser(view, place)
        inspect_tabs.draw(view, place, failed=len(failed_checks(view)))


def _chooser(view: CallView, place: Place) -> None:
    """Which failed check is shown, and the turn; both can be changed."""
    turns = numbered(view)
    failed = failures(view)
    if place.check:
        number = [each.check for each in failed].index(place.check) + 1
        many = f"{number} of {len(failed)} failed checks" if len(failed) > 1 else "failed check"
        told = f"**{plain(place.check)}** · {many}, at {clock(place.t)}"
        st.markdown(f":red[:material/cancel: {told}]")
    if not turns:
        return
    indexes = [turn.index for turn in turns]
    at = indexes.index(place.turn) if place.turn in indexes else 0
    key = f"inspect_turn_{view.call_id}"
    st.session_state[key] = indexes[at]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        st.button(
            "Turn before",
            icon=":material/chevron_left:",
            disabled=at == 0,
            on_click=_go_to_turn,
            args=(view, indexes[max(0, at - 1)]),
        )
        st.selectbox(
            "Turn",
            indexes,
            format_func=lambda index: _turn_told(view, turn_of(view, index)),
            label_visibility="collapsed",
            key=key,
            on_change=lambda: _go_to_turn(view, st.session_state[key]),
        )
        st.button(
            "Turn after",
            icon=":material/chevron_right:",
            disabled=at == len(indexes) - 1,
            on_click=_go_to_turn,
            args=(view, indexes[min(len(indexes) - 1, at + 1)]),
        )
        following = next_failure(view, place.t)
        if following is not None and following != place:
            st.button(
                "Next failure", icon=":material/skip_next:", on_click=_go_to, args=(following,)
            )


def _turn_told(view: CallView, turn: Turn | None) -> str:
    if turn is None:
        return "–"
    name = "Greeting" if turn.index == 0 else f"Turn {turn.index}"
    if turn.outcome is Outcome.NO_ANSWER:
        return f"{name} · no answer"
    if turn.response_latency_s is None:
        return name
    over = ", over budget" if turn.response_latency_s > view.budget_s else ""
    return f"{name} · {seconds(turn.response_latency_s)}{over}"


def _go_to_turn(view: CallView, index: int) -> None:
    _go_to(opening_place(view, turn=str(index)))


def _go_to(place: Place) -> None:
    """The address leads to what is shown."""
    st.query_params["t"] = f"{place.t:.1f}"
    if place.turn is not None:
        st.query_params["turn"] = str(place.turn)
