"""Tabs of which the open one stands in the page's address."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from harness.console import address

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
    kept, labels = st.session_state, {name: label for name, (label, _) in tabs.items()}
    # What was clicked since the tabs were last drawn. Not told by a callback: should the run be
    # broken off, the tab that the browser shows open is told again, a call is not made again.
    seen = f"{key}_drawn"
    before: dict[str, str] = kept.get(seen, {})
    opened = before.get(kept.get(key, ""), "")
    if opened and opened != before[""]:
        address.change({"tab": opened})
    asked = st.query_params.get("tab", "")
    name = asked if asked in tabs else otherwise
    # Not as `default`: that is part of what the element is to Streamlit, and with each click it
    # would be another one.
    kept[key] = labels[name]
    drawn = st.tabs(list(labels.values()), key=key, on_change="rerun")
    kept[seen] = {label: each for each, label in labels.items()} | {"": name}
    for (_, draw), tab in zip(tabs.values(), drawn, strict=True):
        if tab.open:
            with tab:
                draw()
