"""From what was typed to the request: agent, session body, caller."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from pydantic import ValidationError

from harness.agents.choosing import ROOM_TOKEN, agent_of, is_room
from harness.errors import AgentConfigError, InputError
from harness.nouns import Agent, Caller, speeds_of
from harness.settings import Settings

__all__ = [
    "choose_agent",
    "choose_caller",
    "read_body",
]

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
    if token_env is not None:
        _check_token_env(text, token_env)
    return agent_of(text, settings, body=body, token_env=token_env or ROOM_TOKEN)


def _check_token_env(text: str, variable: str) -> None:
    if not is_room(text):
        raise InputError(
            "--token-env is for a room's address only.",
            cause=f"{text!r} is not a ws:// or wss:// address.",
            remedy="Leave it out, or give the room's address with --agent.",
        )
    if not _VARIABLE.fullmatch(variable):
        raise AgentConfigError(
            "--token-env is not the name of an environment variable.",
            cause="The token itself was given: then other users of this computer can see it.",
            remedy=f"Put the token into {ROOM_TOKEN} and leave out --token-env.",
        )


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


def _bad_body(message: str) -> AgentConfigError:
    return AgentConfigError(
        message,
        cause="The shell may have eaten the quotes.",
        remedy="""Put it between single quotes, for instance --body '{"fault": "deaf"}'.""",
    )


def _no_such_number(name: str) -> NoReturn:
    raise ValueError(name)
