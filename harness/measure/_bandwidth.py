"""Up to which frequency speech has energy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["bandwidth", "spectrum"]

Int16 = npt.NDArray[np.int16]
Float = npt.NDArray[np.float64]

_FRAME = 2048
_FRAMES = 2000
_FIRST_HZ = 100.0
_OVER_NOISE_DB = 6.0
_BELOW_PEAK_DB = 55.0
_TINY = 1e-9


def spectrum(samples: Int16) -> Float | None:
    """Mean power spectrum, Welch's method: Hann windows of 2048 samples, half overlapping.

    At most 2000 of them, spread evenly over the sound.

    Args:
        samples: Shape (n,).

    Returns:
        Shape (1025,), power a bin; None if the sound is shorter than a window.
    """
    count = (samples.size - _FRAME) // (_FRAME // 2) + 1
    if samples.size < _FRAME:
        return None
    picked = np.unique(np.linspace(0, count - 1, min(count, _FRAMES)).astype(np.int64))
    total = np.zeros(_FRAME // 2 + 1)
    window = np.hanning(_FRAME)
    for some in np.array_split(picked, -(-len(picked) // 256)):
        frames = samples[some[:, None] * (_FRAME // 2) + np.arange(_FRAME)].astype(np.float64)
        frames -= frames.mean(axis=1, keepdims=True)
        total += (np.abs(np.fft.rfft(frames * window, axis=1)) ** 2).sum(axis=0)
    return total / len(picked)


def bandwidth(speech: Float, noise: Float | None, rate: int) -> float | None:
    """Upper edge of the highest third of an octave in which speech has energy, Hz.

    That is where its level lies 6 dB over the noise's and no more than 55 dB below that of its
    strongest third. The thirds are those of IEC 61260-1 (base ten); the last may be cut by half the
    rate.

    Args:
        speech: From :func:`spectrum`.
        noise: The same of what is no speech; None if there is nothing of it.
        rate: Samples a second, Hz.

    Returns:
        None if speech rises over the noise nowhere.
    """
    bins = np.arange(len(speech)) * rate / _FRAME
    lower = _FIRST_HZ * 10 ** (-0.05)
    levels: list[tuple[float, float, float]] = []
    while lower < rate / 2 - rate / _FRAME:
        upper = lower * 10**0.1
        inside = (bins >= lower) & (bins < upper)
        if inside.any():
            own = 10 * np.log10(speech[inside].mean() + _TINY)
            other = -np.inf if noise is None else 10 * np.log10(noise[inside].mean() + _TINY)
            # Density times width: what a filter of a third of an octave would let through.
            wide = 10 * np.log10(min(upper, rate / 2) - lower)
            levels.append((min(upper, rate / 2), own + wide, other + wide))
        lower = upper
    if not levels:
        return None
    strongest = max(own for _, own, _ in levels)
    found = [
        upper
        for upper, own, other in levels
        if own >= other + _OVER_NOISE_DB and own >= strongest - _BELOW_PEAK_DB
    ]
    return float(found[-1]) if found else None
