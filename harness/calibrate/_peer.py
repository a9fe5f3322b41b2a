"""Peer: a participant that says sounds at exact times and knows when it heard which sample.

It shares no code with the caller whose accuracy it helps to measure.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass

import numpy as np
from livekit import rtc

from harness.calibrate._lines import RATE, Samples
from harness.calibrate._match import GOOD, find

__all__ = ["Found", "Peer", "Saying"]

_FRAME = RATE // 100
_AHEAD = 6 * _FRAME
"""Samples kept in the source's queue."""
_LOUD = 32768 * 10 ** (-40 / 20)
_KEPT = 1500
"""Frames that are remembered: 15 s."""
_HEAD_S = 0.25
_SLACK_S = 0.06
_TONE_RMS = 32768 * 10 ** (-70 / 20)


@dataclass(slots=True)
class Saying:
    """A sound on its way.

    Attributes:
        at: `time.monotonic()` at which its first sample leaves.
        skipped: Samples of it that were left out because their time had passed.
        said: Samples that have left, with those skipped.
        over: Set when it is through.
    """

    at: float
    samples: Samples
    over: asyncio.Event
    skipped: int = 0
    said: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A known sound in what was heard: which of several, and its first sample."""

    which: int
    first: int


class Peer:
    """In a room, between ``async with``; times are `time.monotonic()` of this machine.

    Sending is paced by that clock: a sample whose time has passed is left out, never sent late.
    What is heard is laid on it by its sample count, by the earliest arrivals of 10 s.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self._room = rtc.Room()
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=200)
        self._due: deque[Saying] = deque()
        self._tasks: list[asyncio.Task[None]] = []
        self._frames: deque[Samples] = deque(maxlen=_KEPT)
        self._kept = 0
        self._zero = 0.0
        self._more = asyncio.Event()
        self.total = 0
        self.hears = asyncio.Event()
        self.alone = asyncio.Event()

    async def __aenter__(self) -> Peer:
        self._room.on("track_subscribed", self._on_track)
        self._room.on("participant_disconnected", lambda _: self.alone.set())
        self._room.on("disconnected", lambda _: self.alone.set())
        await self._room.connect(self._url, self._token)
        track = rtc.LocalAudioTrack.create_audio_track("calibration", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
        await self._room.local_participant.publish_track(track, options)
        self._tasks.append(asyncio.create_task(self._send()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._room.disconnect()

    def time_of(self, sample: int) -> float:
        """When a sample was heard."""
        return self._zero + sample / RATE

    def say(self, at: float, samples: Samples) -> Saying:
        """Have the first sample leave at `at`."""
        saying = Saying(at, samples, asyncio.Event())
        self._due.append(saying)
        return saying

    def stop(self, saying: Saying, at: float) -> None:
        """Have `saying` end with the sample that leaves at `at`, with an edge of 2 ms."""
        keep = max(saying.said, round((at - saying.at) * RATE))
        keep = min(keep, len(saying.samples))
        ramp = np.linspace(1.0, 0.0, min(RATE // 500, keep))
        cut = saying.samples[:keep].copy()
        cut[keep - len(ramp) :] = (cut[keep - len(ramp) :] * ramp).astype(np.int16)
        saying.samples = cut

    async def heard(self, sample: int) -> None:
        """Wait until that sample was heard."""
        while self.total < sample:
            self._more.clear()
            await self._more.wait()

    async def wait_for(self, sounds: list[Samples], after: int) -> Found:
        """Wait until one of `sounds` begins, at or after sample `after`.

        It is known by its first quarter second.
        """
        head = round(_HEAD_S * RATE)
        slack = round(_SLACK_S * RATE)
        while True:
            onset = await self._loud(after)
            await self.heard(onset + head + slack)
            start = max(after, onset - slack)
            window = self._between(start, onset + head + slack)
            found = [find(sound[:head], window) for sound in sounds]
            which = int(np.argmax([likeness for _, likeness in found]))
            if found[which][1] >= GOOD:
                return Found(which, start + found[which][0])
            after = onset + head

    async def end_of(self, sound: Samples, first: int) -> int:
        """One past the last sample of a sound that began at sample `first`, by its own end."""
        tail = round(_HEAD_S * RATE)
        slack = round(_SLACK_S * RATE)
        end = first + len(sound)
        await self.heard(end + slack)
        start = end - tail - slack
        place, likeness = find(sound[-tail:], self._between(start, end + slack))
        return start + place + tail if likeness >= GOOD else end

    async def _loud(self, after: int) -> int:
        """The first sample at or after `after` that is loud."""
        looked = after
        while True:
            begin = max(looked, self.total - self._kept)
            over = np.flatnonzero(np.abs(self._between(begin, self.total).astype(np.int32)) > _LOUD)
            if len(over):
                return begin + int(over[0])
            looked = max(looked, self.total)
            await self.heard(self.total + 1)

    def _between(self, first: int, end: int) -> Samples:
        if not self._frames or end <= first:
            return np.zeros(0, np.int16)
        oldest = self.total - self._kept
        frames = list(self._frames)
        # Only as many as are asked for: the whole memory is 15 s.
        back = min(len(frames), -(-(self.total - max(first, oldest)) // _FRAME) + 2)
        joined = np.concatenate(frames[-back:])
        begins = self.total - len(joined)
        return joined[max(0, first - begins) : max(0, end - begins)]

    async def _send(self) -> None:
        rng = np.random.default_rng(1)
        tone = np.rint(rng.normal(0.0, _TONE_RMS, 4 * RATE)).astype(np.int16)
        zero = time.monotonic()
        sent = 0
        while True:
            late = int((time.monotonic() - zero) * RATE) - sent
            if late > 0:
                behind = -(-late // _FRAME) * _FRAME
                self._take(zero, sent, behind, skipped=True)
                sent += behind
            place = sent % (len(tone) - _FRAME)
            frame = tone[place : place + _FRAME] + self._take(zero, sent, _FRAME)
            await self._source.capture_frame(rtc.AudioFrame(frame.tobytes(), RATE, 1, _FRAME))
            sent += _FRAME
            await asyncio.sleep(max(0.0, zero + (sent - _AHEAD) / RATE - time.monotonic()))

    def _take(self, zero: float, first: int, count: int, *, skipped: bool = False) -> Samples:
        """What is to be said in samples `first` to `first + count` of this track."""
        frame = np.zeros(count, np.int16)
        while self._due:
            saying = self._due[0]
            start = round((saying.at - zero) * RATE) - first
            if start >= count:
                break
            lo, hi = max(start, 0), min(start + len(saying.samples), count)
            if hi > lo:
                frame[lo:hi] = saying.samples[lo - start : hi - start]
                saying.skipped += (hi - lo) if skipped else 0
            elif start < 0 and saying.said == 0:
                saying.skipped += len(saying.samples)
            saying.said = min(count - start, len(saying.samples))
            if start + len(saying.samples) > count:
                break
            self._due.popleft().over.set()
        return frame

    def _on_track(self, track: rtc.Track, *_: object) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO and not self.hears.is_set():
            self.hears.set()
            self._tasks.append(asyncio.create_task(self._hear(track)))

    async def _hear(self, track: rtc.Track) -> None:
        arrivals: deque[float] = deque(maxlen=1000)
        stream = rtc.AudioStream.from_track(
            track=track, sample_rate=RATE, num_channels=1, frame_size_ms=10
        )
        async for event in stream:
            frame = np.frombuffer(event.frame.data, np.int16).copy()
            if len(self._frames) == _KEPT:
                self._kept -= len(self._frames[0])
            self._frames.append(frame)
            self._kept += len(frame)
            self.total += len(frame)
            arrivals.append(time.monotonic() - self.total / RATE)
            if len(arrivals) % 10 == 0 or len(arrivals) < 100:
                self._zero = float(np.percentile(np.array(arrivals), 1))
            self._more.set()
