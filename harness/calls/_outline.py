"""The outline of a recording, for drawing: made as it is encoded, kept beside it."""

from __future__ import annotations

import os
import struct
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import soundfile
from numpy.typing import NDArray

__all__ = ["MOST_BINS", "PEAK_RATE", "Bins", "Outline", "OutlineMaker", "keep_outline", "outline"]

PEAK_RATE = 50
"""Peaks a second, as in a live call's updates."""
MOST_BINS = 4096
"""Nobody draws more of a lane at once: a screen has no more columns."""
_FULL = 255
_NAME = "outline.u8"
_HEAD = struct.Struct("<8sqqdq")
"""What it is, size and time of the recording's file, peaks a second, peaks of a lane."""
_MARK = b"RBPEAK01"
_making = threading.Lock()

Peaks: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Bins:
    """A part of an outline, as coarse as it is drawn.

    Attributes:
        start: Where it begins, seconds; at most one peak before what was asked for.
        end: Where it ends, likewise.
        caller: Largest sample (0..1) of each bin; bins are equally long, to a peak.
        agent: Likewise, as many.
    """

    start: float
    end: float
    caller: list[float]
    agent: list[float]


@dataclass(frozen=True, slots=True)
class Outline:
    """Both lanes of a recording.

    Attributes:
        rate: Peaks a second.
        caller: Largest sample of every 1 / `rate` seconds, 255 for full scale.
        agent: Likewise, as many.
    """

    rate: float
    caller: Peaks
    agent: Peaks

    @property
    def length(self) -> float:
        """Seconds."""
        return len(self.caller) / self.rate

    def bins(self, start: float, end: float, count: int) -> Bins:
        """The largest peak of each of `count` bins from second `start` to `end`.

        Never finer than the outline itself: a short window gives fewer of them.
        """
        first = min(max(0, int(start * self.rate)), len(self.caller))
        last = min(max(first, int(np.ceil(end * self.rate))), len(self.caller))
        number = min(count, last - first)
        if number == 0:
            return Bins(first / self.rate, last / self.rate, [], [])
        edges = first + np.arange(number) * (last - first) // number
        caller, agent = (
            _shares(np.maximum.reduceat(lane[:last], edges)) for lane in (self.caller, self.agent)
        )
        return Bins(first / self.rate, last / self.rate, caller, agent)

    def shares(self) -> tuple[list[float], list[float]]:
        """Both lanes as a whole, 0..1."""
        return _shares(self.caller), _shares(self.agent)


def outline(recording: Path) -> Outline:
    """The outline of a recording: caller left, agent right; of a mono one the agent is silent.

    Of a call's recording it was made at the call's end. Else it is made now and kept in a file
    beside the recording, and anew when that has another time or size. Where no file can be written
    it is made each time.

    Args:
        recording: Any file that soundfile reads.
    """
    found = recording.stat()
    stamp = (found.st_size, found.st_mtime_ns)
    kept = recording.with_name(_NAME)
    with _making:
        known = _read(kept, stamp)
        if known is None:
            known = _made(recording)
            with suppress(OSError):
                _write(kept, stamp, known)
    return known


def keep_outline(recording: Path, made: Outline) -> None:
    """Keep what was made while the recording was written; where no file can be, there is none."""
    found = recording.stat()
    with suppress(OSError):
        _write(recording.with_name(_NAME), (found.st_size, found.st_mtime_ns), made)


class OutlineMaker:
    """Makes an outline piece by piece.

    Args:
        sample_rate: Of what it is given, Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._step = max(1, sample_rate // PEAK_RATE)
        self._rate = sample_rate / self._step
        self._tops: list[NDArray[np.float32]] = []

    @property
    def piece(self) -> int:
        """Samples of a piece: this many or a multiple, only the last one may be shorter."""
        return self._step

    def add(self, block: NDArray[np.float32]) -> None:
        """Take the next samples, -1..1, one column a lane: caller, agent."""
        padded = np.pad(np.abs(block[:, :2]), ((0, -len(block) % self._step), (0, 0)))
        self._tops.append(padded.reshape(-1, self._step, padded.shape[1]).max(axis=1))

    def made(self) -> Outline:
        """The outline of all that was given."""
        tops = np.concatenate(self._tops) if self._tops else np.zeros((0, 2))
        whole = np.minimum(np.rint(tops * _FULL), _FULL).astype(np.uint8)
        agent = whole[:, 1] if whole.shape[1] > 1 else np.zeros(len(whole), np.uint8)
        return Outline(self._rate, np.ascontiguousarray(whole[:, 0]), np.ascontiguousarray(agent))


def _made(recording: Path) -> Outline:
    with soundfile.SoundFile(recording) as sound:
        maker = OutlineMaker(sound.samplerate)
        size = maker.piece * PEAK_RATE * 10
        for block in sound.blocks(blocksize=size, dtype="float32", always_2d=True):
            maker.add(block)
    return maker.made()


def _read(path: Path, stamp: tuple[int, int]) -> Outline | None:
    """What is kept, if it is of this recording and whole."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if len(data) < _HEAD.size:
        return None
    mark, size, time, rate, count = _HEAD.unpack_from(data)
    if mark != _MARK or (size, time) != stamp or len(data) != _HEAD.size + 2 * count:
        return None
    lanes = np.frombuffer(data, np.uint8, offset=_HEAD.size)
    return Outline(rate, lanes[:count], lanes[count:])


def _write(path: Path, stamp: tuple[int, int], made: Outline) -> None:
    """All of it or nothing: whoever reads meanwhile finds the old one."""
    head = _HEAD.pack(_MARK, *stamp, made.rate, len(made.caller))
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{_NAME}-", delete=False) as file:
        try:
            file.write(head + made.caller.tobytes() + made.agent.tobytes())
            file.close()
            os.replace(file.name, path)
        except OSError:
            with suppress(OSError):
                os.unlink(file.name)
            raise


def _shares(lane: Peaks) -> list[float]:
    shares: list[float] = np.round(lane / _FULL, 3).tolist()
    return shares
