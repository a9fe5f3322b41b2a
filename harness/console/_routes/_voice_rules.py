"""VoiceRules: what a page's microphone may send, so that no page can flood a call."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from harness.nouns import LANE_RATE

__all__ = ["Piece", "VoiceRules"]

_HEAD = struct.Struct("<BBHIQ")
_VERSION = 1
_LEAST, _MOST = LANE_RATE // 50, LANE_RATE // 10
_FAST = 1.25
"""Times real time: a page that was held up catches up, and a clock may run a little fast ..."""
_BURST_S = 4.0
"""... by so much sound at once."""
_TEXTS, _TEXTS_S, _LONGEST = 20, 10.0, 4096


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a microphone.

    Attributes:
        first: Its first sample by the microphone's own count.
        pcm: int16, little endian, mono at LANE_RATE.
    """

    first: int
    pcm: bytes


class VoiceRules:
    """Reads a page's messages; the first that breaks a rule is the last.

    A piece is 16 bytes, little endian: version (1), seven bytes of 0, the index of its first sample
    (uint64); then 20 to 100 ms of int16 samples. Sound comes at most 1.25 times as fast as it
    sounds, 4 s of it at once; texts have at most 4 KB, and 20 come in 10 s.

    Args:
        now: Second of a clock that runs on, as the first message comes.
    """

    def __init__(self, now: float) -> None:
        self._left_s = _BURST_S
        self._at = now
        self._texts: list[float] = []

    def piece(self, message: bytes, now: float) -> Piece | None:
        """The piece in a binary message; None if it breaks a rule."""
        count = (len(message) - _HEAD.size) // 2
        if not _LEAST <= count <= _MOST or len(message) != _HEAD.size + 2 * count:
            return None
        version, *zeros, first = _HEAD.unpack_from(message)
        if version != _VERSION or any(zeros) or first >= 1 << 48:
            return None
        self._left_s = min(_BURST_S, self._left_s + _FAST * (now - self._at)) - count / LANE_RATE
        self._at = now
        return Piece(first, message[_HEAD.size :]) if self._left_s >= 0 else None

    def text(self, message: str, now: float) -> bool:
        """Whether another text of the page may be read."""
        self._texts = [at for at in self._texts if now - at < _TEXTS_S] + [now]
        return len(self._texts) <= _TEXTS and len(message.encode()) <= _LONGEST
