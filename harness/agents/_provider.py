"""AgentProvider: the protocol of the ways to reach an agent."""

from __future__ import annotations

from typing import Any, Protocol

from harness.nouns import Session

__all__ = ["AgentProvider"]


class AgentProvider(Protocol):
    """A way to reach an agent. One module a way; `harness.agents.provider_for` finds it."""

    def describe(self) -> str:
        """Where the agent is, for people: no secrets."""
        ...

    def preflight(self) -> None:
        """Check what can be checked without reaching out.

        Raises:
            RingbackError: It cannot work.
        """
        ...

    async def start(self, body: dict[str, Any]) -> Session:
        """Start a session with `body` handed to the agent.

        Raises:
            ConnectError: The agent was not reached, and why.
        """
        ...

    async def stop(self, session: Session) -> str:
        """Stop what :meth:`start` started and say how (left, deleted, stopped). Never raises."""
        ...
