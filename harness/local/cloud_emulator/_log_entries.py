"""A bot's log as the entries that the platform's log path gives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from harness.local._log import last_lines

__all__ = ["LogEntry", "log_entries", "stamp"]

LogEntry = dict[str, str]

_MOST_LINES = 10_000
_LOGURU = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]\d{3}")


def stamp(at: float) -> str:
    """Unix seconds as the platform writes times."""
    told = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return told.replace("+00:00", "Z")


def log_entries(log: Path, *, since: float, hide: Iterable[str] = ()) -> list[LogEntry]:
    """The lines of a log, the oldest first, without tokens and keys.

    A line has the time that it begins with, as loguru writes it, else that of the line before.

    Args:
        log: The file.
        since: Unix seconds of its first line.
        hide: Further texts to replace by ``[hidden]``.
    """
    entries, at = [], since
    for line in last_lines(log, _MOST_LINES, hide=hide):
        if not line.strip():
            continue
        if found := _LOGURU.match(line):
            told = found[0].replace(",", ".").replace(" ", "T")
            at = datetime.fromisoformat(told).astimezone().timestamp()
        entries.append({"timestamp": stamp(at), "log": line})
    return entries
