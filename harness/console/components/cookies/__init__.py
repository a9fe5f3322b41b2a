"""Cookies: what this browser keeps of its reader for the next visit, nothing that is secret."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

import streamlit as st

from harness.console._base_path import base_path
from harness.console.components._load import script

__all__ = ["keep_cookies", "kept_cookie"]

_component = st.components.v2.component("ringback_cookies", js=script("cookies/cookies.js"))


def keep_cookies(values: Mapping[str, str]) -> None:
    """Have the browser keep these for a year; it shows nothing.

    Args:
        values: Names of cookies (letters and underscores) and what they hold; empty: no longer.
    """
    _component(key="cookies", data={"values": dict(values), "path": f"{base_path()}/"})


def kept_cookie(name: str) -> str:
    """What the browser held when this page was opened; empty if nothing. Anybody may have set it.

    It is known in the first run of a page already, before anything is sent to the browser.
    """
    return unquote(st.context.cookies.get(name, ""), errors="replace")
