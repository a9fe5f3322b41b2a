"""How much of what is heard of the agent is the caller's own voice coming back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["ECHO_DELAY_S", "ECHO_MIXED", "ECHO_SHARE", "Echo", "find_echo"]

Int16 = npt.NDArray[np.int16]
Wave = npt.NDArray[np.float64]

ECHO_DELAY_S = 0.6
"""An echo comes back within this time."""
ECHO_SHARE = 0.6
"""Speech of which so much is echo is nothing but that."""
ECHO_MIXED = 0.2
"""Of which so much is, its onset may be the echo's."""

_RATE = 8000
_BLOCK_S = 0.25
_DRIFT_S = 0.005
_ALIKE = 0.5
_QUIET_DB = 30.0
_LEAST_RMS = 32768.0 * 10 ** (-55 / 20)
_PRE = 0.95


@dataclass(frozen=True, slots=True)
class Echo:
    """The caller's voice in a stretch of the agent's lane.

    Attributes:
        share: Of the stretch's blocks of 0.25 s that are not silent: how much is the caller's.
        delay_s: How long after it was sent, at the best agreement.
    """

    share: float
    delay_s: float


def find_echo(agent: Int16, caller: Int16, rate: int) -> Echo | None:
    """Compare a stretch of the agent's lane with what the caller sent until then.

    Both are brought to 8 kHz and flattened (first difference, 0.95). The delay is where the
    normalised cross-correlation of the whole stretch is greatest by amount, within 0 to 0.6 s; a
    block of 0.25 s is echo if there, within 5 ms, its own reaches 0.5: half of its amplitude, a
    quarter of its power is the caller's. Blocks 30 dB below the loudest are silence. Words that are
    said again by another voice, or later than 0.6 s, do not agree by their waves.

    Args:
        agent: The stretch, shape (n,).
        caller: The caller's lane from 0.6 s before the stretch's first sample to its last, shape
            (n + 0.6 * rate,).
        rate: Of both, Hz.

    Returns:
        None if the stretch is shorter than a block, or the caller was silent (below -55 dBFS) in
        most of that time: there is nothing that could come back.

    Raises:
        ValueError: The lengths do not fit.
    """
    lead = round(ECHO_DELAY_S * rate)
    if len(caller) != len(agent) + lead:
        raise ValueError(f"{len(caller)} samples of the caller for {len(agent)} of the agent")
    if len(agent) < _BLOCK_S * rate or not _spoke(caller, rate):
        return None
    whole = len(agent) - len(agent) % (rate // math.gcd(rate, _RATE))
    heard, sent = _flat(agent[:whole], rate), _flat(caller[: whole + lead], rate)
    lags = len(sent) - len(heard)
    likeness = _likeness(heard, sent)
    best = int(np.argmax(np.abs(likeness)))
    size, drift = round(_BLOCK_S * _RATE), round(_DRIFT_S * _RATE)
    starts = range(0, len(heard) - size + 1, size)
    power = np.array([float(np.mean(heard[at : at + size] ** 2)) for at in starts])
    loud = power > power.max() * 10 ** (-_QUIET_DB / 10)
    alike = []
    for at in np.array(starts)[loud]:
        first = max(0, at + best - drift)
        around = sent[first : at + best + drift + size]
        alike.append(float(np.abs(_likeness(heard[at : at + size], around)).max()) >= _ALIKE)
    share = float(np.mean(alike)) if alike else 0.0
    return Echo(share, (lags - best) / _RATE)


def _spoke(caller: Int16, rate: int) -> bool:
    """Whether a voice was sent in at least a third of the blocks."""
    size = round(_BLOCK_S * rate)
    count = len(caller) // size
    blocks = caller[: count * size].reshape(count, size).astype(np.float64)
    return bool(np.mean(np.sqrt(np.mean(blocks**2, axis=1)) > _LEAST_RMS) >= 1 / 3)


def _flat(samples: Int16, rate: int) -> Wave:
    """At 8 kHz, with its high frequencies raised."""
    count = len(samples) * _RATE // rate
    spectrum = np.fft.rfft(samples.astype(np.float64))
    kept = np.zeros(count // 2 + 1, np.complex128)
    most = min(len(kept) - 1, len(spectrum))
    kept[:most] = spectrum[:most]
    wave = np.fft.irfft(kept, count) * (count / len(samples))
    flat: Wave = np.diff(wave, prepend=0.0) + (1 - _PRE) * np.concatenate([[0.0], wave[:-1]])
    return flat


def _likeness(part: Wave, whole: Wave) -> Wave:
    """Normalised cross-correlation of `part` with `whole` at each place it fits, -1..1."""
    size = 1 << (len(whole) - 1).bit_length()
    product = np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size))
    found = np.fft.irfft(product, size)[: len(whole) - len(part) + 1]
    energy = np.concatenate([[0.0], np.cumsum(whole**2)])
    there = energy[len(part) :] - energy[: -len(part)]
    scale = np.sqrt(np.maximum(there, 0.0) * float(np.sum(part**2)))
    alike: Wave = np.divide(found, scale, out=np.zeros_like(found), where=scale > 1e-6)
    return alike
