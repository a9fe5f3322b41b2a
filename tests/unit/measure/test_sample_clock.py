from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import SampleClock

RATE = 48000


def stream(seconds: float, frame_ms: int, seed: int, t0: float = 3.0) -> list[tuple[int, float]]:
    """(total samples, arrival): a steady stream whose frames arrive late by chance."""
    rng = np.random.default_rng(seed)
    frame = RATE * frame_ms // 1000
    return [
        (n * frame, t0 + n * frame / RATE + float(rng.exponential(0.008)))
        for n in range(1, int(seconds * 1000 / frame_ms) + 1)
    ]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([10, 20, 50]))
def test_finds_the_start_under_the_jitter(seed: int, frame_ms: int) -> None:
    clock = SampleClock(RATE)
    for total, arrived in stream(15, frame_ms, seed):
        clock.observe(total, arrived)
    assert clock.t0 == pytest.approx(3.0, abs=0.003)
    assert clock.time_of(RATE) == pytest.approx(4.0, abs=0.003)
    assert abs(clock.shift_s) < 0.003


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=300), st.sampled_from([0.01, 0.05, 0.5]))
def test_t0_is_the_first_percentile_of_the_last_ten_seconds(
    lateness: list[float], frame_s: float
) -> None:
    clock = SampleClock(RATE)
    kept: list[tuple[float, float]] = []
    for n, late in enumerate(lateness, 1):
        arrived = n * frame_s + late
        total = round(n * frame_s * RATE)
        clock.observe(total, arrived)
        kept.append((arrived, arrived - total / RATE))
        # A window in the order of arrival calls: late ones at its head keep what follows.
        while kept[0][0] < arrived - 10:
            kept.pop(0)
        offsets = [offset for _, offset in kept]
        assert clock.t0 == np.percentile(offsets, 1, method="lower")


def test_a_stall_shifts_the_clock_once_it_has_filled_the_window() -> None:
    clock = SampleClock(RATE)
    for n in range(1, 3001):
        held_back = 0.03 if n > 1000 else 0.0
        clock.observe(n * 480, n * 0.01 + held_back)
        if n == 1500:
            assert clock.shift_s == pytest.approx(0.0, abs=1e-9)
    assert clock.shift_s == pytest.approx(0.03, abs=1e-9)


def test_settles_after_two_seconds() -> None:
    clock = SampleClock(RATE)
    for n in range(1, 200):
        clock.observe(n * 480, 10 + n * 0.01)
    assert not clock.settled
    assert clock.shift_s == 0.0
    for n in range(200, 203):
        clock.observe(n * 480, 10 + n * 0.01)
    assert clock.settled


def test_knows_nothing_before_the_first_frame() -> None:
    with pytest.raises(ValueError, match="no frame"):
        SampleClock(RATE).time_of(0)
    with pytest.raises(ValueError, match="positive"):
        SampleClock(0)
