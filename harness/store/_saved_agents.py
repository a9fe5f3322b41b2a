"""Agents a user saved, in ``agents.yaml`` of the data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from harness.errors import AgentConfigError
from harness.nouns import Agent
from harness.settings import Settings

__all__ = ["saved_agents"]


def saved_agents(settings: Settings) -> dict[str, Agent]:
    """The saved agents by name; none if there is no file.

    The file looks like this::

        agents:
          clinic:
            provider: dev_runner
            config: {url: "http://localhost:7860"}

    Raises:
        AgentConfigError: The file cannot be read; the message names file, agent and key.
    """
    path = settings.data / "agents.yaml"
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _cannot_read(path, " ".join(str(error).split())) from error
    listed = data.get("agents") if isinstance(data, dict) else None
    if not isinstance(listed, dict):
        raise _cannot_read(path, "it has no mapping `agents`")
    return {str(name): _agent(path, str(name), entry) for name, entry in listed.items()}


def _agent(path: Path, name: str, entry: Any) -> Agent:
    if not isinstance(entry, dict):
        raise _cannot_read(path, f"agent `{name}` is no mapping")
    try:
        return Agent.model_validate(entry | {"name": name})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise _cannot_read(path, f"agent `{name}`, key `{key}`: {first['msg']}") from error


def _cannot_read(path: Path, why: str) -> AgentConfigError:
    return AgentConfigError(
        f"The file of saved agents {path} cannot be used: {why}.",
        cause="It was edited by hand, or a key is misspelled.",
        remedy="An agent has: provider, config, and if you like body and title.",
    )
