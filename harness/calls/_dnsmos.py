"""DNSMOS, an optional guess at how people would rate the agent's speech."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.nouns import LANE_RATE, Dnsmos, Span
from harness.settings import install_command

__all__ = ["dnsmos_of"]

_PACKAGES = ("speechmos", "librosa")
"""Those of the extra `quality`: the first needs the second and does not say so."""
_RATE = 16000
_LEAST_S = 1.0
_MOST_S = 20.0


def dnsmos_of(lane: npt.NDArray[np.int16], speech: Sequence[Span]) -> tuple[Dnsmos | None, str]:
    """What DNSMOS makes of the agent's speech (C. K. A. Reddy et al., 2021 and 2022).

    The first 20 s of it, stretch after stretch without what lies between. The networks were made
    for noisy meetings; on one voice and one line their figure may serve as a trend, and nothing
    else.

    Args:
        lane: int16 at LANE_RATE.
        speech: Its stretches of speech, in seconds.

    Returns:
        The figures, or None and why.
    """
    try:
        from speechmos import dnsmos
    except ImportError:
        commands = " && ".join(install_command(package) for package in _PACKAGES)
        return None, f"Not installed. For DNSMOS: {commands}"
    import soxr

    parts = [
        lane[round(span.start * LANE_RATE) : round((span.end or span.start) * LANE_RATE)]
        for span in speech
    ]
    spoken = np.concatenate([np.zeros(0, np.int16), *parts])[: round(_MOST_S * LANE_RATE)]
    seconds = len(spoken) / LANE_RATE
    if seconds < _LEAST_S:
        return None, "There is too little speech."
    wave = np.clip(soxr.resample(spoken.astype(np.float32) / 32768, LANE_RATE, _RATE), -1, 1)
    try:
        found = dnsmos.run(wave, _RATE)
    except Exception as error:  # of a package that others keep
        return None, f"DNSMOS failed: {str(error)[:200]}"
    return Dnsmos(
        ovrl=round(float(found["ovrl_mos"]), 3),
        sig=round(float(found["sig_mos"]), 3),
        bak=round(float(found["bak_mos"]), 3),
        p808=round(float(found["p808_mos"]), 3),
        seconds=round(seconds, 3),
    ), ""
