"""Peaks for waveforms, whole or as they come."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["PeakMeter", "peaks"]

Int16 = npt.NDArray[np.int16]


def _magnitudes(samples: Int16) -> npt.NDArray[np.int32]:
    # int16 cannot hold |-32768|.
    return np.abs(samples.astype(np.int32))


class PeakMeter:
    """The largest magnitude of each bucket of time, as the samples come.

    Args:
        rate: Samples a second, Hz.
        per_second: Buckets a second. Bucket k holds samples ``[k * rate // per_second,
            (k + 1) * rate // per_second)``, so that no drift builds up at odd rates.

    Raises:
        ValueError: `per_second` is not between 1 and `rate`.
    """

    def __init__(self, rate: int, per_second: int = 50) -> None:
        if not 1 <= per_second <= rate:
            raise ValueError(f"per_second must be in 1..{rate}, not {per_second}")
        self.rate = rate
        self.per_second = per_second
        self._seen = 0
        self._bucket = 0
        self._peak = 0

    def feed(self, samples: Int16) -> list[float]:
        """Take samples (n,) and return the peaks, 0..1, of the buckets they complete."""
        if not samples.size:
            return []
        magnitudes = _magnitudes(samples)
        done: list[float] = []
        start = 0
        while True:
            edge = (self._bucket + 1) * self.rate // self.per_second - self._seen
            if edge > magnitudes.size:
                break
            done.append(max(self._peak, int(magnitudes[start:edge].max(initial=0))) / 32768)
            self._peak = 0
            self._bucket += 1
            start = edge
        self._peak = max(self._peak, int(magnitudes[start:].max(initial=0)))
        self._seen += magnitudes.size
        return done


def peaks(samples: Int16, rate: int, per_second: int = 50) -> npt.NDArray[np.float32]:
    """The largest magnitude of each bucket, as :class:`PeakMeter` gives it.

    Args:
        samples: One lane, shape (n,).
        rate: Samples a second, Hz.
        per_second: Buckets a second.

    Returns:
        Shape (ceil(n * per_second / rate),) of float32 in 0..1; the last bucket may be short.

    Raises:
        ValueError: `per_second` is not between 1 and `rate`.
    """
    if not 1 <= per_second <= rate:
        raise ValueError(f"per_second must be in 1..{rate}, not {per_second}")
    if not samples.size:
        return np.zeros(0, np.float32)
    count = -(-samples.size * per_second // rate)
    starts = np.arange(count, dtype=np.int64) * rate // per_second
    starts = starts[starts < samples.size]
    return (np.maximum.reduceat(_magnitudes(samples), starts) / 32768).astype(np.float32)
