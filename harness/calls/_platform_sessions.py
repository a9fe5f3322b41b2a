"""Who can look at the sessions of an agent on its platform."""

from __future__ import annotations

from harness.agents import SessionInsight, provider_for
from harness.errors import AgentConfigError
from harness.nouns import Agent

__all__ = ["insight_of"]


def insight_of(agent: Agent) -> SessionInsight:
    """What lists and ends the sessions of `agent`, its secrets being in place.

    Raises:
        AgentConfigError: Its provider is no platform, or the key for that is not given.
    """
    provider = provider_for(agent)
    if isinstance(provider, SessionInsight) and provider.can_look():
        return provider
    raise AgentConfigError(
        f"The sessions of {agent.title or agent.name} cannot be listed.",
        cause="Only Pipecat Cloud lists them, and only with the private API key.",
        remedy="Set private_api_key in the agent's configuration.",
    )
