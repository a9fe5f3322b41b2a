"""How a page says that something went wrong: what happened, the likely cause, what to do."""

from __future__ import annotations

import logging
import re

import streamlit as st

from harness.console._text import marked
from harness.errors import InternalError, RingbackError
from harness.nouns import Failure

__all__ = ["on_script_error", "show_error"]

_log = logging.getLogger("ringback.console")


def show_error(error: RingbackError | Failure) -> None:
    """Show an error or a call's failure. Its texts may quote an agent: they are escaped."""
    texts = [f"**{marked(error.message)}**", *map(_paragraphs, (error.cause, error.remedy))]
    st.error("  \n".join(filter(None, texts)), icon=":material/cancel:")


def _paragraphs(text: str) -> str:
    """Sentences. What follows a line that ends with a colon is quoted as it is."""
    lines = [line for line in text.splitlines() if line.strip()]
    colon = next((n for n, line in enumerate(lines, 1) if line.endswith(":")), len(lines))
    shown = "  \n".join(marked(line) for line in lines[:colon])
    if colon == len(lines):
        return shown
    quoted = "\n".join(lines[colon:])
    fence = "`" * (3 + max(map(len, re.findall("`+", quoted)), default=0))
    return f"{shown}\n{fence}text\n{quoted}\n{fence}\n"


def on_script_error(error: Exception) -> bool:
    """Show whatever a page raised in our own words; the details go to the log.

    Returns:
        True: Streamlit need not show it again.
    """
    if not isinstance(error, RingbackError):
        _log.error("A page failed.", exc_info=error)
        error = InternalError(
            "This page could not be drawn.",
            cause="A defect in Ringback; the console's log has the details.",
            remedy="Reload the page. If it comes back, report it with the log.",
        )
    show_error(error)
    return True
