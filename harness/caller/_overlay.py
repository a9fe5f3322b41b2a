"""Overlay: sounds of the caller that are no line, mixed over whatever else is sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.caller._ramp import ramped_down
from harness.caller._tap import CallTap, Samples
from harness.nouns import LANE_RATE, EventKind, kind_of_sound

__all__ = ["Overlay"]

_LOWEST, _HIGHEST = np.iinfo(np.int16).min, np.iinfo(np.int16).max


@dataclass(slots=True)
class _Playing:
    name: str
    samples: Samples
    starts_at: float | None
    over: asyncio.Future[float]
    first: int | None = None
    ended: bool = False

    @property
    def gone(self) -> bool:
        """Whether it is over, or nobody waits any more for what has not begun."""
        return self.ended or (self.first is None and self.over.cancelled())


class Overlay:
    """Lays sounds over the caller's frames, each from one sample on, and tells of them.

    Where a sound lies depends on the clock alone: samples that a late sender skips are missing from
    it too.

    Args:
        tap: Learns of each sound as it begins, with both its ends.
    """

    def __init__(self, tap: CallTap) -> None:
        self._tap = tap
        self._playing: list[_Playing] = []
        self._next = 0

    def play(
        self, name: str, samples: Samples, starts_at: float | None = None
    ) -> asyncio.Future[float]:
        """Have a sound played now, or at a second of the call's clock.

        Args:
            name: One of `SOUNDS`, or what else it is called.
            samples: int16 mono at LANE_RATE, at least one.
            starts_at: Second before which it does not begin.

        Returns:
            Done with the second of its end. Cancelled before the sound begins, it is not played.
        """
        over: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._playing.append(_Playing(name, samples, starts_at, over))
        return over

    def mix(self, frame: Samples, first: int) -> Samples:
        """A frame whose first sample is `first` on the call's clock, with what sounds over it."""
        self._next = first + len(frame)
        self._playing = [playing for playing in self._playing if not playing.gone]
        if not self._playing:
            return frame
        mixed = frame.astype(np.int32)
        for playing in self._playing:
            self._add(playing, mixed, first)
        return np.clip(mixed, _LOWEST, _HIGHEST).astype(np.int16)

    def cut(self) -> None:
        """Forget what waits; what sounds falls to silence within 20 ms."""
        for playing in self._playing:
            playing.over.cancel()
            if playing.first is not None:
                said = max(0, self._next - playing.first)
                rest = ramped_down(playing.samples[said:])
                playing.samples = np.concatenate([playing.samples[:said], rest])
        self._playing = [playing for playing in self._playing if not playing.gone]

    def _add(self, playing: _Playing, mixed: npt.NDArray[np.int32], first: int) -> None:
        samples = playing.samples
        if playing.first is None:
            due = first if playing.starts_at is None else round(playing.starts_at * LANE_RATE)
            if due >= first + len(mixed):
                return
            playing.first = max(first, due)
            self._tap.emit(
                EventKind.CALLER_SOUND,
                sound=kind_of_sound(playing.name),
                name=playing.name,
                at=round(playing.first / LANE_RATE, 6),
                until=round((playing.first + len(samples)) / LANE_RATE, 6),
            )
        begin = max(0, playing.first - first)
        offset = max(0, first - playing.first)
        part = samples[offset : offset + len(mixed) - begin]
        mixed[begin : begin + len(part)] += part
        end = playing.first + len(samples)
        if end <= first + len(mixed):
            playing.ended = True
            if not playing.over.done():
                playing.over.set_result(end / LANE_RATE)
