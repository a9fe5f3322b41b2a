"""How the front desk says things: times, days, numbers and lists, in words a voice reads well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from words import MONTHS, ORDINALS, TENS, UNITS_AND_TEENS, WEEKDAYS

__all__ = ["digits", "doctor", "listed", "on_day", "the_day", "time"]


def _number(value: int) -> str:
    if value < 20:
        return UNITS_AND_TEENS[value]
    tens, ones = divmod(value, 10)
    return f"{TENS[tens - 2]}-{UNITS_AND_TEENS[ones]}" if ones else TENS[tens - 2]


def _ordinal(value: int) -> str:
    if value < 20:
        return ORDINALS[value - 1]
    tens, ones = divmod(value, 10)
    return (
        f"{TENS[tens - 2]}-{ORDINALS[ones - 1]}" if ones else {2: "twentieth", 3: "thirtieth"}[tens]
    )


def time(clock: str) -> str:
    """A time of day: "14:15" is said "two fifteen", "10:00" "ten o'clock"."""
    hour, minute = (int(part) for part in clock.split(":"))
    said = _number((hour - 1) % 12 + 1)
    if minute == 0:
        return "noon" if hour == 12 else f"{said} o'clock"
    return f"{said} oh {_number(minute)}" if minute < 10 else f"{said} {_number(minute)}"


def the_day(day: str) -> str:
    """A day: "2026-11-27" is said "Friday, November twenty-seventh"."""
    when = date.fromisoformat(day)
    month = MONTHS[when.month - 1].title()
    return f"{WEEKDAYS[when.weekday()].title()}, {month} {_ordinal(when.day)}"


def on_day(day: str, today: date) -> str:
    """A day as an adverb: "today", "tomorrow" or "on Friday, November twenty-seventh"."""
    apart = (date.fromisoformat(day) - today).days
    if apart == 0:
        return "today"
    return f"tomorrow, {the_day(day)}" if apart == 1 else f"on {the_day(day)}"


def doctor(name: str) -> str:
    """A doctor's name with the title."""
    return f"Doctor {name}"


def digits(number: str) -> str:
    """A phone number, digit by digit in groups of three or four."""
    groups = [number[:3], number[3:6], number[6:]] if len(number) <= 10 else [
        number[:5], number[5:8], number[8:],
    ]  # fmt: skip
    return ", ".join(
        " ".join(UNITS_AND_TEENS[int(digit)] for digit in group) for group in groups if group
    )


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Parts as a spoken list: "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"
