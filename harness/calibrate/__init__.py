"""Calibration: how accurate the caller is here, told by an agent whose delay is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.calibrate._result import GOAL, Goal
    from harness.calibrate._run import Progress, calibrate

__all__ = ["GOAL", "Goal", "Progress", "calibrate"]


def __getattr__(name: str) -> Any:
    # Resolved on first use: the agent's process runs from here too, and shares nothing with the
    # caller that it measures.
    if name in ("GOAL", "Goal"):
        from harness.calibrate import _result

        return getattr(_result, name)
    if name in ("Progress", "calibrate"):
        from harness.calibrate import _run

        return getattr(_run, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
