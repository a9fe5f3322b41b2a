"""Sounds of the caller that are no line, made by code from a seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from harness.caller._tap import Samples
from harness.nouns import LANE_RATE

__all__ = ["make_sound"]

Wave = npt.NDArray[np.float64]

_FORMANTS = ((730, 1090), (530, 1840), (270, 2290), (570, 840), (440, 1020), (490, 1350))
"""First two formants of vowels, Hz (Peterson and Barney, 1952: men)."""


def make_sound(name: str, seed: int) -> Samples:
    """A named sound: the same name and seed give the same samples.

    Args:
        name: One of `SOUNDS`.
        seed: Of all that is left to chance in it.

    Returns:
        int16 mono at LANE_RATE; it begins and ends with the sound.
    """
    rng = np.random.default_rng(zlib.crc32(f"{name} {seed}".encode()))
    make, dbfs = _MAKERS[name]
    wave = make(rng)
    wave *= 10 ** (dbfs / 20) / _loudness(wave)
    samples = np.clip(np.rint(wave * 32768), -32768, 32767).astype(np.int16)
    heard = np.flatnonzero(samples)
    return samples[heard[0] : heard[-1] + 1]


def _loudness(wave: Wave) -> float:
    """RMS of the loudest tenth of a second."""
    window = LANE_RATE // 10
    energy = np.concatenate([[0.0], np.cumsum(wave**2)])
    return float(np.sqrt((energy[window:] - energy[:-window]).max() / window))


def _cough(rng: np.random.Generator) -> Wave:
    """One to three bursts of air with a rough end, without a voice."""
    bursts = []
    for _ in range(rng.integers(1, 4)):
        size = int(rng.uniform(0.18, 0.3) * LANE_RATE)
        t = np.arange(size) / LANE_RATE
        air = _band(rng.standard_normal(size), 400, 3800)
        fall = np.exp(-t / rng.uniform(0.04, 0.07)) + 0.15 * np.exp(-(((t - 0.12) / 0.04) ** 2))
        bursts += [air * fall * np.minimum(1, t / 0.006), np.zeros(int(0.12 * LANE_RATE))]
    return np.concatenate(bursts[:-1])


def _breath(rng: np.random.Generator) -> Wave:
    """A breath in, close to the microphone: a hiss that swells and falls."""
    size = int(rng.uniform(0.6, 1.0) * LANE_RATE)
    swell = np.sin(np.linspace(0, np.pi, size)) ** 1.5
    return _band(rng.standard_normal(size), 600, 3500) * swell


def _keyboard(rng: np.random.Generator) -> Wave:
    """Two seconds of typing: a click as a key goes down, a softer one as it comes up."""
    wave = np.zeros(2 * LANE_RATE)
    at = 0.0
    while at < 1.85:
        for after, loud in ((0.0, rng.uniform(0.5, 1.0)), (rng.uniform(0.06, 0.1), 0.3)):
            first = int((at + after) * LANE_RATE)
            size = min(LANE_RATE // 25, len(wave) - first)
            t = np.arange(size) / LANE_RATE
            wave[first : first + size] += loud * rng.standard_normal(size) * np.exp(-t / 0.006)
        at += rng.uniform(0.09, 0.3)
    return wave


def _mm_hm(rng: np.random.Generator) -> Wave:
    """Two hums, the second higher, with a breath between: "mm-hm"."""
    pitch = rng.uniform(105, 190)
    first = _hum(rng, pitch, pitch * 0.93, rng.uniform(0.15, 0.2))
    second = _hum(rng, pitch * 1.12, pitch * 1.25, rng.uniform(0.2, 0.28))
    size = int(0.05 * LANE_RATE)
    breath = 0.03 * _band(rng.standard_normal(size), 300, 2500)
    return np.concatenate([first, breath, second])


def _hum(rng: np.random.Generator, start: float, end: float, seconds: float) -> Wave:
    """A voice with closed lips: its low harmonics, and weak higher ones."""
    size = int(seconds * LANE_RATE)
    wave = _voiced(np.linspace(start, end, size), ((260, 1.0), (1100, 0.08), (2300, 0.03)), rng)
    edge = np.minimum(1, np.minimum(np.arange(size), np.arange(size)[::-1]) / (0.03 * LANE_RATE))
    faded: Wave = wave * np.sin(np.pi / 2 * edge) ** 2
    return faded


def _chatter(rng: np.random.Generator) -> Wave:
    """Three seconds of six people who talk at the other end of a room, all at once."""
    size = 3 * LANE_RATE
    wave = np.zeros(size)
    for _ in range(6):
        wave += _talker(rng, size) * rng.uniform(0.5, 1.0)
    swell = np.minimum(1, np.minimum(np.arange(size), np.arange(size)[::-1]) / (0.3 * LANE_RATE))
    return _band(wave, 150, 2200) * swell


def _talker(rng: np.random.Generator, size: int) -> Wave:
    """Syllables of one voice, without words."""
    wave = np.zeros(size)
    usual = rng.choice([rng.uniform(95, 140), rng.uniform(170, 230)])
    at = int(rng.uniform(0, 0.3) * LANE_RATE)
    while at < size:
        length = min(int(rng.uniform(0.1, 0.25) * LANE_RATE), size - at)
        low, high = _FORMANTS[rng.integers(len(_FORMANTS))]
        start, end = (usual * rng.uniform(0.9, 1.15) for _ in range(2))
        glide = np.linspace(start, end, length)
        vowel = _voiced(glide, ((low, 1.0), (high, 0.5), (2600, 0.1)), rng)
        wave[at : at + length] = vowel * np.sin(np.linspace(0, np.pi, length)) ** 0.7
        at += length + int(rng.choice([0.02, 0.05, 0.3], p=[0.6, 0.3, 0.1]) * LANE_RATE)
    return wave


def _voiced(
    pitch: Wave, formants: tuple[tuple[float, float], ...], rng: np.random.Generator
) -> Wave:
    """The harmonics of a pitch (Hz, one a sample) under resonances, each (Hz, loudness)."""
    phase = 2 * np.pi * np.cumsum(pitch) / LANE_RATE + rng.uniform(0, 2 * np.pi)
    middle = float(pitch.mean())
    wave = np.zeros(len(pitch))
    for harmonic in range(1, int(3200 / middle) + 1):
        hz = harmonic * middle
        loud = sum(much / (1 + ((hz - at) / (0.12 * at + 40)) ** 2) for at, much in formants)
        wave += loud * np.sin(harmonic * phase)
    return wave


def _band(wave: Wave, low: float, high: float) -> Wave:
    """What lies between two frequencies (Hz), with soft edges."""
    bins = np.fft.rfftfreq(len(wave), 1 / LANE_RATE)
    gain = 1 / (1 + (low / np.maximum(bins, 1)) ** 4) / (1 + (bins / high) ** 4)
    return np.asarray(np.fft.irfft(np.fft.rfft(wave) * gain, len(wave)), np.float64)


_MAKERS: Mapping[str, tuple[Callable[[np.random.Generator], Wave], float]] = {
    "mm_hm": (_mm_hm, -22.0),
    "cough": (_cough, -18.0),
    "breath": (_breath, -34.0),
    "keyboard": (_keyboard, -30.0),
    "chatter": (_chatter, -34.0),
}
"""How each is made, and the RMS of its loudest tenth of a second in dBFS."""
