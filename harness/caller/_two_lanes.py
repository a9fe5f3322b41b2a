"""TwoLanes: the last seconds of what was sent and heard, to tell an echo from an answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.caller._tap import CallTap, Samples
from harness.measure import ECHO_DELAY_S, find_echo
from harness.nouns import LANE_RATE, EventKind, Lane

__all__ = ["TwoLanes"]

_KEPT = 12 * LANE_RATE
_LOOKED_AT = 4 * LANE_RATE
_LEAD = round(ECHO_DELAY_S * LANE_RATE)


class TwoLanes:
    """A tap that passes everything on and keeps the last 12 s of both lanes.

    Args:
        tap: Takes clock, events and recording.
    """

    def __init__(self, tap: CallTap) -> None:
        self._tap = tap
        self._kept: dict[Lane, Samples] = {
            lane: np.zeros(_KEPT, np.int16) for lane in ("caller", "agent")
        }
        self._until: dict[Lane, int] = {}

    def now(self) -> float:
        """Seconds on the call's clock."""
        return self._tap.now()

    def emit(self, kind: EventKind, /, **data: Any) -> None:
        """Pass on an event."""
        self._tap.emit(kind, **data)

    def audio(self, lane: Lane, first: int, samples: Samples) -> None:
        """Keep and pass on what was sent or heard; what is left out between is silence."""
        until = self._until.get(lane, first)
        if first > until:
            self._lay(lane, until, np.zeros(min(first - until, _KEPT), np.int16))
        self._lay(lane, first, samples[-_KEPT:])
        self._until[lane] = max(until, first + len(samples))
        self._tap.audio(lane, first, samples)

    def echo_share(self, start: float, end: float) -> float | None:
        """How much of the agent's lane from second `start` to `end` is the caller's own voice.

        Of a longer stretch its first 4 s are looked at, or the earliest that are still kept.

        Returns:
            None where the caller was silent, or the stretch is too short to tell.
        """
        if "caller" not in self._until or "agent" not in self._until:
            return None
        oldest = max(self._until.values()) - _KEPT + _LEAD
        first = max(round(start * LANE_RATE), oldest)
        over = min(round(end * LANE_RATE), self._until["agent"], first + _LOOKED_AT)
        if over <= first:
            return None
        heard = self._read("agent", first, over)
        found = find_echo(heard, self._read("caller", first - _LEAD, over), LANE_RATE)
        return None if found is None else found.share

    def _lay(self, lane: Lane, first: int, samples: Samples) -> None:
        self._kept[lane][np.arange(first, first + len(samples)) % _KEPT] = samples

    def _read(self, lane: Lane, first: int, over: int) -> Samples:
        """What is kept; silence where nothing came yet."""
        places = np.arange(first, over)
        known = (places >= 0) & (places < self._until[lane])
        return np.where(known, self._kept[lane][places % _KEPT], 0).astype(np.int16)
