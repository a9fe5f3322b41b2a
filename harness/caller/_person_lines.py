"""PersonLines: what a person says in the caller's place, as lines with their exact boundaries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harness.caller._tap import CallTap, Samples
from harness.measure import Boundary, GatedDetector
from harness.nouns import LANE_RATE, EventKind

__all__ = ["PersonLines"]

_PAUSE_S = 0.6
"""Speech that goes on so soon is of the same line, unless the agent began to speak meanwhile."""
_SURE_S = 0.8
"""After so long it is known that it does not: an onset is known about 0.15 s late."""


class PersonLines:
    """Tells of lines by the sound that is sent, as the agent's speech is told by what is heard.

    Args:
        tap: Takes the events.
        detector: At the lane's rate, unused.
        next_number: Gives each line its number.

    Attributes:
        speaking: Whether a line is being said.
        number: Of the line that began last.
        on_begun: Called when a line begins, with the second of its onset.
        on_over: Called with the second of its end.
    """

    def __init__(
        self, tap: CallTap, detector: GatedDetector, next_number: Callable[[], int]
    ) -> None:
        self._tap = tap
        self._detector = detector
        self._next_number = next_number
        self._origin: int | None = None
        self._position = 0
        self.number = 0
        self._ended: float | None = None
        self.speaking = False
        self.on_begun: Callable[[float], None] = lambda at: None
        self.on_over: Callable[[float], None] = lambda at: None

    def hear(self, first: int, samples: Samples) -> None:
        """Take what was sent from sample `first` of the call's clock on."""
        if self._origin is None:
            self._origin = self._position = first
        if first > self._position:  # the sender was late: nothing was sent
            self._look(np.zeros(first - self._position, np.int16))
        self._look(samples)
        self._position = first + len(samples)
        if self._ended is not None and self._position / LANE_RATE - self._ended >= _SURE_S:
            self._finish(self._ended)

    def agent_began(self) -> None:
        """The agent began to speak: what ended before is over."""
        if self._ended is not None:
            self._finish(self._ended)

    def close(self, at: float) -> None:
        """The person has the caller's side no more, from second `at` on."""
        for boundary in self._detector.flush():
            self._take(boundary)
        if self.speaking:
            self._finish(at if self._ended is None else min(at, self._ended))

    def _look(self, samples: Samples) -> None:
        for boundary in self._detector.feed(samples):
            self._take(boundary)

    def _take(self, boundary: Boundary) -> None:
        assert self._origin is not None
        at = round(self._origin / LANE_RATE + boundary.at, 6)
        if boundary.kind == "stopped":
            self._ended = at
            return
        if self._ended is not None:
            if at - self._ended < _PAUSE_S:
                self._ended = None
                return
            self._finish(self._ended)
        self.speaking = True
        self.number = self._next_number()
        self._tap.emit(
            EventKind.CALLER_STARTED,
            line=self.number,
            text=None,
            source="person",
            sent_as="voice",
            at=at,
        )
        self.on_begun(at)

    def _finish(self, at: float) -> None:
        self.speaking, self._ended = False, None
        self._tap.emit(EventKind.CALLER_STOPPED, line=self.number, at=at, cut=False)
        self.on_over(at)
