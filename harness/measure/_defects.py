"""Defects of a sound: samples that are clipped, and holes within words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from harness.measure._loudness import dbfs
from harness.nouns import Dropout

__all__ = ["Clipping", "clipping", "dropouts"]

Int16 = npt.NDArray[np.int16]
Bool = npt.NDArray[np.bool_]
Power = npt.NDArray[np.float64]

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

# Of holes that went through a codec.
_SMEARED_SHORTEST, _BRIDGED = 8, 2  # in hops
_LOW_DB, _NEAR_DB = 22.0, 14.0
_FALL_DB, _RISE_DB, _BOTH_DB = 23.0, 25.0, 52.0


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

    Two kinds of them are told apart from the closures of stop consonants, which are silent too:

    - *sharp*: a hop of 1 ms is digital silence, or all of them on average at most 3 dB over the
      noise floor; on both sides the level falls and rises within 2 ms by more than 30 dB, from and
      to no less than 25 dB below that of the speech. A voice dies away more slowly.
    - *through a codec*, which fills a hole's first milliseconds with an echo of what was before: at
      least 8 ms of hops 22 dB below the level of the speech, 30 dB on average within; the level
      falls by 23 dB from the 6 ms before to the 5 ms after the edge, rises by 25 dB at the other,
      and by 52 dB in both together, to no less than 14 dB below the speech.

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
    found: list[Dropout] = []
    for first, last in _edges(spoken & (powers <= _power(floor_db + _HOP_OVER_FLOOR_DB))).tolist():
        if _is_sharp(powers, first, last, floor_db, speech_db):
            start, end = _to_the_sample(samples, first * hop, last * hop, hop)
            length = (end - start) / rate
            if _SHORTEST * _HOP_S <= length <= _LONGEST * _HOP_S:
                silent = not samples[start:end].any()
                kind: Literal["zeros", "gap"] = "zeros" if silent else "gap"
                found.append(Dropout(start / rate, length * 1000, kind))
    for first, last in _bridged(_edges(spoken & (powers <= _power(speech_db - _LOW_DB)))):
        start_s, length = first * hop / rate, (last - first) * hop / rate
        known = any(
            one.at < start_s + length and start_s < one.at + one.length_ms / 1000 for one in found
        )
        if not known and _is_smeared(powers, first, last, speech_db):
            found.append(Dropout(start_s, length * 1000, "gap"))
    return tuple(sorted(found, key=lambda one: one.at))


def _is_sharp(powers: Power, first: int, last: int, floor_db: float, speech_db: float) -> bool:
    """Whether hops `first` to `last`, near the floor, begin and end as no mouth does."""
    if not _SHORTEST - 1 <= last - first <= _LONGEST:
        return False
    within = _level(powers, first, last)
    beside = min(
        _level(powers, first - _EDGE - _BESIDE, first - _EDGE + 1),
        _level(powers, last + _EDGE - 1, last + _EDGE + _BESIDE),
    )
    return (
        within <= floor_db + _OVER_FLOOR_DB
        and beside - within > _DEPTH_DB
        and beside >= speech_db - _LOUD_DB
    )


def _is_smeared(powers: Power, first: int, last: int, speech_db: float) -> bool:
    """Whether hops `first` to `last`, below the speech, look like a hole that a codec filled."""
    if not _SMEARED_SHORTEST <= last - first <= _LONGEST:
        return False
    before, after = _level(powers, first - 6, first), _level(powers, last + 1, last + 7)
    fall = before - _level(powers, first + 1, first + 6)
    rise = after - _level(powers, last - 6, last - 2)
    return (
        fall >= _FALL_DB
        and rise >= _RISE_DB
        and fall + rise >= _BOTH_DB
        and speech_db - _level(powers, first + 3, last - 3) >= _DEPTH_DB
        and min(before, after) >= speech_db - _NEAR_DB
    )


def _level(powers: Power, first: int, last: int) -> float:
    """Level of hops, dBFS; the softest there is where there are none."""
    some = powers[max(0, first) : max(0, last)]
    return dbfs(float(some.mean())) if some.size else dbfs(0.0)


def _power(level_db: float) -> float:
    return 32768.0**2 * float(10 ** (level_db / 10))


def _bridged(runs: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Runs of hops, those joined that only two hops part."""
    joined: list[tuple[int, int]] = []
    for first, last in runs.tolist():
        if joined and first - joined[-1][1] <= _BRIDGED:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _active_power(powers: Power) -> float:
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
