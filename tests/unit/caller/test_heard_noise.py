"""What the receiver tells of sounds that are speech, and of sounds that are none."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from taps import KeptTap

from harness.caller import silero
from harness.caller._receiver import Receiver
from harness.measure import GatedDetector, find_speech
from harness.nouns import LANE_RATE, EventKind

sys.path.insert(0, str(Path(__file__).parents[1] / "measure"))

import noise_truth as noise
import speech_truth as truth


def test_coughs_are_told_as_noise_and_a_voice_as_speech() -> None:
    utterance = truth.voice("Yes, that is fine.")
    wave, _ = truth.place([(5.0, utterance)], LANE_RATE, 8.0)
    wave[LANE_RATE : 4 * LANE_RATE] += noise.coughs(3 * LANE_RATE, LANE_RATE, -24, 1)
    samples = truth.to_int16(wave + truth.white(len(wave), -70, 1))

    tap = KeptTap()
    track: Any = None
    receiver = Receiver(tap, track, 0.0, GatedDetector(LANE_RATE, silero()))
    for first in range(0, len(samples), 480):
        piece = samples[first : first + 480]
        receiver._hear(piece, (first + len(piece)) / LANE_RATE + 2.0)
    receiver._flush()

    lane = tap.lane("agent")
    first = tap.lanes["agent"][0][0]
    assert np.array_equal(lane[first:], samples)
    [span] = find_speech(samples, LANE_RATE, silero())
    assert span.end is not None
    origin = first / LANE_RATE
    [started] = tap.of(EventKind.AGENT_STARTED)
    assert started["at"] == round(origin + span.start, 6)
    assert started["speech"] >= 0.5
    assert [told["at"] for told in tap.of(EventKind.AGENT_STOPPED)] == [round(origin + span.end, 6)]
    by_energy = [each for each in find_speech(samples, LANE_RATE) if each.start < 4.5]
    assert by_energy
    assert tap.of(EventKind.AGENT_NOISE) == [
        {
            "at": round(origin + each.start, 6),
            "until": round(origin + (each.end or 0.0), 6),
            "speech": told["speech"],
        }
        for each, told in zip(by_energy, tap.of(EventKind.AGENT_NOISE), strict=True)
    ]
    assert all(told["speech"] < 0.5 for told in tap.of(EventKind.AGENT_NOISE))
