"""Speech and noises with known boundaries, made from seeds.

Shares no code and no threshold with the detector. Two kinds of speech:

- bursts: voiced and unvoiced sounds from code, whose first and last sample are known exactly;
- voice: the bundled voice. A voice has no sharp end, so its boundaries are by agreement: the first
  and last 2 ms window whose level reaches that of the loud windows (their 90th percentile) minus
  35 dB, on the clean buffer. 28 dB instead moves onsets by +2 and offsets by -15 ms (medians).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr

Wave = npt.NDArray[np.float64]

PHRASES = (
    "Hi, I would like to book an appointment please.",
    "Yes.",
    "What time on Tuesday?",
    "Thanks, that is all for today.",
    "My name is Seth Parks.",
    "Can I come in on the third of March at half past two?",
    "It is about my knee.",
    "Okay, great.",
    "No, that is too late for me.",
    "How much does the parking cost?",
    "Could you spell that for me?",
    "A quarter past nine would be perfect.",
    "I was born on the fifth of October.",
    "Hmm, let me think about it.",
    "Please cancel the visit on Friday.",
    "Goodbye.",
    "Six seven three, nine nine one two.",
    "Is there anything before lunch?",
    "Sorry, I did not catch the last part.",
    "Who am I speaking to?",
)


@dataclass(frozen=True)
class Utterance:
    """A clean buffer with the speech's first and one past its last sample."""

    wave: Wave
    start: int
    end: int


def burst(rate: int, seed: int) -> Utterance:
    """One utterance of two to six syllables, by code; closures between them up to 90 ms."""
    rng = np.random.default_rng(seed)
    parts: list[Wave] = []
    pitch = rng.uniform(90, 230)
    for syllable in range(rng.integers(2, 7)):
        if syllable and rng.random() < 0.5:
            parts.append(np.zeros(int(rng.uniform(0.02, 0.09) * rate)))
        if rng.random() < 0.5:
            parts.append(_hiss(rate, rng, rng.uniform(0.05, 0.12)) * rng.uniform(0.1, 0.35))
        parts.append(_vowel(rate, rng, pitch, rng.uniform(0.09, 0.25)) * rng.uniform(0.5, 1.0))
    wave = np.concatenate(parts)
    wave = 0.35 * wave / np.abs(wave).max()
    # Edges rise and fall within a few milliseconds, so that there is no doubt about them.
    edge = int(rng.uniform(0.002, 0.008) * rate)
    ramp = np.sin(np.linspace(0, np.pi / 2, edge)) ** 2
    wave[:edge] *= ramp
    wave[-edge:] *= ramp[::-1]
    lead = int(rng.uniform(0, 0.1) * rate)
    tail = int(rng.uniform(0, 0.3) * rate)
    padded = np.concatenate((np.zeros(lead), wave, np.zeros(tail)))
    return Utterance(padded, lead, lead + len(wave))


def _vowel(rate: int, rng: np.random.Generator, pitch: float, seconds: float) -> Wave:
    t = np.arange(int(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.08 * np.sin(2 * np.pi * 4 * t))) / rate
    first, second = rng.uniform(300, 800), rng.uniform(900, 2300)
    wave = np.zeros_like(t)
    for harmonic in range(1, int(3600 // pitch)):
        f = harmonic * pitch
        gain = 1 / (1 + ((f - first) / 120) ** 2) + 0.5 / (1 + ((f - second) / 180) ** 2) + 0.01
        wave += gain * np.sin(harmonic * phase)
    shape = 0.25 + 0.75 * np.sin(np.pi * np.linspace(0.1, 0.9, len(t)))
    return wave / np.abs(wave).max() * shape


def _hiss(rate: int, rng: np.random.Generator, seconds: float) -> Wave:
    white = rng.standard_normal(int(seconds * rate))
    return np.diff(white, prepend=0.0) / 4


@functools.cache
def _voice() -> object:
    from hibari import Hibari

    return Hibari()


@functools.cache
def voice(
    text: str, seed: int = 0, speed: float = 1.0, below_db: float = 35, lower: float = 0
) -> Utterance:
    """The bundled voice at 24 kHz, `lower` by so many semitones, formants included.

    Its boundaries are by agreement (see above).
    """
    slower = 2 ** (lower / 12)
    said = _voice()(text, speed=speed * slower, seed=seed)  # type: ignore[operator]
    wave = np.asarray(said, np.float64)
    if lower:
        wave = soxr.resample(wave, 24000, 24000 * slower)
    window = 48
    count = len(wave) // window
    rms = np.sqrt((wave[: count * window].reshape(count, window) ** 2).mean(axis=1))
    limit = np.percentile(rms[rms > rms.max() / 1000], 90) * 10 ** (-below_db / 20)
    over = np.flatnonzero(rms >= limit)
    return Utterance(wave, int(over[0]) * window, int(over[-1] + 1) * window)


def level(wave: Wave) -> float:
    """RMS in dB relative to full scale."""
    return 10 * float(np.log10(np.mean(wave**2)))


def at_level(utterance: Utterance, dbfs: float) -> Utterance:
    """The utterance with that RMS over its speech."""
    gain = 10 ** ((dbfs - level(utterance.wave[utterance.start : utterance.end])) / 20)
    return Utterance(utterance.wave * gain, utterance.start, utterance.end)


def white(samples: int, dbfs: float, seed: int) -> Wave:
    """White noise at that RMS."""
    return np.random.default_rng(seed).standard_normal(samples) * 10 ** (dbfs / 20)


def pink(samples: int, dbfs: float, seed: int) -> Wave:
    """Noise with 3 dB less an octave, from 40 Hz up, at that RMS."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(samples))
    bins = np.arange(len(spectrum)) * 24000 / samples
    spectrum *= np.where(bins < 40, 0, 1 / np.sqrt(np.maximum(bins, 1)))
    wave = np.fft.irfft(spectrum, samples)
    return wave / np.sqrt(np.mean(wave**2)) * 10 ** (dbfs / 20)


def hum(samples: int, rate: int, dbfs: float) -> Wave:
    """Mains hum at 50 Hz with its third harmonic."""
    t = np.arange(samples) / rate
    wave = np.sin(2 * np.pi * 50 * t) + 0.3 * np.sin(2 * np.pi * 150 * t)
    return wave / np.sqrt(np.mean(wave**2)) * 10 ** (dbfs / 20)


def telephone(wave: Wave, rate: int) -> Wave:
    """300 to 3400 Hz and eight bits of mu-law, as an 8 kHz line leaves it."""
    spectrum = np.fft.rfft(wave)
    bins = np.arange(len(spectrum)) * rate / len(wave)
    # Soft edges: a sharp one rings for half a second before the speech begins.
    rise, fall = np.clip((bins - 200) / 200, 0, 1), np.clip((3800 - bins) / 500, 0, 1)
    spectrum *= np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fall) ** 2
    narrow = np.clip(np.fft.irfft(spectrum, len(wave)), -1, 1)
    code = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127) / 127
    return np.sign(code) * (256 ** np.abs(code) - 1) / 255


def to_int16(wave: Wave) -> npt.NDArray[np.int16]:
    """Samples as they travel, clipped."""
    return np.clip(np.round(wave * 32768), -32768, 32767).astype(np.int16)


def place(
    utterances: list[tuple[float, Utterance]], rate: int, seconds: float
) -> tuple[Wave, list[tuple[float, float]]]:
    """Buffers laid at those seconds on silence, and where their speech lies (seconds)."""
    wave = np.zeros(int(seconds * rate))
    truth = []
    for at, utterance in utterances:
        first = round(at * rate)
        wave[first : first + len(utterance.wave)] += utterance.wave
        truth.append(((first + utterance.start) / rate, (first + utterance.end) / rate))
    return wave, truth
