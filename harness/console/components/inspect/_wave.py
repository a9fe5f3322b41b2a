"""The waveform of a call that has ended, and its player."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st

from harness.calls import CallView
from harness.console import _tokens
from harness.console._base_path import base_path
from harness.console.components._load import script, style
from harness.console.components._picks import take
from harness.console.inspect.place import failed_checks, failures
from harness.nouns import CheckVerdict
from harness.store import Beside

__all__ = ["inspect_wave", "marks_of", "take_picks"]

_component = st.components.v2.component(
    "ringback_inspect_wave",
    css=style("inspect/wave_card.css"),
    js=script(
        "shared/person.js",
        "shared/hub.js",
        "call_view/wave.js",
        "call_view/player.js",
        "inspect/inspect_wave.js",
        "inspect/wave_card.js",
    ),
)


_ALONE = Beside()


def _nothing() -> None:
    """The run is all that is wanted: :func:`take_picks` looks at its beginning."""


def take_picks(
    call_id: str,
    went: Callable[[float, int | None], None],
    looked_at: Callable[[tuple[float, float] | None], None],
    stepped: Callable[[str], None],
) -> None:
    """Do what a person has picked in the waveform, before it is drawn again.

    Args:
        call_id: Of which call.
        went: Told the second they went to, to a tenth, and the index of the turn there, None where
            nobody has spoken yet; while it plays, each turn as it begins.
        looked_at: Told the part of the call they chose to look at, from and to in seconds; None
            for all of it again.
        stepped: Told the id of another call of the run that they went on to, by a key.
    """

    def place(told: Mapping[str, Any]) -> None:
        went(told["t"], told["turn"])

    def part(told: Mapping[str, Any]) -> None:
        looked_at(None if told["from"] is None else (told["from"], told["to"]))

    take(
        _key(call_id),
        {"turn": place, "part": part, "step": lambda told: stepped(told["call"])},
    )


def _key(call_id: str) -> str:
    return f"inspect_wave_{call_id}"


def inspect_wave(
    view: CallView,
    *,
    at: float,
    part: tuple[float, float] | None = None,
    again: int = 0,
    beside: Beside = _ALONE,
) -> None:
    """Show the waveform, with what plays the call and the keys for it.

    An :func:`inspect_transcript` of the same call has to stand on the page too: the turns are sent
    with that. Nothing is played before a person asks for it.

    Args:
        view: A call that has ended.
        at: Where in it, seconds: it opens there, and goes there when this is another second. What
            was picked may be given back: that moves nothing.
        part: The part that is looked at, from and to in seconds; None for all of it. Likewise.
        again: Another number than the last goes to `at` though that is the same second.
        beside: The calls of its run that keys lead to.
    """
    _component(
        key=_key(view.call_id),
        data={
            "call_id": view.call_id,
            "at": at,
            "part": None if part is None else list(part),
            "again": again,
            "beside": asdict(beside),
            "marks": list(marks_of(view)),
            "unplaced": len(failed_checks(view)) - len(failures(view)),
            "tokens": {
                action: _tokens.mint(view.call_id, action) for action in ("peaks", "recording")
            },
            "base": base_path(),
        },
        on_turn_change=_nothing,
        on_part_change=_nothing,
        on_step_change=_nothing,
        on_renew_change=_nothing,
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
