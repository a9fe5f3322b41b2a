from __future__ import annotations

import numpy as np
import pytest
import speech_truth as truth
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import speech_bounds


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([16000, 24000, 48000]))
def test_bursts_are_found_within_their_edges(seed: int, rate: int) -> None:
    utterance = truth.burst(rate, seed)
    span = speech_bounds(truth.to_int16(utterance.wave), rate)
    assert span is not None
    assert span.end is not None
    # The soft edges hold a few milliseconds below any audible level, a weak hiss a few more.
    assert 0 <= span.start - utterance.start / rate < 0.012
    assert 0 <= utterance.end / rate - span.end < 0.012


@pytest.mark.parametrize("gain_db", [0.0, -20.0])
def test_voice_without_its_silent_tail(gain_db: float) -> None:
    onsets, offsets = [], []
    for text in truth.PHRASES:
        utterance = truth.voice(text)
        span = speech_bounds(truth.to_int16(utterance.wave * 10 ** (gain_db / 20)), 24000)
        assert span is not None
        assert span.end is not None
        assert span.end < len(utterance.wave) / 24000 - 0.1
        onsets.append(span.start - utterance.start / 24000)
        offsets.append(span.end - utterance.end / 24000)
    assert abs(np.median(onsets)) < 0.005
    assert abs(np.median(offsets)) < 0.005
    assert np.abs(onsets).max() < 0.04
    assert np.abs(offsets).max() < 0.04


def test_exact_to_the_sample() -> None:
    samples = np.zeros(1000, np.int16)
    samples[100] = 10_000
    samples[102] = -10_000
    samples[700] = 101
    samples[701] = 99
    span = speech_bounds(samples, 1000)
    assert span is not None
    assert (span.start, span.end) == (0.1, 0.701)


def test_nothing_is_no_speech() -> None:
    assert speech_bounds(np.zeros(0, np.int16), 16000) is None
    assert speech_bounds(np.zeros(100, np.int16), 16000) is None
    assert speech_bounds(np.full(100, 30, np.int16), 16000) is None
