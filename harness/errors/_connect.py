"""ConnectError: the agent was never reached."""

from __future__ import annotations

from harness.errors._base import RingbackError

__all__ = ["AgentNeverJoined", "AgentNeverSpoke", "ConnectError", "TwoAgents"]


class ConnectError(RingbackError):
    """The agent was never reached."""

    kind = "connect_failed"


class AgentNeverJoined(ConnectError):
    """Nobody but the caller came into the room."""

    kind = "agent_never_joined"


class AgentNeverSpoke(ConnectError):
    """The agent came into the room but published no audio track."""

    kind = "agent_no_audio"


class TwoAgents(ConnectError):
    """Two agents are in the room."""

    kind = "two_agents"
