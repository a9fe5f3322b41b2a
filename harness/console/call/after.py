"""What can be done with a call on the Call page, now and once it is over."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from harness.calls import CallView, call_before
from harness.console import busy, history
from harness.console._service import place, request_of, runs_of_call, service
from harness.console.call import setup
from harness.console.shell_parts import pages
from harness.errors import RingbackError
from harness.nouns import Call, Run, by_person
from harness.scenarios import find_scenario

__all__ = ["actions", "head", "of_run"]


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


def actions(
    view: CallView,
    call: Callable[[Callable[[], Call]], None],
    edit: Callable[[], None],
    *,
    below: bool,
) -> None:
    """Call again, mend what was wrong, keep it as a scenario, find it among the others.

    Args:
        view: The call.
        call: Called with what places another.
        edit: Called to set a call up, when this one cannot be placed again as it was.
        below: Each below the other, in a narrow card; else in a row that flows.
    """
    again = None if view.kind == "import" else request_of(view.call_id) or setup.of_call(view)
    run = _run(view)
    with (
        st.container(gap="xxsmall")
        if below
        else st.container(horizontal=True, vertical_alignment="center", gap="small")
    ):
        if below:
            st.space("xsmall")
        if view.kind != "import":
            if st.button(
                "Call again",
                icon=":material/call:",
                width="stretch" if below else "content",
                type="primary",
                help=f"All {len(run.calls)} calls of the run" if run else None,
            ):
                call(lambda: place(again, runs_of_call(view.call_id))) if again else edit()
            busy.badge()
        if view.turns:
            st.page_link(
                pages.INSPECT,
                label="Inspect",
                icon=":material/troubleshoot:",
                query_params={"call": view.call_id},
                help="Where it went wrong, or was slowest: waveform, words, stages, checks and "
                "events at one second.",
            )
        if again is not None and again.scenario is not None and _can_be_mended(view):
            st.page_link(
                pages.SCENARIOS,
                label="Fix and call again",
                icon=":material/build:",
                query_params={"again": view.call_id},
                help="Edit the scenario of this call, then call the same agent with it.",
            )
        if any(turn.caller_text or by_person(turn.caller_source) for turn in view.turns):
            st.page_link(
                pages.SCENARIOS,
                label="Make a scenario of it",
                icon=":material/assignment_add:",
                query_params={"from": view.call_id},
                help="What the caller did becomes a script, what the agent did becomes checks.",
            )
        before = call_before(service().archive, view)
        if before is not None:
            st.page_link(
                pages.COMPARE,
                label="Compare with the call before",
                icon=":material/compare_arrows:",
                query_params={"a": before.id, "b": view.call_id},
                help="The newest call before it of this agent by this scenario.",
            )
        st.page_link(
            pages.RUNS,
            label="All calls of the run" if run else "Open in Runs",
            icon=":material/checklist:",
            query_params={"call": view.call_id, **({"find": view.run_id} if run else {})},
            help="Beside the other calls, with what passed and failed.",
        )


def of_run(view: CallView) -> None:
    """Which call of its run it is, and how the run went; nothing of a run of one."""
    run = _run(view)
    if run is not None:
        this = run.calls[run.number(view.call_id) - 1]
        st.caption(history.run_told(this, run.calls))


def _run(view: CallView) -> Run | None:
    """The run of a call; None if it is its only call, or was deleted."""
    calls = service().archive.calls_of(view.run_id)
    if len(calls) < 2 or all(call.id != view.call_id for call in calls):
        return None
    return Run(view.run_id, calls)


def _can_be_mended(view: CallView) -> bool:
    """Whether its scenario is known: by the call itself, else by the library."""
    if view.scenario_source:
        return True
    try:
        return view.scenario is not None and find_scenario(view.scenario) is not None
    except RingbackError:
        return False
