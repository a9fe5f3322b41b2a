"""Agents from files: read, with the paths in them found."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, get_args

from harness.agents import PROVIDERS
from harness.agents.library import read_agents
from harness.errors import AgentConfigError
from harness.nouns import Agent

__all__ = ["STDIN", "read_agent_file", "with_paths_found"]

STDIN = "-"
"""Standard input in place of a file."""


def read_agent_file(path: str | Path) -> list[Agent]:
    """The agents in a file (``-``: standard input); a path in it may be relative to the file.

    Raises:
        AgentConfigError: It cannot be read or used; names file, line and key.
    """
    try:
        if str(path) == STDIN:
            return _found(sys.stdin.read(), "standard input", Path.cwd())
        return _found(Path(path).read_text("utf-8-sig"), str(path), Path(path).parent)
    except (OSError, UnicodeDecodeError) as error:
        raise AgentConfigError(
            f"The agent's file {path} cannot be read.",
            cause=f"The system says: {getattr(error, 'strerror', None) or error}.",
            remedy="Check the path; the file is YAML or JSON in UTF-8.",
        ) from error


def with_paths_found(agent: Agent, folder: Path) -> Agent:
    """`agent` with its relative paths made absolute: in `folder`, else in the current folder.

    A path that is in neither is left alone: it may be for another machine, or a command's name.
    """
    way = PROVIDERS.get(agent.provider)
    names = [] if way is None else way.fields.model_fields.items()
    config = dict(agent.config)
    for name, field in names:
        value = config.get(name)
        if isinstance(value, str) and value and _takes_path(field.annotation):
            config[name] = _absolute(value, folder)
    return agent.model_copy(update={"config": config})


def _found(text: str, source: str, folder: Path) -> list[Agent]:
    return [with_paths_found(agent, folder) for agent in read_agents(text, source)]


def _absolute(value: str, folder: Path) -> str:
    if value.startswith("~"):
        return value
    for base in (folder, Path.cwd()):
        if (base / value).exists():
            # Not resolved: the python of a virtual environment is a link.
            return os.path.abspath(base / value)
    return value


def _takes_path(annotation: Any) -> bool:
    return annotation is Path or any(_takes_path(part) for part in get_args(annotation))
