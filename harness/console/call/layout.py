"""Where the cards of the Call page stand, by the width of the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from harness.console.components import Width

__all__ = ["Places", "places"]


_TAKEN_PX: dict[Width, int] = {"wide": 184, "medium": 235, "narrow": 323}
"""Navigation, status bar and what is left free: the bar has more rows where there is less room."""
_ACTIONS_PX: dict[Width, int] = {"wide": 0, "medium": 53, "narrow": 107}


@dataclass(frozen=True)
class Places:
    """A container for each part of the page.

    Attributes:
        actions: What can be done with a call that is over; None: in the set-up's card.
        call: Waveform, transcript and controls.
        setup: What was called, and how.
        session: What the platform told, if there is something.
        connecting: How far it has come.
        plan: What the caller does.
        timing: The latency of each turn.
        details: Checks, figures, log and versions.
        health: Whether the timings can be trusted.
        taken: Pixels of the window that go to what stands above and below the call.
        plan_fills: Whether the plan has the height of its card and scrolls in it.
        details_fill: The same of the details.
    """

    actions: DeltaGenerator | None
    call: DeltaGenerator
    setup: DeltaGenerator
    session: DeltaGenerator | None
    connecting: DeltaGenerator
    plan: DeltaGenerator
    timing: DeltaGenerator
    details: DeltaGenerator
    health: DeltaGenerator
    taken: int
    plan_fills: bool
    details_fill: bool


def places(width: Width, *, over: bool, session: bool) -> Places:
    """Lay the page out: three columns if there is room, else the call first and its set-up last.

    Args:
        width: Of the window.
        over: Whether the call has ended: then there is something to do with it.
        session: Whether there is a card of the session.
    """
    wide, narrow = width == "wide", width == "narrow"
    actions = st.container(key="actions") if over and not wide else None
    if wide:
        first, middle, last = st.columns([226, 700, 336])
        beside = [first] * 3
    else:
        middle, last = st.columns([1.7, 1])
        beside = list(st.columns(4 if session else 3))
    own: Literal["content", "stretch"] = "content" if wide else "stretch"
    filling: Literal["content", "stretch"] = "content" if narrow else "stretch"
    # Of what stands below each other the order in which it is made counts.
    return Places(
        actions=actions,
        call=middle,
        setup=beside[0].container(border=True, gap="xxsmall", height=own),
        session=beside[-1].container(border=True, gap="xsmall", height=own) if session else None,
        connecting=beside[1].container(border=True, gap="xsmall", height=own),
        plan=beside[2].container(border=True, gap="xsmall", height="stretch"),
        timing=last.container(border=True, gap="xsmall"),
        details=last.container(border=True, gap="xsmall", height=filling),
        health=last.container(border=True, gap="xsmall"),
        taken=_TAKEN_PX[width] + (_ACTIONS_PX[width] if over else 0),
        plan_fills=wide,
        details_fill=not narrow,
    )
