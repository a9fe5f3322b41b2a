"""Receiver: the agent's track, laid on the call's clock by sample count."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from livekit import rtc

from harness.caller._statistics import Figures, track_figures
from harness.caller._tap import CallTap, Samples
from harness.measure import ECHO_SHARE, Boundary, GatedDetector, SampleClock
from harness.nouns import LANE_RATE, EventKind

__all__ = ["Received", "Receiver"]

_FRAME_MS = 20
_REALIGN_QUIET = 2 * LANE_RATE // 1000
_REALIGN_SPEECH = 40 * LANE_RATE // 1000


@dataclass(frozen=True, slots=True)
class Received:
    """How the stream came since the last look.

    Attributes:
        shifted: Samples by which the lane was laid anew, all of them added up.
        refits: How often it was.
        gap_s: Longest time between two frames, beyond a frame's own length.
        late_s: How late even the frame came that was least late.
        settling: Whether the stream's clock settles yet.
    """

    shifted: int = 0
    refits: int = 0
    gap_s: float = 0.0
    late_s: float = 0.0
    settling: bool = False


class Receiver:
    """Hears one track: writes the agent's lane, tells when its speech starts and stops.

    The received stream is gapless, so its sample count is its clock. It is laid contiguously on the
    call's clock; where the refitted clock says otherwise by more than 2 ms (40 ms during speech)
    the lane is realigned: a hole of silence, or samples dropped.

    Attributes:
        speaking: Whether agent speech is being heard.
        quiet_since: Second on the call's clock its last speech ended, None before any.
        on_heard: Called with each piece of the lane and the boundaries that became known with it.

    Args:
        tap: Takes the lane and the events.
        track: The agent's.
        clock_zero: `time.monotonic()` at the call's second 0.
        detector: At the lane's rate; without one, whatever is loud enough counts as speech.
        echo_share: How much of the lane between two seconds is the caller's own voice; None where
            that cannot be told.
    """

    def __init__(
        self,
        tap: CallTap,
        track: rtc.Track,
        clock_zero: float,
        detector: GatedDetector | None = None,
        echo_share: Callable[[float, float], float | None] = lambda start, end: None,
    ) -> None:
        self._tap = tap
        self._track = track
        self._zero = clock_zero
        self._clock = SampleClock(LANE_RATE)
        self._detector = detector or GatedDetector(LANE_RATE, None)
        self._echo_share = echo_share
        self._onset = 0.0
        self._origin = 0
        self._total = 0
        self._position: int | None = None
        self.speaking = False
        self.quiet_since: float | None = None
        self._shifted = 0
        self._refits = 0
        self._gap_s = 0.0
        self._arrived_at: float | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.on_heard: Callable[[Samples, list[Boundary]], None] = lambda samples, known: None

    async def run(self) -> None:
        """Hear until the track ends or the task is cancelled."""
        stream = rtc.AudioStream.from_track(
            track=self._track, sample_rate=LANE_RATE, num_channels=1, frame_size_ms=_FRAME_MS
        )
        try:
            async for event in stream:
                samples = np.frombuffer(event.frame.data, dtype=np.int16)
                self._hear(samples, time.monotonic() - self._zero)
        finally:
            self._flush()
            await stream.aclose()

    async def statistics(self) -> Figures:
        """Cumulative figures of the transport.

        Raises:
            LookupError: There are none yet.
        """
        return await track_figures(self._track)

    def news(self) -> Received:
        """How the stream came since this was last asked."""
        news = Received(
            self._shifted,
            self._refits,
            self._gap_s,
            self._clock.least_late_s(),
            self._position is not None and not self._clock.settled,
        )
        self._shifted = self._refits = 0
        self._gap_s = 0.0
        return news

    def _hear(self, samples: Samples, arrived_at: float) -> None:
        first = self._total
        self._total += len(samples)
        if self._arrived_at is not None:
            gap_s = arrived_at - self._arrived_at - len(samples) / LANE_RATE
            self._gap_s = max(self._gap_s, gap_s)
        self._arrived_at = arrived_at
        self._clock.observe(self._total, arrived_at)
        ideal = round(self._clock.time_of(first) * LANE_RATE)
        if self._position is None:
            self._position = self._origin = ideal
        off = ideal - self._position
        tolerance = _REALIGN_SPEECH if self.speaking else _REALIGN_QUIET
        if abs(off) > tolerance:
            off = max(off, -len(samples))
            self._tap.emit(EventKind.LANE_SHIFTED, lane="agent", at_sample=self._position, by=off)
            self._shifted += abs(off)
            self._refits += 1
            if off > 0:
                samples = np.concatenate([np.zeros(off, np.int16), samples])
            else:
                samples = samples[-off:]
        if not len(samples):
            return
        self._tap.audio("agent", self._position, samples)
        self._position += len(samples)
        known = [self._tell(boundary) for boundary in self._detector.feed(samples)]
        self._tell_noises()
        self.on_heard(samples, known)

    def _tell(self, boundary: Boundary) -> Boundary:
        """Tell a boundary of the stream; returns it on the call's clock."""
        at = self._on_the_calls_clock(boundary.at)
        self.speaking = boundary.kind == "started"
        if self.speaking:
            self._onset = at
            sure = {} if boundary.speech is None else {"speech": round(boundary.speech, 3)}
            self._tap.emit(EventKind.AGENT_STARTED, at=at, **sure)
        else:
            share = self._echo_share(self._onset, at)
            own = {} if share is None else {"echo": round(share, 3)}
            if share is None or share < ECHO_SHARE:
                self.quiet_since = at
            self._tap.emit(EventKind.AGENT_STOPPED, at=at, **own)
        self.on_change()
        return Boundary(boundary.kind, at)

    def _tell_noises(self) -> None:
        for noise in self._detector.noises:
            self._tap.emit(
                EventKind.AGENT_NOISE,
                at=self._on_the_calls_clock(noise.start),
                until=self._on_the_calls_clock(noise.end),
                speech=round(noise.speech, 3),
            )
        self._detector.noises.clear()

    def _on_the_calls_clock(self, at: float) -> float:
        return round(self._origin / LANE_RATE + at, 6)

    def _flush(self) -> None:
        for boundary in self._detector.flush():
            self._tell(boundary)
        self._tell_noises()
