"""The set-up's card on the Call page: what can be done with a call that is over."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from harness.calls import CallRequest, CallView
from harness.console import history, setup
from harness.console._service import request_of, service
from harness.console.shell_parts import pages
from harness.errors import RingbackError
from harness.scenarios import find_scenario

__all__ = ["draw", "head"]


def head(*, over: bool) -> bool:
    """The title of the set-up's card; gives whether another set-up is wanted."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown("**Set-up**", width="content")
        return st.button(
            "Edit",
            icon=":material/edit:",
            type="tertiary",
            disabled=not over,
            help=None if over else "Locked while the call runs",
        )


def draw(
    view: CallView, call: Callable[[Callable[[], CallRequest]], None], edit: Callable[[], None]
) -> None:
    """Call again, mend what was wrong, keep it as a scenario, find it among the others.

    Args:
        view: The call.
        call: Called to place a request.
        edit: Called to set a call up, when this one cannot be placed again as it was.
    """
    again = None if view.kind == "import" else request_of(view.call_id) or setup.of_call(view)
    if view.kind != "import" and st.button(
        "Call again", icon=":material/call:", width="stretch", type="primary"
    ):
        call(lambda: again) if again else edit()
    if again is not None and again.scenario is not None and _can_be_mended(view):
        st.page_link(
            pages.SCENARIOS,
            label="Fix and call again",
            icon=":material/build:",
            query_params={"again": view.call_id},
            help="Edit the scenario of this call, then call the same agent with it.",
        )
    if any(turn.caller_text for turn in view.turns):
        st.page_link(
            pages.SCENARIOS,
            label="Make a scenario of it",
            icon=":material/assignment_add:",
            query_params={"from": view.call_id},
            help="What the caller did becomes a script, what the agent did becomes checks.",
        )
    of_run = _of_run(view)
    if of_run:
        st.caption(of_run)
    st.page_link(
        pages.RUNS,
        label="All calls of the run" if of_run else "Open in Runs",
        icon=":material/checklist:",
        query_params={"call": view.call_id, **({"find": view.run_id} if of_run else {})},
    )


def _of_run(view: CallView) -> str:
    """Which call of its run it is; empty for a run of one, and for a call that was deleted."""
    calls = service().history()
    this = next((call for call in calls if call.id == view.call_id), None)
    return history.run_told(this, calls) if this is not None else ""


def _can_be_mended(view: CallView) -> bool:
    """Whether its scenario is known: by the call itself, else by the library."""
    if view.scenario_source:
        return True
    try:
        return view.scenario is not None and find_scenario(view.scenario) is not None
    except RingbackError:
        return False
