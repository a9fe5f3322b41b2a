"""Defects laid into clean sound, each with its known place and size."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from harness.nouns import Span
from tests.unit.measure.speech_truth import PHRASES, Wave, to_int16, voice, white

RATE = 24_000
LEAD = RATE // 2


def said(number: int, floor_dbfs: float = -75.0, gain: float = 0.6) -> tuple[Wave, Span]:
    """A phrase of the voice on a soft noise, half a second of it before and behind."""
    utterance = voice(PHRASES[number % 20], seed=number // 20)
    wave = np.concatenate((np.zeros(LEAD), utterance.wave * gain, np.zeros(LEAD)))
    wave = wave + white(len(wave), floor_dbfs, number)
    return wave, Span((LEAD + utterance.start) / RATE, (LEAD + utterance.end) / RATE)


def syllables(seed: int, count: int = 12) -> tuple[Wave, list[tuple[int, int]]]:
    """Voiced stretches of one second that swell and die away slowly, and where they are loud."""
    rng = np.random.default_rng(seed)
    parts: list[Wave] = [np.zeros(LEAD)]
    loud: list[tuple[int, int]] = []
    place = LEAD
    for _ in range(count):
        t = np.arange(RATE) / RATE
        pitch = rng.uniform(90, 230)
        tones = [np.sin(2 * np.pi * pitch * k * t + rng.uniform(0, 6)) / k for k in range(1, 16)]
        shape = np.minimum(1, np.minimum(t, t[::-1]) / 0.2)
        parts += [0.12 * np.sum(tones, axis=0) * shape, np.zeros(RATE // 5)]
        loud.append((place + RATE // 4, place + 3 * RATE // 4))
        place += RATE + RATE // 5
    wave = np.concatenate([*parts, np.zeros(LEAD)])
    return wave, loud


def hole(samples: npt.NDArray[np.int16], at: int, length: int, noise: float, seed: int) -> None:
    """Take the sound away: digital silence, or noise of that RMS in steps of int16."""
    rng = np.random.default_rng(seed)
    samples[at : at + length] = np.rint(rng.normal(0, noise, length)) if noise else 0


def within_words(wave: Wave, rng: np.random.Generator) -> tuple[int, int] | None:
    """Where a hole of 30 to 130 ms could be laid between loud sounds, by chance.

    Returns:
        Its first sample and its length, None if there is no place for it.
    """
    step = RATE // 100
    levels = np.array([wave[k : k + step].std() for k in range(0, len(wave) - step, step)])
    loud = levels > 0.15 * levels.max()
    tens = int(rng.integers(3, 14))
    places = [
        k
        for k in range(3, len(levels) - tens - 3)
        if loud[k - 2 : k].all() and loud[k + tens : k + tens + 2].all()
    ]
    return (int(rng.choice(places)) * step, tens * step) if places else None


def through_opus(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """As the codec of the room leaves it."""
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="OGG", subtype="OPUS")
    file.seek(0)
    heard: npt.NDArray[np.int16] = soundfile.read(file, dtype="int16")[0]
    return heard


def narrow(wave: Wave, rate: int) -> npt.NDArray[np.int16]:
    """As a line of so many samples a second leaves it."""
    return to_int16(soxr.resample(soxr.resample(wave, RATE, rate), rate, RATE)[: len(wave)])
