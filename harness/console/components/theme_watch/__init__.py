"""Runs the page again when its reader switches between light and dark, or changes the window.

Streamlit has no height in parts of the window, so a page that fits its panels into it asks for
:func:`room`; and it stacks columns in their order alone, so a page that puts them in another order
where there is less room asks for :func:`width`. Both come with the next run.
"""

from __future__ import annotations

from typing import Literal, get_args

import streamlit as st

from harness.console._service import service
from harness.console.components._load import script
from harness.console.theme import current

__all__ = ["Width", "bar_height", "room", "theme_watch", "width"]

Width = Literal["wide", "medium", "narrow"]
"""From 1260 pixels, below that, and up to 640, where Streamlit stacks columns."""

_component = st.components.v2.component(
    "ringback_theme_watch", js=script("theme_watch/theme_watch.js")
)
_KEY = "theme_watch"
_HEIGHT = "window_height"
_WANTED = "window_height_wanted"
_WIDTH = "window_width"
_WIDTH_WANTED = "window_width_wanted"
_USUAL_PX = 900
"""Taken until the window has told its own."""
_BAR_PX = 81


def _nothing() -> None:
    """A trigger's rerun is all that is wanted."""


def _keep_height() -> None:
    height = getattr(st.session_state.get(_KEY), "height", None)
    if isinstance(height, int) and not isinstance(height, bool):
        st.session_state[_HEIGHT] = height


def _keep_width() -> None:
    told = getattr(st.session_state.get(_KEY), "width", None)
    if told in get_args(Width):
        st.session_state[_WIDTH] = told


def width() -> Width:
    """How wide the window is: `wide` until it has told."""
    st.session_state[_WIDTH_WANTED] = True
    told: Width = st.session_state.get(_WIDTH, "wide")
    return told


def room(taken: int, least: int) -> int:
    """How high a panel may be so that the page does not scroll.

    Args:
        taken: Pixels of the window that go to everything above and below it.
        least: Never less than that: then the page scrolls.
    """
    st.session_state[_WANTED] = True
    height: int = st.session_state.get(_HEIGHT, _USUAL_PX)
    return max(least, height - taken - bar_height())


def bar_height() -> int:
    """Pixels that the bar of a running call takes on every page but Call; 0 without one."""
    return _BAR_PX if service().live() else 0


def theme_watch() -> None:
    """Mount it, once on every page; it shows nothing."""
    wants_height = st.session_state.pop(_WANTED, False)
    wants_width = st.session_state.pop(_WIDTH_WANTED, False)
    _component(
        key=_KEY,
        data={
            "mode": current(),
            "height": st.session_state.get(_HEIGHT, _USUAL_PX) if wants_height else None,
            "width": st.session_state.get(_WIDTH, "wide") if wants_width else None,
        },
        on_changed_change=_nothing,
        on_height_change=_keep_height,
        on_width_change=_keep_width,
    )
