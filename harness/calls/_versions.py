"""Versions: what version of an agent the calls of a run talk to, found out once a run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from harness.agents import PROVIDERS, SessionInsight, provider_for, version_of
from harness.errors import RingbackError
from harness.nouns import Agent, AgentVersion

__all__ = ["Versions"]

_WITHIN_S = 5.0
_RUNS = 16
"""So many runs are remembered: more do not go on at once."""

Found = asyncio.Task[AgentVersion | None]


class Versions:
    """Versions of agents, each looked at when a run first calls it. Lives on the engine's loop.

    Args:
        resolved: An agent with its secrets in place.
    """

    def __init__(self, resolved: Callable[[Agent], Agent]) -> None:
        self._resolved = resolved
        self._runs: dict[str, dict[str, Found]] = {}

    async def of(self, run_id: str, agent: Agent, label: str = "") -> AgentVersion | None:
        """The version of an agent as it was when the run first called it.

        A folder that an agent is run from has a commit; a platform that may be asked (Pipecat Cloud
        with the private key) has a deployment.

        Args:
            run_id: The run.
            agent: One of its agents; their names differ.
            label: What a person calls the version.

        Returns:
            None if nothing is known. Never raises and takes a few seconds at most: not knowing a
            version is no reason not to call.
        """
        found = self._runs.setdefault(run_id, {})
        while len(self._runs) > _RUNS:
            self._runs.pop(next(iter(self._runs)))
        if agent.name not in found:
            found[agent.name] = asyncio.create_task(self._look(agent, label))
        return await asyncio.shield(found[agent.name])

    async def _look(self, agent: Agent, label: str) -> AgentVersion | None:
        version = await asyncio.to_thread(version_of, agent, label)
        try:
            async with asyncio.timeout(_WITHIN_S):
                deployment = await self._deployment(agent)
        except (TimeoutError, RingbackError):
            deployment = ""
        if not deployment:
            return version
        return replace(version or AgentVersion(), deployment=deployment)

    async def _deployment(self, agent: Agent) -> str:
        way = PROVIDERS.get(agent.provider)
        if way is None or not issubclass(way, SessionInsight):
            return ""
        provider = provider_for(self._resolved(agent))
        assert isinstance(provider, SessionInsight)
        return await provider.deployment() if provider.can_look() else ""
