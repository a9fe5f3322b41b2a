"""The sound of a lane, against defects that were laid into it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import audio_report
from harness.nouns import AudioReport, Span
from tests.unit.measure.defects import (
    LEAD,
    RATE,
    hole,
    narrow,
    said,
    syllables,
    through_opus,
    within_words,
)
from tests.unit.measure.speech_truth import Wave, to_int16, white


def report(samples: np.ndarray, *spans: Span) -> AudioReport:
    return audio_report(samples, RATE, spans, concealed_ms=None, packet_loss=None)


def sine(dbfs: float, seconds: float = 5.0, hz: float = 997.0) -> Wave:
    t = np.arange(int(seconds * RATE)) / RATE
    return 10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * t)


@pytest.mark.parametrize("rms", [-13.0, -23.0, -40.0])
def test_loudness_is_that_of_the_standards_sine(rms: float) -> None:
    """BS.1770: a sine of 997 Hz has the loudness of its RMS less 0.03; the rest counts not."""
    wave = np.concatenate((sine(rms + 3.01), np.zeros(5 * RATE)))
    found = report(to_int16(wave), Span(0.0, 5.0))
    assert found.loudness_lufs == pytest.approx(rms, abs=0.2)
    assert found.peak_dbfs == pytest.approx(rms + 3.01, abs=0.05)


def test_the_true_peak_lies_between_the_samples() -> None:
    """A quarter of the rate, sampled 45 degrees off its tops: 3 dB are seen by no sample."""
    wave = 0.5 * np.sin(2 * np.pi * np.arange(RATE) / 4 + np.pi / 4)
    found = report(to_int16(wave), Span(0.0, 1.0))
    assert found.peak_dbfs == pytest.approx(-9.03, abs=0.05)
    assert found.true_peak_dbfs == pytest.approx(-6.02, abs=0.2)


@pytest.mark.parametrize("full_scale", [1.0, 0.4], ids=["at full scale", "turned down afterwards"])
@pytest.mark.parametrize("gain", [4.0, 8.0, 16.0])
def test_the_clipped_share_is_what_was_clipped(gain: float, full_scale: float) -> None:
    wave, span = said(3, gain=gain)
    inside = slice(round(span.start * RATE), round((span.end or 0) * RATE))
    truth = float((np.abs(wave[inside]) >= 1).mean())
    clipped = np.rint(np.clip(wave, -1, 1) * full_scale * 32767).astype(np.int16)
    found = report(clipped, span)
    assert truth > 0.001
    assert found.clipped_share == pytest.approx(truth, rel=0.05)
    assert found.clipped_runs > 0


@pytest.mark.parametrize("dbfs", [-0.1, -6.0, -20.0])
def test_a_loud_sound_that_was_not_cut_off_is_not_clipped(dbfs: float) -> None:
    assert report(to_int16(sine(dbfs, hz=130.0)), Span(0.0, 5.0)).clipped_runs == 0
    wave, span = said(5)
    assert report(to_int16(wave / np.abs(wave).max() * 10 ** (dbfs / 20)), span).clipped_share == 0


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.lists(st.floats(10, 140), min_size=12, max_size=12),
    st.sampled_from([0.0, 6.0]),
)
def test_every_hole_is_found_with_its_length(seed: int, lengths: list[float], noise: float) -> None:
    wave, loud = syllables(seed)
    samples = to_int16(wave + white(len(wave), -75, seed))
    truth = []
    for (first, _), length_ms in zip(loud, lengths, strict=True):
        length = round(length_ms * RATE / 1000)
        hole(samples, first, length, noise, seed + first)
        truth.append((first / RATE, length / RATE * 1000))
    found = report(samples, Span(LEAD / RATE, len(samples) / RATE - LEAD / RATE)).dropouts
    assert [one.at for one in found] == pytest.approx([at for at, _ in truth], abs=0.002)
    assert [one.length_ms for one in found] == pytest.approx([ms for _, ms in truth], abs=3)
    assert {one.kind for one in found} == {"gap" if noise else "zeros"}


def test_every_other_hole_in_a_voice_is_found_behind_opus() -> None:
    """The codec fills a hole with an echo of what was before: many look like a closure then."""
    rng, laid, hits = np.random.default_rng(3), 0, 0
    for number in range(20):
        wave, span = said(number)
        samples = to_int16(wave)
        place = within_words(wave, rng)
        if place is None:
            continue
        at, length = place
        hole(samples, at, length, 0.0, number)
        found = report(through_opus(samples), span).dropouts
        laid += 1
        hits += [abs(one.at - at / RATE) < 0.012 for one in found].count(True)
        assert len(found) <= 1
    assert laid >= 15
    assert hits >= 0.5 * laid


@pytest.mark.parametrize("number", range(20))
def test_a_voice_has_no_holes(number: int) -> None:
    """Stop consonants are silent as well, but no voice ends within two milliseconds."""
    wave, span = said(number)
    assert report(to_int16(wave), span).dropouts == ()
    assert report(to_int16(wave - white(len(wave), -75, number)), span).dropouts == ()
    assert report(through_opus(to_int16(wave)), span).dropouts == ()


@pytest.mark.parametrize("dbfs", [-80.0, -60.0, -45.0])
def test_floor_and_distance_of_a_known_noise(dbfs: float) -> None:
    """The agent's stream begins late: the zeros before it are none of its silence."""
    wave, span = said(1, floor_dbfs=dbfs)
    late = 3 * RATE
    samples = np.concatenate((np.zeros(late, np.int16), to_int16(wave)))
    end = None if span.end is None else span.end + 3
    found = report(samples, Span(span.start + 3, end))
    assert found.noise_floor_dbfs == pytest.approx(dbfs, abs=1.0)
    assert found.snr_db is not None and found.noise_floor_dbfs is not None
    spoken = wave[round(span.start * RATE) : round((span.end or 0) * RATE)]
    level = 10 * np.log10(np.mean(spoken**2))
    # Pauses within the speech are left out of its level, so it lies somewhat higher.
    assert level - dbfs - 1 <= found.snr_db <= level - dbfs + 4


def test_dc_is_told_and_moves_nothing_else() -> None:
    wave, span = said(2)
    plain, moved = report(to_int16(wave), span), report(to_int16(wave + 0.05), span)
    assert plain.dc_share == pytest.approx(0, abs=1e-3)
    assert moved.dc_share == pytest.approx(0.05, abs=1e-3)
    assert moved.snr_db == pytest.approx(plain.snr_db or 0, abs=0.2)


@pytest.mark.parametrize(("rate", "edges"), [(8000, (3548, 4467)), (16000, (7079, 8913))])
def test_bandwidth_is_that_of_the_line(rate: int, edges: tuple[float, float]) -> None:
    wave, span = said(0, floor_dbfs=-90)
    found = report(narrow(wave, rate), span).bandwidth_hz
    assert found is not None
    assert edges[0] - 1 <= found <= edges[1] + 1
    assert report(to_int16(wave), span).bandwidth_hz == RATE / 2


def test_a_lane_without_sound_tells_nothing() -> None:
    for samples in (np.zeros(0, np.int16), np.zeros(RATE, np.int16)):
        found = report(samples)
        assert (found.loudness_lufs, found.peak_dbfs, found.snr_db, found.bandwidth_hz) == (
            (None,) * 4
        )
        assert (found.clipped_share, found.dropouts, found.dc_share) == (0.0, (), 0.0)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 3 * RATE), st.sampled_from([0, 1, 1000, 32767]), st.integers(0, 9))
def test_any_sound_has_a_report(size: int, loud: int, seed: int) -> None:
    samples = np.random.default_rng(seed).integers(-loud - 1, loud + 1, size).astype(np.int16)
    spans = (Span(0.2, 0.9), Span(1.5, None))
    found = report(samples, *spans)
    assert 0 <= found.clipped_share <= 1
    assert -1 <= found.dc_share <= 1
    assert found.speech_s <= found.seconds == size / RATE
