from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure import PeakMeter, peaks


def noise(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-32768, 32768, count).astype(np.int16)


@given(
    st.integers(0, 5000),
    st.integers(0, 100),
    st.sampled_from([(48000, 50), (16000, 50), (8000, 30), (1000, 7), (441, 100)]),
)
def test_each_peak_is_the_largest_magnitude_of_its_bucket(
    count: int, seed: int, rates: tuple[int, int]
) -> None:
    rate, per_second = rates
    samples = noise(count, seed)
    found = peaks(samples, rate, per_second)
    edges = [k * rate // per_second for k in range(len(found) + 1)]
    edges[-1] = count
    expected = [
        max(abs(int(sample)) for sample in samples[a:b]) / 32768
        for a, b in zip(edges, edges[1:], strict=False)
    ]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.array(expected, np.float32))


@given(
    st.integers(0, 8000),
    st.lists(st.integers(1, 1500), min_size=1, max_size=5),
    st.sampled_from([(16000, 50), (8000, 30), (1000, 7)]),
)
def test_the_meter_gives_the_same_as_they_come(
    count: int, sizes: list[int], rates: tuple[int, int]
) -> None:
    rate, per_second = rates
    samples = noise(count, 1)
    meter = PeakMeter(rate, per_second)
    found: list[float] = []
    first = turn = 0
    while first < count:
        size = sizes[turn % len(sizes)]
        found += meter.feed(samples[first : first + size])
        first, turn = first + size, turn + 1
    whole = peaks(samples, rate, per_second)
    complete = [k for k in range(len(whole)) if (k + 1) * rate // per_second <= count]
    np.testing.assert_array_equal(np.array(found, np.float32), whole[: len(complete)])


def test_full_scale_is_one_on_both_sides() -> None:
    assert peaks(np.array([-32768], np.int16), 50, 50).tolist() == [1.0]
    assert peaks(np.array([32767], np.int16), 50, 50)[0] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("per_second", [0, -1, 20000])
def test_impossible_buckets_are_refused(per_second: int) -> None:
    with pytest.raises(ValueError, match="per_second"):
        peaks(np.zeros(10, np.int16), 16000, per_second)
    with pytest.raises(ValueError, match="per_second"):
        PeakMeter(16000, per_second)
