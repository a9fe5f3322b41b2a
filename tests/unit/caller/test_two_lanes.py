"""The receiver tells how much of a stretch is the caller's own voice, from both lanes as laid."""

from __future__ import annotations

import numpy as np
import pytest
from taps import KeptTap

from harness.caller._receiver import Receiver
from harness.caller._two_lanes import TwoLanes
from harness.nouns import LANE_RATE, EventKind

FRAME = LANE_RATE // 50


def syllables(seconds: float, seed: int) -> np.ndarray:
    """Noise in the rhythm of speech."""
    rng = np.random.default_rng(seed)
    size = round(seconds * LANE_RATE)
    loud = np.abs(np.sin(np.pi * np.arange(size) / LANE_RATE * 3.7)) + 0.2
    return rng.normal(0, 2500, size) * loud


def call(back_s: float | None, *, late_s: float = 0.0, before_s: float = 0.0) -> list[float | None]:
    """Play the caller's line from 1.0 s on, and the agent's lane; the echo told of each stretch."""
    tap = KeptTap()
    lanes = TwoLanes(tap)
    receiver = Receiver(lanes, None, 0.0, echo_share=lanes.echo_share)  # type: ignore[arg-type]
    size = round((before_s + 5) * LANE_RATE)
    sent = np.random.default_rng(1).normal(0, 8, size)
    heard = np.random.default_rng(2).normal(0, 8, size)
    line = syllables(2.0, 3)
    first = round((before_s + 1.0) * LANE_RATE)
    sent[first : first + len(line)] += line
    at = first + round((back_s or 0.3) * LANE_RATE)
    heard[at : at + len(line)] += line * 0.1 if back_s is not None else syllables(2.0, 4)
    for at in range(0, size, FRAME):
        lanes.audio("caller", at, sent[at : at + FRAME].astype(np.int16))
        if at >= round(late_s * LANE_RATE):
            arrived = (at + FRAME) / LANE_RATE
            receiver._hear(heard[at : at + FRAME].astype(np.int16), arrived)
    receiver._flush()
    assert len(tap.of(EventKind.AGENT_STARTED)) == 1
    assert sum(len(piece) for _, piece in tap.lanes["caller"]) == size
    return [told.get("echo") for told in tap.of(EventKind.AGENT_STOPPED)]


@pytest.mark.parametrize("back_s", [0.05, 0.3, 0.55])
@pytest.mark.parametrize("before_s", [0.0, 12.3])
def test_the_line_that_comes_back_is_told(back_s: float, before_s: float) -> None:
    (share,) = call(back_s, before_s=before_s)
    assert share is not None and share >= 0.9


def test_the_lanes_need_not_begin_together() -> None:
    (share,) = call(0.3, late_s=0.7)
    assert share is not None and share >= 0.9


def test_another_voice_at_the_same_time_is_none() -> None:
    (share,) = call(None)
    assert share is not None and share < 0.2


def test_without_a_caller_nothing_can_come_back() -> None:
    lanes = TwoLanes(KeptTap())
    assert lanes.echo_share(0.0, 1.0) is None
    for lane in ("caller", "agent"):
        lanes.audio(lane, 0, np.full(LANE_RATE, 5, np.int16))  # type: ignore[arg-type]
    assert lanes.echo_share(0.0, 1.0) is None


def test_an_echo_does_not_count_as_the_agents_last_speech() -> None:
    tap = KeptTap()
    receiver = Receiver(tap, None, 0.0, echo_share=lambda start, end: 0.9)  # type: ignore[arg-type]
    sound = np.concatenate([syllables(0.5, 1) / 300, syllables(1.0, 2), syllables(1.0, 1) / 300])
    for at in range(0, len(sound), FRAME):
        receiver._hear(sound[at : at + FRAME].astype(np.int16), (at + FRAME) / LANE_RATE)
    receiver._flush()
    assert tap.of(EventKind.AGENT_STOPPED)[0]["echo"] == 0.9
    assert receiver.quiet_since is None
