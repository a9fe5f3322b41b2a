"""LogTap: a call's clock, event log and recording, and what of it goes to the engine."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import numpy as np

from harness.caller import Samples
from harness.calls._recording import Lanes, encode
from harness.calls._wire import encode_audio, encode_json
from harness.errors import redact
from harness.measure import PeakMeter
from harness.nouns import LANE_RATE, PEAKS_PER_SECOND, Event, EventKind, Lane, to_json
from harness.store import Artifacts, EventWriter

__all__ = ["LogTap", "Outlet"]

_PEAKS_AT_ONCE = 10
_LISTEN_CHUNK = LANE_RATE // 25


class Outlet:
    """Where a worker's messages go: written at once, never waited for."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def send(self, message: dict[str, Any]) -> None:
        """Send a JSON message."""
        self._writer.write(encode_json(message))

    def audio(self, call_id: str, pcm: bytes) -> None:
        """Send a piece of audio."""
        self._writer.write(encode_audio(call_id, pcm))


class LogTap:
    """The CallTap of a worker: file first, then the engine."""

    def __init__(self, call_id: str, artifacts: Artifacts, outlet: Outlet) -> None:
        self.zero = time.monotonic()
        self._call_id = call_id
        self._artifacts = artifacts
        self._outlet = outlet
        self._events = EventWriter(artifacts.events)
        self._lanes: Lanes | None = None
        self._begun: set[Lane] = set()
        self._meters: dict[Lane, PeakMeter] = {}
        self._peaks: dict[Lane, list[float]] = {"caller": [], "agent": []}
        self._peaks_sent: dict[Lane, int] = {"caller": 0, "agent": 0}
        self._ends: dict[Lane, int] = {"caller": 0, "agent": 0}
        self._mixer: _Mixer | None = None

    def now(self) -> float:
        """Seconds on the call's clock."""
        return time.monotonic() - self.zero

    def emit(self, kind: EventKind, /, **data: Any) -> None:
        """Append an event and pass it on."""
        event = Event(self._events.next_seq, round(self.now(), 6), str(kind), data)
        self._events.append(event)
        self._outlet.send({"is": "event", "call_id": self._call_id, "event": to_json(event)})

    def audio(self, lane: Lane, first: int, samples: Samples) -> None:
        """Write to a lane, tell its peaks, and pass it to listeners."""
        if self._lanes is None:
            self._lanes = Lanes(self._artifacts.caller_pcm, self._artifacts.agent_pcm)
            self.emit(EventKind.RECORDING_STARTED, rate=LANE_RATE)
        if lane not in self._begun:
            self._begun.add(lane)
            self.emit(EventKind.LANE_STARTED, lane=lane, first=first)
        self._lanes.write(lane, first, samples)
        self._tell_peaks(lane, first, samples)
        if self._mixer is not None:
            for chunk in self._mixer.add(lane, first, samples):
                self._outlet.audio(self._call_id, chunk)

    def listen(self, on: bool) -> None:
        """Pass both lanes on from now on, or stop it."""
        if on and self._mixer is None:
            self._mixer = _Mixer(int(self.now() * LANE_RATE))
        elif not on:
            self._mixer = None

    async def keep_agent_log(self, lines: list[str]) -> None:
        """Keep what the agent wrote beside the call."""
        text = redact("\n".join(lines)) + "\n"
        await asyncio.to_thread(self._artifacts.agent_log.write_text, text, "utf-8")

    async def close_recording(self) -> None:
        """Close the lanes and encode them."""
        if self._lanes is None:
            return
        self._lanes.close()
        self._lanes = None
        files = self._artifacts
        await asyncio.to_thread(encode, files.caller_pcm, files.agent_pcm, files.recording)

    def close(self) -> None:
        """Close the event log."""
        self._events.close()

    def _tell_peaks(self, lane: Lane, first: int, samples: Samples) -> None:
        if lane not in self._meters:
            # A lane's first bucket starts at one of the clock's buckets.
            bucket = LANE_RATE // PEAKS_PER_SECOND
            self._meters[lane] = PeakMeter(LANE_RATE, PEAKS_PER_SECOND)
            self._peaks_sent[lane] = first // bucket
            self._ends[lane] = first - first % bucket
        gap = first - self._ends[lane]
        if gap > 0:
            samples = np.concatenate([np.zeros(gap, np.int16), samples])
        elif gap < 0:
            samples = samples[-gap:]
        self._ends[lane] += len(samples)
        values = self._peaks[lane]
        values += self._meters[lane].feed(samples)
        if len(values) >= _PEAKS_AT_ONCE:
            self._outlet.send(
                {
                    "is": "peaks",
                    "call_id": self._call_id,
                    "lane": lane,
                    "first": self._peaks_sent[lane],
                    "values": [round(value, 3) for value in values],
                }
            )
            self._peaks_sent[lane] += len(values)
            values.clear()


class _Mixer:
    """Puts the two lanes side by side for a listener: stereo int16, left caller, right agent."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._lanes: dict[Lane, Samples] = {
            "caller": np.zeros(0, np.int16),
            "agent": np.zeros(0, np.int16),
        }

    def add(self, lane: Lane, first: int, samples: Samples) -> list[bytes]:
        """Take samples; gives the chunks that both lanes cover.

        A lane that stands still (an agent not heard yet, a stalled track) is silent to the listener
        once the other is 200 ms ahead: hearing one side never waits for the other.
        """
        have = self._lanes[lane]
        at = self._start + len(have)
        if first > at:
            have = np.concatenate([have, np.zeros(first - at, np.int16)])
        skip = max(0, self._start + len(have) - first)
        self._lanes[lane] = np.concatenate([have, samples[skip:]])
        shorter, longer = sorted(self._lanes, key=lambda name: len(self._lanes[name]))
        ahead = len(self._lanes[longer]) - len(self._lanes[shorter])
        limit = LANE_RATE // 5
        if ahead > limit:
            fill = np.zeros(ahead - limit, np.int16)
            self._lanes[shorter] = np.concatenate([self._lanes[shorter], fill])
        chunks = []
        while min(len(samples) for samples in self._lanes.values()) >= _LISTEN_CHUNK:
            both = np.stack([self._lanes[name][:_LISTEN_CHUNK] for name in ("caller", "agent")], 1)
            chunks.append(both.tobytes())
            for name in self._lanes:
                self._lanes[name] = self._lanes[name][_LISTEN_CHUNK:]
            self._start += _LISTEN_CHUNK
        return chunks
