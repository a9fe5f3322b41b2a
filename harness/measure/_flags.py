"""What the harness itself did to the timing of a turn."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

from harness.nouns import Event

__all__ = [
    "CLOCK_SHIFT_LIMIT_MS",
    "CONCEALED_LIMIT_MS",
    "JITTER_BUFFER_LIMIT_MS",
    "LOOP_LAG_LIMIT_MS",
    "flags_of",
]

LOOP_LAG_LIMIT_MS = 40.0
"""Times are sample counts and the sender keeps 60 ms ahead: being late by less moves nothing."""
CONCEALED_LIMIT_MS = 40.0
"""Two packets of 20 ms: what concealment hides may have held the onset."""
CLOCK_SHIFT_LIMIT_MS = 10.0

JITTER_BUFFER_LIMIT_MS = 100.0
"""On a machine that stalls the receiver's buffer grows: real latency, but not the agent's."""

_COVERS_S = 1.0


def flags_of(
    health: Sequence[Event], times: Sequence[float], start: float, end: float
) -> tuple[tuple[str, ...], int]:
    """Reasons not to trust the timing between `start` and `end` (seconds).

    Args:
        health: HEALTH events in the order of time, each about the second before its `t`.
        times: Their `t`.
        start: From here ...
        end: ... to here the timing matters.

    Returns:
        The reasons in words, empty if there is none, and the last event they rest on.
    """
    first = bisect_right(times, start)
    records = health[first : bisect_right(times, end + _COVERS_S)]
    if not records:
        return (), 0

    def column(key: str) -> list[float]:
        return [record.data.get(key) or 0.0 for record in records]

    lag = max(column("loop_lag_ms"))
    skipped = sum(column("skipped_ms"))
    concealed = sum(column("concealed_ms"))
    buffered = max(column("jitter_buffer_ms"))
    jump = max(abs(shift) for shift in column("clock_shift_ms"))
    reasons = []
    if lag > LOOP_LAG_LIMIT_MS:
        reasons.append(f"loop lag {math.ceil(lag)} ms")
    if skipped > 0:
        reasons.append(f"caller skipped {skipped:.0f} ms")
    if concealed > CONCEALED_LIMIT_MS:
        reasons.append(f"{concealed:.0f} ms of lost sound filled in")
    if buffered > JITTER_BUFFER_LIMIT_MS:
        reasons.append(f"jitter buffer {buffered:.0f} ms")
    if jump > CLOCK_SHIFT_LIMIT_MS:
        reasons.append(f"clock moved {math.ceil(jump)} ms")
    return tuple(reasons), records[-1].seq
