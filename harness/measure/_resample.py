"""KeptSound: the last seconds of a stream, and any stretch of them at another rate."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["KeptSound"]

Int16 = npt.NDArray[np.int16]

_HALF_S = 0.001
_HALF_LEAST = 16
_BETA = 8.0
_CUT = 0.46
_ONE = 2.0**20


class KeptSound:
    """What was last heard of a stream of int16, at another rate wherever it is asked for.

    A windowed sinc (2 ms, Kaiser, beta 8: -6 dB at 0.46 of the lower rate, 2.5 kHz wide) is
    evaluated at the output's own indexes, counted from the stream's sample 0: output n is the sound
    at n / `out_rate`, without delay, and how the stream came in pieces makes no difference. The
    weights are whole numbers, so every sum is exact, whatever its order. Before sample 0 there is
    silence.

    Args:
        rate: Samples a second of the stream, Hz.
        out_rate: Samples a second of what is read, Hz.
    """

    def __init__(self, rate: int, out_rate: int) -> None:
        common = math.gcd(rate, out_rate)
        self._up, self._down = out_rate // common, rate // common
        self._half, self._weights = 0, np.full((1, 1), _ONE)
        if rate != out_rate:
            self._half = max(_HALF_LEAST, math.ceil(_HALF_S * rate))
            self._weights = _weights(self._half, self._up, _CUT * min(1.0, out_rate / rate))
        self._first = 0  # the stream's index of _kept[0]
        self._end = 0  # ... and of the next sample to come
        self._kept: Int16 = np.zeros(rate, np.int16)

    def add(self, samples: Int16) -> None:
        """Take the next samples, shape (n,)."""
        size = self._end - self._first
        if size + samples.size > self._kept.size:
            grown = np.zeros(2 * (size + samples.size), np.int16)
            grown[:size] = self._kept[:size]
            self._kept = grown
        self._kept[size : size + samples.size] = samples
        self._end += samples.size

    def forget(self, before: int) -> None:
        """What lies before that sample of the stream will not be needed again."""
        gone = min(before, self._end) - self._first
        if gone > self._kept.size // 2:
            size = self._end - self._first
            self._kept[: size - gone] = self._kept[gone:size].copy()
            self._first += gone

    def needed(self, first: int, count: int) -> tuple[int, int]:
        """First and one past the last sample of the stream that :meth:`read` looks at."""
        last = first + count - 1
        return (
            first * self._down // self._up - self._half,
            last * self._down // self._up + self._half + 1,
        )

    def read(self, first: int, count: int) -> Int16:
        """Samples `first` to `first + count` at `out_rate`, shape (count,).

        Raises:
            ValueError: They have not come yet, or are forgotten.
        """
        start, end = self.needed(first, count)
        if end > self._end or max(0, start) < self._first:
            raise ValueError(f"samples {start} to {end} are not kept")
        sound = self._kept[max(0, start) - self._first : end - self._first].astype(np.float64)
        if start < 0:
            sound = np.concatenate((np.zeros(min(-start, end - start)), sound))
        out = np.empty(count)
        width = 2 * self._half + 1
        windows = np.lib.stride_tricks.sliding_window_view(sound, width)
        for turn in range(min(self._up, count)):
            base, phase = divmod((first + turn) * self._down, self._up)
            mine = out[turn :: self._up]
            rows = windows[base - self._half - start :: self._down][: mine.size]
            mine[:] = rows @ self._weights[phase]
        return np.clip(np.rint(out / _ONE), -32768, 32767).astype(np.int16)


def _weights(half: int, up: int, cut: float) -> npt.NDArray[np.float64]:
    """What input samples -half..half count for an output `phase` / `up` after sample 0.

    Shape (up, 2 * half + 1), whole numbers. `cut` is in cycles per input sample.
    """
    places = np.arange(up)[:, None] / up - np.arange(-half, half + 1)[None, :]
    inside = np.clip(1 - (places / half) ** 2, 0, None)
    window = np.where(np.abs(places) <= half, np.i0(_BETA * np.sqrt(inside)) / np.i0(_BETA), 0)
    taps = 2 * cut * np.sinc(2 * cut * places) * window
    whole: npt.NDArray[np.float64] = np.round(taps / taps.sum(axis=1, keepdims=True) * _ONE)
    return whole
