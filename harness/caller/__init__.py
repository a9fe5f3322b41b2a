"""The simulated caller: our own transport for the agent's room, speech stacks, drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.caller._ending import Ending, removed
from harness.caller._known_lines import known_lines
from harness.caller._tap import CallTap, Samples
from harness.caller._words import needs_ear

if TYPE_CHECKING:
    from harness.caller._silero import silero
    from harness.caller._simulated_caller import SimulatedCaller

__all__ = [
    "CallTap",
    "Ending",
    "Samples",
    "SimulatedCaller",
    "known_lines",
    "needs_ear",
    "removed",
    "silero",
]


def __getattr__(name: str) -> Any:
    # Resolved on first use: they bring in Pipecat and onnxruntime, which only workers need. The
    # console and the command line ask this package for its speech stacks alone.
    if name == "SimulatedCaller":
        from harness.caller._simulated_caller import SimulatedCaller

        return SimulatedCaller
    if name == "silero":
        from harness.caller._silero import silero

        return silero
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
