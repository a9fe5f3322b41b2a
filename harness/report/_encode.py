"""Makes Opus and an outline of recordings; a script of its own, so that calls keep their time.

Run as ``python _encode.py`` at the lowest priority, without the rest of Ringback: jobs as JSON on
standard input, each result as a line of JSON on standard output as soon as it is there. See
:mod:`harness.report._sound`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

__all__ = ["BINS", "encode"]

BINS = 600
"""Of an outline: about a column each where it is drawn."""
_LEVEL = 0.93
"""libsndfile takes ((1 - level) * 250 + 6) kbit/s a channel: about 47 kbit/s for both lanes."""


def encode(recording: Path, out: Path, silent: list[tuple[float, float]]) -> dict[str, Any]:
    """Write `recording` as OGG/Opus, unless `out` is there and newer; its outline.

    Args:
        recording: FLAC of two lanes, of a rate that Opus knows (8, 12, 16, 24 or 48 kHz).
        out: Where to; it is there whole or not at all.
        silent: Stretches in which both lanes are silenced, seconds.

    Returns:
        caller, agent: The largest sample (0..1, hundredths) of each of :data:`BINS` equal parts.

    Raises:
        soundfile.LibsndfileError: It cannot be read or written.
        OSError: It cannot be written.
    """
    made = out.exists() and out.stat().st_mtime >= recording.stat().st_mtime
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    peaks = np.zeros((BINS, 2), np.float32)
    try:
        with soundfile.SoundFile(recording) as sound:
            rate, length, at = sound.samplerate, sound.frames, 0
            target = None
            if not made:
                target = soundfile.SoundFile(
                    part, "w", rate, 2, "OPUS", format="OGG", compression_level=_LEVEL
                )
            try:
                # A second at a time: an hour would not fit the stack of the encoder.
                for block in sound.blocks(rate, dtype="float32", always_2d=True):
                    _silence(block, at / rate, rate, silent)
                    if target is not None:
                        target.write(block)
                    _outline(peaks, np.abs(block), at, length)
                    at += len(block)
            finally:
                if target is not None:
                    target.close()
        if not made:
            part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    lanes = np.minimum(1.0, peaks).round(2).astype(float)
    return {"caller": lanes[:, 0].tolist(), "agent": lanes[:, 1].tolist()}


def _silence(
    block: NDArray[np.float32], start: float, rate: int, silent: list[tuple[float, float]]
) -> None:
    for begin, end in silent:
        first, last = (round((second - start) * rate) for second in (begin, end))
        if last > 0:
            block[max(0, first) : last] = 0.0


def _outline(peaks: NDArray[np.float32], levels: NDArray[np.float32], at: int, length: int) -> None:
    if len(levels) and length:
        bins = np.minimum(BINS - 1, (at + np.arange(len(levels))) * BINS // length)
        np.maximum.at(peaks, bins, levels)


def _main() -> None:
    os.nice(19)
    for recording, out, silent in json.load(sys.stdin):
        try:
            told = encode(Path(recording), Path(out), silent)
        except soundfile.LibsndfileError:
            told = None
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    _main()
