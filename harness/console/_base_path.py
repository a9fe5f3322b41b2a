"""Where the console stands on its host."""

from __future__ import annotations

import streamlit as st

__all__ = ["base_path"]


def base_path() -> str:
    """What comes before every path of the console: Streamlit's `server.baseUrlPath`.

    Returns:
        With a slash before it and none behind it; empty where the console has the host for itself.
    """
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""
