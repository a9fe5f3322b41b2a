"""Reading a YAML file so that every value knows its line.

Pipecat's own loader names no lines, follows `!include` anywhere on the machine and into loops, and
takes the last of two equal keys. This pass runs before it and refuses what it would not notice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from harness.errors import ScenarioError
from harness.settings import ROOT

__all__ = ["Document", "KeyPath", "Place", "key_text", "read_document", "show_path"]

MAX_BYTES = 1_000_000
"""Largest scenario file or include."""

MAX_VALUES = 50_000
"""Most values in one file with its includes, so that aliases cannot multiply without end."""

KeyPath = tuple[str | int, ...]
"""Where a value is: keys and list positions from the top."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, counted from 1."""

    file: Path
    line: int


@dataclass(slots=True)
class Document:
    """A file's data and where each value of it stands.

    Attributes:
        folder: Includes, recordings and images must lie in it; resolved.
    """

    path: Path
    folder: Path
    data: dict[str, Any] = field(default_factory=dict)
    places: dict[KeyPath, Place] = field(default_factory=dict)

    def place(self, where: KeyPath) -> Place:
        """The line of a value, or of the nearest value around it."""
        for length in range(len(where), 0, -1):
            if where[:length] in self.places:
                return self.places[where[:length]]
        return Place(self.path, 1)

    def at(self, where: KeyPath) -> str:
        """``file, line 12, key `ringback.caller.voice` `` for messages."""
        place = self.place(where)
        key = f", key `{key_text(where)}`" if where else ""
        return f"{show_path(place.file)}, line {place.line}{key}"

    def error(
        self,
        where: KeyPath,
        problem: str,
        *,
        cause: str = "",
        remedy: str = "",
        kind: type[ScenarioError] = ScenarioError,
    ) -> ScenarioError:
        """An error that names file, line and key."""
        return kind(f"{self.at(where)}: {problem}", cause=cause, remedy=remedy)


def key_text(where: KeyPath) -> str:
    """``scenarios[0].turns[2].user``; positions count from 0."""
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def show_path(path: Path) -> str:
    """A path for people: from the project's folder or the current one if it lies inside."""
    absolute = path.absolute()
    for base in (ROOT, Path.cwd()):
        if absolute.is_relative_to(base):
            return absolute.relative_to(base).as_posix()
    return str(path)


class _Loader(yaml.SafeLoader):
    """As Pipecat's: only plain decimal integers; and dates stay the text they were written as."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)$"), list("-+0123456789")
)


def read_document(path: Path, folder: Path) -> Document:
    """Read a scenario file with its includes.

    Args:
        path: The file.
        folder: Includes must lie in it, as must recordings and images.

    Raises:
        ScenarioError: It cannot be read, or is no YAML mapping.
    """
    document = Document(path, folder.resolve())
    reader = _Reader(document)
    data = reader.file(path, (), ())
    if not isinstance(data, dict):
        kind = "a list" if isinstance(data, list) else "a single value"
        raise ScenarioError(
            f"{show_path(path)}, line 1: a scenario file is a mapping with `name:` and "
            f"`scenarios:`, this is {kind}.",
            cause="It may be a part that another file includes.",
        )
    document.data = data
    return document


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        ScenarioError: It is missing, a folder, too large, empty or not UTF-8.
    """
    shown = show_path(path)
    try:
        if path.is_dir():
            raise ScenarioError(
                f"{shown} is a folder, not a scenario file.", remedy="Name a file inside it."
            )
        if not path.exists():
            raise ScenarioError(f"There is no file {shown}.")
        if not path.is_file():
            raise ScenarioError(f"{shown} is not an ordinary file.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ScenarioError(
                f"{shown} is too large for a scenario file: {size / 1e6:.1f} MB.",
                remedy=f"Keep it under {MAX_BYTES / 1e6:.0f} MB, or split it.",
            )
        raw = path.read_bytes()
    except OSError as error:
        raise ScenarioError(
            f"{shown} cannot be read.", cause=f"The system says: {error.strerror or error}."
        ) from error
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ScenarioError(
            f"{shown}, line {line}: not UTF-8 text.",
            remedy="Save the file as UTF-8.",
        ) from error
    if not text.strip():
        raise ScenarioError(
            f"{shown} is empty.", remedy="docs/scenarios.md shows a scenario to start from."
        )
    return text


class _Reader:
    """Builds plain data from YAML nodes and notes the line of each value."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._folder = document.folder
        self._values = 0

    def file(self, path: Path, where: KeyPath, including: tuple[Path, ...]) -> Any:
        loader = self._loader(path)
        try:
            node = loader.get_single_node()
            if node is None:
                raise ScenarioError(f"{show_path(path)} is empty.")
            self._document.places.setdefault(where, Place(path, node.start_mark.line + 1))
            return self._value(loader, node, where, (*including, path.resolve()), path, ())
        except yaml.YAMLError as error:
            raise _broken(path, error) from error
        except RecursionError as error:
            raise ScenarioError(f"{show_path(path)} is nested too deeply.") from error
        finally:
            loader.dispose()

    @staticmethod
    def _loader(path: Path) -> _Loader:
        try:
            return _Loader(read_text(path))
        except yaml.YAMLError as error:
            raise _broken(path, error) from error

    def _value(
        self,
        loader: _Loader,
        node: yaml.Node,
        where: KeyPath,
        including: tuple[Path, ...],
        path: Path,
        around: tuple[int, ...],
    ) -> Any:
        line = node.start_mark.line + 1
        self._values += 1
        if self._values > MAX_VALUES:
            raise ScenarioError(
                f"{show_path(path)}, line {line}: the file has more than {MAX_VALUES} values.",
                cause="An alias may repeat a part of it many times.",
            )
        if id(node) in around:
            raise ScenarioError(f"{show_path(path)}, line {line}: an alias contains itself.")
        around = (*around, id(node))
        if node.tag == "!include":
            return self._include(node, where, including, path)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(loader, node, where, including, path, around)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                place = Place(path, item.start_mark.line + 1)
                self._document.places[(*where, index)] = place
                items.append(self._value(loader, item, (*where, index), including, path, around))
            return items
        return loader.construct_object(node)

    def _mapping(
        self,
        loader: _Loader,
        node: yaml.MappingNode,
        where: KeyPath,
        including: tuple[Path, ...],
        path: Path,
        around: tuple[int, ...],
    ) -> dict[Any, Any]:
        seen: dict[str, int] = {}
        for key_node, _ in node.value:
            line = key_node.start_mark.line + 1
            start = f"{show_path(path)}, line {line}"
            if not isinstance(key_node, yaml.ScalarNode):
                raise ScenarioError(f"{start}: a key must be a word, not a list or a mapping.")
            if key_node.value in seen:
                key = key_text((*where, key_node.value))
                raise ScenarioError(
                    f"{start}, key `{key}`: the same key is already in line "
                    f"{seen[key_node.value]}.",
                    remedy="Keep one of the two.",
                )
            seen[key_node.value] = line
        loader.flatten_mapping(node)
        data: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            place = Place(path, key_node.start_mark.line + 1)
            key = loader.construct_object(key_node)
            inner = (*where, key if isinstance(key, str) else str(key))
            self._document.places[inner] = place
            data[key] = self._value(loader, value_node, inner, including, path, around)
        return data

    def _include(
        self, node: yaml.Node, where: KeyPath, including: tuple[Path, ...], path: Path
    ) -> Any:
        start = f"{show_path(path)}, line {node.start_mark.line + 1}, key `{key_text(where)}`"
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise ScenarioError(f"{start}: `!include` needs the path of a file.")
        # Pipecat takes every include, also a nested one, from the folder of the first file.
        target = self._document.path.parent / node.value
        real = target.resolve()
        if not real.is_relative_to(self._folder):
            raise ScenarioError(
                f"{start}: `!include {node.value}` lies outside {show_path(self._folder)}.",
                cause="A scenario may only include files of its own folder.",
                remedy="Copy the file beside the scenario.",
            )
        if real.suffix.lower() not in (".yaml", ".yml"):
            raise ScenarioError(f"{start}: only .yaml files can be included, not {node.value}.")
        if real in including:
            names = " -> ".join(file.name for file in (*including, real))
            raise ScenarioError(f"{start}: the files include each other without end ({names}).")
        if not real.is_file():
            raise ScenarioError(f"{start}: there is no file {node.value} to include.")
        return self.file(target, where, including)


def _broken(path: Path, error: yaml.YAMLError) -> ScenarioError:
    shown = show_path(path)
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        problem = error.problem or error.context or "unknown problem"
        remedy = ""
        if "\\t" in problem:
            remedy = "Indent with spaces, not tabs."
        elif "mapping values are not allowed" in problem:
            remedy = "Put a text that holds a colon in quotes."
        elif problem.endswith(("but got '{'", "but got '?'")):
            remedy = "Put a text that holds a brace or a question mark in quotes."
        elif "could not determine a constructor" in problem:
            remedy = "The only tag a scenario file may use is !include."
        return ScenarioError(f"{shown}{line}: broken YAML: {problem}.", remedy=remedy)
    return ScenarioError(f"{shown}: broken YAML: {str(error).splitlines()[0]}.")
