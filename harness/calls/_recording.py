"""Recording: two lanes, raw while the call is live, one FLAC afterwards."""

from __future__ import annotations

import time
from io import FileIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from harness.calls._outline import OutlineMaker, keep_outline
from harness.nouns import LANE_RATE, Lane

__all__ = ["Lanes", "encode", "read_lane"]

_BYTES = 2
_FLUSH_S = 0.25
_BLOCK = LANE_RATE * 10
_FULL = 1 << 15


class _LaneFile:
    """Appends samples at their index on the call's clock; a gap becomes silence."""

    def __init__(self, path: Path) -> None:
        self._file = FileIO(path, "w")
        self._buffer = bytearray()
        self._end = 0

    def write(self, first: int, samples: npt.NDArray[np.int16]) -> None:
        gap = first - self._end
        if gap > 0:
            self._buffer += bytes(gap * _BYTES)
            self._end = first
        elif gap < 0:
            # The clock was refitted backwards: what was written stands, the overlap is dropped.
            samples = samples[-gap:]
        self._buffer += samples.tobytes()
        self._end += len(samples)

    def flush(self) -> None:
        self._file.write(self._buffer)
        self._buffer.clear()

    def close(self) -> None:
        self.flush()
        self._file.close()


class Lanes:
    """Writes both lanes of a live call as raw int16: a FLAC whose writer was killed is lost.

    At most the last quarter second is in memory, so that killing the process costs no more.
    """

    def __init__(self, caller: Path, agent: Path) -> None:
        self._files: dict[Lane, _LaneFile] = {
            "caller": _LaneFile(caller),
            "agent": _LaneFile(agent),
        }
        self._flushed_at = time.monotonic()

    def write(self, lane: Lane, first: int, samples: npt.NDArray[np.int16]) -> None:
        """Write `samples` of `lane` from sample index `first`."""
        self._files[lane].write(first, samples)
        now = time.monotonic()
        if now - self._flushed_at >= _FLUSH_S:
            self._flushed_at = now
            for file in self._files.values():
                file.flush()

    def close(self) -> None:
        """Write what is left."""
        for file in self._files.values():
            file.close()


def encode(caller: Path, agent: Path, recording: Path) -> float:
    """Make the FLAC of two raw lanes and delete them; returns its length in seconds.

    The shorter lane is filled with silence. Nothing happens if there is no sample at all. A FLAC is
    put in place only when it is whole, so that this may be repeated after a crash. Its outline is
    made of the same samples and kept beside it: decoding half an hour once more takes seconds.
    """
    lanes = [path if path.exists() else None for path in (caller, agent)]
    length = max((path.stat().st_size // _BYTES for path in lanes if path), default=0)
    if length == 0:
        return 0.0
    part = recording.with_suffix(".part")
    maker = OutlineMaker(LANE_RATE)
    with soundfile.SoundFile(
        part, "w", samplerate=LANE_RATE, channels=2, format="FLAC", subtype="PCM_16"
    ) as out:
        for start in range(0, length, _BLOCK):
            count = min(_BLOCK, length - start)
            both = np.zeros((count, 2), np.int16)
            for column, path in enumerate(lanes):
                if path is not None:
                    samples = np.fromfile(path, np.int16, count, offset=start * _BYTES)
                    both[: len(samples), column] = samples
            out.write(both)
            maker.add(both.astype(np.float32) / np.float32(_FULL))
    part.replace(recording)
    keep_outline(recording, maker.made())
    for path in lanes:
        if path is not None:
            path.unlink()
    return length / LANE_RATE


def read_lane(recording: Path, lane: Lane) -> npt.NDArray[np.int16]:
    """One lane of a finished recording, int16 mono at LANE_RATE."""
    both, _ = soundfile.read(recording, dtype="int16", always_2d=True)
    column: npt.NDArray[np.int16] = both[:, 0 if lane == "caller" else 1]
    return np.ascontiguousarray(column)
