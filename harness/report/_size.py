"""About how large a report will be, told before it is made."""

from __future__ import annotations

from typing import Final

from harness.calls import Archive
from harness.report._bundle import bundle_size
from harness.report._sound import BYTES_A_SECOND, MOST_BYTES

__all__ = ["estimate_size"]

_COSTS: Final[dict[str, tuple[int, int, int]]] = {
    "html": (11_000, 8_000, 500),
    "json": (2_000, 22_000, 2_100),
    "csv": (500, 800, 120),
    "junit": (300, 550, 75),
    "md": (600, 100, 0),
}
"""Bytes of the file itself, of each call and of each of its turns; as measured."""


def estimate_size(archive: Archive, id: str, format: str, *, audio: bool = False) -> int:
    """About so many bytes a report takes; texts may be longer or shorter than they usually are.

    Args:
        archive: Where the call or the run is stored.
        id: Of a run (``run_...``) or of a call.
        format: One of :data:`harness.report.FORMATS`.
        audio: Whether a page holds the sound.

    Raises:
        NotFound: There is no such call or run.
    """
    if format == "bundle":
        return bundle_size(archive, id)
    run = id.startswith("run_")
    calls = archive.calls_of(id) if run else (archive.store.get_call(id),)
    turns = sum(figures.turns for figures in archive.figures(calls).values())
    whole, a_call, a_turn = _COSTS[format]
    size = whole + a_call * len(calls) + a_turn * turns
    if audio and format == "html":
        lasted = sum(
            call.duration_s or 0.0
            for call in calls
            if archive.store.artifacts(call.id).recording.exists()
        )
        size += min(MOST_BYTES, int(lasted * BYTES_A_SECOND))
    return size
