"""A plain participant with exact times, sharing no code with the product: agent or caller."""

from __future__ import annotations

import asyncio
import time
from collections import deque

import numpy as np
from livekit import rtc

RATE = 48_000
FRAME = RATE // 100
LEAD = 4 * FRAME
LOUD = 32768 * 10 ** (-45 / 20)
GAP = RATE // 4


def burst(seconds: float, seed: int = 3) -> np.ndarray:
    """Noise at -18 dBFS that starts and ends at once, int16 mono at RATE."""
    noise = np.random.default_rng(seed).normal(0, 32768 * 10 ** (-18 / 20), int(seconds * RATE))
    return np.clip(noise, -32768, 32767).astype(np.int16)


class Peer:
    """Sends bursts at exact times of its own clock, and tells when it heard speech start and end.

    Times are `time.monotonic()` seconds: of sending by the paced sample count, of hearing by the
    received sample count laid on the earliest arrivals.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self._room = rtc.Room()
        self._due: deque[tuple[float, np.ndarray]] = deque()
        self._tasks: list[asyncio.Task[None]] = []
        self._history: deque[np.ndarray] = deque(maxlen=600)
        self._zero = 0.0
        self._total = 0
        self.heard: asyncio.Queue[tuple[str, float]] = asyncio.Queue()

    async def __aenter__(self) -> Peer:
        self._room.on("track_subscribed", self._on_track)
        await self._room.connect(self._url, self._token)
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=200)
        track = rtc.LocalAudioTrack.create_audio_track("peer", self._source)
        await self._room.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
        )
        self._tasks.append(asyncio.create_task(self._send()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._room.disconnect()

    def recent(self, seconds: float) -> tuple[float, np.ndarray]:
        """The last `seconds` heard, and the time of the first of these samples."""
        samples = np.concatenate(self._history) if self._history else np.zeros(0, np.int16)
        keep = samples[-int(seconds * RATE) :]
        return self._zero + (self._total - len(keep)) / RATE, keep

    def say(self, at: float, samples: np.ndarray) -> None:
        """Have the first sample leave at monotonic second `at`."""
        self._due.append((at, samples))

    async def _send(self) -> None:
        tone = np.random.default_rng(1).normal(0, 8, RATE).astype(np.int16)
        zero = time.monotonic()
        sent = 0
        playing: tuple[int, np.ndarray] | None = None
        while True:
            late = int((time.monotonic() - zero) * RATE) - sent
            if late > 0:
                sent += -(-late // FRAME) * FRAME
            frame = tone[sent % (RATE - FRAME) :][:FRAME].copy()
            if playing is None and self._due:
                start = round((self._due[0][0] - zero) * RATE)
                if start < sent + FRAME:
                    playing = (start, self._due.popleft()[1])
            if playing is not None:
                start, samples = playing
                lo, hi = max(start, sent), min(start + len(samples), sent + FRAME)
                if hi > lo:
                    frame[lo - sent : hi - sent] = samples[lo - start : hi - start]
                if sent + FRAME >= start + len(samples):
                    playing = None
            await self._source.capture_frame(rtc.AudioFrame(frame.tobytes(), RATE, 1, FRAME))
            sent += FRAME
            await asyncio.sleep(max(0.0, zero + (sent - LEAD) / RATE - time.monotonic()))

    def _on_track(self, track: rtc.Track, *_: object) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._tasks.append(asyncio.create_task(self._hear(track)))

    async def _hear(self, track: rtc.Track) -> None:
        arrivals: deque[float] = deque(maxlen=1000)
        total = 0
        self._history.clear()
        loud_until: int | None = None
        async for event in rtc.AudioStream.from_track(
            track=track, sample_rate=RATE, num_channels=1
        ):
            heard = np.frombuffer(event.frame.data, np.int16).copy()
            self._history.append(heard)
            samples = np.abs(heard.astype(np.int32))
            first, total = total, total + len(samples)
            arrivals.append(time.monotonic() - total / RATE)
            zero = self._zero = float(np.percentile(np.array(arrivals), 1))
            self._total = total
            loud = np.flatnonzero(samples > LOUD)
            if len(loud):
                if loud_until is None:
                    self.heard.put_nowait(("start", zero + (first + loud[0]) / RATE))
                loud_until = first + int(loud[-1]) + 1
            elif loud_until is not None and total - loud_until > GAP:
                self.heard.put_nowait(("end", zero + loud_until / RATE))
                loud_until = None
