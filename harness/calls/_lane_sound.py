"""LaneSound: a piece of one lane for whoever listens, and both lanes side by side."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.nouns import LANE_RATE, Lane

__all__ = ["LaneGatherer", "LaneSound", "VoiceSound", "mixed"]

_PIECE = LANE_RATE // 25
_BEHIND = LANE_RATE // 5

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class LaneSound:
    """A piece of one lane of a live call.

    Attributes:
        first: Index of its first sample on the call's clock (LANE_RATE).
        samples: int16, little endian, mono.
    """

    call_id: str
    lane: Lane
    first: int
    samples: bytes


@dataclass(frozen=True, slots=True)
class VoiceSound:
    """A piece of the microphone of whoever speaks in the caller's place.

    Attributes:
        first: Index of its first sample by the microphone's own count.
        samples: int16, little endian, mono at LANE_RATE.
    """

    call_id: str
    first: int
    samples: bytes


class LaneGatherer:
    """Gathers samples of one lane to pieces of 40 ms. Their stamps never go back.

    A piece before a gap may be shorter; the gap itself is left out, the next stamp tells of it.
    What a lane that was laid back gives a second time is left out, as in the recording.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._kept: Samples = np.zeros(0, np.int16)

    def add(self, first: int, samples: Samples) -> list[tuple[int, bytes]]:
        """Take samples that begin at index `first`; the pieces that are whole, with their first."""
        if not len(samples):
            return []
        pieces: list[tuple[int, bytes]] = []
        at = first if self._first is None else self._first + len(self._kept)
        if first > at:
            if len(self._kept):
                pieces.append(self._piece(len(self._kept)))
            self._first = first
        elif first < at:
            samples = samples[at - first :]
        if self._first is None:
            self._first = first
        self._kept = np.concatenate([self._kept, samples])
        while len(self._kept) >= _PIECE:
            pieces.append(self._piece(_PIECE))
        return pieces

    def _piece(self, count: int) -> tuple[int, bytes]:
        assert self._first is not None
        first, piece = self._first, self._kept[:count]
        self._first += count
        self._kept = self._kept[count:]
        return first, piece.astype("<i2").tobytes()


async def mixed(lanes: AsyncGenerator[LaneSound, None]) -> AsyncGenerator[bytes, None]:
    """Both lanes side by side: stereo int16 at LANE_RATE, left caller, right agent, 40 ms each.

    A lane that stands still (an agent not heard yet, a stalled track) is silent once the other is
    200 ms ahead: hearing one side never waits for the other.
    """
    mixer: _Mixer | None = None
    try:
        async for piece in lanes:
            mixer = mixer or _Mixer(piece.first)
            for both in mixer.add(piece.lane, piece.first, np.frombuffer(piece.samples, "<i2")):
                yield both
    finally:
        await lanes.aclose()


class _Mixer:
    def __init__(self, start: int) -> None:
        self._start = start
        self._lanes: dict[Lane, Samples] = {
            "caller": np.zeros(0, np.int16),
            "agent": np.zeros(0, np.int16),
        }

    def add(self, lane: Lane, first: int, samples: Samples) -> list[bytes]:
        """Take samples; gives the chunks that both lanes cover."""
        have = self._lanes[lane]
        at = self._start + len(have)
        if first > at:
            have = np.concatenate([have, np.zeros(first - at, np.int16)])
        skip = max(0, self._start + len(have) - first)
        self._lanes[lane] = np.concatenate([have, samples[skip:]])
        shorter, longer = sorted(self._lanes, key=lambda name: len(self._lanes[name]))
        ahead = len(self._lanes[longer]) - len(self._lanes[shorter])
        if ahead > _BEHIND:
            fill = np.zeros(ahead - _BEHIND, np.int16)
            self._lanes[shorter] = np.concatenate([self._lanes[shorter], fill])
        chunks = []
        while min(len(samples) for samples in self._lanes.values()) >= _PIECE:
            both = np.stack([self._lanes[name][:_PIECE] for name in ("caller", "agent")], 1)
            chunks.append(both.astype("<i2").tobytes())
            for name in self._lanes:
                self._lanes[name] = self._lanes[name][_PIECE:]
            self._start += _PIECE
        return chunks
