"""Lanes and their recording: every sample where the clock says."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.calls._recording import Lanes, encode, read_lane
from harness.nouns import LANE_RATE


def files(folder: Path) -> tuple[Path, Path, Path]:
    return folder / "caller.pcm", folder / "agent.pcm", folder / "recording.flac"


def test_lanes_become_one_stereo_flac(tmp_path: Path):
    caller, agent, recording = files(tmp_path)
    lanes = Lanes(caller, agent)
    lanes.write("caller", 0, np.full(100, 7, np.int16))
    lanes.write("agent", 50, np.full(200, -9, np.int16))
    lanes.close()
    assert encode(caller, agent, recording) == 250 / LANE_RATE
    both, rate = soundfile.read(recording, dtype="int16")
    assert rate == LANE_RATE and both.shape == (250, 2)
    assert (read_lane(recording, "caller")[:100] == 7).all()
    assert (read_lane(recording, "agent")[50:] == -9).all()
    assert not both[100:, 0].any() and not both[:50, 1].any()
    assert not caller.exists() and not agent.exists()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(-30, 60), st.integers(1, 200)), min_size=1, max_size=20))
def test_gaps_are_silence_and_overlaps_are_dropped(moves: list[tuple[int, int]]):
    with tempfile.TemporaryDirectory() as folder:
        caller, agent, recording = files(Path(folder))
        lanes = Lanes(caller, agent)
        expected: list[int] = []
        for value, (shift, count) in enumerate(moves, 1):
            first = max(0, len(expected) + shift)
            lanes.write("agent", first, np.full(count, value, np.int16))
            expected += [0] * (first - len(expected))
            expected += [value] * (first + count - len(expected))
        lanes.close()
        encode(caller, agent, recording)
        assert read_lane(recording, "agent").tolist() == expected


def test_encoding_again_after_a_crash_changes_nothing(tmp_path: Path):
    caller, agent, recording = files(tmp_path)
    assert encode(caller, agent, recording) == 0.0
    assert not recording.exists()
    caller.write_bytes(np.ones(300, np.int16).tobytes() + b"\x01")  # a torn last sample
    assert encode(caller, agent, recording) == 300 / LANE_RATE
    before = recording.read_bytes()
    assert encode(caller, agent, recording) == 0.0
    assert recording.read_bytes() == before
