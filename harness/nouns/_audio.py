"""What a recording is: two lanes on the call's clock."""

from __future__ import annotations

from typing import Literal

__all__ = ["LANE_RATE", "PEAKS_PER_SECOND", "Lane"]

Lane = Literal["caller", "agent"]

LANE_RATE = 24_000
"""Hz of both lanes, int16 mono each. Sample n is second n / LANE_RATE on the call's clock."""

PEAKS_PER_SECOND = 50
"""Peaks of a lane that a live waveform gets for each second; peak n is second n / this."""
