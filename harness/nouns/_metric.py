"""Metric: one figure of a call, and what is to be known of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Metric", "MetricInfo", "Unit"]

Unit = Literal["s", "count", "share", "per_minute", "db", "hz", "score"]
"""s: seconds. share and score: 0..1, a score of agreement -1..1. per_minute: words a minute. db:
dBFS, dB or LUFS."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure with what is needed to read it.

    Attributes:
        key: Stable machine name, for instance ``response_latency_p50``.
        value: None if it could not be measured.
        n: How many observations it rests on.
        low: Where its 95 % interval begins; None if there is none.
        high: Where it ends.
        of: For a rate: out of how many.
        left_out: Turns that were kept out since the harness itself spoiled them.
        why: Why `value` is None, one sentence for people.
        turns: Indexes of the turns it rests on, at most 50.
    """

    key: str
    value: float | None
    unit: Unit
    n: int
    low: float | None = None
    high: float | None = None
    of: int | None = None
    left_out: int = 0
    why: str = ""
    turns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """What a metric means.

    Attributes:
        better: Which direction is good.
        tooltip: In plain words, at most 200 characters.
        formula: For docs/measurement.md.
        source: Where the definition comes from.
        grey_below: With fewer observations it is shown greyed.
    """

    key: str
    title: str
    unit: Unit
    better: Literal["lower", "higher", "neither"]
    group: Literal["latency", "turn_taking", "talk", "words", "audio", "health", "runs", "judges"]
    tooltip: str
    formula: str
    source: str
    grey_below: int = 10
