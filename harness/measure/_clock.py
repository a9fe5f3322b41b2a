"""SampleClock: when a sample was heard, from how many came before it."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque

__all__ = ["SampleClock"]

_WINDOW_S = 10.0
_SETTLE_S = 2.0  # the receiver's jitter buffer stretches time in the first two seconds
_QUANTILE = 0.01


class SampleClock:
    """Maps sample counts of a gapless stream to the call's clock: ``t0 + n / rate``.

    Frames arrive late by chance, never early, so the line that most frames are just late against
    is the truth: `t0` is the 1st percentile (nearest rank) of ``arrival - n / rate`` over the last
    10 s (docs/measurement.md). A frame costs O(log w) comparisons, w frames being in the window.

    Args:
        rate: Samples a second, Hz.

    Raises:
        ValueError: `rate` is not positive.
    """

    def __init__(self, rate: int) -> None:
        if rate <= 0:
            raise ValueError(f"rate must be positive, not {rate}")
        self.rate = rate
        self._window: deque[tuple[float, float]] = deque()
        self._sorted: list[float] = []
        self._least: float | None = None
        self._first_arrival: float | None = None
        self._settled_t0: float | None = None

    def observe(self, total_samples: int, arrived_at: float) -> None:
        """Take note that `total_samples` had come in all at `arrived_at` (seconds).

        Call it once a frame, with the frame's samples counted in.
        """
        offset = arrived_at - total_samples / self.rate
        self._least = offset if self._least is None else min(self._least, offset)
        self._window.append((arrived_at, offset))
        insort(self._sorted, offset)
        while self._window[0][0] < arrived_at - _WINDOW_S:
            _, old = self._window.popleft()
            del self._sorted[bisect_left(self._sorted, old)]
        if self._first_arrival is None:
            self._first_arrival = arrived_at
        if self._settled_t0 is None and arrived_at - self._first_arrival >= _SETTLE_S:
            self._settled_t0 = self.t0

    @property
    def t0(self) -> float:
        """When sample 0 was heard, by the present estimate (seconds).

        Raises:
            ValueError: Nothing was observed yet.
        """
        if not self._sorted:
            raise ValueError("no frame was observed yet")
        return self._sorted[int(_QUANTILE * (len(self._sorted) - 1))]

    def time_of(self, sample: float) -> float:
        """When sample number `sample` was heard (seconds on the clock of the arrivals).

        Raises:
            ValueError: Nothing was observed yet.
        """
        return self.t0 + sample / self.rate

    def least_late_s(self) -> float:
        """How late the frame came that was least late since this was last asked, 0 if none came.

        Some frame is just in time, unless the whole stream has moved: the window's percentile only
        follows when nearly all of it is from after the move.
        """
        least, self._least = self._least, None
        return 0.0 if least is None else max(0.0, least - self.t0)

    @property
    def settled(self) -> bool:
        """Whether the first two seconds are over."""
        return self._settled_t0 is not None

    @property
    def shift_s(self) -> float:
        """How far `t0` has moved since it first settled (seconds, 0 before)."""
        return 0.0 if self._settled_t0 is None else self.t0 - self._settled_t0
