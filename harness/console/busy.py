"""Says beside a button that calls at once that this computer has no time to measure."""

from __future__ import annotations

import streamlit as st

from harness.console._service import busy_sentence

__all__ = ["badge"]


def badge() -> None:
    """The warning in three words, why as its tooltip; nothing while the computer has time."""
    if sentence := busy_sentence():
        st.markdown(
            ":orange-badge[:material/speed: Computer is busy]", help=sentence, width="content"
        )
