"""By hand: keys, recordings and texts that a person has the caller of a live call send."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from harness.console._errors import show_error
from harness.console._service import service
from harness.errors import RingbackError

__all__ = ["draw"]

_ROWS = ("123", "456", "789", "*0#")
_SOUNDS = ["wav", "flac", "ogg", "mp3"]


@st.fragment
def draw(call_id: str, *, by_voice: bool) -> None:
    """A menu of what the caller can be made to send, beside its own lines.

    Args:
        call_id: A call that has not ended.
        by_voice: Whether its caller speaks: one who types plays no recording.
    """
    menu = st.popover(
        "By hand",
        icon=":material/dialpad:",
        type="tertiary",
        help="Press keys, play a recording or send a text in the caller's place. Lines to be said "
        "are typed below the conversation.",
        key="by_hand",
        on_change="rerun",
    )
    if not menu.open:
        return
    with menu:
        keys, sound, text = st.tabs(["Keys", "Recording", "Text"])
        # Below the tabs, so that nothing moves where the next key is.
        wrong = st.container()
        with keys:
            _keys(call_id, wrong)
        with sound:
            _recording(call_id, wrong, by_voice=by_voice)
        with text:
            _text(call_id, wrong)


def _keys(call_id: str, wrong: DeltaGenerator) -> None:
    with st.container(key="keypad", gap="xxsmall"):
        for row in _ROWS:
            with st.container(horizontal=True, gap="xxsmall"):
                for key in row:
                    # Streamlit reads * and # as Markdown.
                    label = key if key.isdigit() else f"\\{key}"
                    if st.button(label, key=f"key_{key}", width="stretch"):
                        _do(partial(service().press, call_id, key), f"Pressed {label}", wrong)
    with st.form("several_keys", border=False, clear_on_submit=True):
        several = st.text_input("Several at once", placeholder="4711#", max_chars=32)
        if st.form_submit_button("Press", icon=":material/dialpad:"):
            _do(lambda: service().press(call_id, several), "Pressed", wrong)


def _recording(call_id: str, wrong: DeltaGenerator, *, by_voice: bool) -> None:
    if not by_voice:
        st.caption("The caller of this call types: it sends no sound.")
        return
    with st.form("recording", border=False):
        file = st.file_uploader("Recording", _SOUNDS, max_upload_size=50, help="Up to 300 s.")
        words = st.text_input(
            "What it says",
            placeholder="May stay empty",
            max_chars=500,
            help="With the words it is measured how well the agent understood them.",
        )
        if st.form_submit_button("Play", icon=":material/play_arrow:"):
            if file is None:
                st.caption("Choose a file first.")
            else:
                sound = file.getvalue()
                _do(lambda: service().play(call_id, sound, words), "It is played next", wrong)


def _text(call_id: str, wrong: DeltaGenerator) -> None:
    with st.form("as_text", border=False, clear_on_submit=True):
        line = st.text_input(
            "Text",
            max_chars=500,
            help="Sent by the agent's text channel, without a sound.",
        )
        if st.form_submit_button("Send", icon=":material/send:"):
            _do(lambda: service().type_line(call_id, line, as_text=True), "Sent", wrong)


def _do(act: Callable[[], None], done: str, wrong: DeltaGenerator) -> None:
    try:
        act()
    except RingbackError as error:
        with wrong:
            show_error(error)
    else:
        st.toast(done, icon=":material/check:")
