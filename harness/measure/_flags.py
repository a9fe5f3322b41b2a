"""What the harness itself did to the timing of a turn."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.nouns import Event

__all__ = ["LIMITS", "NEWS_S", "Limit", "flags_of"]

_COVERS_S = 1.0


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of one kind of trouble a turn may have.

    Attributes:
        over: More than this (ms) and the turn is flagged.
        by: Whether the seconds of a turn are summed up or the worst one counts.
        title: What it is, for people.
        reason: What a flag says; `{}` is the figure.
        why: Why this limit.
        told_within_s: How long after something happened its record may come.
    """

    over: float
    by: Literal["sum", "worst"]
    title: str
    reason: str
    why: str
    told_within_s: float = _COVERS_S

    def exceeded(self, figures: Sequence[float]) -> str | None:
        """The flag that these figures of some seconds (ms) give, if any."""
        sizes = [abs(figure) for figure in figures]
        value = sum(sizes) if self.by == "sum" else max(sizes, default=0.0)
        return self.reason.format(math.ceil(value)) if value > self.over else None


LIMITS: Mapping[str, Limit] = {
    "loop_lag_ms": Limit(
        40.0,
        "worst",
        "Loop lag",
        "loop lag {} ms",
        "the sender keeps 60 ms ahead and times come from sample counts, so a loop that is late by "
        "less moves no sample",
    ),
    "skipped_ms": Limit(
        0.0,
        "sum",
        "Caller skipped",
        "caller skipped {} ms",
        "the sender was late and left out samples of its own line",
    ),
    "underrun_ms": Limit(
        5.0,
        "sum",
        "Nothing to send",
        "nothing to send for {} ms",
        "the queue before the network ran dry: what came after left late",
    ),
    "concealed_ms": Limit(
        40.0,
        "sum",
        "Lost sound filled in",
        "{} ms of lost sound filled in",
        "two packets: concealment may hide an onset",
    ),
    "jitter_buffer_ms": Limit(
        100.0,
        "worst",
        "Jitter buffer",
        "jitter buffer {} ms",
        "the machine stalled and the receiver holds sound back; the wait is real, but not the "
        "agent's",
    ),
    "frame_gap_ms": Limit(
        250.0,
        "worst",
        "Gap in the stream",
        "no sound came for {} ms",
        "after shorter ones every stream was back in time with its next frames; one that is not is "
        "late and flagged for that",
    ),
    "late_ms": Limit(
        20.0,
        "worst",
        "Stream late",
        "stream {} ms late",
        "not one frame of a second came when it was due: the stream has moved, and its clock has "
        "not yet",
        # In the second in which it moves, frames from before that were in time.
        told_within_s=2 * _COVERS_S,
    ),
    "clock_shift_ms": Limit(
        10.0,
        "worst",
        "Clock moved",
        "clock moved {} ms",
        "the received stream was laid anew on the call's clock",
    ),
}
"""Every limit of the caller's health, by the key of HEALTH events: flags, pages and docs/
measurement.md read it here."""

NEWS_S = max(limit.told_within_s for limit in LIMITS.values())
"""So long after a moment (seconds) a record may still spoil it."""


def flags_of(
    health: Sequence[Event],
    times: Sequence[float],
    start: float,
    end: float,
    *,
    settling: bool = True,
) -> tuple[tuple[str, ...], int]:
    """Reasons not to trust the timing between `start` and `end` (seconds).

    Args:
        health: HEALTH events in the order of time, each about the second before its `t`.
        times: Their `t`.
        start: From here ...
        end: ... to here the timing matters.
        settling: Whether the first two seconds of the stream, while its clock settles, are one.

    Returns:
        The reasons in words, empty if there is none, and the last event they rest on.
    """
    first = bisect_right(times, start)
    records = health[first : bisect_right(times, end + NEWS_S)]
    if not records:
        return (), 0
    reasons = []
    for key, limit in LIMITS.items():
        last = bisect_right(times, end + limit.told_within_s)
        figures = [record.data.get(key) or 0.0 for record in health[first:last]]
        if reason := limit.exceeded(figures):
            reasons.append(reason)
    last = bisect_right(times, end + _COVERS_S)
    if settling and any(record.data.get("startup") for record in health[first:last]):
        reasons.append("stream just begun")
    return tuple(reasons), records[-1].seq
