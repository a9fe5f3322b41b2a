"""The address of the Inspect page: it alone says what is shown."""

from __future__ import annotations

import streamlit as st

from harness.console.inspect_place import Place, told
from harness.console.inspect_window import Window

__all__ = ["go_to", "look_at"]


def go_to(place: Place) -> None:
    """Lead to a second of the call."""
    st.query_params["t"] = f"{told(place.t):.1f}"
    if place.turn is None:
        st.query_params.pop("turn", None)
    else:
        st.query_params["turn"] = str(place.turn)


def look_at(window: Window | None) -> None:
    """Lead to a part of the call, or to all of it."""
    for name in ("from", "to"):
        st.query_params.pop(name, None)
    if window is not None:
        st.query_params.update({"from": f"{window.start:.1f}", "to": f"{window.end:.1f}"})
