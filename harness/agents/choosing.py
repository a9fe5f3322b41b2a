"""From what a person typed to an agent: demo, an address, a file, or a saved name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.agents._demo import DEMO, demo_agent
from harness.agents.agent_files import read_agent_file
from harness.agents.library import AgentLibrary
from harness.errors import AgentConfigError, UnknownName
from harness.nouns import Agent
from harness.settings import Settings

__all__ = ["ROOM_TOKEN", "agent_of", "is_room"]

ROOM_TOKEN = "RINGBACK_ROOM_TOKEN"
"""Environment variable with the token of a room, unless another one is named."""


def agent_of(
    text: str,
    settings: Settings,
    *,
    body: dict[str, Any] | None = None,
    token_env: str = ROOM_TOKEN,
) -> Agent:
    """The agent that `text` means: demo, a runner's or room's address, a file, or a saved name.

    Args:
        text: What was typed; the path of a file is relative to the current folder.
        settings: Says where saved agents are.
        body: Session body in place of the agent's own.
        token_env: Environment variable with the token of a room.

    Raises:
        UnknownName: No agent goes by that name.
        AgentConfigError: A room without token, or with a session body; a file of agents that
            cannot be read, or holds several.
    """
    scheme, colon, _ = text.partition("://")
    if is_room(text):
        return _room(text, body, token_env)
    if colon and scheme.lower() in ("http", "https"):
        agent = Agent(name=_host(text), provider="dev_runner", config={"url": text})
    elif text == DEMO:
        agent = demo_agent()
    elif _is_file(text):
        agent = _from_file(Path(text))
    else:
        agent = _saved(text, settings)
    return agent if body is None else agent.model_copy(update={"body": body})


def is_room(text: str) -> bool:
    """Whether `text` is the address of a room."""
    scheme, colon, _ = text.partition("://")
    return bool(colon) and scheme.lower() in ("ws", "wss")


def _is_file(text: str) -> bool:
    """Whether `text` means a file and not the name of a saved agent."""
    return text.lower().endswith((".yaml", ".yml", ".json")) or "/" in text or Path(text).is_file()


def _room(url: str, body: dict[str, Any] | None, variable: str) -> Agent:
    if body is not None:
        raise AgentConfigError(
            "A session body cannot be given to an agent that already waits in a room.",
            cause="Nothing is started there, so nobody would read it.",
            remedy="Leave it out, or give the address of the agent's runner.",
        )
    if not os.environ.get(variable):
        raise AgentConfigError(
            f"There is no token for the room: the environment variable {variable} is not set.",
            cause="A room's address alone lets nobody in.",
            remedy=f"Set {variable} to an access token of the room, then call again.",
        )
    config = {"url": url, "token": f"env:{variable}"}
    return Agent(name=_host(url), provider="room", config=config)


def _saved(name: str, settings: Settings) -> Agent:
    try:
        return AgentLibrary(settings).get(name)
    except UnknownName as error:
        raise UnknownName(
            error.message,
            cause=error.cause,
            remedy="Give one of them, a file (clinic.yaml), or an address: http://localhost:7860 "
            "for a runner, wss://... for a room.",
        ) from None


def _from_file(path: Path) -> Agent:
    found = read_agent_file(path)
    if len(found) == 1:
        return found[0]
    names = ", ".join(agent.name for agent in found)
    raise AgentConfigError(
        f"{path} holds {len(found)} agents: {names}.",
        cause="A call is placed with one.",
        remedy="Save them with `ringback agents import`, and give the name of one.",
    )


def _host(url: str) -> str:
    """Host and port for people; an address may hold a password or a token, which they do not."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "agent"
    return f"{parts.hostname or 'agent'}:{port}" if port else parts.hostname or "agent"
