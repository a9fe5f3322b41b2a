"""The background of a stream: how loud it is and how much it wavers."""

from __future__ import annotations

from collections import deque

__all__ = ["BLOCK_HOPS", "NoiseFloor"]

BLOCK_HOPS = 10
"""Hops in a block: 50 ms."""

QUIET_DB = -80.0
"""Backgrounds below this are all the same to us (dBFS)."""

_MIN_BLOCKS = 30  # 1.5 s: how long a quieter past counts
_FLAT_BLOCKS = 20  # 1 s of one level is background
_FLAT_BLOCKS_IN_SPEECH = 40  # a held "mm" must not pass for noise
_FLAT_RANGE_DB = 4.0
_MUTED_BLOCKS = 4  # shorter digital silence is a dropout and says nothing about the background


class NoiseFloor:
    """Background level from levels of 5 ms hops.

    What keeps within 4 dB for 1 s (2 s in the midst of speech) is background: its mean is the
    level, its standard deviation the spread. Until something is that steady, the lowest 50 ms of
    the last 1.5 s count; in the midst of speech the level only falls (minimum statistics: R.
    Martin, IEEE Trans. Speech Audio Process. 9(5), 2001, simplified).

    Attributes:
        level: dBFS, None before the first block is full.
        spread: Standard deviation of the hops' levels, dB.
    """

    def __init__(self) -> None:
        self.level: float | None = None
        self.spread = 1.0
        self._blocks: deque[float] = deque(maxlen=_FLAT_BLOCKS_IN_SPEECH)
        self._muted = 0

    def update(self, hops: list[float], muted_level: float, in_speech: bool) -> bool:
        """Take in the levels of the hops up to now, the newest block being the last ten.

        Args:
            hops: Levels in dBFS, the newest last.
            muted_level: The level that stands for digital silence.
            in_speech: Whether an utterance is going on.

        Returns:
            Whether a steady background has just been found above what was taken for it before.
        """
        sounding = [level for level in hops[-BLOCK_HOPS:] if level > muted_level]
        if sounding:
            self._muted = 0
            block = max(QUIET_DB, sum(sounding) / len(sounding))
        else:
            self._muted += 1
            if self._muted < _MUTED_BLOCKS:
                return False
            block = QUIET_DB
        self._blocks.append(block)
        before = self.level
        window = _FLAT_BLOCKS_IN_SPEECH if in_speech else _FLAT_BLOCKS
        recent = list(self._blocks)[-window:]
        if len(recent) == window and max(recent) - min(recent) < _FLAT_RANGE_DB:
            self.level = sum(recent) / window
            self._measure_spread(hops[-window * BLOCK_HOPS :])
            return before is not None and self.level > before + 3
        if in_speech and before is not None:
            self.level = min(before, block)
        else:
            self.level = min(list(self._blocks)[-_MIN_BLOCKS:])
        return False

    def _measure_spread(self, hops: list[float]) -> None:
        levels = [max(QUIET_DB, level) for level in hops]
        mean = sum(levels) / len(levels)
        self.spread = (sum((level - mean) ** 2 for level in levels) / len(levels)) ** 0.5
