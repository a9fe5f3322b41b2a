from __future__ import annotations

from itertools import pairwise

import noise_truth as noise
import numpy as np
import pytest
import speech_truth as truth
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.caller import silero
from harness.measure import Boundary, GatedDetector, SpeechModel, find_speech

RATE = 24000


@pytest.fixture(scope="module")
def model() -> SpeechModel:
    return silero()


def room(wave: truth.Wave, seed: int = 0) -> np.ndarray:
    return truth.to_int16(wave + truth.white(len(wave), -70, seed))


def spoken(seed: int, lead: float = 1.2) -> tuple[truth.Wave, tuple[float, float]]:
    utterance = truth.voice(truth.PHRASES[seed % 20], seed)
    seconds = lead + len(utterance.wave) / RATE + 1.0
    wave, [span] = truth.place([(lead, utterance)], RATE, seconds)
    return wave, span


def fed(samples: np.ndarray, sizes: list[int], rate: int, model: SpeechModel | None) -> object:
    """Everything a detector tells of samples that come in such chunks."""
    detector = GatedDetector(rate, model)
    found: list[Boundary] = []
    first = turn = 0
    while first < len(samples):
        size = sizes[turn % len(sizes)]
        found += detector.feed(samples[first : first + size])
        first, turn = first + size, turn + 1
    return found + detector.flush(), detector.noises


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rate=st.sampled_from([8000, 16000, 24000, 48000]),
    bed=st.sampled_from(sorted(noise.SOUNDS)),
    sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=6).filter(lambda s: sum(s) > 200),
)
def test_chunks_make_no_difference_to_the_bit(
    model: SpeechModel, seed: int, rate: int, bed: str, sizes: list[int]
) -> None:
    wave, _ = truth.place(
        [(0.4, truth.burst(rate, seed)), (3.0, truth.burst(rate, seed + 1))], rate, 6.0
    )
    sound, dbfs = noise.SOUNDS[bed]
    samples = truth.to_int16(wave + sound(len(wave), rate, dbfs, seed))
    assert fed(samples, sizes, rate, model) == fed(samples, [len(samples)], rate, model)


@pytest.mark.parametrize("kind", sorted(noise.SOUNDS))
def test_sounds_that_are_no_speech_are_none(model: SpeechModel, kind: str) -> None:
    sound, dbfs = noise.SOUNDS[kind]
    for seed in range(3):
        wave = np.concatenate((np.zeros(RATE), sound(4 * RATE, RATE, dbfs, 1000 + seed)))
        assert find_speech(room(wave, seed), RATE, model) == ()


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    dbfs=st.floats(-90, -25),
    color=st.sampled_from([truth.white, truth.pink, None]),
    rate=st.sampled_from([8000, 24000]),
)
def test_steady_noise_is_no_speech(
    model: SpeechModel, seed: int, dbfs: float, color: type[truth.white] | None, rate: int
) -> None:
    samples = 4 * rate
    wave = color(samples, dbfs, seed) if color else truth.hum(samples, rate, dbfs)
    assert find_speech(truth.to_int16(np.concatenate((np.zeros(rate), wave))), rate, model) == ()


def test_what_was_no_speech_is_told_as_noise(model: SpeechModel) -> None:
    wave = np.concatenate((np.zeros(RATE), noise.coughs(3 * RATE, RATE, -24, 1), np.zeros(RATE)))
    detector = GatedDetector(RATE, model)
    assert detector.feed(room(wave)) == []
    by_energy = [(span.start, span.end) for span in find_speech(room(wave), RATE)]
    assert [(sound.start, sound.end) for sound in detector.noises] == by_energy != []
    assert all(0 <= sound.speech < 0.5 for sound in detector.noises)


def test_a_voice_is_told_where_it_is(model: SpeechModel) -> None:
    onsets, offsets = [], []
    for seed in range(20):
        wave, (start, end) = spoken(seed)
        [span] = find_speech(room(wave, seed), RATE, model)
        onsets.append(span.start - start)
        offsets.append((span.end or 0.0) - end)
    assert abs(np.median(onsets)) <= 0.005
    assert np.percentile(np.abs(onsets), 95) <= 0.030
    assert abs(np.median(offsets)) <= 0.010
    assert np.percentile(np.abs(offsets), 95) <= 0.060


@pytest.mark.parametrize("text", ["Yes.", "No.", "Okay.", "Mm-hm."])
@pytest.mark.parametrize("dbfs", [-20.0, -40.0])
def test_short_words_are_speech(model: SpeechModel, text: str, dbfs: float) -> None:
    utterance = truth.at_level(truth.voice(text), dbfs)
    wave, _ = truth.place([(1.2, utterance)], RATE, 3.5)
    assert len(find_speech(room(wave), RATE, model)) == 1
    if text == "Mm-hm.":
        return  # a hum has little left on a telephone
    narrow = truth.telephone(wave + truth.white(len(wave), -60, 0), RATE)
    assert len(find_speech(truth.to_int16(narrow), RATE, model)) == 1


@pytest.mark.parametrize("kind", ["hold music", "mixer bed"])
def test_speech_over_a_bed_begins_where_the_voice_does(model: SpeechModel, kind: str) -> None:
    onsets = []
    for seed in range(10):
        wave, (start, _) = spoken(seed)
        bed = noise.SOUNDS[kind][0](len(wave), RATE, -42, seed)
        spans = find_speech(room(wave + bed, seed), RATE, model)
        onsets.append(min(abs(span.start - start) for span in spans))
    assert np.median(onsets) <= 0.03
    assert max(onsets) <= 0.2


def test_speech_ends_although_keys_go_on(model: SpeechModel) -> None:
    wave, (start, end) = spoken(0)
    wave = np.concatenate((wave, np.zeros(2 * RATE)))
    typed = noise.keyboard(len(wave) - int(start * RATE), RATE, -35, 2)
    wave[int(start * RATE) :] += typed
    [by_energy] = find_speech(room(wave), RATE)
    [span] = find_speech(room(wave), RATE, model)
    assert by_energy.end is not None and by_energy.end > end + 1.5
    assert span.end == pytest.approx(end, abs=0.25)


def test_boundaries_are_told_soon(model: SpeechModel) -> None:
    detector = GatedDetector(RATE, model)
    late: dict[str, list[float]] = {"started": [], "stopped": []}
    for seed in range(6):
        wave, _ = spoken(seed)
        detector = GatedDetector(RATE, model)
        samples = room(wave, seed)
        for first in range(0, len(samples), 480):
            for boundary in detector.feed(samples[first : first + 480]):
                late[boundary.kind].append((first + 480) / RATE - boundary.at)
                assert detector.speaking == (boundary.kind == "started")
    assert max(late["started"]) <= 0.35
    assert np.median(late["started"]) <= 0.2
    assert max(late["stopped"]) <= 0.7
    assert np.median(late["stopped"]) <= 0.35


@settings(max_examples=6, deadline=None)
@given(
    st.lists(st.sampled_from(["speech", *sorted(noise.SOUNDS)]), min_size=1, max_size=5),
    st.integers(0, 1000),
)
def test_boundaries_alternate_and_never_go_back(
    model: SpeechModel, parts: list[str], seed: int
) -> None:
    pieces = [np.zeros(RATE // 2)]
    for number, part in enumerate(parts):
        if part == "speech":
            pieces.append(truth.burst(RATE, seed + number).wave)
        else:
            sound, dbfs = noise.SOUNDS[part]
            pieces.append(sound(RATE, RATE, dbfs, seed + number))
    samples = room(np.concatenate(pieces), seed)
    detector = GatedDetector(RATE, model)
    found = [*detector.feed(samples), *detector.flush()]
    assert [b.kind for b in found] == ["started", "stopped"] * (len(found) // 2)
    assert all(0 <= a.at <= b.at for a, b in pairwise(found))
    assert all(b.speech is not None and 0 <= b.speech <= 1 for b in found)


def test_without_a_model_it_is_the_energy_detector() -> None:
    wave, _ = spoken(3)
    [span] = find_speech(room(wave), RATE, None)
    found, noises = fed(room(wave), [480], RATE, None)  # type: ignore[misc]
    assert [boundary.at for boundary in found] == [span.start, span.end]
    assert [boundary.speech for boundary in found] == [None, None]
    assert noises == []


class Sure:
    """A model that takes everything for speech, and remembers how often it was asked."""

    rate, frame = 16000, 512

    def __init__(self) -> None:
        self.asked = 0

    def start(self) -> Sure:
        return self

    def __call__(self, samples: np.ndarray) -> float:
        assert samples.shape == (512,) and samples.dtype == np.int16
        self.asked += 1
        return 1.0


def test_the_model_is_asked_only_while_something_sounds() -> None:
    model = Sure()
    assert find_speech(room(np.zeros(20 * RATE)), RATE, model) == ()
    assert model.asked == 0
    wave, _ = truth.place([(8.0, truth.burst(RATE, 1))], RATE, 20.0)
    [span] = find_speech(room(wave), RATE, model)
    assert span.end is not None
    assert 0 < model.asked * 0.032 <= span.end - span.start + 0.512 + 0.4


def test_hours_take_no_memory() -> None:
    detector = GatedDetector(RATE, Sure())
    quiet = room(np.zeros(RATE))
    for _ in range(60):
        detector.feed(quiet)
    assert detector._kept._kept.size <= 10 * RATE
