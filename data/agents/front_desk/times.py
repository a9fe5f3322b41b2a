"""Times of day in a caller's line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dates import Found, skip, value_at, word_at
from words import Item, vocabulary

__all__ = ["find_time"]


def _opening_hours(hour: int, half: str | None) -> int:
    """The hour of the day that is meant: the clinic is open from eight to six."""
    if half == "pm" and hour < 12:
        return hour + 12
    if half == "am":
        return hour % 12
    return hour + 12 if 1 <= hour <= 7 else hour


def _half(items: Sequence[Item], index: int) -> str | None:
    """Morning or afternoon, said within four words after a time."""
    near = [word_at(items, each) for each in range(index, index + 4)]
    if "am" in near[:1] or "morning" in near or near[:2] == ["a", "m"]:
        return "am"
    if "pm" in near[:1] or "afternoon" in near or "evening" in near or near[:2] == ["p", "m"]:
        return "pm"
    return None


def _at(hour: int, minute: int, items: Sequence[Item], start: int, after: int) -> Found | None:
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        return None
    half = _half(items, after)
    hour = _opening_hours(hour, half)
    used = set(range(start, after))
    if half and word_at(items, after) in ("am", "pm"):
        used.add(after)
    return f"{hour:02d}:{minute:02d}", used


def find_time(items: Sequence[Item], *, asked: bool, used: set[int]) -> Found | None:
    """A time of day: "quarter past two", "two fifteen", "half past nine", "10:20", "at ten".

    Args:
        items: The line.
        asked: Whether a time was asked for: then a bare number counts.
        used: Items that already were a day or a date of birth.
    """
    found: Found | None = None
    free = [Item("", None) if index in used else item for index, item in enumerate(items)]
    index = 0
    while index < len(free):
        one = _one_time(free, index, asked)
        if one:
            found = one
            index = max(one[1]) + 1
        else:
            index += 1
    return found


_PAST = ("past", "after")
_TO = ("to", "til", "till", "of", "before")
_AT = vocabulary("at for around about by make to say like from take have want")


def _one_time(items: Sequence[Item], index: int, asked: bool) -> Found | None:
    word, value = items[index].word, items[index].value
    if match := re.fullmatch(r"(\d{1,2}):(\d{2})", word):
        return _at(int(match[1]), int(match[2]), items, index, index + 1)
    if word in ("noon", "midday"):
        return "12:00", {index}
    if word in ("quarter", "half"):
        link, hour = word_at(items, index + 1), value_at(items, index + 2)
        if link in _PAST and hour is not None:
            return _at(hour, 15 if word == "quarter" else 30, items, index, index + 3)
        if word == "quarter" and link in _TO and hour is not None:
            return _at((hour - 1) or 12, 45, items, index, index + 3)
        bare = value_at(items, index + 1)
        if word == "half" and bare is not None and bare <= 12:
            return _at(bare, 30, items, index, index + 2)
    if value is None or items[index].ordinal:
        return None
    after = skip(items, index + 1, ("minutes", "minute"))
    link, hour = word_at(items, after), value_at(items, after + 1)
    if link in (*_PAST, "to") and hour is not None and value in (5, 10, 15, 20, 25):
        if link in _PAST:
            return _at(hour, value, items, index, after + 2)
        return _at((hour - 1) or 12, 60 - value, items, index, after + 2)
    if not 1 <= value <= 23:
        return None
    minute = value_at(items, index + 1)
    if minute == 0 and (low := value_at(items, index + 2)) is not None and low <= 9:
        return _at(value, low, items, index, index + 3)
    long_number = minute is not None and value_at(items, index + 2) is not None
    if minute is not None and 10 <= minute <= 59 and not long_number:
        return _at(value, minute, items, index, index + 2)
    if word_at(items, index + 1) in ("oclock", "am", "pm") or _half(items, index + 1):
        after = index + (2 if word_at(items, index + 1) == "oclock" else 1)
        return _at(value, 0, items, index, after)
    if minute is None and value <= 18 and (asked or word_at(items, index - 1) in _AT):
        counts = word_at(items, index + 1) in ("days", "weeks", "people", "years", "minutes", "of")
        return None if counts else _at(value, 0, items, index, index + 1)
    return None
