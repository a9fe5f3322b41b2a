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
