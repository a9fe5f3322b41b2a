"""The simulated caller: our own transport for the agent's room, speech stacks, drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.caller._tap import CallTap, Samples

if TYPE_CHECKING:
    from harness.caller._simulated_caller import Ending, SimulatedCaller

__all__ = ["CallTap", "Ending", "Samples", "SimulatedCaller"]


def __getattr__(name: str) -> Any:
    # Resolved on first use: it brings in Pipecat, which only workers need. The console and the
    # command line ask this package for its speech stacks alone.
    if name in ("Ending", "SimulatedCaller"):
        from harness.caller import _simulated_caller

        return getattr(_simulated_caller, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
