"""Waveform, transcript and caller controls of one call, live or stored."""

from __future__ import annotations

import streamlit as st

from harness.calls import CallView
from harness.console import _tokens
from harness.console._base_path import base_path
from harness.console._figures import stage_titles
from harness.console.components._load import script, style
from harness.nouns import to_json

__all__ = ["call_view"]

_component = st.components.v2.component(
    "ringback_call_view",
    css=style(
        "call_view/call_view.css", "call_view/listen_controls.css", "call_view/speak_panel.css"
    ),
    js=script(
        "shared/person.js",
        "shared/hub.js",
        "call_view/wave.js",
        "call_view/player.js",
        "call_view/transcript.js",
        "call_view/lanes_worklet.js",
        "call_view/listen.js",
        "call_view/listen_controls.js",
        "call_view/voice_worklet.js",
        "call_view/speak.js",
        "call_view/speak_panel.js",
        "call_view/presence.js",
        "call_view/call_view.js",
        "call_view/place.js",
    ),
)


def _nothing() -> None:
    """A trigger's rerun is all that is wanted."""


def call_view(
    call_id: str,
    view: CallView | None = None,
    *,
    slim: bool = False,
    taken: int = 184,
    open_at: float | None = None,
) -> None:
    """Show a call.

    Args:
        call_id: The call.
        view: A call that has ended: it can be played. None follows a running one by its event
            stream, with no script run until it ends (one trigger).
        slim: Lower, to stand below something else.
        taken: Pixels of the window that go to what stands above and below it.
        open_at: Second at which a call that has ended is opened; another one moves it there. It is
            never played by itself.
    """
    _component(
        key=f"call_view_{call_id}",
        data={
            "call_id": call_id,
            "mode": "live" if view is None else "stored",
            "slim": slim,
            "taken": taken,
            "open": open_at,
            "view": None if view is None else to_json(view),
            "tokens": _tokens.mint_all(call_id),
            "stages": stage_titles(),
            "base": base_path(),
        },
        on_ended_change=_nothing,
        on_renew_change=_nothing,
    )
