"""Calls: the engine that places them, the workers that carry them, and how they are seen."""

from harness.calls._build_view import build_view
from harness.calls._connection_steps import steps_of
from harness.calls._engine import Engine
from harness.calls._host import AgentHost, HostedAgent
from harness.calls._machine import MachineLoad, load_of
from harness.calls._recording import read_lane
from harness.calls._runs import MAX_RUNS, PassRate, pass_rate
from harness.calls._service import CallRequest, CallService, Limits
from harness.calls._stored import conversation, import_conversation, regrade, stored_view
from harness.calls._view import (
    CallView,
    ConnectionStep,
    Health,
    Milestones,
    ObserverInfo,
    PlanStep,
)

__all__ = [
    "AgentHost",
    "CallRequest",
    "CallService",
    "CallView",
    "ConnectionStep",
    "Engine",
    "Health",
    "HostedAgent",
    "Limits",
    "MAX_RUNS",
    "MachineLoad",
    "Milestones",
    "ObserverInfo",
    "PassRate",
    "PlanStep",
    "build_view",
    "conversation",
    "import_conversation",
    "load_of",
    "pass_rate",
    "read_lane",
    "regrade",
    "steps_of",
    "stored_view",
]
