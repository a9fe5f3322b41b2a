"""The receiver lays what it hears on the call's clock, and the events agree with the lane."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taps import KeptTap

from harness.caller._receiver import Received, Receiver
from harness.measure import find_speech
from harness.nouns import LANE_RATE, EventKind, Lane

MS = LANE_RATE // 1000


def noise(seconds: float, loud: tuple[tuple[float, float], ...] = ()) -> np.ndarray:
    """Faint noise with loud stretches."""
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 8, round(seconds * LANE_RATE))
    for start, end in loud:
        begin, over = round(start * LANE_RATE), round(end * LANE_RATE)
        samples[begin:over] = rng.normal(0, 4000, over - begin)
    return samples.astype(np.int16)


def heard(
    samples: np.ndarray, frames: list[tuple[int, float]], t0: float = 1.0
) -> tuple[KeptTap, Receiver]:
    """Feed `samples` in frames of (length, lateness in seconds)."""
    tap = KeptTap()
    receiver = Receiver(tap, None, 0.0)  # type: ignore[arg-type]
    at, arrived = 0, 0.0
    for length, late in frames:
        frame = samples[at : at + length]
        at += len(frame)
        arrived = max(arrived, t0 + at / LANE_RATE + late)
        receiver._hear(frame, arrived)
    receiver._flush()
    return tap, receiver


def told(tap: KeptTap) -> list[tuple[str, float]]:
    kinds = (EventKind.AGENT_STARTED, EventKind.AGENT_STOPPED)
    return [(str(kind), data["at"]) for kind, data in tap.events if kind in kinds]


def found(tap: KeptTap) -> list[tuple[str, float]]:
    """The same, from the lane as it was written."""
    first = tap.lanes["agent"][0][0]
    boundaries = []
    for span in find_speech(tap.lane("agent")[first:], LANE_RATE):
        assert span.end is not None
        boundaries += [("agent.started", span.start), ("agent.stopped", span.end)]
    return [(kind, round(first / LANE_RATE + at, 6)) for kind, at in boundaries]


def contiguous(tap: KeptTap, lane: Lane = "agent") -> bool:
    pieces = tap.lanes[lane]
    return all(
        first + len(samples) == following
        for (first, samples), (following, _) in zip(pieces, pieces[1:], strict=False)
    )


lateness = st.one_of(st.floats(0, 0.004), st.floats(0, 0.004), st.floats(0, 0.4))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([10 * MS, 20 * MS, 50 * MS, 7 * MS + 1]), lateness),
        min_size=150,
        max_size=250,
    )
)
def test_however_frames_come_lane_and_events_agree(frames: list[tuple[int, float]]) -> None:
    samples = noise(5.0, ((0.6, 1.1), (1.9, 2.6), (3.3, 4.0)))
    tap, _ = heard(samples, frames)
    assert contiguous(tap)
    took_back = {data["at"] for data in tap.of(EventKind.AGENT_STOPPED)} & {
        data["at"] for data in tap.of(EventKind.AGENT_STARTED)
    }
    assert [each for each in told(tap) if each[1] not in took_back] == found(tap)


def steady(seconds: float, late: float = 0.0) -> list[tuple[int, float]]:
    return [(20 * MS, late)] * round(seconds * 50)


def test_a_stream_that_goes_on_late_is_noticed_at_once_and_laid_anew_when_it_is_sure() -> None:
    samples = noise(30.0)
    tap, receiver = heard(samples, [*steady(11.0)])
    assert receiver.news() == Received(
        0, 0, pytest.approx(0.0, abs=1e-6), pytest.approx(0.0), False
    )
    at, arrived = 11 * LANE_RATE, 12.0
    news = []
    for count in range(550):
        frame = samples[at : at + 20 * MS]
        at += len(frame)
        arrived = 1.0 + at / LANE_RATE + 0.15
        receiver._hear(frame, arrived)
        if count % 50 == 49:
            news.append(receiver.news())
    assert news[0].gap_s == pytest.approx(0.15)
    assert [round(each.late_s, 2) for each in news[:9]] == [0.15] * 9
    assert news[-1].late_s == pytest.approx(0.0, abs=1e-6)
    (shift,) = tap.of(EventKind.LANE_SHIFTED)
    assert (shift["lane"], shift["by"]) == ("agent", pytest.approx(150 * MS, abs=1))
    assert sum(each.shifted for each in news) == shift["by"]
    assert sum(each.refits for each in news) == 1
    lane = tap.lane("agent")
    hole = lane[shift["at_sample"] : shift["at_sample"] + shift["by"]]
    assert not hole.any() and lane[shift["at_sample"] - MS : shift["at_sample"]].any()
    assert contiguous(tap)


def test_sound_that_would_come_twice_is_dropped_and_told() -> None:
    tap, receiver = heard(noise(20.0), [*steady(2.5, 0.1), *steady(1.0)])
    shifts = tap.of(EventKind.LANE_SHIFTED)
    assert shifts and all(shift["by"] < 0 for shift in shifts)
    assert sum(shift["by"] for shift in shifts) == pytest.approx(-100 * MS, abs=2 * MS)
    assert receiver.news().shifted == -sum(shift["by"] for shift in shifts)
    kept = sum(len(samples) for _, samples in tap.lanes["agent"])
    assert kept == round(3.5 * LANE_RATE) + sum(shift["by"] for shift in shifts)
    assert contiguous(tap)


def test_a_stream_settles_in_two_seconds() -> None:
    tap = KeptTap()
    receiver = Receiver(tap, None, 0.0)  # type: ignore[arg-type]
    assert receiver.news() == Received(), "nothing came yet"
    for count in range(1, 151):
        receiver._hear(noise(0.02), 5.0 + count * 0.02)
        if count in (99, 101, 150):
            assert receiver.news().settling is (count == 99)
