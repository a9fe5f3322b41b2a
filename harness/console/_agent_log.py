"""What the agent's process wrote, line by line: how serious each line is, and when it came."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal, get_args

__all__ = ["LogLine", "Weight", "look_through", "read_lines", "weights_of"]

Weight = Literal["error", "warning", "info", "debug"]

_NAMES: dict[str, Weight] = {
    "CRITICAL": "error",
    "FATAL": "error",
    "ERROR": "error",
    "WARNING": "warning",
    "WARN": "warning",
    "SUCCESS": "info",
    "INFO": "info",
    "DEBUG": "debug",
    "TRACE": "debug",
}
_LEVEL = re.compile(
    r"^(?:[\d\-/:.,TZ+\s]*[|\s\[(]*)"  # a date, a time, or nothing
    rf"({'|'.join(_NAMES)})\b"
)
"""As Loguru, Python's own logging, uvicorn and the demo agent begin a line."""

_TIME = re.compile(
    r"[\[(]?(?:(\d{4}-\d\d-\d\d)[T ])?(\d\d:\d\d:\d\d(?:[.,]\d{1,6})?)"
    r"(?!\d)(?:\s?(Z|[+-]\d\d:?\d\d)(?!\d))?"
)
"""Day (if there is one), time and zone (if there is one), at the beginning of a line."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line.

    Attributes:
        text: As it was written.
        weight: Its level; a line that names none goes with the one before it, as a traceback does.
        t: When it was written, seconds on the call's clock (less than 0: before the call); None if
            nobody can tell. A line with neither time nor level goes with the one before it.
    """

    text: str
    weight: Weight
    t: float | None = None


def read_lines(
    lines: Sequence[str], began: datetime | None = None, zone: tzinfo | None = None
) -> list[LogLine]:
    """Lines with their weight; what comes before the first that names one is information.

    Args:
        lines: As they were written, the oldest first.
        began: Wall clock of the call's second 0, with its zone; without it no line has a time.
        zone: Of times that name none; without it those lines have no time.
    """
    found = []
    weight: Weight = "info"
    t: float | None = None
    for text in lines:
        level, time = _LEVEL.match(text), _TIME.match(text)
        if level is not None:
            weight = _NAMES[level[1]]
        if level is not None or time is not None:
            t = _second(time, began, zone) if time and began else None
        found.append(LogLine(text, weight, t))
    return found


def _second(time: re.Match[str], began: datetime, zone: tzinfo | None) -> float | None:
    """The second of the call at which a line says it was written; None if it does not say."""
    day, clock, named = time.groups()
    if named is None and zone is None:
        return None
    try:
        told = datetime.fromisoformat(f"{day or began.date()}T{clock.replace(',', '.')}")
        if named is None:
            told = told.replace(tzinfo=zone)
        else:
            told = datetime.fromisoformat(f"{told.isoformat()}{named}")
    except ValueError:
        return None
    if day is None:  # of the days it may be the nearest is meant: a call may go on past midnight
        told = min((told + each * _DAY for each in (-1, 0, 1)), key=lambda t: abs(t - began))
    return (told - began).total_seconds()


def weights_of(lines: Sequence[LogLine]) -> dict[Weight, int]:
    """How many lines there are of each weight, the most serious first; none that is missing."""
    count = Counter(line.weight for line in lines)
    return {weight: count[weight] for weight in get_args(Weight) if count[weight]}


def look_through(
    lines: Sequence[LogLine], text: str = "", weights: Sequence[Weight] = ()
) -> list[LogLine]:
    """The lines of these weights, of all if none is given, that have all words of `text`."""
    words = text.casefold().split()
    return [
        line
        for line in lines
        if (not weights or line.weight in weights)
        and all(word in line.text.casefold() for word in words)
    ]
