"""Mending the scenario of a call: as the library has it now, or as it was called."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from harness.console._called import called_of
from harness.console._service import service
from harness.console.scenarios.work import Address, Work, alone, of_library
from harness.errors import RingbackError
from harness.scenarios import as_called, differs, find_scenario

__all__ = ["choice", "work_of"]


def work_of(call_id: str, address: Address) -> Work:
    """What is edited to call again: today's file of the library, else what was called.

    With ``as=called`` in the address it is what was called in any case. That is a draft of its own:
    it takes the place of no file.

    Raises:
        RingbackError: There is no such call, or nothing is known of its scenario.
    """
    view = service().view(call_id)
    called = called_of(view)
    try:
        found = find_scenario(view.scenario or "")
    except RingbackError:
        if called is None:
            raise
        found = None
    changed = found is not None and called is not None and differs(found, called)
    if found is not None and (called is None or ("as", "called") not in address):
        work = of_library(found, address)
        work.since = "changed" if changed else ""
    else:
        assert called is not None
        work = alone(as_called(called), called, address)
        work.since = "gone" if found is None else "called"
    work.again = call_id
    return work


def choice(work: Work, go: Callable[..., None]) -> None:
    """Say that what was called is not what the library has, and let the other one be opened.

    Args:
        work: What is edited.
        go: Called with the query parameters of the other one.
    """
    if not work.again or not work.since:
        return
    told, label, to = _CHOICES[work.since]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":orange-badge[:material/history: Changed since the call] {told}")
        if label:
            st.button(
                label,
                type="tertiary",
                icon=":material/swap_horiz:",
                key="other_version",
                help="What was not saved here is lost.",
                on_click=lambda: go(again=work.again, **to),
            )


_CHOICES: dict[str, tuple[str, str, dict[str, str]]] = {
    "changed": (
        "This is the file as it is today.",
        "Open it as it was called",
        {"as": "called"},
    ),
    "called": (
        "This is what was called. Saved, it becomes a file of its own.",
        "Open today's file",
        {},
    ),
    "gone": (
        "This is what was called: the library has no such scenario. Saved, it becomes a file of "
        "its own.",
        "",
        {},
    ),
}
