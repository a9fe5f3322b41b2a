"""LaneEncoder: pieces of a call's lanes as a listening page gets them."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from harness.calls import LaneSound
from harness.nouns import LANE_RATE

__all__ = ["MU_LAW", "PCM", "SILENT", "LaneEncoder", "mu_law"]

SILENT, PCM, MU_LAW = 0, 1, 2
"""How the samples of a piece are written: not at all, as int16, or as G.711's mu-law."""

_HEAD = struct.Struct("<BBBBIQ")
_VERSION = 1
_LANES = ("caller", "agent")
_FAINT = 64
"""About -54 dBFS: room tone, and the nothing before an agent speaks, stay under it."""
_BEHIND_S, _CAUGHT_UP_S, _STEADY_S = 0.3, 0.1, 10.0


class LaneEncoder:
    """Writes pieces for one listener, smaller ones while it falls behind.

    A piece is 16 bytes, little endian: version (1), lane (0 caller, 1 agent), how its samples are
    written, 0, their count (uint32), the index of the first on the call's clock (uint64); then the
    samples. Nothing louder than -54 dBFS is written without samples: it is silence.
    """

    def __init__(self) -> None:
        self._least: dict[str, float] = {}
        self._small = False
        self._steady_since = 0.0

    @property
    def small(self) -> bool:
        """Whether samples are written as mu-law, in half of the bytes."""
        return self._small

    def encode(self, piece: LaneSound, now: float) -> bytes:
        """One piece as it goes over the line.

        Args:
            piece: Of either lane.
            now: Second of any clock that runs on, as the piece is sent.
        """
        self._look(piece, now)
        samples = np.frombuffer(piece.samples, "<i2")
        if int(np.abs(samples.astype(np.int32)).max(initial=0)) <= _FAINT:
            form, body = SILENT, b""
        elif self._small:
            form, body = MU_LAW, mu_law(samples)
        else:
            form, body = PCM, piece.samples
        lane = _LANES.index(piece.lane)
        return _HEAD.pack(_VERSION, lane, form, 0, len(samples), piece.first) + body

    def _look(self, piece: LaneSound, now: float) -> None:
        """See by the stamps how far the listener is behind what it was at its best."""
        late = now - piece.first / LANE_RATE
        least = self._least[piece.lane] = min(late, self._least.get(piece.lane, late))
        behind = late - least
        if behind > _CAUGHT_UP_S:
            self._steady_since = now
        if behind > _BEHIND_S:
            self._small = True
        elif now - self._steady_since > _STEADY_S:
            self._small = False


def mu_law(samples: npt.NDArray[np.int16]) -> bytes:
    """int16 samples as ITU-T G.711 mu-law, a byte each."""
    return _TABLE[samples.astype(np.int32) + 32768].tobytes()


def _table() -> npt.NDArray[np.uint8]:
    """The code of each int16 value, from -32768 on (G.711, 1988, table 2a; with its bias of 33)."""
    value = np.arange(-32768, 32768, dtype=np.int32)
    magnitude = np.minimum(np.abs(value), 32635) + 132
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    step = (magnitude >> (segment + 3)) & 0x0F
    sign = np.where(value < 0, 0x80, 0)
    return np.asarray(~(sign | (segment << 4) | step) & 0xFF, np.uint8)


_TABLE = _table()
