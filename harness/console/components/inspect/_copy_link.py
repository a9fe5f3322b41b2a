"""A button that copies a link to the second the player is at."""

from __future__ import annotations

import streamlit as st

from harness.calls import CallView
from harness.console.components._load import script, style

__all__ = ["copy_link"]

_component = st.components.v2.component(
    "ringback_copy_link",
    css=style("inspect/copy_link.css"),
    js=script("inspect/copy_link.js"),
)


def copy_link(view: CallView, *, at: float, turn: int | None = None) -> None:
    """Show the button; where the clipboard may not be written to it shows the link instead.

    Args:
        view: A call that has ended.
        at: The second until the player tells another.
        turn: Index of the turn there.
    """
    _component(
        key=f"copy_link_{view.call_id}",
        data={"call_id": view.call_id, "at": at, "turn": turn},
    )
