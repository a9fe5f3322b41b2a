"""How loud a sound is, and how high it peaks."""

from __future__ import annotations

import math

import loudness
import numpy as np
import numpy.typing as npt

__all__ = ["dbfs", "integrated_loudness", "true_peak"]

Int16 = npt.NDArray[np.int16]

_FULL = 32768.0
_SHORTEST_S = 0.4
_OVERSAMPLED = 4
_BLOCK, _EDGE, _BLOCKS = 512, 64, 200


def dbfs(power: float) -> float:
    """Mean square of int16 samples in dB of full scale; never below one step of 16 bits."""
    return 10 * math.log10(max(power, 1.0) / _FULL**2)


def integrated_loudness(samples: Int16, rate: int) -> float | None:
    """Gated loudness in LUFS, ITU-R BS.1770-4.

    Args:
        samples: Shape (n,).
        rate: Samples a second, Hz.

    Returns:
        None if it is shorter than a block of 0.4 s, or all of it lies below the gate of -70 LUFS.
    """
    if samples.size < _SHORTEST_S * rate + 1:
        return None
    found = float(loudness.integrated_loudness(samples.astype(np.float32) / _FULL, rate))
    return found if math.isfinite(found) else None


def true_peak(samples: Int16) -> float | None:
    """The highest point of the wave between its samples too, in dB of full scale.

    By band-limited interpolation at four times the rate, as annex 2 of ITU-R BS.1770-4 asks for,
    round the 200 loudest of the blocks of 512 samples.

    Args:
        samples: Shape (n,).

    Returns:
        None if there is nothing but zeros.
    """
    peak = _magnitude(samples)
    if not peak:
        return None
    padded = np.concatenate((np.zeros(_EDGE), samples, np.zeros(_BLOCK + _EDGE)))
    count = -(-samples.size // _BLOCK)
    blocks = np.abs(padded[_EDGE : _EDGE + count * _BLOCK]).reshape(count, _BLOCK).max(axis=1)
    loudest = np.argsort(-blocks, kind="stable")[:_BLOCKS]
    width = _BLOCK + 2 * _EDGE
    around = padded[loudest[:, None] * _BLOCK + np.arange(width)]
    # The block's ends are faded, or their jump would ring through it.
    fade = np.sin(np.linspace(0, np.pi / 2, _EDGE)) ** 2
    around[:, :_EDGE] *= fade
    around[:, -_EDGE:] *= fade[::-1]
    spectrum = np.fft.rfft(around, axis=1)
    wave = np.fft.irfft(spectrum, _OVERSAMPLED * width, axis=1) * _OVERSAMPLED
    inner = wave[:, _OVERSAMPLED * _EDGE : -_OVERSAMPLED * _EDGE]
    return dbfs(max(peak, float(np.abs(inner).max())) ** 2)


def _magnitude(samples: Int16) -> int:
    if not samples.size:
        return 0
    return max(int(samples.max()), -int(samples.min()))
