"""Lines of a person are cut out of a recording to the sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from harness.calls import recorded_lines
from harness.nouns import LANE_RATE, Span, Turn

AROUND = round(0.15 * LANE_RATE)


def spoke(index: int, source: str, start: float, end: float | None) -> Turn:
    return Turn(index, caller=Span(start, end), caller_source=source)


def test_what_a_person_said_or_played_is_cut_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    both = rng.integers(-9000, 9000, (10 * LANE_RATE, 2)).astype(np.int16)
    recording = tmp_path / "recording.flac"
    soundfile.write(recording, both, LANE_RATE)
    turns = [
        spoke(1, "script", 0.5, 0.9),
        spoke(2, "person", 2.0, 3.5),
        spoke(3, "typed", 4.0, 4.5),
        spoke(4, "played", 9.5, 9.95),
        spoke(5, "person", 9.97, None),
    ]
    found = recorded_lines(recording, turns)
    assert sorted(found) == [2, 4]
    samples, rate = soundfile.read(found[2], dtype="int16")
    first, last = 2 * LANE_RATE - AROUND, round(3.5 * LANE_RATE) + AROUND
    assert rate == LANE_RATE and len(samples) == last - first
    ramp = LANE_RATE // 100
    assert np.array_equal(samples[ramp:-ramp], both[first + ramp : last - ramp, 0])
    assert abs(samples[0]) < 20 and abs(samples[-1]) < 20
    to_the_end, _ = soundfile.read(found[4], dtype="int16")
    assert len(to_the_end) == len(both) - (round(9.5 * LANE_RATE) - AROUND)
    assert recorded_lines(recording, turns) == found
    assert not list(tmp_path.glob("*.part"))


def test_there_is_nothing_to_cut(tmp_path: Path) -> None:
    assert recorded_lines(tmp_path / "none.flac", [spoke(1, "person", 0.5, 1.0)]) == {}
    assert recorded_lines(tmp_path / "none.flac", []) == {}
