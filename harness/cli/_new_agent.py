"""``ringback agents add`` and ``import``: agents from what was typed, and from files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.text import Text

from harness.agents import PROVIDERS, provider_for
from harness.agents.agent_files import read_agent_file, with_paths_found
from harness.agents.library import AgentLibrary, check_agent_name, read_agents
from harness.cli._agent_values import ask_secrets, read_values, refuse_plain_secrets
from harness.cli._choose import read_body
from harness.cli._saved_agents import about_agent, where
from harness.cli._terminal import Terminal
from harness.cli._words import clean
from harness.errors import BadRoomAddress, InputError, MissingSecret, RingbackError
from harness.nouns import Agent
from harness.secrets import Secrets
from harness.settings import Settings

__all__ = ["NewAgent", "add_agent", "import_agents"]


@dataclass(frozen=True, slots=True)
class NewAgent:
    """What was typed after ``ringback agents add``."""

    name: str | None
    provider: str | None = None
    values: Sequence[str] = ()
    secrets: Sequence[str] = ()
    body: str | None = None
    title: str | None = None
    text_channel: str | None = None
    file: Path | None = None


def add_agent(
    new: NewAgent, settings: Settings, *, replace: bool, to_stdout: bool
) -> dict[str, Any]:
    """Save one agent, and tell what ``--json`` prints.

    Raises:
        InputError: The options do not fit together, or the name is taken.
        AgentConfigError: It cannot be used, or a plain secret was given as an argument.
    """
    if new.file is not None:
        return _save(_from_file(new, new.file), settings, replace=replace, to_stdout=to_stdout)
    if new.name is None or new.provider is None:
        missing = "NAME" if new.name is None else "--provider"
        raise InputError(
            f"{missing} is missing.",
            cause="An agent has a name and a way to reach it.",
            remedy="For instance: ringback agents add clinic --provider bot_file --set file=bot.py",
        )
    check_agent_name(new.name)
    if new.provider not in ("demo", *PROVIDERS):
        provider_for(Agent(name=new.name, provider=new.provider))  # says so
    _places([new.name], AgentLibrary(settings), replace=replace)
    agent = _typed(new, new.name, new.provider)
    refuse_plain_secrets(agent)
    config = ask_secrets(agent, new.secrets)
    agent = _understood(agent.model_copy(update={"config": config}))
    _check(agent, settings)
    return _save([agent], settings, replace=replace, to_stdout=to_stdout)


def import_agents(
    files: Sequence[str], settings: Settings, *, replace: bool, to_stdout: bool
) -> dict[str, Any]:
    """Save the agents of files, all or none, and tell what ``--json`` prints.

    Raises:
        AgentConfigError: One cannot be used.
        InputError: A name is taken.
    """
    found = [agent for file in files for agent in read_agent_file(file)]
    return _save(found, settings, replace=replace, to_stdout=to_stdout)


def _from_file(new: NewAgent, file: Path) -> list[Agent]:
    given = [new.provider, new.body, new.title, new.text_channel, *new.values, *new.secrets]
    if any(value is not None for value in given):
        raise InputError(
            "--file was given together with options that say what is in the file.",
            cause="An agent comes from a file or from options.",
            remedy="Leave one of them out; only NAME may stand beside --file.",
        )
    found = read_agent_file(file)
    if new.name is None:
        return found
    check_agent_name(new.name)
    if len(found) > 1:
        raise InputError(
            f"{file} holds {len(found)} agents, and one name was given.",
            cause=f"They are: {', '.join(agent.name for agent in found)}.",
            remedy=f"Save them under their own names: ringback agents import {file}",
        )
    return [found[0].model_copy(update={"name": new.name})]


def _typed(new: NewAgent, name: str, provider: str) -> Agent:
    way = PROVIDERS.get(provider)
    config = read_values(new.values, None if way is None else way.fields)
    entry: dict[str, Any] = {"name": name, "provider": provider, "config": config}
    entry |= {"body": read_body(new.body) or {}, "title": new.title or ""}
    if new.text_channel is not None:
        entry["text_channel"] = new.text_channel
    # Its configuration may still lack the secrets that are asked for.
    (agent,) = read_agents(json.dumps(entry | {"provider": "demo"}), "The agent")
    return with_paths_found(agent.model_copy(update={"provider": provider}), Path.cwd())


def _understood(agent: Agent) -> Agent:
    """`agent` as its provider understands it: known fields only, in our spelling.

    Raises:
        AgentConfigError: The provider or a field is unknown, is missing or of the wrong kind.
    """
    text = agent.model_dump_json()
    return read_agents(text, "The agent")[0]


def _check(agent: Agent, settings: Settings) -> None:
    """What the provider finds wrong without reaching out; the rest is for a connection test."""
    if agent.provider not in PROVIDERS:
        return
    try:
        config = Secrets(settings).resolve(agent.config)
        provider_for(agent.model_copy(update={"config": config})).check()
    except MissingSecret as error:
        Terminal(stderr=True).print(Text(clean(error.message), "yellow"), soft_wrap=True)
    except (InputError, BadRoomAddress):
        raise
    except RingbackError:
        return  # such as a token that has expired


def _save(
    agents: Sequence[Agent], settings: Settings, *, replace: bool, to_stdout: bool
) -> dict[str, Any]:
    library = AgentLibrary(settings)
    places = _places([agent.name for agent in agents], library, replace=replace)
    saved = [
        library.save(agent, instead_of=place) for agent, place in zip(agents, places, strict=True)
    ]
    if to_stdout:
        for agent in saved:
            print(f"Saved {agent.name}: {clean(where(agent))}")
        print(f"Try the way to it: ringback agents test {saved[0].name}")
    return {"agents": [about_agent(agent, library.path(agent.name)) for agent in saved]}


def _places(names: Sequence[str], library: AgentLibrary, *, replace: bool) -> list[str | None]:
    """The saved agent that each replaces, None for a new one.

    Raises:
        InputError: One is there already and is not to be replaced, or would be there twice.
    """
    there = {name.lower(): name for name in (*library.all(), *library.problems())}
    lower = [name.lower() for name in names]
    twice = sorted({name for name in lower if lower.count(name) > 1})
    if twice:
        raise InputError(
            f"There would be two agents {', '.join(twice)}.",
            cause="Names are unique; upper and lower case count as the same.",
            remedy="Give one of them another name.",
        )
    taken = [name for name in names if name.lower() in there or name.lower() == "demo"]
    if taken and (not replace or "demo" in lower):
        raise InputError(
            f"There is an agent already: {', '.join(taken)}.",
            cause="Names are unique; upper and lower case count as the same.",
            remedy="Choose another name."
            if "demo" in lower
            else "Choose another name, or say --replace.",
        )
    return [there.get(name) for name in lower]
