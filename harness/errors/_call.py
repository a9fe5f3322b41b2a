"""CallCut and AgentFailed: what ended a call that was live."""

from __future__ import annotations

from harness.errors._base import RingbackError

__all__ = [
    "AgentCrashed",
    "AgentFailed",
    "AgentLeft",
    "AgentSilent",
    "CallCut",
    "RemovedFromRoom",
    "SessionLimit",
]


class CallCut(RingbackError):
    """Neither the caller nor the agent ended the call."""

    kind = "call_cut"


class SessionLimit(CallCut):
    """The platform's limit on the length of a session was reached."""

    kind = "session_limit"


class RemovedFromRoom(CallCut):
    """The LiveKit server took the caller out of the room."""

    kind = "removed_from_room"


class AgentFailed(RingbackError):
    """The agent let a live call down."""

    kind = "agent_failed"
    exit_code = 1


class AgentCrashed(AgentFailed):
    """The agent's process ended with an error during the call."""

    kind = "agent_crashed"


class AgentLeft(AgentFailed):
    """The agent left before the caller was done."""

    kind = "agent_left"


class AgentSilent(AgentFailed):
    """The agent stayed silent although the call was live."""

    kind = "timeout"
