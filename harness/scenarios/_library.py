"""The library: our own scenarios and the user's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from harness.errors import ScenarioError, UnknownName
from harness.nouns import Scenario
from harness.scenarios._document import show_path
from harness.scenarios._load import load_scenarios, load_with_files
from harness.scenarios._stamps import Stamp, stamps_of, unchanged
from harness.scenarios._yaml import check_file
from harness.settings import ROOT, get_settings

__all__ = ["Library", "find_scenario", "is_part", "library", "read_library", "scenario_files"]

BUILT_IN = ROOT / "data" / "scenarios"


@dataclass(frozen=True, slots=True)
class Library:
    """All scenarios that could be read, and why others could not.

    Attributes:
        scenarios: Ours first, then the user's; in the order of their file names.
        problems: One error for each file that cannot be used.
    """

    scenarios: tuple[Scenario, ...]
    problems: tuple[tuple[Path, ScenarioError], ...]


def read_library() -> Library:
    """Read the built-in scenarios and those in the folder `scenarios` of the data folder.

    A broken file takes nothing else with it. Of two scenarios of the same name the user's counts.
    """
    found: dict[str, Scenario] = {}
    problems: list[tuple[Path, ScenarioError]] = []
    for folder in (BUILT_IN, get_settings().data / "scenarios"):
        for path in scenario_files(folder):
            try:
                found |= {scenario.name: scenario for scenario in _kept(path, folder)}
            except ScenarioError as error:
                problems.append((path, error))
    return Library(tuple(found.values()), tuple(problems))


_read: dict[tuple[Path, Path], tuple[tuple[Stamp, ...], tuple[Scenario, ...]]] = {}


def _kept(path: Path, folder: Path) -> tuple[Scenario, ...]:
    """The scenarios of a file (none of a part), read anew only if what they are made of changed.

    Pages ask for the library at every click.
    """
    known = _read.get((path, folder))
    if known is not None and unchanged(known[0]):
        return known[1]
    _read.pop((path, folder), None)
    scenarios: tuple[Scenario, ...] = ()
    files = frozenset({path})
    if not is_part(path):
        scenarios, files = load_with_files(path, folder)
    _read[path, folder] = (stamps_of(sorted(files)), scenarios)
    return scenarios


def library() -> tuple[Scenario, ...]:
    """The scenarios that can be used; :func:`read_library` also tells of the others."""
    return read_library().scenarios


def find_scenario(name_or_path: str | Path) -> Scenario:
    """A scenario by its name, the last part of it, its title, or its file.

    A file that holds several is given as ``file.yaml:name``.

    Raises:
        UnknownName: There is none; the message names close ones.
        ScenarioError: The file cannot be used.
    """
    wanted = str(name_or_path)
    if isinstance(name_or_path, Path) or _is_path(wanted):
        return _from_file(wanted)
    shelf = read_library()
    plain = _plain(wanted)
    for matches in (
        [s for s in shelf.scenarios if s.name == wanted],
        [s for s in shelf.scenarios if plain in _calls(s)],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            names = ", ".join(f"`{scenario.name}`" for scenario in matches)
            raise UnknownName(
                f"Several scenarios are called `{wanted}`: {names}.", remedy="Use the full name."
            )
    for path, problem in shelf.problems:
        if _plain(path.stem) in (plain, *plain.rsplit("/", 1)):
            raise problem
    raise _unknown(wanted, shelf)


def _unknown(wanted: str, shelf: Library) -> UnknownName:
    names = [scenario.name for scenario in shelf.scenarios]
    parts = {name.rsplit("/", 1)[-1]: name for name in names}
    close = get_close_matches(wanted, [*names, *parts], n=3, cutoff=0.5)
    full = list(dict.fromkeys(parts.get(name, name) for name in close))
    remedy = (
        f"Did you mean {' or '.join(f'`{name}`' for name in full)}?"
        if full
        else f"There are: {', '.join(names)}."
        if names
        else "The library is empty."
    )
    cause = "A file has to end in .yaml or be named by its folder."
    return UnknownName(f"There is no scenario `{wanted}`.", cause=cause, remedy=remedy)


def _calls(scenario: Scenario) -> set[str]:
    """What a scenario may be called by."""
    last = scenario.name.rsplit("/", 1)[-1]
    return {_plain(name) for name in (scenario.name, last, scenario.title)}


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


def _is_path(text: str) -> bool:
    file = text.rsplit(":", 1)[0] if ".yaml:" in text or ".yml:" in text else text
    return file.endswith((".yaml", ".yml")) or Path(text).exists()


def _from_file(text: str) -> Scenario:
    file, wanted = text, ""
    for ending in (".yaml:", ".yml:"):
        if ending in text:
            file, wanted = text.rsplit(":", 1)
    path = Path(file).expanduser()
    scenarios = load_scenarios(path)
    if wanted:
        for scenario in scenarios:
            if wanted in (scenario.name, scenario.name.rsplit("/", 1)[-1]):
                return scenario
    elif len(scenarios) == 1:
        return scenarios[0]
    parts = ", ".join(f"`{scenario.name.rsplit('/', 1)[-1]}`" for scenario in scenarios)
    if wanted:
        raise UnknownName(
            f"{show_path(path)} holds no scenario `{wanted}`.", remedy=f"It holds {parts}."
        )
    raise UnknownName(
        f"{show_path(path)} holds {len(scenarios)} scenarios: {parts}.",
        remedy=f"Name one: {show_path(path)}:{scenarios[0].name.rsplit('/', 1)[-1]}",
    )


def scenario_files(folder: Path) -> list[Path]:
    """The YAML files in a folder and the folders inside it, parts included."""
    files = [path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml")]
    return sorted(path for path in files if path.is_file())


def is_part(path: Path) -> bool:
    """Whether a file is only a part that others include: a list, or a mapping without a name.

    A file that cannot be read is none, so that its error is told.
    """
    try:
        check_file(path)
        return _is_part(yaml.parse(path.read_text(encoding="utf-8"), Loader=_PARSER))
    except (OSError, ValueError, ScenarioError, yaml.YAMLError):
        return False


_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C reads a large file in less than a second, which the other one takes ten for."""


def _is_part(events: Iterator[yaml.Event]) -> bool:
    """Whether the first thing in a text is a list, or a mapping without the keys of a scenario."""
    depth, at_key = 0, False
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            if depth == 0:
                return True
        elif isinstance(event, yaml.NodeEvent):
            if depth == 0:
                at_key = True
                if isinstance(event, yaml.SequenceStartEvent):
                    return True
                if not isinstance(event, yaml.MappingStartEvent):
                    return False
            elif depth == 1:
                if at_key and getattr(event, "value", "") in _OF_A_SCENARIO:
                    return False
                at_key = not at_key
            depth += isinstance(event, yaml.CollectionStartEvent)
    return False


_OF_A_SCENARIO = ("name", "scenarios", "turns", "persona")
