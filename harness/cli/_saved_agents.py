"""``ringback agents``: list, show, remove, restore and export what is saved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from harness.agents import provider_for
from harness.agents.library import AgentLibrary, write_agents
from harness.cli._choose import choose_agent
from harness.cli._terminal import Terminal, new_table, print_table
from harness.cli._words import clean
from harness.errors import InputError, RingbackError
from harness.local import demo_agent
from harness.nouns import Agent
from harness.settings import Settings

__all__ = [
    "about_agent",
    "export_agents",
    "list_agents",
    "remove_agent",
    "restore_agent",
    "show_agent",
    "where",
]

_DEMO = "demo"


def list_agents(settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """What ``ringback agents list --json`` prints; as a table if it goes `to_stdout`."""
    library = AgentLibrary(settings)
    saved, problems = library.all(), library.problems()
    if to_stdout:
        _print_agents([demo_agent(), *saved.values()])
        if not saved and not problems:
            print("Add yours: ringback agents add NAME --provider bot_file --set file=bot.py")
    for problem in problems.values():
        Terminal(stderr=True).print(
            Text(f"Cannot be used: {clean(problem.message)}", "yellow"), soft_wrap=True
        )
    return {
        "agents": [
            about_agent(demo_agent(), None),
            *(about_agent(agent, library.path(name)) for name, agent in saved.items()),
        ],
        "problems": [
            {
                "name": name,
                "path": str(library.path(name)),
                "message": problem.message,
                "remedy": problem.remedy,
            }
            for name, problem in problems.items()
        ],
    }


def show_agent(name: str, settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """The agent as it would be exported."""
    agent = choose_agent(name, settings, body=None, token_env=None)
    if to_stdout:
        print(write_agents([agent], "yaml"), end="")
    return _as_object([agent])


def remove_agent(name: str, settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """Remove a saved agent.

    Raises:
        InputError: It is the demo agent, or there is none of that name.
    """
    _not_the_demo(name)
    AgentLibrary(settings).delete(name)
    undo = f"ringback agents restore {name}"
    if to_stdout:
        print(f"Removed {name}. To undo: {undo}")
    return {"removed": name, "undo": undo}


def restore_agent(name: str, settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """Bring a removed agent back.

    Raises:
        InputError: None of that name was removed, or there is another by now.
    """
    _not_the_demo(name)
    library = AgentLibrary(settings)
    agent = library.restore(name)
    if to_stdout:
        print(f"Restored {name}.")
    return {"agents": [about_agent(agent, library.path(name))]}


def export_agents(names: Sequence[str], settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """Print saved agents, with references for their secrets.

    Raises:
        InputError: There is none, or none of such a name.
        AgentConfigError: A file cannot be used.
    """
    library = AgentLibrary(settings)
    for name in names:
        _not_the_demo(name)
    found = [library.get(name) for name in dict.fromkeys(names)] or list(library.all().values())
    if not names:
        for problem in library.problems().values():
            raise problem
    if not found:
        raise InputError(
            "There is no saved agent to export.",
            cause="None was added, or the data folder is another.",
            remedy="Add one: ringback agents add --help",
        )
    text = write_agents(found, "yaml")
    if to_stdout:
        print(text, end="")
    if kept := sorted({word for word in text.split() if word.startswith("secret:")}):
        Terminal(stderr=True).print(
            Text(f"Secrets stay on this machine: {clean(', '.join(kept))}", "yellow"),
            soft_wrap=True,
        )
    return _as_object(found)


def about_agent(agent: Agent, path: Path | None) -> dict[str, Any]:
    """An agent in a list: where it is and where it is saved, nothing of its secrets."""
    return {
        "name": agent.name,
        "title": agent.title,
        "provider": agent.provider,
        "where": where(agent),
        "path": None if path is None else str(path),
    }


def where(agent: Agent) -> str:
    """Where an agent is, for people; its way alone if that cannot be told."""
    if agent.provider == _DEMO:
        return "Demo agent · this computer"
    try:
        return provider_for(agent).describe()
    except RingbackError:
        return agent.provider


def _print_agents(agents: Sequence[Agent]) -> None:
    table = new_table("agent", "where", "title")
    for agent in agents:
        table.add_row(
            Text(clean(agent.name)), Text(clean(where(agent))), Text(clean(agent.title or "–"))
        )
    print_table(table)


def _as_object(agents: Sequence[Agent]) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(write_agents(agents, "json"))
    return decoded


def _not_the_demo(name: str) -> None:
    if name == _DEMO:
        raise InputError(
            "The demo agent comes with Ringback and is not saved.",
            cause="Only agents that were added can be removed, restored or exported.",
            remedy="See which those are: ringback agents list",
        )
