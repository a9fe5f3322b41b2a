"""The outline of a stored recording, for drawing."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile

__all__ = ["PEAK_RATE", "outline"]

PEAK_RATE = 50
"""Peaks a second, as in a live call's updates."""


@lru_cache(maxsize=32)
def outline(path: Path, version: int) -> tuple[list[float], list[float]]:
    """Largest sample (0..1) of every 20 ms, for the caller's (left) and the agent's lane.

    Args:
        path: A stereo recording; a mono one gives an agent's lane of silence.
        version: Anything that changes when the file does: the outline is kept until then.
    """
    lanes: list[list[float]] = [[], []]
    with soundfile.SoundFile(path) as sound:
        step = max(1, sound.samplerate // PEAK_RATE)
        for block in sound.blocks(blocksize=step * PEAK_RATE * 10, dtype="float32", always_2d=True):
            missing = -len(block) % step
            padded = np.pad(np.abs(block), ((0, missing), (0, 0)))
            tops = padded.reshape(-1, step, block.shape[1]).max(axis=1)
            lanes[0].extend(np.round(tops[:, 0], 3).tolist())
            lanes[1].extend(
                np.round(tops[:, 1], 3).tolist() if tops.shape[1] > 1 else [0.0] * len(tops)
            )
    return lanes[0], lanes[1]
