"""Tabs of which the open one stands in the page's address."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

__all__ = ["address_tabs"]


def address_tabs(
    tabs: Mapping[str, tuple[str, Callable[[], None]]], otherwise: str, key: str
) -> None:
    """Draw tabs; only the open one does any work.

    The address says in `tab` which one is open, and a click changes the address: so the way back of
    the browser leads through the tabs, too.

    Args:
        tabs: Label of each and what draws it, by its name in the address.
        otherwise: The one that opens when the address names none.
        key: Of the element.
    """
    asked = st.query_params.get("tab", "")
    name = asked if asked in tabs else otherwise
    # Not as `default`: that is part of what the element is to Streamlit, and with each click it
    # would be another one.
    st.session_state[key] = tabs[name][0]
    drawn = st.tabs(
        [label for label, _ in tabs.values()],
        key=key,
        on_change=_open,
        args=({label: each for each, (label, _) in tabs.items()}, key),
    )
    for (_, draw), tab in zip(tabs.values(), drawn, strict=True):
        if tab.open:
            with tab:
                draw()


def _open(names: Mapping[str, str], key: str) -> None:
    """Put the tab that was clicked into the address."""
    st.query_params["tab"] = names[st.session_state[key]]
