"""Ten minutes of a call without a network: sender, receiver, health and log on one virtual clock.

The agent's stream comes in frames of several lengths, late by chance, drifts against our clock, and
the whole process stands still now and then. Everything that is sent and received is known.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from livekit.rtc._proto import stats_pb2

from harness.caller._health import HealthMonitor
from harness.caller._receiver import Receiver
from harness.caller._sender import PacedSender
from harness.calls import read_lane
from harness.calls._log_tap import LogTap
from harness.measure import GatedDetector, SpeechModel
from harness.nouns import LANE_RATE, Event, Lane
from harness.store import Artifacts, read_events

sys.path.append(str(Path(__file__).parents[1] / "measure"))
import speech_truth

SECONDS = 600
EVERY_S = 8.0
"""From one line of the caller to the next."""
STARTS_S = 2.5
"""When the agent's track comes."""
DRIFT = 50e-6
MOVED_AT_S, MOVED_BY_S = 300.0, 0.15
"""There the agent's stream stands still, and goes on so much later."""
STALLS_S = (61.3, 127.0, 188.9, 255.5, 390.2, 450.8, 511.0, 570.4)
"""When the process stands still ..."""
STALL_S = 0.3
"""... for so long."""


@dataclass(repr=False)  # asyncio.Runner spells out what a task gave: here 14 million samples
class Carried:
    """What was sent and received, and what was told of it.

    `onsets` and `lines` are seconds on the call's clock of the agent's first samples, and the
    caller's lines as they were given to the sender, by number.
    """

    events: list[Event]
    lanes: dict[Lane, np.ndarray]
    pieces: dict[Lane, list[tuple[int, np.ndarray]]]
    onsets: list[float]
    lines: dict[int, speech_truth.Utterance]
    skipped: int

    def of(self, kind: str) -> list[Event]:
        """Events of a kind."""
        return [event for event in self.events if event.kind == kind]


class _Kept(LogTap):
    """Keeps each piece of a lane beside the recording."""

    def __init__(self, artifacts: Artifacts) -> None:
        super().__init__("ten_minutes", artifacts, _Nobody())  # type: ignore[arg-type]
        self.pieces: dict[Lane, list[tuple[int, np.ndarray]]] = {"caller": [], "agent": []}

    def audio(self, lane: Lane, first: int, samples: np.ndarray) -> None:
        super().audio(lane, first, samples)
        self.pieces[lane].append((first, samples.copy()))


class _Nobody:
    """Takes what goes to the engine."""

    def send(self, message: dict[str, Any]) -> None:
        pass


class _Source:
    """Takes what is sent."""

    async def capture_frame(self, frame: Any) -> None:
        pass


class _Track:
    """Its jitter buffer holds 40 ms."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    async def get_stats(self) -> list[stats_pb2.RtcStats]:
        samples = round((time.monotonic() - self._since) * 48_000)
        stats = stats_pb2.RtcStats()
        stats.inbound_rtp.inbound.jitter_buffer_emitted_count = samples
        stats.inbound_rtp.inbound.jitter_buffer_delay = samples * 0.040
        stats.inbound_rtp.received.packets_received = samples // 960
        return [stats]


class _Inbox:
    left_out = 0


class _Listener:
    def begin(self, at: float) -> None:
        pass

    def end(self, at: float) -> None:
        pass


async def _uplink() -> dict[str, float | None]:
    return {"rtt_s": 0.012, "uplink_lost": 0, "uplink_sent": 0}


def _stream() -> tuple[np.ndarray, list[int]]:
    """The agent's stream and where its replies begin: 4 to 5 s after each line of the caller."""
    rng = np.random.default_rng(3)
    stream = rng.normal(0, 10, (SECONDS - 4) * LANE_RATE)
    onsets = []
    for number in range(1, round(SECONDS / EVERY_S) - 1):
        said = speech_truth.burst(LANE_RATE, 1000 + number)
        at = round((number * EVERY_S + rng.uniform(4, 5) - STARTS_S) * LANE_RATE)
        stream[at : at + said.end - said.start] += said.wave[said.start : said.end] * 32767
        onsets.append(at)
    return np.clip(np.rint(stream), -32768, 32767).astype(np.int16), onsets


async def _hear(receiver: Receiver, stream: np.ndarray, starts_at: float) -> None:
    """Frames of 10, 20 and 50 ms; late by 3 ms on average, and now and then by up to 0.3 s."""
    rng = np.random.default_rng(7)
    at, late_until, late = 0, 0.0, 0.0
    while at < len(stream):
        frame = stream[at : at + LANE_RATE // 1000 * int(rng.choice((10, 20, 50)))]
        at += len(frame)
        due = starts_at + heard_at(at) - STARTS_S
        if rng.random() < 0.001:
            late, late_until = rng.uniform(0.05, 0.3), due + 0.5
        arrives = due + rng.exponential(0.003) + max(0.0, late * (late_until - due) / 0.5)
        wait = arrives - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        receiver._hear(frame, time.monotonic() - receiver._zero)


def heard_at(sample: int) -> float:
    """When a sample of the agent's stream is heard, seconds on the call's clock."""
    at = STARTS_S + sample / LANE_RATE * (1 + DRIFT)
    return at + MOVED_BY_S if at > MOVED_AT_S else at


async def _speak(sender: PacedSender, lines: dict[int, speech_truth.Utterance]) -> None:
    zero = time.monotonic()
    for number in range(1, round(SECONDS / EVERY_S)):
        await asyncio.sleep(zero + number * EVERY_S - time.monotonic())
        lines[number] = speech_truth.burst(LANE_RATE, number)
        sender.begin(number, f"Line {number}", "script", _Listener())
        sender.feed(np.rint(lines[number].wave * 32767).astype(np.int16))
        sender.complete()


async def _stand_still() -> None:
    clock = asyncio.get_running_loop().skipping  # type: ignore[attr-defined]
    zero = time.monotonic()
    for at in STALLS_S:
        await asyncio.sleep(zero + at - time.monotonic())
        clock.now += STALL_S


async def carry(folder: Path, model: SpeechModel | None) -> Carried:
    """Carry the call; to be run by :func:`virtual.run`."""
    tap = _Kept(Artifacts(folder))
    sender = PacedSender(tap, _Source())  # type: ignore[arg-type]
    health = HealthMonitor(tap, sender, _Inbox(), _uplink)  # type: ignore[arg-type]
    detector = GatedDetector(LANE_RATE, model)
    stream, onsets = _stream()
    lines: dict[int, speech_truth.Utterance] = {}
    tasks = [sender.run(), health.run(), _speak(sender, lines), _stand_still()]
    running = [asyncio.create_task(task) for task in tasks]
    await asyncio.sleep(STARTS_S)
    receiver = Receiver(tap, _Track(), tap.zero, detector)  # type: ignore[arg-type]
    health.receiver = receiver
    await _hear(receiver, stream, tap.zero + STARTS_S)
    receiver._flush()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await tap.close_recording()
    tap.close()
    return Carried(
        events=list(read_events(tap._artifacts.events)),
        lanes={"caller": read_lane(tap._artifacts.recording, "caller")}
        | {"agent": read_lane(tap._artifacts.recording, "agent")},
        pieces=tap.pieces,
        onsets=[heard_at(onset) for onset in onsets],
        lines=lines,
        skipped=sender.skipped,
    )
