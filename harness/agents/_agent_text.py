"""Agents as text: YAML or JSON, read with the line of every mistake, written without a secret."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ValidationError

from harness.agents._fields import fields_of, provider_names, snake_names, without_secrets
from harness.errors import AgentConfigError
from harness.nouns import Agent
from harness.secrets import is_reference

__all__ = ["as_entry", "check_agent_name", "read_agents", "write_agents"]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_LONGEST = 1_000_000
_PRECLINICAL = "pipecat"
_SHAPE = "An agent has `provider` and `config`, and if you like `title`, `body` and others."

Path = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """YAML whose values are those of JSON: a day stays the text that somebody wrote."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class _Source:
    """What is read, and where its keys stand."""

    name: str
    lines: dict[Path, int] = field(default_factory=dict)

    def wrong(self, what: str, at: Path = (), *, remedy: str = _SHAPE) -> AgentConfigError:
        """The error for what stands `at` some keys."""
        line = next((self.lines[at[:n]] for n in range(len(at), -1, -1) if at[:n] in self.lines), 0)
        where = f"{self.name}, line {line}" if line else self.name
        return AgentConfigError(
            f"{where}: {what}",
            cause="It was edited by hand, is incomplete, or a key is misspelled.",
            remedy=remedy,
        )


def read_agents(text: str, source: str) -> list[Agent]:
    """The agents in a text of ours (YAML or JSON, one or several), or of Preclinical (JSON).

    One agent is a mapping with `provider`. Several are a list of such, or stand under `agents`,
    by name or as a list. An agent without a name gets that of `source`.

    Args:
        text: YAML or JSON.
        source: What it came from, for messages; a file's name without its suffix names an agent.

    Raises:
        AgentConfigError: It cannot be used; names source, line and key.
    """
    data, found = _parsed(text, source)
    entries = list(_entries(data, found))
    agents = [_agent(entry, at, found, name) for entry, at, name in entries]
    for number, agent in enumerate(agents):
        if any(agent.name == other.name for other in agents[:number]):
            raise found.wrong(f"two agents are called {agent.name!r}.", entries[number][1])
    return agents


def write_agents(agents: Sequence[Agent], form: Literal["yaml", "json"]) -> str:
    """Agents as text that :func:`read_agents` reads; several stand under `agents`, by name.

    A plain secret is left out: there is a reference in its place, to be filled where it is read.
    """
    agents = [
        without_secrets(agent, agent.name, lambda name, _: f"secret:{name}") for agent in agents
    ]
    if len(agents) == 1:
        data: dict[str, Any] = {"name": agents[0].name} | as_entry(agents[0])
    else:
        data = {"agents": {agent.name: as_entry(agent) for agent in agents}}
    if form == "json":
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)


def as_entry(agent: Agent) -> dict[str, Any]:
    """What is written of an agent: not its name, and nothing that is as usual."""
    written = agent.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
    order = ("title", "provider", "config", "body")
    return {key: written[key] for key in (*order, *(written.keys() - set(order))) if key in written}


def check_agent_name(name: str) -> None:
    """Raise AgentConfigError unless `name` can be an agent's."""
    if _NAME.fullmatch(name) is None:
        raise AgentConfigError(
            f"{name[:64]!r} cannot be the name of an agent.",
            cause="A name has 1 to 64 letters, digits, dots, hyphens and underscores.",
            remedy="Choose another name; the title may be anything.",
        )


def _parsed(text: str, source: str) -> tuple[Any, _Source]:
    if len(text) > _LONGEST:
        raise _Source(source).wrong("it is longer than a million characters.")
    data: Any = None
    is_json = False
    try:
        if text.lstrip()[:1] in ("{", "["):
            data, is_json = json.loads(text), True
    except ValueError as error:
        if source.lower().endswith(".json"):
            raise _Source(source).wrong(f"it is no JSON: {error}.") from error
    except RecursionError as error:
        raise _Source(source).wrong("it is nested too deeply.") from error
    try:
        node, lines = _node(text, source)
        data = data if is_json else _Constructing(text, node).value
    except yaml.YAMLError as error:
        lines = {}
        if not is_json:
            raise _yaml_error(error, source) from error
    except (ValueError, OverflowError) as error:  # such as a number that is none
        raise _Source(source).wrong(f"a value cannot be read: {error}.") from error
    except RecursionError as error:
        raise _Source(source).wrong("it is nested too deeply.") from error
    one_line = is_json and "\n" not in text.strip()
    found = _Source(source, {} if one_line else lines)
    _check_json(data, (), found)
    return data, found


class _Constructing:
    """Makes values of a node that was composed before."""

    def __init__(self, text: str, node: yaml.Node | None) -> None:
        loader = _Loader("")
        try:
            self.value = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()


def _node(text: str, source: str) -> tuple[yaml.Node | None, dict[Path, int]]:
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise _Source(source, {(): line}).wrong("anchors and aliases are not understood here.")
    node = yaml.compose(text, _Loader)
    lines: dict[Path, int] = {}
    _note_lines(node, (), lines, source)
    return node, lines


def _note_lines(node: yaml.Node | None, at: Path, lines: dict[Path, int], source: str) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place: Path = (*at, str(key.value))
            line = key.start_mark.line + 1
            if place in lines:
                raise _Source(source, {(): line}).wrong(f"the key `{key.value}` is there twice.")
            lines[place] = line
            _note_lines(value, place, lines, source)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines[*at, number] = item.start_mark.line + 1
            _note_lines(item, (*at, number), lines, source)


def _yaml_error(error: yaml.YAMLError, source: str) -> AgentConfigError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    lines: dict[Path, int] = {(): mark.line + 1} if mark is not None else {}
    return _Source(source, lines).wrong(f"it is no YAML: {problem}.")


def _check_json(value: Any, at: Path, source: _Source) -> None:
    """Raise unless `value` could stand in JSON."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise source.wrong(f"the key {key!r} is no text: put it between quotes.", at)
            _check_json(item, (*at, key), source)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            _check_json(item, (*at, number), source)
    elif isinstance(value, float) and not math.isfinite(value):
        raise source.wrong(f"{_dotted(at)} is no number that JSON knows.", at)
    elif not isinstance(value, str | int | float | bool | None):
        raise source.wrong(f"{_dotted(at)} is of a kind that JSON does not know.", at)


def _entries(data: Any, source: _Source) -> Iterable[tuple[dict[str, Any], Path, str | None]]:
    """Each agent's mapping, where it stands, and the name it stands under."""
    if isinstance(data, list):
        listed: Iterable[tuple[Any, Path, str | None]] = [
            (entry, (number,), None) for number, entry in enumerate(data)
        ]
    elif isinstance(data, dict) and "agents" in data and "provider" not in data:
        if unknown := data.keys() - {"agents"}:
            raise source.wrong(f"unknown key `{min(unknown)}` beside `agents`.", (min(unknown),))
        inside = data["agents"]
        if isinstance(inside, dict):
            listed = [(entry, ("agents", name), name) for name, entry in inside.items()]
        elif isinstance(inside, list):
            listed = [(entry, ("agents", number), None) for number, entry in enumerate(inside)]
        else:
            raise source.wrong("`agents` is neither a mapping nor a list.", ("agents",))
    else:
        listed = [(data, (), None)]
    found = list(listed)
    if not found:
        raise source.wrong("there is no agent in it.")
    for entry, at, name in found:
        if not isinstance(entry, dict):
            who = f"agent `{name}`" if name else "it"
            raise source.wrong(f"{who} is no mapping of keys to values.", at)
        yield entry, at, name


def _agent(entry: dict[str, Any], at: Path, source: _Source, name: str | None) -> Agent:
    if entry.get("provider") == _PRECLINICAL:
        # Theirs may have more about it, which is nothing to us: an id, a description, dates.
        entry = {key: entry[key] for key in ("name", "config") if key in entry}
        entry["provider"] = "pipecat_cloud"
    else:
        _check_keys(entry, Agent.model_fields, at, source, "An agent has")
        _check_provider(entry.get("provider"), at, source)
    config = _config(entry, at, source)
    given = entry.get("name", name)
    if given is None:
        given = _named_by(config, source.name)
    if not isinstance(given, str):
        raise source.wrong("`name` is no text.", (*at, "name"))
    changes: dict[str, Any] = {"name": given, "config": config}
    if _NAME.fullmatch(given) is None:
        changes = {"title": given} | entry | changes | {"name": _slug(given)}
    try:
        agent = Agent.model_validate(entry | changes)
    except ValidationError as error:
        first = error.errors()[0]
        place = (*at, *first["loc"])
        raise source.wrong(f"`{_dotted(first['loc'])}`: {_said(first)}.", place) from error
    if not agent.name:
        raise source.wrong("`name` has no letter or digit.", (*at, "name"))
    return agent


def _config(entry: dict[str, Any], at: Path, source: _Source) -> Any:
    """The entry's configuration with our spelling of its keys, checked as far as it can be."""
    config = entry.get("config", {})
    fields = fields_of(str(entry.get("provider")))
    if not isinstance(config, dict) or fields is None:
        return config
    names = snake_names(fields)
    here = (*at, "config")
    _check_keys(config, names, here, source, f"{entry['provider']} takes", shown=fields)
    ours: dict[str, Any] = {}
    for key, value in config.items():
        if names[key] in ours:
            raise source.wrong(f"`{names[key]}` is there in two spellings.", (*here, key))
        ours[names[key]] = value
    try:
        fields.model_validate(ours)
    except ValidationError as error:
        for problem in error.errors():
            if is_reference(problem["input"]):  # what it refers to is checked when it is called
                continue
            first, rest = problem["loc"][:1], problem["loc"][1:]
            written = [key for key in config if names.get(key) in map(names.get, map(str, first))]
            place = (*here, *written, *rest)
            said = f"`{_dotted(('config', *problem['loc']))}`: {_said(problem)}."
            raise source.wrong(said, place, remedy=_takes(entry["provider"], fields)) from error
    return ours


def _check_keys(
    entry: Mapping[str, Any],
    known: Iterable[str],
    at: Path,
    source: _Source,
    takes: str,
    shown: type[BaseModel] | None = None,
) -> None:
    known = list(known)
    for key in entry:
        if key not in known:
            names = list(shown.model_fields) if shown else known
            close = get_close_matches(key, names, n=2) or get_close_matches(key, known, n=2)
            hint = f" Did you mean {' or '.join(f'`{name}`' for name in close)}?" if close else ""
            raise source.wrong(
                f"unknown key `{_dotted((*at[-1:], key) if at[-1:] == ('config',) else (key,))}`."
                + hint,
                (*at, key),
                remedy=f"{takes}: {', '.join(names)}.",
            )


def _check_provider(provider: Any, at: Path, source: _Source) -> None:
    known = provider_names()
    if provider is None or provider in known:
        return
    close = get_close_matches(str(provider), known, n=2)
    hint = f" Did you mean {' or '.join(f'`{name}`' for name in close)}?" if close else ""
    raise source.wrong(
        f"there is no provider `{str(provider)[:64]}`.{hint}",
        (*at, "provider"),
        remedy=f"Known are: {', '.join(known)}.",
    )


def _takes(provider: str, fields: type[BaseModel]) -> str:
    return f"{provider} takes: {', '.join(fields.model_fields)}."


def _named_by(config: Any, source: str) -> str:
    named = config.get("agent_name") if isinstance(config, dict) else None
    stem = re.split(r"[/\\]", source)[-1].rsplit(".", 1)
    if len(stem) == 2 and stem[0]:
        return _slug(stem[0]) or "agent"
    return _slug(named) if isinstance(named, str) and _slug(named) else "agent"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9_.-]+", "-", text.lower()).strip("-.")[:64]


def _dotted(path: Iterable[str | int]) -> str:
    return ".".join(map(str, path))


def _said(problem: Any) -> str:
    """What pydantic says of a value, without the value."""
    return "is missing" if problem["type"] == "missing" else str(problem["msg"]).rstrip(".")
