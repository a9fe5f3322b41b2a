"""SpeechDetector: when somebody starts and stops speaking, from the energy of what is heard.

The method and its measured errors are told in docs/measurement.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from harness.measure._floor import BLOCK_HOPS, NoiseFloor

__all__ = ["HANGOVER_S", "HOPS_PER_S", "Boundary", "SpeechDetector"]

Int16 = npt.NDArray[np.int16]

HANGOVER_S = 0.3
"""Pauses shorter than this (seconds) do not end an utterance."""

HOPS_PER_S = 200
"""Hops in a second: the grid of the boundaries."""
_SILENT_DB = -100.0
_FULL_SCALE = 32768.0**2

_HI_OVER_FLOOR_DB = 10.0  # speech has begun
_LO_OVER_FLOOR_DB = 4.0  # how far its edges are followed
_HI_MIN_DB = -60.0
_LO_MIN_DB = -66.0
_RANGE_DB = 40.0  # what is this far below the utterance's loudest hop is not heard as part of it

# In hops of 5 ms.
_TOUCH = 4  # runs this close are one
_NEAR = 30  # a stop's closure: a burst this close belongs to the word
_REAL = 5  # a run this long counts by itself; shorter ones are clicks
_LOOK = 24  # an utterance is confirmed by ...
_NEEDED = 12  # ... this many loud hops among the last _LOOK
_HANGOVER = int(HANGOVER_S * HOPS_PER_S)
_KEEP = 800
_FLAT_DB = 4.0


@dataclass(frozen=True, slots=True)
class Boundary:
    """Speech started or stopped `at` this second of the stream, counted from its sample 0.

    Attributes:
        speech: How sure the speech model was (0..1, its highest probability so far); None if it was
            not asked.
    """

    kind: Literal["started", "stopped"]
    at: float
    speech: float | None = None


class SpeechDetector:
    """Streaming adaptive energy detector.

    Boundaries come as soon as they are known, about 60 ms after an onset and 0.3 s after an
    offset, with `at` dated back to the 5 ms hop in which it happened. How the stream is cut into
    chunks makes no difference. If what was taken for speech turns out to be a louder background,
    its ``stopped`` has the same `at` as its ``started``.

    Args:
        rate: Samples a second, Hz: a multiple of 200, such as 16000, 24000 or 48000.

    Raises:
        ValueError: `rate` is not a positive multiple of 200.
    """

    def __init__(self, rate: int) -> None:
        if rate <= 0 or rate % HOPS_PER_S:
            raise ValueError(f"rate must be a multiple of {HOPS_PER_S} Hz, not {rate}")
        self.rate = rate
        self._hop = rate // HOPS_PER_S
        self._rest: Int16 = np.zeros(0, np.int16)
        self._floor = NoiseFloor()
        self._hi = _HI_MIN_DB
        self._lo = _LO_MIN_DB
        self._levels: list[float] = []
        self._base = 0  # hop number of _levels[0]
        self._next = 0  # hop number of the next hop
        self._free = 0  # hops before this belong to an earlier utterance
        self._look_until = 0
        self._start: int | None = None
        self._last = 0  # last hop of the utterance so far
        self._peak = _SILENT_DB
        self._run_start = 0
        self._run_last = -_TOUCH - 1
        self._run_peak = _SILENT_DB

    @property
    def speaking(self) -> bool:
        """Whether an utterance is open."""
        return self._start is not None

    @property
    def depth(self) -> float:
        """How far (dB) the last utterance's loudest hop stands over where its edges are lost."""
        return self._peak - self._lo

    def feed(self, samples: Int16) -> list[Boundary]:
        """Take the next samples, shape (n,), and return the boundaries now known, in order."""
        found: list[Boundary] = []
        for level in self.hops(samples):
            self.step(level, found)
        return found

    def hops(self, samples: Int16) -> list[float]:
        """Take the next samples, shape (n,); the levels of the hops they complete, for `step`."""
        if self._rest.size:
            samples = np.concatenate((self._rest, samples))
        whole = samples.size // self._hop * self._hop
        self._rest = samples[whole:].copy()
        if not whole:
            return []
        # Sums of integers below 2**53 are exact in float64, in whatever order: so chunks do
        # not matter. Taking each hop's mean away removes DC and rumble.
        hops = samples[:whole].astype(np.float64).reshape(-1, self._hop)
        means = hops.sum(axis=1) / self._hop
        powers = np.einsum("ij,ij->i", hops, hops) / self._hop - means * means
        return [10 * math.log10(power / _FULL_SCALE + 1e-10) for power in powers.tolist()]

    def recent(self, first: int, last: int) -> list[float]:
        """Levels (dBFS) of hops `first` to `last`, as far as they are still kept (4 s at least)."""
        return self._levels[max(0, first - self._base) : max(0, last - self._base)]

    def flush(self) -> list[Boundary]:
        """The stream is over: end an open utterance where it was last heard."""
        found: list[Boundary] = []
        if self._start is not None:
            self._stop(found)
        return found

    def step(self, level: float, found: list[Boundary]) -> None:
        """Take one hop's level; what becomes known is appended to `found`."""
        hop = self._next
        self._next += 1
        self._levels.append(level)
        if len(self._levels) >= 2 * _KEEP:
            del self._levels[:_KEEP]
            self._base += _KEEP
        if self._next % BLOCK_HOPS == 0:
            rose = self._floor.update(self._levels, _SILENT_DB, self._start is not None)
            if self._floor.level is not None:
                spread = self._floor.spread
                self._hi = max(_HI_MIN_DB, self._floor.level + max(_HI_OVER_FLOOR_DB, 5 * spread))
                self._lo = max(_LO_MIN_DB, self._floor.level + max(_LO_OVER_FLOOR_DB, 3.5 * spread))
            if rose and self._start is not None:
                self._look_again(found)
        if self._floor.level is None:
            self._look_until = hop + _LOOK
        elif self._start is None:
            if level >= self._hi:
                self._look_until = hop + _LOOK
            if hop < self._look_until:
                self._look_for_start(found)
        else:
            self._follow(hop, level, found)

    def _look_for_start(self, found: list[Boundary]) -> None:
        """Confirm an utterance if enough of the last hops are loud and they are not one hum."""
        first = max(self._free, self._base, self._next - _LOOK) - self._base
        recent = self._levels[first:]
        if sum(level >= self._hi for level in recent) < _NEEDED:
            return
        peak = max(recent)
        low = max(self._lo, peak - _RANGE_DB)
        end = self._next - 1
        while self._levels[end - self._base] < self._hi:
            end -= 1
        start = self._trace_back(end, low)
        if self._is_flat(start):
            return
        self._start = self._run_start = start
        self._last = self._run_last = end
        self._peak = self._run_peak = peak
        found.append(Boundary("started", start / HOPS_PER_S))

    def _trace_back(self, end: int, low: float) -> int:
        """The first hop of the speech that `end` belongs to."""
        floor = max(self._free, self._base)
        start, _ = self._run_before(end, floor, low)
        while True:
            near = start - 1
            while near >= max(floor, start - _NEAR) and self._levels[near - self._base] < low:
                near -= 1
            if near < max(floor, start - _NEAR):
                return start
            piece, peak = self._run_before(near, floor, low)
            if near - piece + 1 < _REAL or peak < self._hi:
                return start
            start = piece

    def _run_before(self, end: int, floor: int, low: float) -> tuple[int, float]:
        """First hop and peak of the run of hops over `low` that ends with `end`."""
        start, peak = end, self._levels[end - self._base]
        hop = end - 1
        while hop >= floor and start - hop <= _TOUCH + 1:
            level = self._levels[hop - self._base]
            if level >= low:
                start, peak = hop, max(peak, level)
            hop -= 1
        return start, peak

    def _is_flat(self, start: int) -> bool:
        """Whether the level has hardly changed since `start`: a background that was turned on."""
        levels = self._levels[start + 2 - self._base :]
        means = [sum(levels[i : i + 5]) / 5 for i in range(len(levels) - 4)]
        return not means or max(means) - min(means) < _FLAT_DB

    def _follow(self, hop: int, level: float, found: list[Boundary]) -> None:
        """Take a hop of an open utterance."""
        self._peak = max(self._peak, level)
        if level >= max(self._lo, self._peak - _RANGE_DB):
            if hop - self._run_last > _TOUCH + 1:
                self._run_start, self._run_peak = hop, level
            self._run_last, self._run_peak = hop, max(self._run_peak, level)
            gap = self._run_start - self._last - 1
            length = hop - self._run_start + 1
            if (
                gap <= _TOUCH
                or (self._run_peak >= self._hi and length >= _REAL)
                or (self._run_peak >= self._hi and length >= 2 and gap <= _NEAR)
            ):
                self._last = hop
        run_goes_on = hop - self._run_last <= _TOUCH and (
            self._last < self._run_start <= self._last + _HANGOVER
        )
        if hop - self._last >= _HANGOVER and not run_goes_on:
            self._stop(found)

    def _look_again(self, found: list[Boundary]) -> None:
        """The background is louder than was known: find the utterance's end anew."""
        assert self._start is not None
        floor = max(self._start, self._base)
        low = max(self._lo, self._peak - _RANGE_DB)
        hop = self._next - 1
        while hop >= floor:
            if self._levels[hop - self._base] >= low:
                start, peak = self._run_before(hop, floor, low)
                if peak >= self._hi and hop - start + 1 >= _REAL:
                    break
                hop = start
            hop -= 1
        self._last = hop
        if hop < floor or self._next - 1 - hop >= _HANGOVER:
            self._stop(found)

    def _stop(self, found: list[Boundary]) -> None:
        assert self._start is not None
        end = max(self._start, self._last + 1)
        found.append(Boundary("stopped", end / HOPS_PER_S))
        self._start = None
        self._free = end
        self._look_until = 0
