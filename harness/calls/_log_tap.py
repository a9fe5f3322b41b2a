"""LogTap: a call's clock, event log and recording, and what of it goes to the engine."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Any

import numpy as np

from harness.caller import Samples
from harness.calls._lane_sound import LaneGatherer, LaneSound
from harness.calls._recording import Lanes, encode
from harness.calls._wire import encode_json, encode_lane
from harness.errors import redact
from harness.measure import PeakMeter
from harness.nouns import LANE_RATE, PEAKS_PER_SECOND, Event, EventKind, Lane, to_json
from harness.store import Artifacts, EventWriter

__all__ = ["LogTap", "Outlet"]

_PEAKS_AT_ONCE = 10
_MOST_WAITING = 256 * 1024
"""Bytes: about three seconds of one listener's sound. Events are always sent."""


class Outlet:
    """Where a worker's messages go: written at once, never waited for."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def send(self, message: dict[str, Any]) -> None:
        """Send a JSON message."""
        self._writer.write(encode_json(message))

    def sound(self, sound: LaneSound) -> None:
        """Send a piece of a lane, unless the engine is so far behind that it would be too late."""
        if self._writer.transport.get_write_buffer_size() < _MOST_WAITING:
            self._writer.write(encode_lane(sound))


class LogTap:
    """The CallTap of a worker: file first, then the engine."""

    def __init__(self, call_id: str, artifacts: Artifacts, outlet: Outlet) -> None:
        self.zero = time.monotonic()
        self.began_at = datetime.now().astimezone()
        """What the clock of this computer shows at second 0, in its zone."""
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
        self._gatherers: dict[Lane, LaneGatherer] | None = None

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
        if self._gatherers is not None:
            for at, piece in self._gatherers[lane].add(first, samples):
                self._outlet.sound(LaneSound(self._call_id, lane, at, piece))

    def listen(self, on: bool) -> None:
        """Pass both lanes on from now on, or stop it."""
        if on and self._gatherers is None:
            self._gatherers = {"caller": LaneGatherer(), "agent": LaneGatherer()}
        elif not on:
            self._gatherers = None

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
