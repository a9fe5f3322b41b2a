"""What is said in a calibration: sounds from seeds, known to the sample, and who answers when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["RATE", "Kind", "Round", "Samples", "line_of", "plan_of", "reply_of", "voiced"]

RATE = 24_000
"""Samples a second of everything that is said or heard here, Hz."""
DELAYS_S = (0.3, 0.8, 1.5, 3.0)
STOP_S = 0.5
OVERLAP_S = 0.5
CUT_IN_S = 1.2
"""How long the caller listens to a reply before it cuts in."""
_EDGE = RATE // 500
_LEVEL = 0.35
_HISSES = 0.8

Samples = npt.NDArray[np.int16]
Wave = npt.NDArray[np.float64]
Kind = Literal["delay", "held", "stop", "overlap"]


@dataclass(frozen=True, slots=True)
class Round:
    """One line of the caller, and what the agent does.

    Attributes:
        kind: delay: it answers `delay_s` after the line's end. held: the same, with a reply that
            lasts until the caller cuts in. stop: the caller cuts in, and it falls silent `delay_s`
            after the line's onset. overlap: it starts before the line's end (`delay_s` < 0).
        number: From 1; also the seed of what is said.
    """

    number: int
    kind: Kind
    delay_s: float

    @property
    def text(self) -> str:
        """What stands in place of the line's words."""
        return f"Line {self.number}"


def plan_of(turns: int, stops: int, overlaps: int, seed: int) -> tuple[Round, ...]:
    """Lines in the order they are said: known delays in turn, shuffled, the others among them.

    Args:
        turns: With an answer after a known delay.
        stops: In which the caller cuts in; each takes two lines.
        overlaps: In which the agent starts too early.
        seed: Of the order.
    """
    rng = np.random.default_rng(seed)
    acts: list[tuple[tuple[Kind, float], ...]] = [
        (("delay", DELAYS_S[turn % len(DELAYS_S)]),) for turn in range(turns)
    ]
    acts += [(("held", DELAYS_S[0]), ("stop", STOP_S))] * stops
    acts += [(("overlap", -OVERLAP_S),)] * overlaps
    order = [acts[place] for place in rng.permutation(len(acts))]
    said = [part for act in order for part in act]
    return tuple(Round(number, *part) for number, part in enumerate(said, start=1))


def line_of(of: Round) -> Samples:
    """The caller's line, from its first to its last sample."""
    return voiced(1.2 if of.kind == "overlap" else 0.6, 2 * of.number)


def reply_of(of: Round) -> Samples:
    """The agent's reply; one that the caller cuts into goes on for longer."""
    return voiced(4.0 if of.kind == "held" else 0.7, 2 * of.number + 1)


def voiced(seconds: float, seed: int) -> Samples:
    """A voice without words: vowels with hisses between them, edges of 2 ms.

    No two seeds and no two stretches of one sound alike, so that each is found by correlation. It
    holds no pause, so that it starts and ends once, and is near enough to speech for a speech model
    to take it for that.
    """
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    pitch = rng.uniform(95, 200)
    parts = [_vowel(rng, pitch)]
    while sum(map(len, parts)) < count:
        if rng.random() < _HISSES:
            parts.append(_hiss(rng))
        parts.append(_vowel(rng, pitch))
    wave: Wave = np.concatenate(parts)[:count] + 0.01 * rng.standard_normal(count)
    wave *= _LEVEL / np.abs(wave).max()
    ramp = np.sin(np.linspace(0, np.pi / 2, _EDGE)) ** 2
    wave[:_EDGE] *= ramp
    wave[-_EDGE:] *= ramp[::-1]
    return np.rint(wave * 32767).astype(np.int16)


def _vowel(rng: np.random.Generator, pitch: float) -> Wave:
    """120 to 195 ms with two formants, swelling and fading."""
    count = round(rng.uniform(0.12, 0.195) * RATE)
    at_s = np.arange(count) / RATE
    hertz = pitch * rng.uniform(0.85, 1.2) * (1 + 0.08 * np.sin(2 * np.pi * 4 * at_s))
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    first, second = rng.uniform(300, 800), rng.uniform(900, 2300)
    wave = np.zeros(count)
    for harmonic in range(1, 36):
        tone = harmonic * hertz
        gain = 1 / (1 + ((tone - first) / 120) ** 2) + 0.5 / (1 + ((tone - second) / 180) ** 2)
        wave += (gain + 0.01) * (tone < 3600) * np.sin(harmonic * phase)
    swell = 0.25 + 0.75 * np.sin(np.pi * np.linspace(0.1, 0.9, count))
    vowel: Wave = wave / np.abs(wave).max() * swell * rng.uniform(0.6, 1.0)
    return vowel


def _hiss(rng: np.random.Generator) -> Wave:
    """50 to 100 ms of high noise."""
    count = round(rng.uniform(0.05, 0.1) * RATE)
    hiss: Wave = np.diff(rng.standard_normal(count), prepend=0.0) / 4 * rng.uniform(0.15, 0.35)
    return hiss
