"""How an agent is reached: one module a way, behind one protocol."""

from harness.agents._bot_file import BotFile
from harness.agents._config import check_room_url
from harness.agents._demo import demo_agent
from harness.agents._dev_runner import DevRunner
from harness.agents._http_runner import HttpRunner
from harness.agents._leftovers import left_behind
from harness.agents._pipecat_cloud import PipecatCloud
from harness.agents._provider import (
    ActiveSession,
    AgentProvider,
    SessionDetails,
    SessionInsight,
    Step,
)
from harness.agents._room import ExistingRoom
from harness.agents._rooms import RoomKeys
from harness.agents._version import version_of
from harness.errors import UnknownName
from harness.nouns import Agent

__all__ = [
    "PROVIDERS",
    "ActiveSession",
    "AgentProvider",
    "RoomKeys",
    "SessionDetails",
    "SessionInsight",
    "Step",
    "check_room_url",
    "demo_agent",
    "left_behind",
    "provider_for",
    "version_of",
]

PROVIDERS: dict[str, type[AgentProvider]] = {
    "bot_file": BotFile,
    "pipecat_cloud": PipecatCloud,
    "dev_runner": DevRunner,
    "http_runner": HttpRunner,
    "room": ExistingRoom,
}
"""Provider kinds. The demo agent is a `dev_runner` on a process of ours (harness.local)."""


def provider_for(agent: Agent) -> AgentProvider:
    """The way to reach `agent`.

    Raises:
        UnknownName: There is no such provider kind.
        AgentConfigError: Its configuration cannot be used.
    """
    try:
        way = PROVIDERS[agent.provider]
    except KeyError:
        raise UnknownName(
            f"There is no provider {agent.provider!r}.",
            cause="The agent's provider is misspelled or of a newer version.",
            remedy=f"Use one of: {', '.join(PROVIDERS)}.",
        ) from None
    return way(agent)
