"""A bot file on this machine, run by Ringback: one process for each call."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, Field, SecretStr

from harness.agents._bot_launch import BotLaunch, BotWay, find_python, find_uv
from harness.agents._config import Config, read_config
from harness.agents._interpreter import look_inside
from harness.agents._provider import Step
from harness.errors import AgentConfigError, InternalError
from harness.nouns import Agent, Session

__all__ = ["BotFile", "version_note"]

_LAST_WITHOUT_RTVI = (1, 7)
_LAST_THAT_MISSES_THE_FIRST = (1, 12)


def _as_text(value: object) -> object:
    """YAML and JSON give numbers and truth values where a person means text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _expanded(value: object) -> object:
    return Path(value).expanduser() if isinstance(value, str) and value else value


_Path = Annotated[Path, BeforeValidator(_expanded)]
_Value = Annotated[SecretStr, BeforeValidator(_as_text)]
_Argument = Annotated[str, BeforeValidator(_as_text)]


class _Config(Config):
    file: _Path
    python: _Path | None = None
    uv: bool = False
    folder: _Path | None = None
    env: dict[str, _Value] = Field(default_factory=dict)
    args: tuple[_Argument, ...] = ()
    timeout_s: float = Field(60.0, gt=0, le=600)
    way: BotWay = "runner"


class BotFile:
    """A bot file and how it is run. The engine's host starts it and reaches its runner."""

    fields: ClassVar[type[BaseModel]] = _Config

    def __init__(self, agent: Agent) -> None:
        self._config = read_config(_Config, agent.name, agent.config)

    def describe(self) -> str:
        """The file and its folder's name."""
        file = self._config.file.absolute()
        return f"Bot file · {file.parent.name}/{file.name}"

    def check(self) -> None:
        """Check that file, folder and Python are there."""
        self.launch()

    def launch(self) -> BotLaunch:
        """How it is run.

        Raises:
            AgentConfigError: File, folder, Python or uv is not there, or both were named.
        """
        config = self._config
        file = config.file.absolute()
        if config.uv and config.python is not None:
            raise AgentConfigError(
                "The agent names both `python` and `uv`.",
                cause="uv finds the Python by itself.",
                remedy="Leave one of them out.",
            )
        launch = BotLaunch(
            file=file,
            command=(find_uv(), "run") if config.uv else (find_python(file, config.python),),
            folder=config.folder.absolute() if config.folder else file.parent,
            env=tuple((name, value.get_secret_value()) for name, value in config.env.items()),
            args=config.args,
            timeout_s=config.timeout_s,
            way=config.way,
        )
        launch.check()
        return launch

    async def preflight(self) -> AsyncIterator[Step]:
        """Find the file and its Python, then the Pipecat in it; nothing of the bot is run."""
        began = time.monotonic()
        launch = self.launch()
        command = " ".join(launch.command)
        yield Step("resolve", time.monotonic() - began, f"{launch.file}, run by {command}")
        began = time.monotonic()
        inside = await look_inside(launch, timeout_s=launch.timeout_s)
        if inside.pipecat is None and launch.way == "runner":
            raise AgentConfigError(
                f"The Python {inside.executable} has no Pipecat.",
                cause="The bot's packages are in another environment.",
                remedy="Set the agent's `python` to the right one, or install it: "
                + launch.install("pipecat-ai[runner,livekit]"),
            )
        found = f"Pipecat {inside.pipecat}" if inside.pipecat else "no Pipecat"
        note = f"Python {inside.python}, {found}. {version_note(inside.pipecat)}".strip()
        yield Step("ready", time.monotonic() - began, note)

    async def start(self, body: dict[str, Any], tell: Callable[[str], None]) -> Session:
        """Never asked: whoever runs the process hands over an agent that can be reached."""
        raise InternalError(
            "A bot file was to be called without a process that runs it.",
            cause="This engine has no host for bot files.",
            remedy="Place the call from the console or with `ringback call`.",
        )

    async def stop(self, session: Session) -> str:
        """Its process ends with the call."""
        return "left"


def version_note(version: str | None) -> str:
    """What is to be known about bots of a Pipecat version; empty if nothing is."""
    found = re.match(r"(\d+)\.(\d+)", version or "")
    if found is None:
        return ""
    numbers = int(found[1]), int(found[2])
    if numbers <= _LAST_WITHOUT_RTVI:
        return (
            "Pipecat 1.7 and older send no RTVI messages to the bot and echo ours back: text and "
            "the bot's own figures are missing, and their runner does not know LiveKit."
        )
    if numbers <= _LAST_THAT_MISSES_THE_FIRST:
        return "With Pipecat 1.12 and older a caller that joins first may get no greeting."
    return ""
