"""The editor of one scenario file: form and text of the same thing, side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import streamlit as st

from harness.calls import CallRequest
from harness.console import busy
from harness.console._errors import show_error
from harness.console._service import place, request_of, runs_of_call, service
from harness.console._text import plain
from harness.console.call import setup
from harness.console.components import room
from harness.console.scenarios import form, yaml_text
from harness.console.scenarios.work import Work
from harness.errors import RingbackError, ScenarioError
from harness.nouns import Scenario
from harness.scenarios import read_library

__all__ = ["call_again", "draw", "request_for"]

_FORM_HEAD_PX = 75
"""What the form's card takes beside its fields: its frame and the choice of a part."""


def draw(
    work: Work,
    leave: Callable[[], None],
    saved: Callable[[Work], None],
    called: Callable[[Work, Scenario], None],
) -> None:
    """The editor.

    Args:
        work: What is edited.
        leave: Called when the person goes back; what was not saved is lost.
        saved: Called after it was saved.
        called: Called after it was saved to be called, with the shown scenario.
    """
    wanted, work.wanted = work.wanted, ""
    if wanted == "save":
        _save(work, saved)
    elif wanted == "call":
        _call(work, called)
    if wanted and work.trouble is None:
        st.rerun()
    _, problems = work.loaded
    wrong = sum(not problem.warning for problem in problems)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Scenarios",
            icon=":material/arrow_back:",
            type="tertiary",
            key="back",
            on_click=leave,
        )
        title = work.value("ringback", "title") or work.name
        told = f":small[:gray[{plain(work.name)}.yaml]]"
        state = ":orange-badge[Not saved]" if work.changed else ":gray-badge[Saved]"
        st.markdown(f"**{plain(str(title))}**\u2002{told}\u2002{state}", width="stretch")
        if work.changed and work.kept_as is not None:
            st.button(
                "Take back",
                icon=":material/undo:",
                type="tertiary",
                help="As it was saved last",
                key="take_back",
                on_click=lambda: work.typed_anew(work.saved),
            )
        busy.badge()
        st.button(
            "Save",
            icon=":material/save:",
            key="save",
            disabled=bool(wrong),
            on_click=_want,
            args=(work, "save"),
        )
        st.button(
            "Save and call again" if work.again else "Save and call",
            icon=":material/call:",
            type="primary",
            key="save_and_call",
            disabled=bool(wrong),
            on_click=_want,
            args=(work, "call"),
        )
    if work.trouble is not None:
        show_error(work.trouble)
    high = room(taken=155, least=420)
    left, right = st.columns([1.1, 1], gap="small")
    with left, st.container(border=True, gap="small", height=high):
        form.draw(work, high - _FORM_HEAD_PX)
    with right, st.container(border=True, height=high):
        yaml_text.draw(work)


def _want(work: Work, what: Literal["save", "call"]) -> None:
    """Have it done once the page runs.

    A field that was left by the same click has its callback in the same run, maybe after this one.
    """
    work.wanted = what


def _save(work: Work, saved: Callable[[Work], None]) -> None:
    work.trouble = None
    try:
        work.save()
    except RingbackError as error:
        work.trouble = error
        return
    saved(work)


def _call(work: Work, called: Callable[[Work, Scenario], None]) -> None:
    work.trouble = None
    try:
        path = work.save() if work.changed or work.kept_as is None else work.kept_as
        called(work, _in_library(path, work))
    except RingbackError as error:
        work.trouble = error


def _in_library(path: Path, work: Work) -> Scenario:
    """The shown scenario as the library has it, which is what is called."""
    shelf = read_library()
    name = work.shown.name if work.shown else ""
    for scenario in shelf.scenarios:
        if Path(scenario.path) == path and scenario.name == name:
            return scenario
    for file, problem in shelf.problems:
        if file == path:
            raise problem
    raise ScenarioError(
        "This scenario is not in the library.",
        cause="Another file holds a scenario of the same name.",
        remedy="Give it another name, under About.",
    )


def request_for(scenario: Scenario, call_id: str) -> CallRequest | None:
    """A request like that of a call, with this scenario in place of its own; None if it cannot be.

    Raises:
        RingbackError: There is no such call.
    """
    before = request_of(call_id) or setup.of_call(service().view(call_id))
    if before is None:
        return None
    by = before.caller.by if before.caller else scenario.caller.by
    caller = scenario.caller.model_copy(update={"by": by})
    return before.model_copy(update={"scenario": scenario, "caller": caller})


def call_again(scenario: Scenario, call_id: str) -> str:
    """Call the agent of a call again with this scenario; gives the new call's id, or nothing.

    Raises:
        RingbackError: It cannot be called.
    """
    request = request_for(scenario, call_id)
    return place(request, runs_of_call(call_id)).id if request is not None else ""
