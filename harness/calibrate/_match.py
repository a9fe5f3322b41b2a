"""Where a known sound lies in what was heard, by correlation."""

from __future__ import annotations

import numpy as np

from harness.calibrate._lines import Samples

__all__ = ["GOOD", "find"]

GOOD = 0.65
"""A likeness from which on it is that sound."""


def find(sound: Samples, heard: Samples) -> tuple[int, float]:
    """At which sample of `heard` the `sound` begins, and how alike it is there.

    Normalised cross-correlation: the likeness is 1.0 for the sound itself at any loudness, and
    about 0 for another one. What is shorter than the sound holds it nowhere.
    """
    if len(heard) < len(sound):
        return 0, 0.0
    known, there = sound.astype(np.float64), heard.astype(np.float64)
    size = 1 << (len(there) + len(known)).bit_length()
    spectrum = np.fft.rfft(there, size) * np.conj(np.fft.rfft(known, size))
    places = len(there) - len(known) + 1
    fits = np.fft.irfft(spectrum, size)[:places]
    power = np.concatenate([np.zeros(1), np.cumsum(there**2)])
    power = power[len(known) :] - power[:places]
    fits /= np.sqrt(np.maximum(power, 1.0) * np.sum(known**2))
    best = int(np.argmax(fits))
    return best, float(fits[best])
