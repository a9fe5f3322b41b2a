"""Runs the page again when its reader switches between light and dark."""

from __future__ import annotations

import streamlit as st

from harness.console.components._load import script
from harness.console.theme import current

__all__ = ["theme_watch"]

_component = st.components.v2.component(
    "ringback_theme_watch", js=script("theme_watch/theme_watch.js")
)


def _nothing() -> None:
    """A trigger's rerun is all that is wanted."""


def theme_watch() -> None:
    """Mount it, once on every page; it shows nothing."""
    _component(key="theme_watch", data={"mode": current()}, on_changed_change=_nothing)
