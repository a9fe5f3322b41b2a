"""Keys the caller presses: a menu, a choice among offers, a phone number or a date of birth."""

from __future__ import annotations

import re
from datetime import date

from dialogue import Memory

__all__ = ["MENU", "as_line", "keys_in"]

MENU = (
    "Press one to book an appointment, two to move one, three to cancel one, four for the opening "
    "hours, or star to hear this again."
)
_KEYS = re.compile(r"DTMF: ([0-9*#A-D]+)")
_MENU = {
    "1": "i would like to book an appointment",
    "2": "i need to move my appointment",
    "3": "i need to cancel my appointment",
    "4": "what are your opening hours",
    "0": "can i speak to a person",
}
_OFFERS = ("the first one", "the second one", "the last one")
_PHONE = range(6, 13)


def keys_in(text: str) -> str | None:
    """The keys pressed last in a line, without the # that ends them; None if it is spoken."""
    found = _KEYS.findall(text)
    return found[-1].rstrip("#") if found else None


def as_line(keys: str, memory: Memory) -> str | None:
    """What the caller would have said instead of pressing the keys; None if it means nothing.

    A date of birth is pressed as month, day and year, eight keys.
    """
    if memory.awaiting == "birth":
        return _born(keys)
    if memory.awaiting == "phone" or len(keys) in _PHONE:
        return f"my number is {' '.join(keys)}" if keys.isdigit() else None
    if memory.awaiting == "time" and keys in {"1", "2", "3"}:
        number = int(keys)
        if number > len(memory.offered):
            return None
        return _OFFERS[2 if number == len(memory.offered) > 1 else number - 1]
    return _MENU.get(keys)


def _born(keys: str) -> str | None:
    if len(keys) != 8 or not keys.isdigit():
        return None
    try:
        return date(int(keys[4:]), int(keys[:2]), int(keys[2:4])).isoformat()
    except ValueError:
        return None
