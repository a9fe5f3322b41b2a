"""Where the speech lies in a clean, synthesised buffer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.nouns import Span

__all__ = ["speech_bounds"]

_BELOW_PEAK_DB = 40.0
_SILENT = 32  # about -60 dBFS: a buffer that never exceeds it holds no speech


def speech_bounds(samples: npt.NDArray[np.int16], rate: int) -> Span | None:
    """First and last sample within 40 dB of the buffer's peak, in seconds, exact to the sample.

    For clean synthesised speech only: in a noisy recording the noise may lie within 40 dB.

    Args:
        samples: Shape (n,).
        rate: Samples a second, Hz.

    Returns:
        From the first such sample to just after the last, or None if nothing exceeds -60 dBFS.
    """
    magnitudes = np.abs(samples.astype(np.int32))
    peak = int(magnitudes.max(initial=0))
    if peak <= _SILENT:
        return None
    loud = np.flatnonzero(magnitudes >= peak * 10 ** (-_BELOW_PEAK_DB / 20))
    return Span(int(loud[0]) / rate, (int(loud[-1]) + 1) / rate)
