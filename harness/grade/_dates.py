"""Days in what is said: figures and English words, in any usual form."""

from __future__ import annotations

import calendar
import datetime as dt
from functools import lru_cache
from typing import Any

import regex

from harness.grade._numbers import TENS, UNDER_TWENTY

__all__ = ["find_date"]

_NTH = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_ORDINALS = tuple(_NTH.split())
_GAP = r"[-\s]+"
_MONTHS = "|".join(f"{name}|{name[:3]}\\.?" for name in calendar.month_name[1:]) + r"|sept\.?"


@lru_cache(maxsize=2048)
def find_date(text: str, date: dt.date) -> tuple[int, int] | None:
    """Where a day is said in a text, or None.

    It may be said as May 31, the thirty-first of May, Sunday the 31st, 2026-05-31, 5/31 or
    31.5.2026. A year that is said must be the right one; figures alone may stand in either order.
    """
    match = _pattern(date).search(text)
    return match.span() if match else None


def _cardinal(number: int) -> str:
    """A number below 100 in words, as a pattern."""
    if number < 20:
        return UNDER_TWENTY[number]
    tens, ones = divmod(number, 10)
    return TENS[tens - 2] + (f"{_GAP}{UNDER_TWENTY[ones]}" if ones else "")


def _ordinal(day: int) -> str:
    if day < 20:
        return _ORDINALS[day]
    tens, ones = divmod(day, 10)
    word = TENS[tens - 2]
    return f"{word}{_GAP}{_ORDINALS[ones]}" if ones else f"{word[:-1]}ieth"


def _year(year: int) -> str:
    """The year in figures and words."""
    century, rest = divmod(year, 100)
    ways = [str(year)]
    if century == 20:
        words = _cardinal(rest)
        ways += [f"twenty{_GAP}{words}"] if rest >= 10 else []
        ways += [rf"two\s+thousand(?:\s+and)?(?:{_GAP}{words})?" if rest else r"two\s+thousand"]
    return "|".join(ways)


@lru_cache(maxsize=256)
def _pattern(date: dt.date) -> Any:
    month = calendar.month_name[date.month]
    short = "sept?" if date.month == 9 else month[:3]
    names = rf"(?:{month}|{short}\.?)"
    # The twentieth is not the twenty-first.
    goes_on = rf"(?!{_GAP}(?:{'|'.join([*UNDER_TWENTY[1:10], *_ORDINALS[1:10]])})\b)"
    nth = rf"(?:0?{date.day}(?:st|nd|rd|th)|{_ordinal(date.day)})\b"
    number = rf"(?:{nth}|(?:0?{date.day}|{_cardinal(date.day)}{goes_on})\b(?![.:]\d))"
    other_year = (
        rf"(?!,?\s+(?:of\s+|in\s+)?(?!(?:{_year(date.year)})\b)"
        rf"(?:(?:19|20)\d\d\b|two\s+thousand\b|twenty{_GAP}(?:twenty|thirty)\b))"
    )
    weekday = calendar.day_name[date.weekday()]
    numeric_year = rf"(?:{date.year}|{date.year % 100:02d})"
    one, two = rf"0?{date.month}", rf"0?{date.day}"
    forms = [
        rf"\b{names},?\s+(?:the\s+)?{number}{other_year}",
        rf"\b{number},?\s+(?:day\s+)?(?:of\s+)?{names}(?!\w){other_year}",
        rf"\b{weekday},?\s+(?:the\s+)?{nth}(?!,?\s+(?:of\s+)?(?:{_MONTHS})\b)",
        rf"(?<![\d./-]){date.year}-{date.month:02d}-{date.day:02d}(?![\d-])",
        *(
            rf"(?<![\d./-]){first}/{then}(?:/{numeric_year})?(?![\d/])"
            for first, then in ((one, two), (two, one))
        ),
        rf"(?<![\d./-]){two}\.\s?{one}\.(?:\s?{numeric_year})?(?!\d)",
    ]
    return regex.compile("|".join(f"(?:{form})" for form in forms), regex.IGNORECASE)
