"""Stamps of files, to tell whether one has changed since it was read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.scenarios._document import Document

__all__ = ["Stamp", "files_of", "stamps_of", "unchanged"]

Stamp = tuple[Path, int, int]
"""A file, its time of change (ns) and its size; (0, -1) of one that is not there."""


def files_of(document: Document) -> frozenset[Path]:
    """The files a document was read from: its own and those it includes."""
    return frozenset({document.path, *(place.file for place in document.places.values())})


def stamps_of(files: Iterable[Path]) -> tuple[Stamp, ...]:
    """The stamps of files, in their order."""
    return tuple(map(_stamp, files))


def unchanged(stamps: tuple[Stamp, ...]) -> bool:
    """Whether all files are still as they were stamped."""
    return all(_stamp(stamp[0]) == stamp for stamp in stamps)


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return path, 0, -1
    return path, status.st_mtime_ns, status.st_size
