"""The waveform of a call that has ended, and its player."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import streamlit as st

from harness.calls import CallView
from harness.console import _tokens
from harness.console._base_path import base_path
from harness.console.components._load import script, style
from harness.console.inspect_place import failed_checks, failures
from harness.nouns import CheckVerdict

__all__ = ["Picked", "inspect_wave", "marks_of"]

_component = st.components.v2.component(
    "ringback_inspect_wave",
    css=style("inspect/wave_card.css"),
    js=script(
        "shared/hub.js",
        "call_view/wave.js",
        "call_view/player.js",
        "inspect/inspect_wave.js",
        "inspect/wave_card.js",
    ),
)


@dataclass(frozen=True, slots=True)
class Picked:
    """What a person has just done in the waveform; all empty if nothing.

    Attributes:
        t: Second they went to, to a tenth; while it plays, the one at which the next turn began.
        turn: Index of the turn there; None also where nobody has spoken yet.
        part: The part of the call they chose to look at, from and to in seconds.
        cleared: Whether all of the call is to be looked at again.
    """

    t: float | None = None
    turn: int | None = None
    part: tuple[float, float] | None = None
    cleared: bool = False


def _nothing() -> None:
    """A trigger's rerun is all that is wanted."""


def inspect_wave(
    view: CallView, *, at: float, part: tuple[float, float] | None = None, again: int = 0
) -> Picked:
    """Show the waveform, with what plays the call and the keys for it.

    An :func:`inspect_transcript` of the same call has to stand on the page too: the turns are sent
    with that. Nothing is played before a person asks for it.

    Args:
        view: A call that has ended.
        at: Where in it, seconds: it opens there, and goes there when this is another second. What
            was picked may be given back: that moves nothing.
        part: The part that is looked at, from and to in seconds; None for all of it. Likewise.
        again: Another number than the last goes to `at` though that is the same second.

    Returns:
        What was picked just now.
    """
    result = _component(
        key=f"inspect_wave_{view.call_id}",
        data={
            "call_id": view.call_id,
            "at": at,
            "part": None if part is None else list(part),
            "again": again,
            "marks": list(marks_of(view)),
            "unplaced": len(failed_checks(view)) - len(failures(view)),
            "tokens": {
                action: _tokens.mint(view.call_id, action) for action in ("peaks", "recording")
            },
            "base": base_path(),
        },
        on_turn_change=_nothing,
        on_part_change=_nothing,
        on_renew_change=_nothing,
    )
    turn, chosen = result.turn, result.part
    return Picked(
        t=turn["t"] if turn else None,
        turn=turn["turn"] if turn else None,
        part=(chosen["from"], chosen["to"]) if chosen and chosen["from"] is not None else None,
        cleared=bool(chosen) and chosen["from"] is None,
    )


def marks_of(view: CallView) -> Iterator[dict[str, Any]]:
    """What is marked: checks that were decided at a turn, then calls of functions."""
    failed = {place.check: place for place in failures(view)}
    for check in view.checks:
        place, evidence = failed.get(check.name), check.evidence
        if evidence is None or (place is None and check.verdict is not CheckVerdict.MET):
            continue
        yield {
            "kind": "check",
            "name": check.name,
            "message": check.message,
            "failed": place is not None,
            "t": place.t if place else evidence.at,
            "turn": place.turn if place else evidence.turn,
        }
    for turn in view.turns:
        for tool in turn.tools:
            yield {
                "kind": "tool",
                "name": tool.name or "a function",
                "failed": False,
                "t": tool.called_at,
                "end": tool.returned_at,
                "turn": turn.index,
            }
