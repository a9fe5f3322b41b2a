"""LaneSound: a piece of one lane for whoever listens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.nouns import LANE_RATE, Lane

__all__ = ["LaneGatherer", "LaneSound", "VoiceSound"]

_PIECE = LANE_RATE // 25

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
