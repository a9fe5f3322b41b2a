"""Reading a YAML file so that every value knows its line.

Pipecat's own loader names no lines, follows `!include` anywhere on the machine and into loops, and
takes the last of two equal keys. This pass runs before it and refuses what it would not notice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from harness.errors import ScenarioError
from harness.scenarios._yaml import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_VALUES,
    MERGE,
    Loader,
    broken,
    check_tag,
    empty,
    read_text,
    scalar,
    show_path,
    too_deep,
    too_many,
)

__all__ = ["Document", "KeyPath", "Place", "folder_of", "key_text", "read_document"]
__all__ += ["read_draft", "read_text", "show_path"]

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
        includes: The places that stand in another file, with its path as it is written.
    """

    path: Path
    folder: Path
    data: dict[str, Any] = field(default_factory=dict)
    places: dict[KeyPath, Place] = field(default_factory=dict)
    includes: dict[KeyPath, str] = field(default_factory=dict)

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


def folder_of(path: Path) -> Path:
    """Where a file's includes, recordings and images may lie if nothing else is said.

    The outermost folder around it that is called `scenarios` or `evals`, else its own.
    """
    around = [parent for parent in path.resolve().parents if parent.name in ("scenarios", "evals")]
    return around[-1] if around else path.resolve().parent


def read_document(path: Path, folder: Path) -> Document:
    """Read a scenario file with its includes.

    Args:
        path: The file.
        folder: Includes must lie in it, as must recordings and images.

    Raises:
        ScenarioError: It cannot be read, or is no YAML mapping.
    """
    document = Document(path, folder.resolve())
    data = _Reader(document).file(path, (), ())
    document.data = _mapping(path, data)
    return document


def read_draft(text: str, beside: Path | None, folder: Path | None) -> Document:
    """Read a text that may become a scenario file; a broken include is None.

    Args:
        text: YAML.
        beside: The file it takes the place of; includes of a text without one are None.
        folder: Includes must lie in it; None: :func:`folder_of`.

    Raises:
        ScenarioError: It is no YAML mapping.
    """
    path = beside or Path("draft.yaml")
    document = Document(path, (folder or folder_of(path)).resolve())
    reader = _Reader(document, draft=True, includes=beside is not None)
    document.data = _mapping(path, reader.text(path, text, (), ()))
    return document


def _mapping(path: Path, data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        kind = "a list" if isinstance(data, list) else "a single value"
        raise ScenarioError(
            f"{show_path(path)}, line 1: a scenario file is a mapping with `name:` and "
            f"`scenarios:`, this is {kind}.",
            cause="It may be a part that another file includes.",
            remedy="docs/scenarios.md shows a scenario to start from.",
        )
    return data


class _Reader:
    """Builds plain data from YAML nodes and notes the line of each value."""

    def __init__(self, document: Document, *, draft: bool = False, includes: bool = True) -> None:
        self._document = document
        self._folder = document.folder
        self._draft = draft
        self._includes = includes
        self._values = self._bytes = self._depth = 0

    def file(self, path: Path, where: KeyPath, including: tuple[Path, ...]) -> Any:
        return self.text(path, read_text(path), where, including)

    def text(self, path: Path, text: str, where: KeyPath, including: tuple[Path, ...]) -> Any:
        self._bytes += len(text.encode(errors="surrogatepass"))
        if self._bytes > MAX_BYTES:
            limit = f"{MAX_BYTES / 1e6:.0f} MB"
            raise ScenarioError(
                f"{show_path(path)}, line 1: the scenario is larger than {limit} with all it "
                "includes.",
                cause="A file counts as often as it is included.",
                remedy=f"Keep it under {limit}, or split it.",
            )
        try:
            loader = Loader(path, text)
        except yaml.YAMLError as error:
            raise broken(path, error, text) from error
        try:
            node = loader.get_single_node()
            if node is None:
                raise empty(path)
            self._document.places.setdefault(where, Place(path, node.start_mark.line + 1))
            return self._value(loader, node, where, (*including, path.resolve()), path, ())
        except yaml.YAMLError as error:
            raise broken(path, error, text) from error
        finally:
            loader.dispose()

    def _value(
        self,
        loader: Loader,
        node: yaml.Node,
        where: KeyPath,
        including: tuple[Path, ...],
        path: Path,
        around: tuple[int, ...],
    ) -> Any:
        line = node.start_mark.line + 1
        self._values += 1
        if self._values > MAX_VALUES:
            raise too_many(path, line)
        if id(node) in around:
            raise ScenarioError(
                f"{show_path(path)}, line {line}: an alias contains itself.",
                remedy="Write out what it stands for.",
            )
        if self._depth >= MAX_DEPTH:
            raise too_deep(path, line)
        around = (*around, id(node))
        self._depth += 1
        try:
            return self._inside(loader, node, where, including, path, around)
        finally:
            self._depth -= 1

    def _inside(
        self,
        loader: Loader,
        node: yaml.Node,
        where: KeyPath,
        including: tuple[Path, ...],
        path: Path,
        around: tuple[int, ...],
    ) -> Any:
        start = _start(path, node, where)
        if node.tag == "!include":
            return self._include(node, where, including, path)
        if isinstance(node, yaml.ScalarNode):
            return scalar(loader, node, start)
        check_tag(node, start)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(loader, node, where, including, path, around)
        items = []
        for index, item in enumerate(node.value):
            place = Place(path, item.start_mark.line + 1)
            self._document.places[(*where, index)] = place
            items.append(self._value(loader, item, (*where, index), including, path, around))
        return items

    def _mapping(
        self,
        loader: Loader,
        node: yaml.MappingNode,
        where: KeyPath,
        including: tuple[Path, ...],
        path: Path,
        around: tuple[int, ...],
    ) -> dict[Any, Any]:
        seen: dict[Any, int] = {}
        for key_node, _ in node.value:
            line = key_node.start_mark.line + 1
            start = f"{show_path(path)}, line {line}"
            if not isinstance(key_node, yaml.ScalarNode):
                raise ScenarioError(
                    f"{start}: a key must be a word, not a list or a mapping.",
                    remedy="Put a text that begins with a bracket or a brace in quotes.",
                )
            named = key_text((*where, key_node.value))
            # `yes` and `true` are one key, and so are `1` and `true`: the last would be taken.
            merges = key_node.tag == MERGE
            key = "<<" if merges else scalar(loader, key_node, f"{start}, key `{named}`")
            if key in seen:
                raise ScenarioError(
                    f"{start}, key `{named}`: the same key is already in line {seen[key]}.",
                    remedy="Keep one of the two, or put a key that is a text in quotes.",
                )
            seen[key] = line
        loader.flatten_mapping(node)
        data: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            place = Place(path, key_node.start_mark.line + 1)
            key = scalar(loader, key_node, _start(path, key_node, where))
            inner = (*where, key if isinstance(key, str) else str(key))
            self._document.places[inner] = place
            data[key] = self._value(loader, value_node, inner, including, path, around)
        return data

    def _include(
        self, node: yaml.Node, where: KeyPath, including: tuple[Path, ...], path: Path
    ) -> Any:
        if isinstance(node, yaml.ScalarNode):
            self._document.includes[where] = node.value
        try:
            return self._included(node, where, including, path) if self._includes else None
        except ScenarioError:
            # A draft is shown as far as it can be read.
            if self._draft:
                return None
            raise

    def _included(
        self, node: yaml.Node, where: KeyPath, including: tuple[Path, ...], path: Path
    ) -> Any:
        start = _start(path, node, where)
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise ScenarioError(
                f"{start}: `!include` needs the path of a file.",
                remedy="Write it as `!include part.yaml`.",
            )
        # Pipecat takes every include, also a nested one, from the folder of the first file.
        target = self._document.path.parent / node.value
        try:
            real = target.resolve()
            there = real.is_file()
        except (OSError, ValueError) as error:
            raise ScenarioError(
                f"{start}: {node.value[:80]!r} is no path of a file.",
                remedy="Write it as `!include part.yaml`.",
            ) from error
        if not real.is_relative_to(self._folder):
            raise ScenarioError(
                f"{start}: `!include {node.value}` lies outside {show_path(self._folder)}.",
                cause="A scenario may only include files of its own folder.",
                remedy="Copy the file beside the scenario.",
            )
        if real.suffix.lower() not in (".yaml", ".yml"):
            raise ScenarioError(
                f"{start}: only .yaml files can be included, not {node.value}.",
                remedy="Save it as YAML in a file that ends in .yaml.",
            )
        if real in including:
            names = " -> ".join(file.name for file in (*including, real))
            raise ScenarioError(
                f"{start}: the files include each other without end ({names}).",
                remedy="Take this `!include` away, or put what both need into a third file.",
            )
        if not there:
            raise ScenarioError(
                f"{start}: there is no file {node.value} to include.",
                remedy=f"A path counts from the folder of {show_path(self._document.path)}.",
            )
        return self.file(target, where, including)


def _start(path: Path, node: yaml.Node, where: KeyPath) -> str:
    """Place of a node for messages."""
    key = f", key `{key_text(where)}`" if where else ""
    return f"{show_path(path)}, line {node.start_mark.line + 1}{key}"
