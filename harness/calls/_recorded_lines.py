"""Lines that a person spoke or played in a call, cut out of its recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from harness.nouns import LANE_RATE, Turn

__all__ = ["recorded_lines"]

_AROUND_S = 0.15
"""Detected boundaries cut into soft beginnings and ends of words."""
_RAMP = LANE_RATE // 100
_BY_VOICE = ("person", "played")


def recorded_lines(recording: Path, turns: Sequence[Turn]) -> dict[int, Path]:
    """Cut those lines out of a recording, each into a file beside it.

    Each is FLAC, one lane, int16 at LANE_RATE, from 0.15 s before its first speech to 0.15 s after
    its last, with edges of 10 ms. A file that is there already is not made again.

    Args:
        recording: Of a call that has ended, left the caller.
        turns: Of the same call.

    Returns:
        The files by the index of the turn; empty without a recording or without such lines.
    """
    spoken = [
        turn
        for turn in turns
        if turn.caller_source in _BY_VOICE and turn.caller and turn.caller.end is not None
    ]
    if not spoken or not recording.is_file():
        return {}
    found: dict[int, Path] = {}
    with soundfile.SoundFile(recording) as file:
        for turn in spoken:
            path = recording.with_name(f"line-{turn.index}.flac")
            if not path.is_file():
                assert turn.caller is not None and turn.caller.end is not None
                first = max(0, round((turn.caller.start - _AROUND_S) * LANE_RATE))
                last = min(len(file), round((turn.caller.end + _AROUND_S) * LANE_RATE))
                if last - first < 2 * _RAMP:
                    continue
                file.seek(first)
                both = file.read(last - first, dtype="int16", always_2d=True)
                part = path.with_suffix(".part")
                soundfile.write(part, _with_edges(both[:, 0]), LANE_RATE, "PCM_16", format="FLAC")
                part.replace(path)
            found[turn.index] = path
    return found


def _with_edges(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    gain = np.ones(len(samples))
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(_RAMP) + 0.5) / _RAMP)
    gain[:_RAMP], gain[-_RAMP:] = rise, rise[::-1]
    return np.round(samples * gain).astype(np.int16)
