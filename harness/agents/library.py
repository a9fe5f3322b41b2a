"""Agents that a user saved: one YAML file each in ``agents`` of the data folder.

The files are made to be read and edited by people. They hold references to secrets, never a
secret: a plain key is moved to :class:`harness.secrets.Secrets` when it is saved.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from harness.agents._agent_text import as_entry, check_agent_name, read_agents, write_agents
from harness.agents._demo import DEMO
from harness.agents._fields import secret_fields, without_secrets
from harness.errors import (
    AgentConfigError,
    DataFolderError,
    InputError,
    RingbackError,
    UnknownName,
)
from harness.nouns import Agent
from harness.secrets import Secrets, is_reference
from harness.settings import Settings

__all__ = [
    "AgentLibrary",
    "check_agent_name",
    "keep_secrets",
    "read_agents",
    "secret_fields",
    "without_secrets",
    "write_agents",
]

_DELETED = ".deleted"


def keep_secrets(agent: Agent, prefix: str, secrets: Secrets) -> Agent:
    """`agent` with its plain secrets put into `secrets`, and references in their place.

    Plain secrets are what the provider takes as one (:func:`secret_fields`; of a mapping such as
    headers every value), and whatever else looks like one: a token, or an address with a password.

    Args:
        agent: May hold references and plain secrets.
        prefix: Names them: ``<prefix>.<field>``.
        secrets: Where they are kept.

    Raises:
        DataFolderError: They cannot be written.
    """
    return without_secrets(agent, prefix, secrets.put)


class AgentLibrary:
    """The saved agents. Other programs and people may write the files at the same time.

    Args:
        settings: Says where the data folder is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secrets = Secrets(settings)

    @property
    def folder(self) -> Path:
        """Where the files are; it need not exist."""
        return self._settings.data / "agents"

    def path(self, name: str) -> Path:
        """The file of an agent, whether it exists or not."""
        return self.folder / f"{name}.yaml"

    def all(self) -> dict[str, Agent]:
        """The saved agents by name, in the order of names; without those that cannot be read."""
        return {name: found for name, found in self._read() if isinstance(found, Agent)}

    def problems(self) -> dict[str, RingbackError]:
        """Why which file cannot be used, by the agent's name."""
        return {name: found for name, found in self._read() if isinstance(found, RingbackError)}

    def get(self, name: str) -> Agent:
        """The agent of that name.

        Raises:
            UnknownName: There is none; close names are told.
            AgentConfigError: Its file cannot be used.
        """
        check_agent_name(name)
        try:
            return self._load(self.path(name))
        except FileNotFoundError:
            raise self._unknown(name) from None

    def save(self, agent: Agent, *, instead_of: str | None = None) -> Agent:
        """Save an agent, and return it as it is saved: with references for its secrets.

        Args:
            agent: Its plain secrets are kept as ``<name>.<field>``.
            instead_of: The agent that it replaces, of the same or another name; one that is not
                there is no error. Secrets that nobody refers to any more are removed.

        Raises:
            AgentConfigError: The name cannot be an agent's, or the configuration cannot be used.
            InputError: There is another agent of that name.
            DataFolderError: It cannot be written.
        """
        check_agent_name(agent.name)
        there = {name.lower() for name in self._names()} | {DEMO}
        if agent.name.lower() in there - {(instead_of or "").lower()} or agent.name == DEMO:
            raise InputError(
                f"There is an agent {agent.name!r} already.",
                cause="Names are unique; upper and lower case count as the same.",
                remedy="Choose another name, or change the agent that is there.",
            )
        read_agents(json.dumps({"name": agent.name} | as_entry(agent)), "The agent")
        before = self._before(instead_of)
        if before is not None and instead_of != agent.name:
            agent = self._with_own_secrets(agent, str(instead_of))
        kept = keep_secrets(agent, agent.name, self._secrets)
        if instead_of is not None and instead_of != agent.name:
            # First, and by the same inode: on a disk that takes Clinic for clinic it is one file.
            with contextlib.suppress(FileNotFoundError):
                self.path(instead_of).rename(self.path(agent.name))
        self._write(self.path(agent.name), kept)
        if before is not None:
            self._forget(before)
        return kept

    def delete(self, name: str) -> None:
        """Take an agent away; :meth:`restore` brings it back until :meth:`purge`.

        Raises:
            UnknownName: There is none.
        """
        check_agent_name(name)
        deleted = self._settings.folder("agents", _DELETED) / f"{name}.yaml"
        try:
            self.path(name).replace(deleted)
        except FileNotFoundError:
            raise self._unknown(name) from None
        os.utime(deleted)  # counts as the time of its deletion

    def restore(self, name: str) -> Agent:
        """Undo :meth:`delete`.

        Raises:
            UnknownName: No agent of that name was deleted.
            InputError: There is another agent of that name by now.
        """
        check_agent_name(name)
        if self.path(name).exists():
            raise InputError(
                f"There is an agent {name!r} already.",
                cause="It was made after the other was deleted.",
                remedy="Rename it, then restore the other.",
            )
        try:
            (self.folder / _DELETED / f"{name}.yaml").rename(self.path(name))
        except FileNotFoundError:
            raise UnknownName(
                f"No agent {name!r} was deleted.",
                cause="The name is misspelled, or it was deleted too long ago.",
                remedy="Make it anew.",
            ) from None
        return self.get(name)

    def purge(self, older_than: timedelta) -> None:
        """Remove for good, with its secrets, what was deleted longer ago than `older_than`."""
        for path in (self.folder / _DELETED).glob("*.yaml"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < time.time() - older_than.total_seconds():
                    agent = None
                    with contextlib.suppress(RingbackError):
                        agent = self._load(path)
                    path.unlink()
                    if agent is not None:
                        self._forget(agent)

    # Inside

    def _names(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.yaml"))

    def _read(self) -> Iterator[tuple[str, Agent | RingbackError]]:
        for name in self._names():
            try:
                check_agent_name(name)
                yield name, self._load(self.path(name))
            except FileNotFoundError:
                continue  # deleted since
            except RingbackError as error:
                yield name, error

    def _load(self, path: Path) -> Agent:
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError:
            raise
        except (OSError, UnicodeDecodeError) as error:
            raise AgentConfigError(
                f"{path} cannot be read.",
                cause=f"The system says: {error}.",
                remedy="Give the file to this user, and see that it is text in UTF-8.",
            ) from error
        found = read_agents(text, str(path))
        if len(found) != 1 or found[0].name != path.stem:
            raise AgentConfigError(
                f"{path} does not hold the one agent {path.stem}.",
                cause="In this folder a file is one agent, and named like it.",
                remedy="Leave out `name`, or bring agents in by: ringback agents import FILE",
            )
        return found[0]

    def _before(self, name: str | None) -> Agent | None:
        if name is None:
            return None
        with contextlib.suppress(RingbackError):
            return self.get(name)
        return None

    def _with_own_secrets(self, agent: Agent, old: str) -> Agent:
        """`agent` with the secrets of its old name in plain, to be kept under the new one."""

        def own(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: own(item) for key, item in value.items()}
            if isinstance(value, list):
                return [own(item) for item in value]
            if is_reference(value) and value.startswith(f"secret:{old}."):
                with contextlib.suppress(RingbackError):  # one that is gone stays referred to
                    return self._secrets.resolve(value)
            return value

        return agent.model_copy(update={"config": own(agent.config), "body": own(agent.body)})

    def _forget(self, agent: Agent) -> None:
        """Remove secrets of `agent` that no agent refers to any more, deleted ones included."""
        own = {name for name in _references(agent) if name.startswith(f"{agent.name}.")}
        for path in (*self.folder.glob("*.yaml"), *self.folder.glob(f"{_DELETED}/*.yaml")):
            with contextlib.suppress(OSError, UnicodeDecodeError):
                text = path.read_text("utf-8")
                own = {name for name in own if f"secret:{name}" not in text}
        for name in own:
            self._secrets.remove(name)

    def _write(self, path: Path, agent: Agent) -> None:
        """All or nothing: a reader never sees half a file."""
        folder = self._settings.folder("agents")
        text = yaml.safe_dump(as_entry(agent), sort_keys=False, allow_unicode=True, width=100)
        try:
            handle, name = tempfile.mkstemp(dir=folder, prefix=".agent-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                os.replace(name, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(name)
                raise
        except OSError as error:
            raise DataFolderError(
                f"The agent's file {path} cannot be written.",
                cause=f"The system says: {error.strerror or error}.",
                remedy="Make room on the disk and give the folder to this user.",
            ) from error

    def _unknown(self, name: str) -> UnknownName:
        names = [DEMO, *self._names()]
        close = get_close_matches(name, names, n=3)
        hint = f"Did you mean {' or '.join(close)}? " if close else ""
        return UnknownName(
            f"There is no agent {name!r}.",
            cause=f"{hint}Known are: {', '.join(names)}.",
            remedy="Give one of them, or make the agent first.",
        )


def _references(agent: Agent) -> set[str]:
    """Names of the secrets that an agent refers to."""
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for item in value.values():
                look(item)
        elif isinstance(value, list):
            for item in value:
                look(item)
        elif is_reference(value) and value.startswith("secret:"):
            found.add(value.removeprefix("secret:"))

    look(agent.config)
    look(agent.body)
    return found
