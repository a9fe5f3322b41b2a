"""What must come back, in the scenario form: one expectation a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from harness.console.scenarios import function_calls
from harness.console.scenarios.fields import Fields, Place
from harness.console.scenarios.kept import kept
from harness.scenarios import EVENTS, Draft, limit_of

__all__ = ["TITLES", "draw"]

_REPLIES = ("response", "llm_response", "tts_response")
_CALLS = ("function_call", "function_call_stopped")
_MARKER = "llm_marker"
_HAS_TEXT = (*_REPLIES, "user_transcription")
_WITHIN = ("turns", "expect", "within_ms")
TITLES = {
    "response": "A reply",
    "llm_response": "A reply, as its LLM wrote it",
    "tts_response": "A reply, as its voice read it",
    "llm_started": "Its LLM begins",
    "llm_marker": "A marker of its LLM",
    "bot_started_speaking": "It starts to speak",
    "bot_stopped_speaking": "It stops speaking",
    "bot_interrupted": "It is interrupted",
    "bot_backchannel": "A short sound of it",
    "user_started_speaking": "It hears the caller start",
    "user_stopped_speaking": "It hears the caller stop",
    "vad_user_started_speaking": "Its ear hears speech start",
    "vad_user_stopped_speaking": "Its ear hears speech stop",
    "user_transcription": "It understood the caller",
    "user_backchannel": "A short sound of the caller",
    "function_call": "A function call",
    "function_call_stopped": "A function call has ended",
    "image": "An image",
}
"""Events in words."""
_MARKERS = {
    None: "Any",
    "complete": "The caller is done",
    "short": "A short wait",
    "long": "A long wait",
    "incomplete": "Any wait",
}
_EITHER = {None: "Either way", True: "Yes", False: "No"}


def draw(fields: Fields, where: Place, expectation: dict[str, Any]) -> None:
    """One expectation; what it has more than an event stands behind a button."""
    event = str(expectation.get("event", ""))
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(":violet[:material/subdirectory_arrow_right:]", width="content")
        fields.choice(
            (*where, "event"), "What must come", None, {e: TITLES.get(e, e) for e in EVENTS},
            quiet=True, width=190,
        )  # fmt: skip
        if event in _CALLS:
            function_calls.expected(fields, where, expectation)
        elif event in (*_HAS_TEXT, _MARKER):
            fields.text(
                (*where, "text_contains"), "With the words", placeholder="any words", quiet=True
            )
        else:
            st.space("stretch")
        with st.popover(":material/tune:", type="tertiary", help="More of this expectation"):
            _more(fields, where, event, expectation)
    fields.wrong(where)
    kept(fields, where, "expectation")


def _more(fields: Fields, where: Place, event: str, expectation: dict[str, Any]) -> None:
    fields.number(
        (*where, "within_ms"), "Within, s", None, 0.5,
        "Judged by what is heard, from the caller's last sound.", scale=1000.0,
        within=(0.1, limit_of(_WITHIN).most / 1000),
    )  # fmt: skip
    if event in (*_HAS_TEXT, _MARKER):
        fields.text((*where, "text_excludes"), "Without the words")
    if event in (*_HAS_TEXT, "function_call"):
        fields.text((*where, "eval"), "Judged in words", "A language model judges it.", area=True)
    if event == _MARKER:
        fields.choice((*where, "marker"), "Which marker", None, _MARKERS)
        fields.choice((*where, "marker_first"), "Before any text", None, _EITHER)
        fields.whole((*where, "markers"), "How many in the reply", None)
        fields.choice((*where, "text_after"), "Text follows the first", None, _EITHER)
    if event in _CALLS and not isinstance(expectation.get("calls"), list):
        fields.button(
            "playlist_add", "Another call beside it", (*where, "calls"),
            function_calls.another_call(where), words=True,
        )  # fmt: skip
    fields.yes((*where, "absent"), "It must not come", False)
    fields.choice(
        (*where, "check_from"), "Looked for", "previous",
        {"previous": "After the one above", "turn_start": "From the start of the step"},
    )  # fmt: skip
    fields.button("delete", "Take it away", where, _dropping(where), words=True)


def _dropping(where: Place) -> Callable[[Draft, Place], Draft]:
    return lambda draft, root: draft.remove((*root, *where))
