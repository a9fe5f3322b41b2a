"""Tabs of which the open one stands in the page's address."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

__all__ = ["address_tabs"]


def address_tabs(
    tabs: Mapping[str, tuple[str, Callable[[], None]]], otherwise: str, key: str
) -> None:
    """Draw tabs; only the open one does any work.

    It opens at the one that `tab` in the address names, and writes another one there when it is
    chosen.

    Args:
        tabs: Label of each and what draws it, by its name in the address.
        otherwise: The one that opens when the address names none.
        key: Of the element.
    """
    asked = st.query_params.get("tab", "")
    first = asked if asked in tabs else otherwise
    drawn = st.tabs(
        [label for label, _ in tabs.values()],
        default=tabs[first][0],
        key=key,
        on_change="rerun",
    )
    for (name, (_, draw)), tab in zip(tabs.items(), drawn, strict=True):
        if tab.open:
            if name != first:
                st.query_params["tab"] = name
            with tab:
                draw()
