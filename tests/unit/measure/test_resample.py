from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure._resample import KeptSound

RATES = [8000, 16000, 24000, 48000]


def tone(hertz: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    t = np.arange(int(seconds * rate)) / rate
    return np.round(12000 * np.sin(2 * np.pi * hertz * t + 0.3)).astype(np.int16)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hertz", [100, 1000, 3000])
def test_a_tone_comes_out_in_its_place(rate: int, hertz: float) -> None:
    kept = KeptSound(rate, 16000)
    kept.add(tone(hertz, rate))
    expected = 12000 * np.sin(2 * np.pi * hertz * np.arange(4000, 4512) / 16000 + 0.3)
    assert np.abs(kept.read(4000, 512) - expected).max() <= 60  # -46 dB


@pytest.mark.parametrize("hertz", [9000, 10500])
def test_what_16_khz_cannot_hold_is_gone(hertz: float) -> None:
    kept = KeptSound(24000, 16000)
    kept.add(tone(hertz, 24000))
    assert np.abs(kept.read(4000, 512)).max() <= 12


@settings(max_examples=40, deadline=None)
@given(
    rate=st.sampled_from(RATES),
    sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=20),
    first=st.integers(-900, 600),
    seed=st.integers(0, 1000),
)
def test_pieces_make_no_difference(rate: int, sizes: list[int], first: int, seed: int) -> None:
    samples = np.random.default_rng(seed).integers(-32768, 32767, rate // 2).astype(np.int16)
    whole, pieces = KeptSound(rate, 16000), KeptSound(rate, 16000)
    whole.add(samples)
    at = 0
    for size in [*sizes, len(samples)]:
        pieces.add(samples[at : at + size])
        at += size
        pieces.forget(whole.needed(first, 512)[0])
    assert np.array_equal(pieces.read(first, 512), whole.read(first, 512))
    # Any stretch of it alone is the same.
    assert np.array_equal(whole.read(first + 100, 31), whole.read(first, 512)[100:131])


def test_before_the_stream_there_is_silence() -> None:
    kept = KeptSound(24000, 16000)
    kept.add(np.full(24000, 1000, np.int16))
    assert not kept.read(-2000, 512).any()
    assert kept.read(-256, 512)[:200].max() == 0
    assert abs(int(kept.read(-256, 512)[-1]) - 1000) <= 1


def test_what_has_not_come_or_is_forgotten_is_refused() -> None:
    kept = KeptSound(24000, 16000)
    kept.add(np.zeros(24000, np.int16))
    with pytest.raises(ValueError, match="not kept"):
        kept.read(15990, 512)
    kept.forget(20000)
    with pytest.raises(ValueError, match="not kept"):
        kept.read(0, 512)
