"""From what was typed to the request: agent, session body, caller."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from pydantic import ValidationError

from harness.agents.library import AgentLibrary
from harness.cli._agent_file import read_agent_file
from harness.errors import AgentConfigError, InputError, UnknownName
from harness.local import demo_agent
from harness.nouns import Agent, Caller, speeds_of
from harness.settings import Settings

__all__ = [
    "ROOM_TOKEN",
    "choose_agent",
    "choose_caller",
    "read_body",
]

ROOM_TOKEN = "RINGBACK_ROOM_TOKEN"
"""Where the token of a room comes from unless another variable is named."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def choose_agent(
    text: str, settings: Settings, *, body: dict[str, Any] | None, token_env: str | None
) -> Agent:
    """The agent that `text` means: demo, a runner's or room's address, a file, or a saved name.

    Args:
        text: What was typed.
        settings: Says where saved agents are.
        body: Session body in place of the agent's own.
        token_env: Environment variable with the token of a room.

    Raises:
        UnknownName: No agent goes by that name.
        AgentConfigError: A room without token, or with a session body; a file of saved agents
            that cannot be read.
    """
    scheme, colon, _ = text.partition("://")
    if colon and scheme.lower() in ("ws", "wss"):
        return _room(text, body, token_env or ROOM_TOKEN)
    if token_env is not None:
        raise InputError(
            "--token-env is for a room's address only.",
            cause=f"{text!r} is not a ws:// or wss:// address.",
            remedy="Leave it out, or give the room's address with --agent.",
        )
    if colon and scheme.lower() in ("http", "https"):
        agent = Agent(name=_host(text), provider="dev_runner", config={"url": text})
    elif text == "demo":
        agent = demo_agent()
    elif _is_file(text):
        agent = _from_file(Path(text))
    else:
        agent = _saved(text, settings)
    return agent if body is None else agent.model_copy(update={"body": body})


def _is_file(text: str) -> bool:
    """Whether `text` means a file and not the name of a saved agent."""
    return text.lower().endswith((".yaml", ".yml", ".json")) or "/" in text or Path(text).is_file()


def read_body(text: str | None) -> dict[str, Any] | None:
    """The session body from its JSON text.

    Raises:
        AgentConfigError: It is no JSON object.
    """
    if text is None:
        return None
    try:
        body = json.loads(text, parse_constant=_no_such_number)
    except json.JSONDecodeError as error:
        raise _bad_body(
            f"The session body is not JSON: {error.msg} at character {error.pos + 1}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise _bad_body("The session body is not JSON.") from error
    if not isinstance(body, dict):
        raise _bad_body("The session body is JSON, but not an object.")
    return body


def choose_caller(base: Caller, *, voice: str | None, speed: float | None) -> Caller:
    """`base` with another voice or speed.

    Raises:
        InputError: The speed is out of range.
    """
    changes = {"voice": voice, "speed": speed}
    wanted = {name: value for name, value in changes.items() if value is not None}
    try:
        caller = Caller(**(base.model_dump() | wanted))
    except ValidationError as error:
        first = error.errors()[0]
        name = first["loc"][0]
        raise InputError(
            f"--{name} {first['input']} cannot be used: {first['msg']}.",
            remedy="A speed is between 0.5 and 2.0; 1.0 is the voice's own.",
        ) from error
    slowest, fastest = speeds_of(caller.stack, caller.voice)
    if not slowest <= caller.speed <= fastest:
        raise InputError(
            f"The voice {caller.voice!r} does not speak at a speed of {caller.speed:g}.",
            remedy=f"Give a --speed between {slowest:g} and {fastest:g}; 1.0 is the voice's own.",
        )
    return caller


def _room(url: str, body: dict[str, Any] | None, variable: str) -> Agent:
    if body is not None:
        raise AgentConfigError(
            "A session body cannot be given to an agent that already waits in a room.",
            cause="Nothing is started there, so nobody would read it.",
            remedy="Leave out --body, or give the address of the agent's runner.",
        )
    if not _VARIABLE.fullmatch(variable):
        raise AgentConfigError(
            "--token-env is not the name of an environment variable.",
            cause="The token itself was given: then other users of this computer can see it.",
            remedy=f"Put the token into {ROOM_TOKEN} and leave out --token-env.",
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


def _bad_body(message: str) -> AgentConfigError:
    return AgentConfigError(
        message,
        cause="The shell may have eaten the quotes.",
        remedy="""Put it between single quotes, for instance --body '{"fault": "deaf"}'.""",
    )


def _no_such_number(name: str) -> NoReturn:
    raise ValueError(name)
