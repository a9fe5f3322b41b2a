"""The environment a bot file runs in, and which of its values must not be read in a log."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dotenv import dotenv_values

from harness.agents.bot_files import BotLaunch, plain_environment
from harness.local._livekit import LiveKitServer

__all__ = ["bot_environment", "secrets_in"]

_SECRET_NAME = re.compile(
    r"(?i)(?:^|_)(?:API_?)?(?:KEY|SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL)S?$"
)
_SHORTEST_SECRET = 6


def bot_environment(
    launch: BotLaunch, server: LiveKitServer, seat: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What the bot sees: our environment, its `.env`, the agent's own names, our LiveKit server.

    Pipecat's runner and most bots load the nearest `.env` over the environment, which would send
    the bot to whatever LiveKit server is named there. So we read that file and tell python-dotenv
    not to.

    Args:
        launch: The bot file; its `env` goes over its `.env`.
        server: Whose rooms it uses.
        seat: Its room, for a bot that does not learn of it from Pipecat's runner.
    """
    env = plain_environment()
    for folder in (*launch.file.parents, launch.folder):
        if (folder / ".env").is_file():
            values = dotenv_values(folder / ".env")
            env |= {name: value for name, value in values.items() if value is not None}
            break
    env |= dict(launch.env)
    # A fixed room would put two calls into one room.
    env.pop("LIVEKIT_ROOM_NAME", None)
    return (
        env
        | {
            "LIVEKIT_URL": server.url,
            "LIVEKIT_API_KEY": server.api_key,
            "LIVEKIT_API_SECRET": server.api_secret,
            "PYTHONUNBUFFERED": "1",
            "PYTHON_DOTENV_DISABLED": "1",
        }
        | dict(seat or {})
    )


def secrets_in(env: Mapping[str, str]) -> tuple[str, ...]:
    """The values of an environment that are secrets by their names, the longest first."""
    found = {
        value.strip()
        for name, value in env.items()
        if _SECRET_NAME.search(name) and len(value.strip()) >= _SHORTEST_SECRET
    }
    return tuple(sorted(found, key=len, reverse=True))
