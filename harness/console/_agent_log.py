"""What the agent's process wrote, line by line, with how serious each line is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line.

    Attributes:
        text: As it was written.
        weight: Its level; a line that names none goes with the one before it, as a traceback does.
    """

    text: str
    weight: Weight


def read_lines(lines: Sequence[str]) -> list[LogLine]:
    """Lines with their weight; what comes before the first that names one is information."""
    found = []
    weight: Weight = "info"
    for text in lines:
        level = _LEVEL.match(text)
        if level is not None:
            weight = _NAMES[level[1]]
        found.append(LogLine(text, weight))
    return found


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
