"""The events of a call that has ended."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from harness.calls import CallView
from harness.console import _tokens
from harness.console._base_path import base_path
from harness.console.components._load import script, style

__all__ = ["event_list"]

_component = st.components.v2.component(
    "ringback_event_list",
    css=style("inspect/events.css"),
    js=script("shared/person.js", "shared/hub.js", "call_view/player.js", "inspect/events.js"),
)


def _nothing() -> None:
    """A trigger's rerun is all that is wanted."""


def event_list(
    view: CallView,
    *,
    part: tuple[float, float] | None = None,
    kinds: Sequence[str] = (),
    height: int = 420,
) -> None:
    """Show the events, with a field to find some; the last one before the place is marked.

    They come by route while it is looked at, however many there are.

    Args:
        view: A call that has ended.
        part: Only those of this part, from and to in seconds; None for all.
        kinds: Only these, or what they begin with, as ``tool``; none for all.
        height: Pixels.
    """
    _component(
        key=f"event_list_{view.call_id}",
        data={
            "call_id": view.call_id,
            "part": None if part is None else list(part),
            "kinds": list(kinds),
            "all": view.seq,
            "height": height,
            "token": _tokens.mint(view.call_id, "log"),
            "base": base_path(),
        },
        on_renew_change=_nothing,
    )
