"""PersonVoice: a person's microphone, as it comes over a network, made to flow without a click."""

from __future__ import annotations

import numpy as np

from harness.caller._ramp import RAMP, across, ramped_down, ramped_up
from harness.caller._tap import Samples
from harness.nouns import LANE_RATE

__all__ = ["PersonVoice"]

_FIRST = 60 * LANE_RATE // 1000
"""Samples that are kept back at first, against pieces that come late ..."""
_MORE = 20 * LANE_RATE // 1000
"""... so many more after each time it was not enough ..."""
_MOST = 160 * LANE_RATE // 1000
"""... up to these."""
_SLACK = 40 * LANE_RATE // 1000
"""What is waiting beyond that is made less in the next quiet moment ..."""
_TOO_MUCH = LANE_RATE
"""... and at once if it is more than this: words are not lost because a computer was held up."""
_LONGEST_GAP = 240 * LANE_RATE // 1000
"""What is missing is silence of at most so much."""
_QUIET = 330
"""No sample is larger (-40 dBFS): nobody hears 20 ms less of it."""
_STEP = LANE_RATE // 50
_BEGINS_ANEW = 2 * LANE_RATE
_NOTHING: Samples = np.zeros(0, np.int16)


class PersonVoice:
    """Takes pieces of a microphone when they come and gives samples when they are due.

    It begins and ends, and passes over what it leaves out, in ramps of 20 ms. What it gives is
    late by what is kept back, 60 to 160 ms; after pieces that came late at once by up to 1 s, which
    the next pauses of the person take back.

    Attributes:
        dropped: Samples left out because too many were waiting.
        dry: How often a piece came so late that there was nothing left to give.
    """

    def __init__(self) -> None:
        self._waiting: Samples = _NOTHING
        self._next: int | None = None
        self._flows = False
        self._dried = False
        self._keep = _FIRST
        self.dropped = 0
        self.dry = 0

    @property
    def depth_s(self) -> float:
        """How much is waiting, in seconds."""
        return len(self._waiting) / LANE_RATE

    def feed(self, first: int, samples: Samples) -> None:
        """Take a piece of the microphone.

        Args:
            first: Its first sample by the microphone's own count. What was had before is passed
                over; what is missing is silence; a count that jumps by seconds begins anew.
            samples: int16 mono at LANE_RATE, shape (n,).
        """
        jumps = self._next is not None and abs(first - self._next) > _BEGINS_ANEW
        at = first if self._next is None or jumps else self._next
        missing = first - at
        if missing < 0:
            samples, missing = samples[-missing:], 0
        if not len(samples):
            return
        if self._dried and not (jumps or missing):
            # Nobody had stopped speaking: the piece came too late.
            self._keep = min(_MOST, self._keep + _MORE)
            self.dry += 1
        if (jumps or missing or self._dried) and len(self._waiting):
            self._end_softly()
            silence = np.zeros(min(missing, _LONGEST_GAP), np.int16)
            self._waiting = np.concatenate([self._waiting, silence])
            samples = ramped_up(samples)
        self._dried = False
        self._next = at + missing + len(samples)
        self._waiting = np.concatenate([self._waiting, samples])
        if len(self._waiting) > _TOO_MUCH:
            self._leave_out(len(self._waiting) - self._keep)

    def take(self, count: int) -> Samples:
        """The next `count` samples; silence where there are none."""
        if not self._flows:
            if len(self._waiting) < max(self._keep, count + RAMP):
                return np.zeros(count, np.int16)
            self._flows = True
            self._waiting = ramped_up(self._waiting)
        if len(self._waiting) < count + RAMP:
            return self._run_dry(count)
        spare = len(self._waiting) - count - self._keep
        if spare > _SLACK and np.abs(self._waiting[: 2 * _STEP].astype(np.int32)).max() <= _QUIET:
            self._leave_out(_STEP)
        given, self._waiting = self._waiting[:count], self._waiting[count:]
        return given

    def stop(self) -> Samples:
        """The last samples, falling to silence; nothing is waiting any more."""
        last = ramped_down(self._waiting) if self._flows else _NOTHING
        self._waiting, self._next = _NOTHING, None
        self._flows = self._dried = False
        return last

    def _run_dry(self, count: int) -> Samples:
        """What is left, falling to silence at its end."""
        self._end_softly()
        self._dried = True
        last = np.zeros(count, np.int16)
        left = min(count, len(self._waiting))
        last[:left], self._waiting = self._waiting[:left], self._waiting[left:]
        self._flows = len(self._waiting) > 0
        return last

    def _end_softly(self) -> None:
        tail = min(RAMP, len(self._waiting))
        if tail:
            ended = ramped_down(self._waiting[len(self._waiting) - tail :])
            self._waiting = np.concatenate([self._waiting[: len(self._waiting) - tail], ended])

    def _leave_out(self, count: int) -> None:
        """Pass over the next `count` samples, from what comes before into what comes after."""
        count = min(count, len(self._waiting) - RAMP)
        self.dropped += count
        kept = self._waiting[count:]
        self._waiting = across(self._waiting, kept) if self._flows else kept
