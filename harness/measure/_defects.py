"""Defects of a sound: samples that are clipped, and holes within words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.measure._loudness import dbfs
from harness.nouns import Dropout

__all__ = ["Clipping", "clipping", "dropouts"]

Int16 = npt.NDArray[np.int16]
Bool = npt.NDArray[np.bool_]

_RUN = 3
_TOP_STEPS = 1
_FULL_SHARE = 0.98
_FLAT_LEAST = 1000  # -30 dBFS: a softer top is not looked at
_NEIGHBOURS = 8
_CROWDED = 20.0

_HOP_S = 0.001
_SHORTEST, _LONGEST = 5, 150  # in hops
_EDGE, _BESIDE = 2, 6  # in hops: how long the level may take to fall, and where it is read before
_DEPTH_DB = 30.0
_LOUD_DB = 25.0
_OVER_FLOOR_DB = 3.0
_HOP_OVER_FLOOR_DB = 9.0  # a hop of noise is too short to be told more exactly


@dataclass(frozen=True, slots=True)
class Clipping:
    """Clipped samples, and the stretches they lie in."""

    samples: int
    runs: int


def clipping(samples: Int16, inside: Bool) -> Clipping:
    """Samples on flat tops: within one step of the sound's extreme, somewhere three in a row.

    The extreme must be at least 0.98 of full scale, or be crowded: in it lie 20 times as many
    samples as in one of the eight values next to it, which no wave does that was not cut off. Each
    polarity is looked at alone. Only stretches of three and more count as runs.

    Args:
        samples: Shape (n,).
        inside: Shape (n,): which of them are looked at.
    """
    total = runs = 0
    looked = samples[inside].astype(np.int32)
    if not looked.size:
        return Clipping(0, 0)
    for sign in (1, -1):
        wave = looked if sign > 0 else -looked
        top = int(wave.max())
        if top < _FLAT_LEAST:
            continue
        near = wave[wave >= top - _TOP_STEPS - _NEIGHBOURS]
        at_top = int((near >= top - _TOP_STEPS).sum())
        beside = (near.size - at_top) / _NEIGHBOURS
        crowded = at_top >= _CROWDED * max(beside, 1.0)
        if top < _FULL_SHARE * 32767 and not crowded:
            continue
        at = inside & (sign * samples.astype(np.int32) >= top - _TOP_STEPS)
        lengths = np.diff(_edges(at), axis=1).ravel()
        long = int((lengths >= _RUN).sum())
        if long:
            total += int(lengths.sum())
            runs += long
    return Clipping(total, runs)


def dropouts(samples: Int16, rate: int, inside: Bool, floor_db: float) -> tuple[Dropout, ...]:
    """Holes within words: 5 to 150 ms in which the sound is gone, with edges no mouth makes.

    Sound is gone where it is digital silence, or on average at most 3 dB over the noise floor. On
    both sides it must fall and rise within 2 ms, by more than 30 dB, from and to a level no more
    than 25 dB below that of the speech. A stop consonant is silent too, but its voice dies away
    slowly.

    Args:
        samples: Shape (n,).
        rate: Samples a second, Hz.
        inside: Shape (n,): what is speech.
        floor_db: The noise floor, dBFS.

    Returns:
        In the order of time; `at` in seconds from sample 0.
    """
    hop = max(1, round(_HOP_S * rate))
    count = samples.size // hop
    hops = samples[: count * hop].reshape(count, hop).astype(np.float64)
    powers = np.einsum("ij,ij->i", hops, hops) / hop
    spoken = inside[: count * hop : hop]
    if not spoken.any():
        return ()
    speech_db = dbfs(_active_power(powers[spoken]))
    gone = spoken & (powers <= 32768.0**2 * 10 ** ((floor_db + _HOP_OVER_FLOOR_DB) / 10))
    found: list[Dropout] = []
    for first, last in _edges(gone).tolist():
        if not _SHORTEST - 1 <= last - first <= _LONGEST:
            continue
        before = powers[max(0, first - _EDGE - _BESIDE) : max(0, first - _EDGE + 1)]
        after = powers[last + _EDGE - 1 : last + _EDGE + _BESIDE]
        if not before.size or not after.size:
            continue
        within = dbfs(float(powers[first:last].mean()))
        beside = min(dbfs(float(before.mean())), dbfs(float(after.mean())))
        if within > floor_db + _OVER_FLOOR_DB or beside - within <= _DEPTH_DB:
            continue
        if beside < speech_db - _LOUD_DB:
            continue
        start, end = _to_the_sample(samples, first * hop, last * hop, hop)
        length = (end - start) / rate
        if not _SHORTEST * _HOP_S <= length <= _LONGEST * _HOP_S:
            continue
        silent = not samples[start:end].any()
        found.append(Dropout(start / rate, length * 1000, "zeros" if silent else "gap"))
    return tuple(found)


def _active_power(powers: npt.NDArray[np.float64]) -> float:
    """Mean power of what lies within 40 dB of the loudest."""
    return float(powers[powers >= powers.max() * 1e-4].mean())


def _to_the_sample(samples: Int16, start: int, end: int, hop: int) -> tuple[int, int]:
    """A hole's first and one past its last sample: as far as it is no louder than inside."""
    limit = int(np.abs(samples[start:end].astype(np.int32)).max())
    while start > 0 and abs(int(samples[start - 1])) <= limit:
        start -= 1
    while end < samples.size and abs(int(samples[end])) <= limit:
        end += 1
    return start, end


def _edges(mask: Bool) -> npt.NDArray[np.int64]:
    """First and one past the last index of each run of True, shape (runs, 2)."""
    steps = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return steps.reshape(-1, 2).astype(np.int64)
