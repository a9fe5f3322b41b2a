"""BotLaunch: how a bot file on this machine is run."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from harness.errors import AgentConfigError

__all__ = ["BotLaunch", "BotWay", "find_python", "find_uv", "plain_environment"]

BotWay = Literal["runner", "arguments", "environment"]
"""How a bot file learns of its room: from Pipecat's runner, or as its process starts."""

_BIN = "Scripts" if os.name == "nt" else "bin"
_ENVIRONMENTS = (".venv", "venv")
_OURS = ("VIRTUAL_ENV", "PYTHONHOME", "__PYVENV_LAUNCHER__")


@dataclass(frozen=True, slots=True)
class BotLaunch:
    """Everything that decides what process a bot file becomes; equal ones may share a warm one.

    Attributes:
        file: The bot file, absolute.
        command: What stands before the file: a Python, or ``uv run``.
        folder: Where it runs.
        env: Names and values besides ours; values may be secrets.
        args: Further arguments.
        timeout_s: Seconds it may take until it answers.
        way: How it learns of its room.
    """

    file: Path
    command: tuple[str, ...]
    folder: Path
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    args: tuple[str, ...] = ()
    timeout_s: float = 60.0
    way: BotWay = "runner"

    @classmethod
    def plain(cls, file: Path, python: str = sys.executable) -> BotLaunch:
        """A bot file in its own folder with a given Python, ours by default."""
        file = file.absolute()
        return cls(file=file, command=(python,), folder=file.parent)

    @property
    def label(self) -> str:
        """Its folder and name, for people."""
        return f"{self.file.parent.name}/{self.file.name}"

    @property
    def uses_uv(self) -> bool:
        """Whether `uv` finds its Python."""
        return self.command[1:] == ("run",)

    def install(self, what: str) -> str:
        """The command that installs a package for it."""
        return f'uv add "{what}"' if self.uses_uv else f'{self.command[0]} -m pip install "{what}"'

    def check(self) -> None:
        """Check that file and folder are there.

        Raises:
            AgentConfigError: One is not.
        """
        if not self.file.is_file():
            raise AgentConfigError(
                f"There is no bot file {self.file}.",
                cause="The path is wrong, or the file was moved.",
                remedy="Name a Python file with a Pipecat bot in it.",
            )
        if not self.folder.is_dir():
            raise AgentConfigError(
                f"There is no folder {self.folder} to run the bot in.",
                cause="The agent's `folder` is wrong, or the folder was moved.",
                remedy="Correct `folder`, or leave it out: then it is the bot file's own.",
            )


def plain_environment() -> dict[str, str]:
    """Our environment without what ties a process to our own Python."""
    return {name: value for name, value in os.environ.items() if name not in _OURS}


def find_python(file: Path, python: Path | None) -> str:
    """The Python of a bot file: the one that is named, else of the nearest `.venv`, else ours.

    Args:
        file: The bot file.
        python: An interpreter, or the folder of a virtual environment.

    Raises:
        AgentConfigError: The one that is named does not exist or cannot be run.
    """
    if python is None:
        return _nearest_environment(file) or sys.executable
    named = python / _BIN / "python" if python.is_dir() else python
    if len(named.parts) == 1 and (on_path := shutil.which(named.name)):
        return on_path
    found = shutil.which(str(named.absolute()))
    if found is None:
        raise AgentConfigError(
            f"There is no Python at {python}.",
            cause="The path is wrong, or the virtual environment was removed.",
            remedy="Set the agent's `python` to an interpreter, for instance .venv/bin/python, "
            "or leave it out.",
        )
    return found


def find_uv() -> str:
    """The path of `uv`.

    Raises:
        AgentConfigError: There is none.
    """
    beside = Path(sys.prefix).parent / ".tools" / "uv" / _BIN / "uv"
    found = shutil.which("uv") or shutil.which(str(beside))
    if found is None:
        raise AgentConfigError(
            "The agent is to be run with uv, and uv is not installed.",
            cause="There is no `uv` on PATH.",
            remedy="Install uv, or set the agent's `python` instead of `uv`.",
        )
    return found


def _nearest_environment(file: Path) -> str | None:
    """The Python of a `.venv` beside or above `file`, within its project."""
    for folder in file.parents:
        for name in _ENVIRONMENTS:
            python = folder / name / _BIN / "python"
            if (folder / name / "pyvenv.cfg").is_file() and shutil.which(str(python)):
                return str(python)
        if (folder / ".git").exists() or folder == Path.home():
            return None
    return None
