"""Colours by meaning, for what Streamlit does not colour itself (Plotly, SVG).

The one source is the theme in ``.streamlit/config.toml``; components read the same colours as
``--st-...`` variables.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from harness.settings import ROOT

__all__ = ["FONT", "Mode", "Palette", "Tone", "current", "palette"]

Mode = Literal["light", "dark"]

FONT = '"Source Sans", sans-serif'
"""Streamlit's own text font."""


@dataclass(frozen=True, slots=True)
class Tone:
    """One colour for lines and fills, one behind text, one for text."""

    line: str
    background: str
    text: str


@dataclass(frozen=True, slots=True)
class Palette:
    """Caller is blue, agent is violet; good, close, bad and none are verdicts."""

    background: str
    panel: str
    text: str
    soft: str
    faint: str
    border: str
    grid: str
    caller: Tone
    agent: Tone
    good: Tone
    close: Tone
    bad: Tone
    none: Tone


@lru_cache(maxsize=2)
def palette(mode: Mode) -> Palette:
    """The colours of the light or the dark theme."""
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    theme = config["theme"][mode]

    def tone(name: str) -> Tone:
        return Tone(
            theme[f"{name}Color"], theme[f"{name}BackgroundColor"], theme[f"{name}TextColor"]
        )

    return Palette(
        background=theme["backgroundColor"],
        panel=theme["secondaryBackgroundColor"],
        text=theme["textColor"],
        soft=theme["grayTextColor"],
        faint=theme["grayColor"],
        border=theme["borderColor"],
        grid=theme["dataframeBorderColor"],
        caller=tone("blue"),
        agent=tone("violet"),
        good=tone("green"),
        close=tone("orange"),
        bad=tone("red"),
        none=tone("gray"),
    )


def current() -> Mode:
    """The theme this browser shows."""
    import streamlit as st

    return "dark" if st.context.theme.type == "dark" else "light"
