"""Ramps: how a sound begins or ends where it was not made to, without a click."""

from __future__ import annotations

import numpy as np

from harness.caller._tap import Samples
from harness.nouns import LANE_RATE

__all__ = ["RAMP", "across", "ramped_down", "ramped_up"]

RAMP = LANE_RATE // 50
"""Samples of a ramp: 20 ms. Its steepest step is pi / (2 * RAMP) of the sound, 0.3 %."""

_DOWN = 0.5 * (1.0 + np.cos(np.pi * (np.arange(RAMP) + 0.5) / RAMP))


def ramped_down(samples: Samples) -> Samples:
    """The first 20 ms of `samples`, shape (n,), falling to silence; all if there are less."""
    count = min(RAMP, len(samples))
    return np.rint(samples[:count] * _falling(count)).astype(np.int16)


def ramped_up(samples: Samples) -> Samples:
    """All of `samples`, shape (n,), rising from silence within 20 ms, or within what there is."""
    risen = samples.copy()
    count = min(RAMP, len(samples))
    risen[:count] = np.rint(samples[:count] * _falling(count)[::-1]).astype(np.int16)
    return risen


def across(old: Samples, new: Samples) -> Samples:
    """`new`, shape (n,), where `old` would have gone on: one passes into the other."""
    passed = new.copy()
    count = min(RAMP, len(old), len(new))
    down = _falling(count)
    passed[:count] = np.rint(old[:count] * down + new[:count] * down[::-1]).astype(np.int16)
    return passed


def _falling(count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A raised cosine from 1 to 0 in `count` steps."""
    if count == RAMP:
        return _DOWN
    return np.asarray(0.5 * (1.0 + np.cos(np.pi * (np.arange(count) + 0.5) / max(1, count))))
