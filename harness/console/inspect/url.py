"""The address of the Inspect page: it alone says what is shown."""

from __future__ import annotations

from harness.console import address
from harness.console.inspect.place import Place, told
from harness.console.inspect.window import Window

__all__ = ["go_to", "look_at"]


def go_to(place: Place) -> None:
    """Lead to a second of the call."""
    turn = None if place.turn is None else str(place.turn)
    address.change({"t": f"{told(place.t):.1f}", "turn": turn})


def look_at(window: Window | None) -> None:
    """Lead to a part of the call, or to all of it."""
    ends = (None, None) if window is None else (f"{window.start:.1f}", f"{window.end:.1f}")
    address.change(dict(zip(("from", "to"), ends, strict=True)))
