"""Metric: one figure of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Metric"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure with what is needed to read it.

    Attributes:
        key: Stable machine name, for instance ``response_latency_p50``.
        value: None if it could not be measured.
        unit: s (seconds), count or share (0..1).
        n: How many observations it rests on.
    """

    key: str
    value: float | None
    unit: Literal["s", "count", "share"]
    n: int
