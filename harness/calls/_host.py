"""AgentHost: what the engine asks of whoever runs agents and rooms on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from harness.errors import RingbackError
from harness.nouns import Agent

__all__ = ["AgentHost", "HostedAgent", "NoHost"]


class HostedAgent(Protocol):
    """An agent process that runs for one call."""

    @property
    def agent(self) -> Agent:
        """How to reach it: a dev_runner with its address, and the session body."""
        ...

    @property
    def log_path(self) -> Path:
        """What it writes."""
        ...

    def last_lines(self, count: int) -> list[str]:
        """The last lines it wrote, without secrets."""
        ...

    async def exit_code(self, within_s: float) -> int | None:
        """Its exit code, once it has ended, waiting at most `within_s`."""
        ...

    async def trouble(self) -> RingbackError | None:
        """What went wrong in it by its own account, if anything."""
        ...


class AgentHost(Protocol):
    """Runs agents on this machine (harness.local.LocalHost); the engine knows no more of it."""

    def runs(self, agent: Agent) -> bool:
        """Whether this agent is run here."""
        ...

    async def start(self, progress: Callable[[str], None]) -> None:
        """Get ready: server and warm agents, told by sentences."""
        ...

    async def prepare(self, agent: Agent) -> None:
        """Begin to warm an agent that is likely to be called next, and return.

        Raises:
            RingbackError: It cannot be run, and why.
        """
        ...

    async def lease(self, agent: Agent) -> HostedAgent:
        """A process for one call.

        Raises:
            RingbackError: It cannot be had, and why.
        """
        ...

    async def release(self, hosted: HostedAgent, room: str) -> None:
        """End the process and delete the call's room."""
        ...

    async def clean_room(self, room: str) -> None:
        """Delete a room of our server, if it is one."""
        ...

    async def has_room(self, room: str) -> bool:
        """Whether a room of our server is there."""
        ...

    async def trouble(self) -> RingbackError | None:
        """Why rooms on this machine do not work, if they do not."""
        ...

    async def stop(self) -> None:
        """End everything."""
        ...


class NoHost:
    """Runs nothing: every agent is somewhere else."""

    def runs(self, agent: Agent) -> bool:
        """Never."""
        return False

    async def start(self, progress: Callable[[str], None]) -> None:
        """Nothing to get ready."""

    async def prepare(self, agent: Agent) -> None:
        """Nothing to warm."""

    async def lease(self, agent: Agent) -> HostedAgent:
        """Never asked."""
        raise NotImplementedError

    async def release(self, hosted: HostedAgent, room: str) -> None:
        """Nothing to end."""

    async def clean_room(self, room: str) -> None:
        """No server of ours."""

    async def has_room(self, room: str) -> bool:
        """No server of ours."""
        return False

    async def trouble(self) -> RingbackError | None:
        """None."""
        return None

    async def stop(self) -> None:
        """Nothing runs."""
