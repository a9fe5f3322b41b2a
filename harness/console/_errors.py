"""How a page says that something went wrong: what happened, the likely cause, what to do."""

from __future__ import annotations

import logging

import streamlit as st

from harness.console._text import marked
from harness.errors import InternalError, RingbackError
from harness.nouns import Failure

__all__ = ["on_script_error", "show_error"]

_log = logging.getLogger("ringback.console")


def show_error(error: RingbackError | Failure) -> None:
    """Show an error or a call's failure. Its texts may quote an agent: they are escaped."""
    st.error(
        f"**{marked(error.message)}**"
        + (f"  \n{marked(error.cause)}" if error.cause else "")
        + (f"  \n{marked(error.remedy)}" if error.remedy else ""),
        icon=":material/cancel:",
    )


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
