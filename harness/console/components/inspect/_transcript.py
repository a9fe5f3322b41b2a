"""The words of a call that has ended, beside its sound."""

from __future__ import annotations

from typing import Any

import streamlit as st

from harness.calls import CallView
from harness.console._figures import stage_titles
from harness.console.components._load import script, style
from harness.console.inspect.heard_diff import heard_lines
from harness.nouns import to_json

__all__ = ["inspect_transcript"]

_component = st.components.v2.component(
    "ringback_inspect_transcript",
    css=style("call_view/call_view.css", "inspect/transcript_card.css"),
    js=script(
        "shared/person.js",
        "shared/hub.js",
        "call_view/player.js",
        "call_view/transcript.js",
        "inspect/transcript_card.js",
    ),
)


def inspect_transcript(view: CallView, *, taken: int) -> None:
    """Show who said what, and what the agent understood of it; the turn that sounds is marked.

    What it is given stays the same for a call, so that Streamlit sends it once and not with each
    run: of half an hour that is a megabyte.

    Args:
        view: A call that has ended.
        taken: Pixels of the window that go to what stands above and below it.
    """
    _component(
        key=f"inspect_transcript_{view.call_id}",
        data={
            "call_id": view.call_id,
            "taken": taken,
            "view": _shown(view),
            "heard": {
                str(line.turn): [[part.op, part.text] for part in line.parts]
                for line in heard_lines(view.turns)
                if line.differs
            },
            "stages": stage_titles(),
        },
    )


def _shown(view: CallView) -> dict[str, Any]:
    return {
        "t": view.t,
        "budget_s": view.budget_s,
        "error_s": view.error_s,
        "ended_by": view.ended_by,
        "has_recording": view.has_recording,
        "turns": [to_json(turn) for turn in view.turns],
    }
