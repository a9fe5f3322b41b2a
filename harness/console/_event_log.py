"""The events of a stored call in words, and those of them that somebody looks for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from harness.console._service import service
from harness.nouns import Event
from harness.store import read_events

__all__ = ["LONGEST", "MOST_ROWS", "Found", "LogRow", "event_told", "families", "find", "log_of"]

MOST_ROWS = 500
"""Rows of one answer."""
LONGEST = 400
"""Characters of a row's text."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """An event.

    Attributes:
        seq: Its number in the call.
        t: Seconds on the call's clock.
        kind: For instance ``tool.called``.
        text: What it tells, in one line.
    """

    seq: int
    t: float
    kind: str
    text: str

    @property
    def family(self) -> str:
        """What its kind begins with, for instance ``tool``."""
        return self.kind.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was looked for.

    Attributes:
        rows: In the order of the call.
        total: How many there are on all pages.
        next: Number of the last row, to go on after; None if none follow.
    """

    rows: tuple[LogRow, ...]
    total: int
    next: int | None


def log_of(call_id: str) -> tuple[LogRow, ...]:
    """All events of a stored call.

    Raises:
        NotFound: No such call.
    """
    store = service().archive.store
    store.get_call(call_id)
    path = store.artifacts(call_id).events
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    return _read(path, (found.st_size, found.st_mtime_ns))


@lru_cache(maxsize=8)
def _read(path: Path, stamp: tuple[int, int]) -> tuple[LogRow, ...]:
    """The events of a file of this size and time: a list is looked at page by page."""
    return tuple(
        LogRow(event.seq, event.t, event.kind, event_told(event)) for event in read_events(path)
    )


def families(rows: Sequence[LogRow]) -> dict[str, int]:
    """How many rows there are of each family, in order of their first one."""
    return dict(Counter(row.family for row in rows))


def find(
    rows: Sequence[LogRow],
    *,
    text: str = "",
    kinds: Sequence[str] = (),
    start: float | None = None,
    end: float | None = None,
    after: int = 0,
    limit: int = MOST_ROWS,
) -> Found:
    """A page of the rows that are looked for.

    Args:
        rows: In the order of the call.
        text: Words, all of which stand in the kind or the text.
        kinds: Whole kinds or families of them; none for all.
        start: Not before that second.
        end: Not after that second.
        after: Go on after the row of that number.
        limit: Rows of a page.
    """
    words = text.casefold().split()
    matching = [
        row
        for row in rows
        if (not kinds or row.kind in kinds or row.family in kinds)
        and (start is None or row.t >= start)
        and (end is None or row.t <= end)
        and all(word in f"{row.kind} {row.text}".casefold() for word in words)
    ]
    left = [row for row in matching if row.seq > after]
    page = tuple(left[:limit])
    return Found(page, len(matching), page[-1].seq if len(left) > len(page) else None)


def event_told(event: Event) -> str:
    """What an event tells, in one line, cut where it gets long."""
    data = event.data
    if set(data) == {"text"} or (data.get("text") and event.kind.startswith(("agent.", "caller."))):
        line = str(data["text"])
    else:
        line = ", ".join(f"{name}: {_value(value)}" for name, value in data.items())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{round(value, 3):g}" if abs(value) < 1000 else f"{value:.3f}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
