"""PacedSender: the caller's one published track, on time to the sample."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import numpy as np
from livekit import rtc

from harness.caller._tap import CallTap, Samples
from harness.measure import speech_bounds
from harness.nouns import LANE_RATE, EventKind

__all__ = ["PacedSender", "room_tone"]

FRAME = LANE_RATE // 50
"""Samples of one 20 ms frame."""
LEAD = 3 * FRAME
"""Samples kept ahead in the source's queue: small, on purpose, and known. It rides out a late loop
without the native source filling in silence of its own, which would delay all that follows."""
_TONE_DBFS = -70.0
_FADE = LANE_RATE // 50
"""Samples kept after the last one that counts as speech, so that no word ends in a click."""


def room_tone(seconds: float = 4.0, seed: int = 7) -> Samples:
    """White noise at -70 dBFS, int16 mono at LANE_RATE.

    Never digital zeros: a Pipecat VAD reacts about 200 ms late after them.
    """
    rms = 32768.0 * 10 ** (_TONE_DBFS / 20)
    noise = np.random.default_rng(seed).normal(0.0, rms, int(seconds * LANE_RATE))
    return np.rint(noise).astype(np.int16)


class _Line:
    """One line being spoken: its samples as they come from the voice."""

    def __init__(self, number: int, text: str, source: str) -> None:
        self.number = number
        self.text = text
        self.source = source
        self.samples: Samples = np.zeros(0, np.int16)
        self.complete = False
        self.sent = 0
        self.first_index: int | None = None
        self.started = False


class PacedSender:
    """Sends 20 ms frames by the call's clock: speech when there is a line, room tone always.

    Sample n of the caller's lane leaves the source at second n / LANE_RATE of the call's clock.
    When the loop was late, samples whose time has passed are skipped (and counted), never sent
    late: one late sample would make every later one late.
    """

    def __init__(self, tap: CallTap, source: rtc.AudioSource) -> None:
        self._tap = tap
        self._source = source
        self._tone = room_tone()
        self._lines: deque[_Line] = deque()
        self._next = 0
        self.skipped = 0
        self.on_line_over: Callable[[int, float], None] = lambda number, at: None

    @property
    def speaking(self) -> bool:
        """Whether a line is being sent or waits to be."""
        return bool(self._lines)

    def begin(self, number: int, text: str, source: str) -> None:
        """Open a line; its samples follow by :meth:`feed`."""
        self._lines.append(_Line(number, text, source))

    def feed(self, samples: Samples) -> None:
        """Samples of the newest line (int16 mono at LANE_RATE)."""
        if self._lines and not self._lines[-1].complete:
            line = self._lines[-1]
            line.samples = np.concatenate([line.samples, samples])

    def complete(self) -> None:
        """The newest line has no more samples. What follows its last speech sample is not sent."""
        if not self._lines:
            return
        line = self._lines[-1]
        line.complete = True
        bounds = speech_bounds(line.samples, LANE_RATE)
        if bounds is not None and bounds.end is not None:
            tail = max(line.sent, round(bounds.end * LANE_RATE) + _FADE)
            line.samples = line.samples[:tail]

    def cut(self) -> None:
        """Break off what is being said and forget what waits."""
        while self._lines:
            self._end(self._lines.popleft(), cut=True)

    async def run(self) -> None:
        """Send until cancelled."""
        self._next = int(self._tap.now() * LANE_RATE)
        while True:
            late = int(self._tap.now() * LANE_RATE) - self._next
            if late > 0:
                self._skip(-(-late // FRAME) * FRAME)
            frame = self._take(FRAME)
            first = self._next
            self._next += FRAME
            tone_at = first % (len(self._tone) - FRAME)
            mixed = frame + self._tone[tone_at : tone_at + FRAME]
            self._tap.audio("caller", first, mixed)
            await self._source.capture_frame(rtc.AudioFrame(mixed.tobytes(), LANE_RATE, 1, FRAME))
            wait = (self._next - LEAD) / LANE_RATE - self._tap.now()
            await asyncio.sleep(max(0.0, wait))

    def _skip(self, count: int) -> None:
        self.skipped += count
        self._take(count)
        self._next += count

    def _take(self, count: int) -> Samples:
        """The next `count` clean samples; zeros where nothing is said."""
        frame = np.zeros(count, np.int16)
        filled = 0
        while self._lines and filled < count:
            line = self._lines[0]
            if line.first_index is None:
                if not len(line.samples):
                    break
                line.first_index = self._next + filled
            take = min(count - filled, len(line.samples) - line.sent)
            frame[filled : filled + take] = line.samples[line.sent : line.sent + take]
            line.sent += take
            filled += take
            self._tell_start(line)
            if line.sent < len(line.samples) or not line.complete:
                break
            self._end(self._lines.popleft(), cut=False)
        return frame

    def _tell_start(self, line: _Line) -> None:
        if line.started or line.first_index is None:
            return
        bounds = speech_bounds(line.samples, LANE_RATE)
        if bounds is not None and bounds.start * LANE_RATE <= line.sent:
            line.started = True
            self._tap.emit(
                EventKind.CALLER_STARTED,
                line=line.number,
                text=line.text,
                source=line.source,
                sent_as="voice",
                at=round(line.first_index / LANE_RATE + bounds.start, 6),
            )

    def _end(self, line: _Line, *, cut: bool) -> None:
        bounds = speech_bounds(line.samples[: line.sent], LANE_RATE)
        at = self._tap.now()
        if line.started and line.first_index is not None and bounds is not None:
            at = round(line.first_index / LANE_RATE + (bounds.end or 0.0), 6)
            self._tap.emit(EventKind.CALLER_STOPPED, line=line.number, at=at, cut=cut)
        self.on_line_over(line.number, at)
