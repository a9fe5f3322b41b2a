"""From a call to a scenario: what the agent did is confirmed line by line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from harness.calls import CallView, recorded_lines
from harness.console._called import called_of
from harness.console._service import service
from harness.console._text import plain
from harness.console.components import room
from harness.console.scenarios.work import Work, begin
from harness.errors import NotFound
from harness.nouns import Caller
from harness.scenarios import Proposal, from_call

__all__ = ["draw"]

_WAYS = {"recorded": "As it was recorded", "text": "As text"}


def draw(view: CallView, leave: Callable[[], None], made: Callable[[Work], None]) -> None:
    """What the caller said and what the agent did, each with a tick.

    Args:
        view: The call.
        leave: Called when the person goes back.
        made: Called with the draft to go on with.

    Raises:
        ScenarioError: No scenario can be made from it.
    """
    title = view.scenario_title if view.scenario else f"Call of {view.agent_title}"
    caller = view.caller or Caller(voice=view.voice or "heart")
    recorded = _recorded(view)
    found = from_call(
        view.turns, caller, f"{title[:68]}, recorded", called_of(view), _chosen(view, recorded)
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Scenarios", icon=":material/arrow_back:", type="tertiary", key="back", on_click=leave
        )
        st.markdown("**A scenario from this call**", width="stretch")
        st.button(
            "Go on in the editor",
            icon=":material/edit:",
            type="primary",
            key="take_over",
            on_click=lambda: made(begin(found.with_only(_ticked(view, found.proposals)))),
        )
    st.caption(
        "The caller's lines become the script. Tick what must hold from now on; all of it can be "
        "changed in the editor."
    )
    if recorded:
        st.segmented_control(
            "What a person said or played",
            list(_WAYS),
            default="recorded",
            required=True,
            format_func=lambda way: _WAYS[way],
            key=_way_key(view),
            help="As it was recorded: their own voice is played in each call. As text: the "
            "caller's voice says the words, as far as they are known.",
        )
    for note in found.notes:
        st.markdown(f":small[:orange[:material/info:] {plain(note)}]")
    with st.container(border=True, height=room(taken=200, least=420), gap="xsmall"):
        shown: set[int] = set()
        for turn in view.turns:
            mine = [
                (i, p)
                for i, p in enumerate(found.proposals)
                if p.turn == turn.index and i not in shown
            ]
            shown |= {i for i, _ in mine}
            if turn.caller is not None and turn.index:
                words = turn.caller_text or turn.heard_text or "(words not known)"
                st.markdown(f":blue-badge[{turn.index}] {plain(words)}")
            if turn.agent_text:
                st.markdown(
                    f":violet[:material/subdirectory_arrow_right:] {plain(turn.agent_text)}"
                )
            for index, proposal in mine:
                _tick(view, index, proposal)
        of_all = [(i, p) for i, p in enumerate(found.proposals) if p.turn is None]
        if of_all:
            st.markdown("**What its scenario asked**")
        for index, proposal in of_all:
            _tick(view, index, proposal)


def _recorded(view: CallView) -> dict[int, Path]:
    """The lines that a person spoke or played, cut out of the recording if there is one."""
    try:
        return recorded_lines(service().recording(view.call_id), view.turns)
    except NotFound:
        return {}


def _way_key(view: CallView) -> str:
    return f"person_as_{view.call_id}"


def _chosen(view: CallView, recorded: dict[int, Path]) -> dict[int, Path]:
    """Of these the ones to be played: all, or none."""
    return recorded if st.session_state.get(_way_key(view), "recorded") == "recorded" else {}


def _tick(view: CallView, index: int, proposal: Proposal) -> None:
    with st.container(horizontal=True, gap="medium"):
        st.space("xxsmall")
        st.checkbox(plain(proposal.sentence), proposal.usual, key=_key(view, index))


def _key(view: CallView, index: int) -> str:
    return f"proposal_{view.call_id}_{index}"


def _ticked(view: CallView, proposals: tuple[Proposal, ...]) -> list[bool]:
    return [
        bool(st.session_state.get(_key(view, index), proposal.usual))
        for index, proposal in enumerate(proposals)
    ]
