"""YAML as Pipecat Evals reads it, within limits, and what is wrong with a text in words for people.

Whatever stands in a file, nothing but a :class:`ScenarioError` comes out of here: neither a tag nor
a number too long to be one, nor a text that means more than it holds.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from harness.errors import ScenarioError
from harness.scenarios._limits import SIZES
from harness.settings import ROOT

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "MERGE", "Loader", "broken", "check_file"]
__all__ += ["check_tag", "empty", "read_text", "scalar", "show_path", "too_deep", "too_many"]

MAX_BYTES = int(SIZES["file bytes"].most)
"""Largest scenario file with all it includes, each as often as it is included."""

MAX_VALUES = int(SIZES["file values"].most)
"""Most values in one file with its includes, so that aliases cannot multiply without end."""

MAX_DEPTH = int(SIZES["file depth"].most)
"""How many lists and mappings may stand inside each other."""

_CORE = "tag:yaml.org,2002:"
MERGE = f"{_CORE}merge"
"""The tag of `<<`, which merges another mapping into this one."""
_KINDS: tuple[tuple[type[yaml.Node], frozenset[str]], ...] = (
    (yaml.MappingNode, frozenset({f"{_CORE}map"})),
    (yaml.SequenceNode, frozenset({f"{_CORE}seq"})),
    (
        yaml.ScalarNode,
        frozenset(_CORE + name for name in ("str", "int", "float", "bool", "null", "merge")),
    ),
)
_DATE = next(
    pattern
    for tag, pattern in yaml.SafeLoader.yaml_implicit_resolvers["2"]
    if tag == f"{_CORE}timestamp"
)
"""What Pipecat takes for a day or a time of a day if it is not in quotes."""
_SYNTAX = "In YAML each key stands as `key: value` in a line of its own, what belongs to it is "
_SYNTAX += "indented by spaces; put a text with signs such as : # [ { * & ! in quotes."


def show_path(path: Path) -> str:
    """A path for people: from the project's folder or the current one if it lies inside."""
    absolute = path.absolute()
    for base in (ROOT, Path.cwd()):
        if absolute != base and absolute.is_relative_to(base):
            return absolute.relative_to(base).as_posix()
    return str(path)


class Loader(yaml.SafeLoader):
    """As Pipecat's: only plain decimal integers; and dates stay the text they were written as.

    Raises:
        ScenarioError: The text has too many values, or is nested too deeply.
    """

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self._path = path
        self._nodes = self._depth = self._merged = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """A node, unless it is one too many."""
        self._nodes += 1
        self._depth += 1
        events: Any = self
        line = events.peek_event().start_mark.line + 1
        if self._nodes > MAX_VALUES:
            raise too_many(self._path, line)
        if self._depth > MAX_DEPTH:
            raise too_deep(self._path, line)
        try:
            node: yaml.Node | None = super().compose_node(parent, index)
            return node
        finally:
            self._depth -= 1

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Put what `<<` names into the mapping, which may hold others that do the same."""
        self._merged += len(node.value)
        self._depth += 1
        line = node.start_mark.line + 1
        if self._merged > MAX_VALUES:
            raise too_many(self._path, line)
        if self._depth > MAX_DEPTH:
            raise too_deep(self._path, line)
        super().flatten_mapping(node)
        self._depth -= 1


Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in (f"{_CORE}int", f"{_CORE}timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(
    f"{_CORE}int", re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)$"), list("-+0123456789")
)


def check_tag(node: yaml.Node, start: str) -> None:
    """Refuse a tag that makes anything but plain data of a value.

    Raises:
        ScenarioError: It has one; `start` says where.
    """
    for kind, allowed in _KINDS:
        if isinstance(node, kind) and node.tag in allowed:
            return
    if node.tag == f"{_CORE}value":
        raise ScenarioError(
            f"{start}: a bare `=` means something of its own in YAML.", remedy="Put it in quotes."
        )
    shown = node.tag.replace(_CORE, "!!")
    raise ScenarioError(
        f"{start}: the tag `{shown}` cannot be used here.",
        cause="A scenario file holds plain data.",
        remedy="Take the tag away; the only one a scenario file may use is !include. A text that "
        "begins with ! goes in quotes.",
    )


def scalar(loader: Loader, node: yaml.ScalarNode, start: str) -> Any:
    """The value of a single node.

    Raises:
        ScenarioError: It is no value; `start` says where.
    """
    check_tag(node, start)
    if node.style is None and _DATE.match(node.value):
        _check_date(loader, node, start)
    try:
        return loader.construct_object(node)
    except (ValueError, KeyError, IndexError, OverflowError) as error:
        shown = node.value if len(node.value) <= 40 else f"{node.value[:40]}…"
        kind = {"int": "whole number", "float": "number", "bool": "true or false"}
        raise ScenarioError(
            f"{start}: `{shown}` cannot be read as a {kind.get(node.tag.removeprefix(_CORE))}.",
            remedy="Put it in quotes if it is a text, or write a shorter number.",
        ) from error


def _check_date(loader: Loader, node: yaml.ScalarNode, start: str) -> None:
    """Pipecat reads an unquoted day as a date, which must then be one."""
    try:
        loader.construct_yaml_timestamp(node)
    except (ValueError, OverflowError) as error:
        raise ScenarioError(
            f"{start}: `{node.value}` is no day of the calendar ({error}).",
            remedy="Mend the day, or put it in quotes if it is a text.",
        ) from error


def too_many(path: Path, line: int) -> ScenarioError:
    """The file holds more values than it may."""
    return ScenarioError(
        f"{show_path(path)}, line {line}: the file has more than {MAX_VALUES} values.",
        cause="An alias may repeat a part of it many times.",
        remedy="Split the file, or take away what repeats.",
    )


def too_deep(path: Path, line: int) -> ScenarioError:
    """The file has lists in lists in lists."""
    return ScenarioError(
        f"{show_path(path)}, line {line}: nested too deeply: more than {MAX_DEPTH} lists and "
        "mappings inside each other.",
        remedy="Look for brackets that are not closed, or for an alias that contains itself.",
    )


def check_file(path: Path) -> None:
    """Make sure a file is one that can be read, and not too large.

    Raises:
        ScenarioError: It is missing, a folder, or too large.
    """
    shown = show_path(path)
    try:
        if path.is_dir():
            raise ScenarioError(
                f"{shown} is a folder, not a scenario file.", remedy="Name a file inside it."
            )
        if not path.exists():
            raise ScenarioError(
                f"There is no file {shown}.",
                remedy="Look at its spelling; a path counts from the folder you are in.",
            )
        if not path.is_file():
            raise ScenarioError(
                f"{shown} is not an ordinary file.", remedy="Save the scenario as a file."
            )
        size = path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error
    if size > MAX_BYTES:
        raise ScenarioError(
            f"{shown} is too large for a scenario file: {size / 1e6:.1f} MB.",
            remedy=f"Keep it under {MAX_BYTES / 1e6:.0f} MB, or split it.",
        )


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        ScenarioError: It is missing, a folder, too large, empty or not UTF-8.
    """
    check_file(path)
    shown = show_path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ScenarioError(
            f"{shown}, line {line}: not UTF-8 text.",
            remedy="Save the file as UTF-8.",
        ) from error
    if not text.strip():
        raise empty(path)
    return text


def empty(path: Path) -> ScenarioError:
    """Nothing stands in the file."""
    return ScenarioError(
        f"{show_path(path)} is empty.",
        remedy="docs/scenarios.md shows a scenario to start from.",
    )


def broken(path: Path, error: yaml.YAMLError, text: str) -> ScenarioError:
    """What is wrong with a text that is no YAML."""
    shown = show_path(path)
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return ScenarioError(
            f"{shown}, line {line}: broken YAML: the character U+{int(error.character):04X} "
            "cannot stand in it.",
            remedy="Take the character away; editors may not show it.",
        )
    if not isinstance(error, yaml.MarkedYAMLError):
        return ScenarioError(f"{shown}: broken YAML: {str(error).splitlines()[0]}.", remedy=_SYNTAX)
    mark = error.problem_mark or error.context_mark
    line_text = f", line {mark.line + 1}" if mark else ""
    problem = error.problem or error.context or "unknown problem"
    return ScenarioError(f"{shown}{line_text}: broken YAML: {problem}.", remedy=_remedy(problem))


def _remedy(problem: str) -> str:
    for words, remedy in (
        ("\\t", "Indent with spaces, not tabs."),
        ("mapping values are not allowed", "Put a text that holds a colon in quotes."),
        ("undefined alias", "Give the part an anchor (`&name`) before it is used by `*name`."),
        ("found another document", "Put each scenario into the list `scenarios:` of one file."),
        ("single document", "Put each scenario into the list `scenarios:` of one file."),
        ("found duplicate anchor", "Give the anchor another name."),
        ("unexpected end of stream", "Close the quote that is opened in the line."),
    ):
        if words in problem:
            return remedy
    if problem.endswith(("but got '{'", "but got '?'")):
        return "Put a text that holds a brace or a question mark in quotes."
    if problem.endswith("but got '<stream end>'"):
        return "Close the bracket or brace that is open."
    return _SYNTAX


def _unreadable(path: Path, error: OSError) -> ScenarioError:
    return ScenarioError(
        f"{show_path(path)} cannot be read.",
        cause=f"The system says: {error.strerror or error}.",
        remedy="Give this user the right to read it.",
    )
