"""The choice of what writes down the words of a person who takes a call over."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from harness.caller.speech import people_ear
from harness.calls import EarChoice
from harness.nouns import Caller
from harness.scenarios import library

__all__ = ["choose_ear", "ears"]

_NOBODY = "Nothing: their voice is recorded and timed only"
_HELP = (
    "A person who speaks in the caller's place is always recorded and timed. In the cloud their "
    "voice is sent to the recogniser's provider; the Call page says so before the first word. It "
    "needs a key for Deepgram or OpenAI, on this computer the package of Moonshine or Whisper. The "
    "offline recogniser knows only Ringback's own voices and is never asked."
)


def choose_ear(chosen: EarChoice, scenario: str | None, by: Literal["voice", "text"]) -> EarChoice:
    """The field; gives what is chosen.

    Args:
        chosen: Before.
        scenario: Of the call, by name; None for none.
        by: How the caller speaks: nobody speaks for one who types.
    """
    caller = next((one.caller for one in library() if one.name == scenario), Caller())
    labels = ears(caller)
    names = list(labels)
    return st.selectbox(
        "If a person takes over, what writes their words down",
        names,
        index=names.index(chosen) if chosen in names else 0,
        format_func=lambda name: labels[name],
        disabled=by == "text" or len(names) == 1,
        help=_HELP,
    )


def ears(caller: Caller) -> dict[EarChoice, str]:
    """What can be chosen as things are, with words for it; what the call's own stack has first."""
    usual = people_ear(caller.stack, caller.language)
    found: dict[EarChoice, str] = {"stack": _told(usual, caller.stack) if usual else _NOBODY}
    others: tuple[EarChoice, ...] = ("local", "cloud")
    for stack in others:
        by = "" if stack == caller.stack else people_ear(stack, caller.language)
        if by:
            found[stack] = _told(by, stack)
    if usual:
        found["off"] = _NOBODY
    return found


def _told(by: str, stack: str) -> str:
    return f"{by}, in the cloud" if stack == "cloud" else f"{by}, on this computer"
