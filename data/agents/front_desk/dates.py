"""Days and dates of birth in a caller's line.

Each reader takes the items of a line (:func:`words.read`) and returns what it found with the set of
item indexes it used, so that the next reader does not read the same words again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from words import MONTHS, WEEKDAYS, Item, vocabulary

__all__ = ["Found", "find_birth", "find_day", "skip", "value_at", "word_at"]

Found = tuple[str, set[int]]
"""What was found, as "YYYY-MM-DD" (here) or "HH:MM" (times.py), and the items it was read from."""

_NOT_A_DAY = vocabulary(
    "one available slot appointment time free opening opportunity thing name visit choice option "
    "doctor call person two three ones"
)
_MONTH_SHORT = {month[:3]: number for number, month in enumerate(MONTHS, 1)} | {"sept": 9}
_MONTH = {month: number for number, month in enumerate(MONTHS, 1)} | {
    word: number for word, number in _MONTH_SHORT.items() if word not in ("mar", "may")
}
_SHORT_DAYS = {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4,
    "sat": 5,
}  # fmt: skip


def word_at(items: Sequence[Item], index: int) -> str:
    """The word at an index, "" outside the line."""
    return items[index].word if 0 <= index < len(items) else ""


def value_at(items: Sequence[Item], index: int) -> int | None:
    """The number at an index, None if there is none."""
    return items[index].value if 0 <= index < len(items) else None


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def skip(items: Sequence[Item], index: int, words: Sequence[str]) -> int:
    """The first index from `index` on that is none of the words."""
    while word_at(items, index) in words:
        index += 1
    return index


def _year(items: Sequence[Item], index: int, today: date) -> tuple[int, int] | None:
    """A year that begins at `index`, and the index after it."""
    first = value_at(items, index)
    if first is None or items[index].ordinal:
        return None
    if 1900 <= first <= today.year + 1:
        return first, index + 1
    second, third = value_at(items, index + 1), value_at(items, index + 2)
    if first in (19, 20) and word_at(items, index + 1) == "hundred":
        return first * 100, index + 2
    if first in (19, 20) and second is not None:
        if 10 <= second <= 99 and first * 100 + second <= today.year + 1:
            return first * 100 + second, index + 2
        if second == 0 and third is not None and third <= 9:
            return first * 100 + third, index + 3
    if 10 <= first <= 99:
        return first + (2000 if first <= today.year % 100 else 1900), index + 1
    if first == 0 and second is not None and second <= 9:
        return 2000 + second, index + 2
    return None


def _calendar_day(items: Sequence[Item], index: int) -> tuple[int, int, int] | None:
    """A month and day that begin at `index` in either order: month, day, index after."""
    word, value = word_at(items, index), value_at(items, index)
    if word in _MONTH and not (word == "march" and word_at(items, index - 1) == "doctor"):
        after = skip(items, index + 1, ("the",))
        day = value_at(items, after)
        if day is not None and 1 <= day <= 31:
            return _MONTH[word], day, after + 1
    if value is not None and 1 <= value <= 31:
        after = skip(items, index + 1, ("of", "day"))
        if word_at(items, after) in _MONTH:
            return _MONTH[word_at(items, after)], value, after + 1
        of_the = word_at(items, index + 1) == "of" and word_at(items, index + 2) == "the"
        number = value_at(items, index + 3)
        if of_the and items[index].ordinal and number is not None and 1 <= number <= 12:
            return number, value, index + 4
    return None


def _written(word: str, today: date) -> date | None:
    """A date in figures: 1985-03-04, 3/4/1985, 04.03.1985 (month first unless it cannot be)."""
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", word):
        return _make(*(int(part) for part in match.groups()))
    if match := re.fullmatch(r"(\d{1,2})([/.])(\d{1,2})[/.](\d{2,4})", word):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if year < 100:
            year += 2000 if year <= today.year % 100 else 1900
        day_first = first > 12 or match[2] == "."
        return _make(year, second, first) if day_first else _make(year, first, second)
    return None


def _digit_birth(items: Sequence[Item], today: date) -> Found | None:
    """A date of birth said as bare numbers: "oh three oh four nineteen eighty five"."""
    for start, item in enumerate(items):
        if item.value is None:
            continue
        parts: list[int] = []
        index = start
        while len(parts) < 2 and (value := value_at(items, index)) is not None:
            following = value_at(items, index + 1)
            if value == 0 and following is not None and 1 <= following <= 9:
                value, index = following, index + 1
            parts.append(value)
            index = skip(items, index + 1, ("of", "the", "slash", "dash", "point"))
        year = _year(items, index, today)
        if len(parts) == 2 and year:
            first, second = parts
            month, day = (second, first) if first > 12 else (first, second)
            born = _make(year[0], month, day)
            if born and born < today:
                return born.isoformat(), set(range(start, year[1]))
    return None


def find_birth(items: Sequence[Item], today: date, *, asked: bool) -> Found | None:
    """The date of birth in a line: day, month and a year in the past.

    Args:
        items: The line.
        today: The day of the call.
        asked: Whether it was asked for, or the line speaks of being born: then bare numbers count.
    """
    for index, item in enumerate(items):
        if written := _written(item.word, today):
            if written < today:
                return written.isoformat(), {index}
            continue
        calendar = _calendar_day(items, index)
        if calendar is None:
            continue
        month, day, after = calendar
        year = _year(items, skip(items, after, ("of", "in", "year", "the")), today)
        born = _make(year[0], month, day) if year else None
        if year and born and born < today and (asked or today.year - born.year > 1):
            return born.isoformat(), set(range(index, year[1]))
    return _digit_birth(items, today) if asked else None


def _coming(today: date, month: int, day: int) -> date | None:
    this_year = _make(today.year, month, day)
    if this_year and this_year >= today:
        return this_year
    return _make(today.year + 1, month, day)


def _weekday(items: Sequence[Item], index: int, today: date) -> Found | None:
    word = word_at(items, index).removesuffix("s") if len(word_at(items, index)) > 5 else ""
    word = word_at(items, index) if word_at(items, index) in WEEKDAYS else word
    if word in WEEKDAYS:
        number = WEEKDAYS.index(word)
    elif word_at(items, index) in _SHORT_DAYS and word_at(items, index - 1) != "i":
        number = _SHORT_DAYS[word_at(items, index)]
    else:
        return None
    used = {index}
    day = today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    before, after = word_at(items, index - 1), word_at(items, index + 1)
    two = (word_at(items, index - 3), word_at(items, index - 2))
    monday = today - timedelta(days=today.weekday())
    next_week = "next" in (before, after) and "week" not in (before,)
    if next_week or (after == "week" and before not in ("this",)) or before == "week":
        day = monday + timedelta(days=7 + number)
        used |= {index - 1} if before in ("next", "week") else {index + 1}
    if before == "on" and two[1] == "week":
        day = monday + timedelta(days=7 + number)
        used |= {index - 1, index - 2}
    if after in ("next", "week"):
        used |= {index + 1}
    if word_at(items, index + 1) == "of" and word_at(items, index + 2) == "next":
        day = monday + timedelta(days=7 + number)
        used |= {index + 1, index + 2, index + 3}
    # "Friday the 27th": the number only confirms the weekday, unless it says otherwise.
    follow = skip(items, index + 1, ("the",))
    value = value_at(items, follow)
    calendar = _calendar_day(items, follow)
    if calendar and (dated := _coming(today, calendar[0], calendar[1])):
        return dated.isoformat(), used | set(range(index, calendar[2]))
    confirmed = value is not None and items[follow].ordinal
    named = confirmed and word_at(items, follow + 1) not in _NOT_A_DAY
    if named and (dated := _day_of_month(today, value or 0)):
        return dated.isoformat(), used | set(range(index, follow + 1))
    return day.isoformat(), used


def _day_of_month(today: date, day: int) -> date | None:
    month, year = today.month, today.year
    for _ in range(3):
        dated = _make(year, month, day)
        if dated and dated >= today:
            return dated
        month, year = (1, year + 1) if month == 12 else (month + 1, year)
    return None


def find_day(items: Sequence[Item], today: date) -> Found | None:
    """The day of an appointment: a weekday, a date, "tomorrow", "in two weeks".

    "Next Tuesday" is the Tuesday of next week; a bare "Tuesday" the first that comes.
    """
    found: Found | None = None
    for index, item in enumerate(items):
        word = item.word
        if (written := _written(word, today)) and written >= today:
            return written.isoformat(), {index}
        if calendar := _calendar_day(items, index):
            month, day, after = calendar
            if dated := _coming(today, month, day):
                year = _year(items, after, today)
                if year and year[0] in (today.year, today.year + 1):
                    dated = _make(year[0], month, day) or dated
                    after = year[1]
                return dated.isoformat(), set(range(index, after))
        if weekday := _weekday(items, index, today):
            # "Not Friday, Thursday": the last one said is meant.
            found = weekday
            continue
        if found:
            continue
        if relative := _relative(items, index, today):
            found = relative
        elif item.ordinal and item.value and word_at(items, index - 1) in ("the", "on"):
            usable = word_at(items, index + 1) not in _NOT_A_DAY and item.value <= 31
            at_end_of_phrase = item.value > 3 or word_at(items, index - 2) in ("on", "for", "to")
            if usable and at_end_of_phrase and (dated := _day_of_month(today, item.value)):
                found = dated.isoformat(), {index}
    return found


def _relative(items: Sequence[Item], index: int, today: date) -> Found | None:
    word = word_at(items, index)
    if word in ("today", "tonight"):
        return today.isoformat(), {index}
    if word == "this" and word_at(items, index + 1) in ("afternoon", "morning", "evening"):
        return today.isoformat(), {index}
    if word in ("tomorrow", "tomorrows"):
        day_after = word_at(items, index - 1) == "after" and word_at(items, index - 2) == "day"
        ahead = 2 if day_after else 1
        return (today + timedelta(days=ahead)).isoformat(), {index}
    if word == "next" and word_at(items, index + 1) == "week":
        monday = today + timedelta(days=7 - today.weekday())
        return monday.isoformat(), {index, index + 1}
    unit = {"day": 1, "days": 1, "week": 7, "weeks": 7}.get(word_at(items, index + 1))
    count = value_at(items, index) or {"a": 1, "one": 1}.get(word)
    if unit and count and word_at(items, index - 1) == "in":
        return (today + timedelta(days=unit * count)).isoformat(), {index, index + 1}
    return None
