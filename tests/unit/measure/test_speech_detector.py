from __future__ import annotations

import numpy as np
import pytest
import speech_truth as truth
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import HANGOVER_S, Boundary, SpeechDetector, find_speech
from harness.nouns import Span

RATE = 16000


def room_tone(seconds: float, rate: int = RATE, dbfs: float = -70, seed: int = 0) -> truth.Wave:
    return truth.white(int(seconds * rate), dbfs, seed)


def heard(wave: truth.Wave, rate: int = RATE) -> list[tuple[float, float]]:
    return [(span.start, span.end or 0.0) for span in find_speech(truth.to_int16(wave), rate)]


def feed_in_chunks(samples: np.ndarray, sizes: list[int], rate: int) -> list[Boundary]:
    detector = SpeechDetector(rate)
    found: list[Boundary] = []
    first = turn = 0
    while first < len(samples):
        size = sizes[turn % len(sizes)]
        found += detector.feed(samples[first : first + size])
        first, turn = first + size, turn + 1
    return found + detector.flush()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rate=st.sampled_from([8000, 16000, 24000, 48000]),
    noise=st.sampled_from([-120, -70, -45]),
    sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=6).filter(lambda s: sum(s) > 200),
)
def test_chunks_make_no_difference(seed: int, rate: int, noise: float, sizes: list[int]) -> None:
    wave, _ = truth.place(
        [(0.4, truth.burst(rate, seed)), (2.6, truth.burst(rate, seed + 1))], rate, 5.0
    )
    samples = truth.to_int16(wave + truth.white(len(wave), noise, seed))
    assert feed_in_chunks(samples, sizes, rate) == feed_in_chunks(samples, [len(samples)], rate)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rate=st.sampled_from([16000, 24000, 48000]),
    speech_db=st.sampled_from([-40.0, -26.0, -14.0]),
    snr=st.sampled_from([20.0, 30.0, 90.0]),
    dc=st.sampled_from([0.0, 0.03]),
    at=st.floats(0.6, 1.5),
)
def test_bursts_are_found_where_they_are(
    seed: int, rate: int, speech_db: float, snr: float, dc: float, at: float
) -> None:
    utterance = truth.at_level(truth.burst(rate, seed), speech_db)
    wave, [(start, end)] = truth.place([(at, utterance)], rate, 4.5)
    noise = max(-75.0, speech_db - snr)
    [(first, last)] = heard(wave + truth.white(len(wave), noise, seed) + dc, rate)
    assert first == pytest.approx(start, abs=0.03)
    assert last == pytest.approx(end, abs=0.03)


@pytest.mark.parametrize("noise", [truth.white, truth.pink])
def test_voice_at_twenty_db_snr(noise: type[truth.white]) -> None:
    onsets, offsets = [], []
    for seed, text in enumerate(truth.PHRASES):
        utterance = truth.voice(text, seed)
        wave, [(start, end)] = truth.place(
            [(1.2, utterance)], 24000, 2.4 + len(utterance.wave) / 24000
        )
        level = truth.level(utterance.wave[utterance.start : utterance.end])
        spans = heard(wave + noise(len(wave), level - 20, seed), 24000)
        onsets.append(spans[0][0] - start)
        offsets.append(spans[-1][1] - end)
    assert abs(np.median(onsets)) <= 0.010
    assert np.percentile(np.abs(offsets), 95) <= 0.120


@pytest.mark.parametrize("dbfs", [-27.0, -40.0])
def test_voice_in_a_quiet_room(dbfs: float) -> None:
    onsets, offsets = [], []
    for seed, text in enumerate(truth.PHRASES):
        utterance = truth.at_level(truth.voice(text, seed), dbfs)
        wave, [(start, end)] = truth.place(
            [(1.2, utterance)], 24000, 2.4 + len(utterance.wave) / 24000
        )
        spans = heard(wave + room_tone(len(wave) / 24000, 24000, seed=seed)[: len(wave)], 24000)
        assert len(spans) == 1
        onsets.append(spans[0][0] - start)
        offsets.append(spans[0][1] - end)
    assert abs(np.median(onsets)) <= 0.005
    assert np.percentile(np.abs(onsets), 95) <= 0.030
    assert abs(np.median(offsets)) <= 0.010
    assert np.percentile(np.abs(offsets), 95) <= 0.060


def test_several_utterances_in_one_stream() -> None:
    placed = [(1.0 + 3.5 * k, truth.burst(RATE, 100 + k)) for k in range(12)]
    wave, expected = truth.place(placed, RATE, 44.0)
    spans = heard(wave + room_tone(44.0))
    assert len(spans) == len(expected)
    for span, known in zip(spans, expected, strict=True):
        assert span == pytest.approx(known, abs=0.02)


def tone(seconds: float, rate: int = RATE, amplitude: float = 0.2) -> truth.Utterance:
    """A sound that pulses four times a second and is loud from its first to its last sample."""
    t = np.arange(int(seconds * rate)) / rate
    wave = amplitude * np.sin(2 * np.pi * 440 * t) * (0.6 + 0.4 * np.cos(2 * np.pi * 4 * t))
    return truth.Utterance(wave, 0, len(wave))


@pytest.mark.parametrize(("gap", "utterances"), [(0.1, 1), (0.25, 1), (0.35, 2), (0.6, 2)])
def test_short_pauses_are_joined(gap: float, utterances: int) -> None:
    assert 0.25 < HANGOVER_S < 0.35
    wave, _ = truth.place([(1.0, tone(0.5)), (1.5 + gap, tone(0.5))], RATE, 4.0)
    spans = heard(wave + room_tone(4.0))
    assert len(spans) == utterances
    assert spans[0][0] == pytest.approx(1.0, abs=0.01)
    assert spans[-1][1] == pytest.approx(2.0 + gap, abs=0.01)


def test_started_is_told_soon_and_stopped_after_the_hangover() -> None:
    wave, [(start, end)] = truth.place([(1.0, tone(0.8))], RATE, 3.0)
    samples = truth.to_int16(wave + room_tone(3.0))
    detector = SpeechDetector(RATE)
    known: dict[str, float] = {}
    for first in range(0, len(samples), 160):
        for boundary in detector.feed(samples[first : first + 160]):
            known[boundary.kind] = (first + 160) / RATE
    assert start + 0.05 <= known["started"] <= start + 0.15
    assert end + HANGOVER_S <= known["stopped"] <= end + HANGOVER_S + 0.05


def test_flush_ends_an_open_utterance() -> None:
    wave, _ = truth.place([(1.0, tone(1.0))], RATE, 2.0)
    detector = SpeechDetector(RATE)
    assert [b.kind for b in detector.feed(truth.to_int16(wave))] == ["started"]
    assert detector.speaking
    [boundary] = detector.flush()
    assert boundary.kind == "stopped"
    assert boundary.at == pytest.approx(2.0, abs=0.01)
    assert not detector.speaking
    assert detector.flush() == []


def test_a_stream_that_begins_with_speech() -> None:
    # Its background is not known yet: the onset is less exact.
    utterance = truth.voice(truth.PHRASES[0])
    wave = utterance.wave[utterance.start :]
    wave = np.concatenate((wave, np.zeros(24000)))
    [(first, _)] = heard(wave, 24000)
    assert first == pytest.approx(0.0, abs=0.05)


def clicks(seconds: float, every: float, length: float, seed: int) -> truth.Wave:
    rng = np.random.default_rng(seed)
    wave = np.zeros(int(seconds * RATE))
    for at in np.arange(0.7, seconds - 0.2, every):
        first, size = int(at * RATE), int(length * RATE)
        wave[first : first + size] += rng.standard_normal(size) * np.geomspace(0.5, 0.01, size)
    return wave


@pytest.mark.parametrize("noise", [-120.0, -70.0, -50.0])
@pytest.mark.parametrize("length", [0.001, 0.01, 0.03])
def test_clicks_are_not_speech(noise: float, length: float) -> None:
    wave = clicks(8.0, 0.23, length, 3)
    assert heard(wave + room_tone(8.0, dbfs=noise)) == []


def test_a_click_before_speech_does_not_move_its_onset() -> None:
    wave, [(start, _)] = truth.place([(1.5, tone(0.8))], RATE, 3.5)
    first = int(1.42 * RATE)
    wave[first : first + 80] += 0.5
    [(heard_start, _)] = heard(wave + room_tone(3.5))
    assert heard_start == pytest.approx(start, abs=0.01)


def test_a_click_after_speech_does_not_move_its_offset() -> None:
    wave, [(_, end)] = truth.place([(1.0, tone(0.8))], RATE, 3.5)
    first = int((end + 0.2) * RATE)
    wave[first : first + 160] += 0.5
    [(_, heard_end)] = heard(wave + room_tone(3.5))
    assert heard_end == pytest.approx(end, abs=0.01)


@pytest.mark.parametrize("dbfs", [-75.0, -60.0, -45.0, -30.0])
@pytest.mark.parametrize("noise", [truth.white, truth.pink])
def test_steady_noise_is_not_speech(dbfs: float, noise: type[truth.white]) -> None:
    assert heard(noise(20 * RATE, dbfs, 5)) == []


@pytest.mark.parametrize("dbfs", [-55.0, -45.0, -30.0])
def test_comfort_noise_that_comes_and_goes_is_not_speech(dbfs: float) -> None:
    wave = np.zeros(20 * RATE)
    for first in range(2, 20, 4):
        wave[first * RATE : (first + 2) * RATE] = truth.white(2 * RATE, dbfs, first)
    assert heard(wave) == []


def test_digital_silence_hum_and_dc_are_not_speech() -> None:
    assert heard(np.zeros(5 * RATE)) == []
    assert heard(truth.hum(5 * RATE, RATE, -25)) == []
    assert heard(np.full(5 * RATE, 0.3)) == []
    step = np.zeros(5 * RATE)
    step[2 * RATE :] = 0.3
    assert heard(step) == []


def test_noise_that_rises_under_speech_does_not_keep_it_going() -> None:
    wave, [(start, end)] = truth.place([(2.0, tone(1.5))], RATE, 12.0)
    noise = room_tone(12.0)
    noise[int(2.5 * RATE) :] += truth.white(len(noise) - int(2.5 * RATE), -40, 1)
    [span] = heard(wave + noise)
    assert span == pytest.approx((start, end), abs=0.03)


def test_speech_is_found_again_after_the_noise_rose() -> None:
    wave, expected = truth.place([(6.0, tone(1.0)), (9.0, tone(1.0))], RATE, 12.0)
    noise = room_tone(12.0)
    noise[3 * RATE :] += truth.white(9 * RATE, -40, 1)
    spans = heard(wave + noise)
    assert len(spans) == 2
    for span, known in zip(spans, expected, strict=True):
        assert span == pytest.approx(known, abs=0.03)


def test_dropouts_in_noise_are_not_speech() -> None:
    wave = truth.white(20 * RATE, -45, 4)
    for at in (3.0, 7.0, 7.5, 12.0):
        wave[int(at * RATE) : int((at + 0.06) * RATE)] = 0
    assert heard(wave) == []


def test_what_was_taken_back_has_no_length_and_is_no_span() -> None:
    # Noise that fades in looks like speech for a while and turns out to be none.
    ramp = np.concatenate(
        (np.geomspace(1e-4, 1, int(0.3 * RATE)), np.ones(int(6.7 * RATE)), np.zeros(RATE))
    )
    samples = truth.to_int16(np.concatenate((np.zeros(RATE), ramp * truth.white(8 * RATE, -35, 2))))
    detector = SpeechDetector(RATE)
    found = [*detector.feed(samples), *detector.flush()]
    assert [boundary.kind for boundary in found] == ["started", "stopped"]
    assert found[0].at == found[1].at
    assert find_speech(samples, RATE) == ()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["speech", "click", "noise", "zeros", "tone"]), max_size=8))
def test_boundaries_alternate_and_never_go_back(parts: list[str]) -> None:
    pieces = [np.zeros(RATE // 2)]
    for number, part in enumerate(parts):
        pieces.append(
            {
                "speech": lambda n=number: truth.burst(RATE, n).wave,
                "click": lambda n=number: clicks(1.0, 0.2, 0.01, n),
                "noise": lambda n=number: truth.white(RATE, -45, n),
                "zeros": lambda: np.zeros(RATE),
                "tone": lambda: tone(1.0).wave,
            }[part]()
        )
    samples = truth.to_int16(np.concatenate(pieces))
    detector = SpeechDetector(RATE)
    found = [*detector.feed(samples), *detector.flush()]
    assert [b.kind for b in found] == ["started", "stopped"] * (len(found) // 2)
    times = [b.at for b in found]
    assert times == sorted(times)
    assert all(0 <= at <= len(samples) / RATE for at in times)


def test_empty_input_is_fine() -> None:
    detector = SpeechDetector(RATE)
    assert detector.feed(np.zeros(0, np.int16)) == []
    assert detector.flush() == []
    assert find_speech(np.zeros(0, np.int16), RATE) == ()


@pytest.mark.parametrize("rate", [0, -16000, 11025, 22051])
def test_rates_that_do_not_divide_into_hops_are_refused(rate: int) -> None:
    with pytest.raises(ValueError, match="multiple of 200"):
        SpeechDetector(rate)


def test_find_speech_gives_spans() -> None:
    wave, _ = truth.place([(1.0, tone(0.5))], RATE, 3.0)
    [span] = find_speech(truth.to_int16(wave), RATE)
    assert isinstance(span, Span)
