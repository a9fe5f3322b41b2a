"""Sounds that are no speech, made from seeds: alone, or under speech whose place is known.

Shares no code and no threshold with the detector. Levels are RMS in dBFS, of the sound while it
sounds. Every function gives a wave of shape (samples,).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import speech_truth as truth

Wave = truth.Wave
Sound = Callable[[int, int, float, int], Wave]
"""(samples, rate, dbfs, seed) -> wave."""


def hold_music(samples: int, rate: int, dbfs: float, seed: int) -> Wave:
    """Chords, a melody over them and soft drums, as a queue plays them."""
    rng = np.random.default_rng(seed)
    wave = np.zeros(samples)
    beat = rng.uniform(0.2, 0.35)
    key = rng.uniform(110, 180)
    for step in range(int(samples / rate / beat) + 1):
        first = int(step * beat * rate)
        if step % 4 == 0:
            for third in (0, 4, 7):
                _add(wave, first, _note(rate, key * 2 ** (third / 12), 4 * beat, 0.8, rng) * 0.4)
        height = rng.choice([0, 2, 4, 5, 7, 9, 11, 12]) + 12
        _add(wave, first, _note(rate, key * 2 ** (height / 12), 2.4 * beat, 4.0, rng))
        if step % 2 == 0:
            _add(wave, first, _knock(rate, 0.08, 0.015, rng) * 0.8)
    return _scaled(wave, dbfs)


def mixer_bed(samples: int, rate: int, dbfs: float, seed: int) -> Wave:
    """What a mixer lays under a call: people far away and fans, low-passed, wavering slowly."""
    rng = np.random.default_rng(seed)
    waver = np.interp(
        np.arange(samples) / rate, np.arange(0, 60, 0.7), 1 + 0.25 * rng.standard_normal(86)
    )
    return _scaled(_below(truth.pink(samples, -20, seed), rate, 1800) * waver, dbfs)


def comfort_noise(samples: int, rate: int, dbfs: float, seed: int) -> Wave:
    """Noise with the long-term shape of a room, as a decoder makes it up while nobody speaks."""
    return _scaled(_below(truth.pink(samples, -20, seed), rate, 1200), dbfs)


def discontinuous(samples: int, rate: int, dbfs: float, seed: int) -> Wave:
    """Comfort noise that is turned on and off every one to three seconds: silence in between."""
    rng = np.random.default_rng(seed)
    wave = comfort_noise(samples, rate, dbfs, seed)
    at = rng.uniform(0, 1)
    while at * rate < samples:
        wave[int(at * rate) : int((at + rng.uniform(0.5, 1.5)) * rate)] = 0
        at += rng.uniform(1.5, 4.5)
    return wave


def keyboard(samples: int, rate: int, dbfs: float, seed: int) -> Wave:
    """Typing: two clicks a key, 3 to 12 keys a second. `dbfs` is that of a click."""
    rng = np.random.default_rng(seed)
    wave = np.zeros(samples)
    at = rng.uniform(0.05, 0.3)
    while at * rate < samples:
        loud = rng.uniform(0.5, 1.0)
        _add(wave, int(at * rate), _knock(rate, 0.04, 0.008, rng) * loud)
        _add(wave, int((at + rng.uniform(0.05, 0.08)) * rate), _knock(rate, 0.02, 0.004, rng) * 0.5)
        at += rng.uniform(0.08, 0.33)
    return wave * 10 ** (dbfs / 20) * 3


def clicks(samples: int, rate: int, dbfs: float, seed: int) -> Wave:
    """Cracks of a bad line, 1 to 5 ms long, a few a second."""
    rng = np.random.default_rng(seed)
    wave = np.zeros(samples)
    for at in rng.uniform(0, samples / rate, int(4 * samples / rate)):
        _add(wave, int(at * rate), _knock(rate, rng.uniform(0.001, 0.005), 0.002, rng))
    return wave * 10 ** (dbfs / 20) * 3


def breaths(samples: int, rate: int, dbfs: float, seed: int) -> Wave:
    """Somebody breathes close to the microphone: hisses of 0.4 to 0.9 s, swelling and falling."""
    rng = np.random.default_rng(seed)
    wave = np.zeros(samples)
    at = rng.uniform(0.1, 0.5)
    while at * rate < samples:
        size = int(rng.uniform(0.4, 0.9) * rate)
        hiss = _above(_below(rng.standard_normal(size), rate, 3000), rate, 500)
        _add(wave, int(at * rate), _scaled(hiss, dbfs) * np.sin(np.linspace(0, np.pi, size)) ** 2)
        at += rng.uniform(1.2, 2.5)
    return wave


def coughs(samples: int, rate: int, dbfs: float, seed: int) -> Wave:
    """Coughs by twos and threes: a burst of air, 0.15 to 0.3 s, without a voice."""
    rng = np.random.default_rng(seed)
    wave = np.zeros(samples)
    at = rng.uniform(0.2, 0.6)
    while at * rate < samples:
        for _ in range(rng.integers(1, 4)):
            size = int(rng.uniform(0.15, 0.3) * rate)
            air = _above(_below(rng.standard_normal(size), rate, 3500), rate, 300)
            fall = np.exp(-np.arange(size) / (rng.uniform(0.04, 0.08) * rate))
            fall[: int(0.008 * rate)] *= np.linspace(0, 1, int(0.008 * rate))
            _add(wave, int(at * rate), _scaled(air, dbfs) * fall * 2)
            at += rng.uniform(0.3, 0.5)
        at += rng.uniform(1.5, 2.5)
    return wave


def mains(samples: int, rate: int, dbfs: float, seed: int) -> Wave:
    """Hum that comes and goes, as of a bad cable."""
    rng = np.random.default_rng(seed)
    gate = np.repeat(rng.random(samples // (rate // 2) + 1) < 0.5, rate // 2)[:samples]
    return truth.hum(samples, rate, dbfs) * gate


SOUNDS: dict[str, tuple[Sound, float]] = {
    "hold music": (hold_music, -26),
    "mixer bed": (mixer_bed, -35),
    "comfort noise, on and off": (discontinuous, -50),
    "keyboard": (keyboard, -30),
    "clicks": (clicks, -25),
    "breaths": (breaths, -38),
    "coughs": (coughs, -24),
    "hum, on and off": (mains, -30),
}
"""Each with a level at which a call may well have it."""


def _add(wave: Wave, first: int, sound: Wave) -> None:
    size = min(len(sound), len(wave) - first)
    if size > 0:
        wave[first : first + size] += sound[:size]


def _note(rate: int, pitch: float, seconds: float, fall: float, rng: np.random.Generator) -> Wave:
    t = np.arange(int(seconds * rate)) / rate
    bend = 0.3 * np.sin(2 * np.pi * rng.uniform(4, 6) * t)
    tones = [np.sin(2 * np.pi * pitch * k * t + bend) / k for k in range(1, 6)]
    return np.sum(tones, axis=0) * np.exp(-fall * t) * np.clip(t / 0.01, 0, 1)


def _knock(rate: int, seconds: float, fall_s: float, rng: np.random.Generator) -> Wave:
    size = max(1, int(seconds * rate))
    return rng.standard_normal(size) * np.exp(-np.arange(size) / (fall_s * rate))


def _scaled(wave: Wave, dbfs: float) -> Wave:
    return wave / np.sqrt(np.mean(wave**2)) * 10 ** (dbfs / 20)


def _below(wave: Wave, rate: int, cut: float) -> Wave:
    """Second-order fall above `cut` Hz."""
    bins = np.fft.rfftfreq(len(wave), 1 / rate)
    return np.fft.irfft(np.fft.rfft(wave) / (1 + (bins / cut) ** 2), len(wave))


def _above(wave: Wave, rate: int, cut: float) -> Wave:
    """Second-order fall below `cut` Hz."""
    bins = np.fft.rfftfreq(len(wave), 1 / rate)
    return np.fft.irfft(np.fft.rfft(wave) * bins**2 / (bins**2 + cut**2), len(wave))
