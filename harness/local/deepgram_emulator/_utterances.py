"""Where speech starts and ends in a stream of samples, by its loudness alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Literal

import numpy as np

__all__ = ["Piece", "Utterances"]

_FRAME_S = 0.02
_LOUD = 32768 * 10 ** (-45 / 20)
_ONSET_FRAMES = 2
_BEFORE_S = 0.3

Piece = tuple[Literal["begin", "sound", "end"], bytes]
"""What comes next of an utterance; samples stand with `sound` only."""


class Utterances:
    """Cuts a stream of int16 samples into utterances.

    Args:
        rate: Samples a second.
        pause_s: So much quiet ends an utterance.

    Attributes:
        seconds: How much was heard.
        open: Whether an utterance goes on.
        began: Second at which the last one began.
    """

    def __init__(self, rate: int, pause_s: float) -> None:
        self.seconds = 0.0
        self.open = False
        self.began = 0.0
        self._frame = 2 * round(rate * _FRAME_S)
        self._pause_frames = round(pause_s / _FRAME_S)
        self._rest = b""
        self._before: deque[bytes] = deque(maxlen=round(_BEFORE_S / _FRAME_S))
        self._loud = 0
        self._quiet = 0

    def hear(self, samples: bytes) -> Iterator[Piece]:
        """What some more samples bring."""
        data = self._rest + samples
        whole = len(data) - len(data) % self._frame
        self._rest = data[whole:]
        for start in range(0, whole, self._frame):
            yield from self._next(data[start : start + self._frame])

    def finish(self) -> Iterator[Piece]:
        """End the utterance that goes on, if any."""
        if self.open:
            self.open = False
            self._before.clear()
            yield "end", b""

    def _next(self, frame: bytes) -> Iterator[Piece]:
        self.seconds += _FRAME_S
        level = np.sqrt(np.mean(np.square(np.frombuffer(frame, "<i2").astype(np.float32))))
        loud = bool(level > _LOUD)
        self._loud = self._loud + 1 if loud else 0
        self._quiet = 0 if loud else self._quiet + 1
        if self.open:
            yield "sound", frame
            if self._quiet >= self._pause_frames:
                yield from self.finish()
            return
        self._before.append(frame)
        if self._loud >= _ONSET_FRAMES:
            self.open = True
            self.began = max(0.0, self.seconds - len(self._before) * _FRAME_S)
            yield "begin", b""
            yield "sound", b"".join(self._before)
            self._before.clear()
