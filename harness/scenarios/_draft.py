"""Draft: the text of a scenario file while a person works on it.

The text is the truth. A form changes one value of it at a time; comments, order and quotes of all
the rest stay as they were written.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString
from ruamel.yaml.util import load_yaml_guess_indent

from harness.errors import ScenarioError
from harness.nouns import Scenario
from harness.scenarios._document import KeyPath, key_text, show_path
from harness.scenarios._load import load_scenarios

__all__ = ["Draft", "Problem", "new_draft"]

_PLACE = re.compile(
    r"^(?P<file>.*?)(?:, line (?P<line>\d+))?(?:, key `(?P<key>[^`]*)`)?: (?P<what>.*)$", re.DOTALL
)
_EMPTY_GOES = ("ringback", "caller", "send_after")
"""Mappings that are taken away with their last key."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a draft, or worth a look.

    Attributes:
        line: In the text, from 1; 1 also if it is the whole file.
        key: The key it is about, as ``scenarios[0].turns[2].user``; empty if it is none.
        warning: The scenario can be used all the same.
    """

    line: int
    message: str
    remedy: str
    key: str = ""
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A scenario file as text; changing it gives another draft.

    Positions in the file (`where`) are keys and list positions from the top. Keys of a scenario
    that stand at the top of the file, as defaults for all, are copied into it when one of them is
    changed there: the other scenarios keep theirs.

    Attributes:
        text: YAML.
        beside: The file it was read from, or the one it takes the place of: includes are looked
            for beside it.
        folder: Where includes may lie; None: the loader's own rule.
    """

    text: str
    beside: Path | None = field(default=None, compare=False)
    folder: Path | None = field(default=None, compare=False)

    def data(self) -> dict[str, Any]:
        """What can be read of it as plain data; empty if it is no mapping or no YAML."""
        try:
            data: dict[str, Any] = _plain(self._tree())
            return data
        except ScenarioError:
            return {}

    def load(self) -> tuple[tuple[Scenario, ...], tuple[Problem, ...]]:
        """The scenarios in it by the loaders of Pipecat and ours, and what is wrong with it."""
        try:
            with self.laid_out() as path:
                scenarios = load_scenarios(path, self.folder)
                warnings = dict.fromkeys(text for s in scenarios for text in s.warnings)
                return scenarios, tuple(self._problem(text, path) for text in warnings)
        except ScenarioError as error:
            return (), (self._problem(error, path if "path" in locals() else None),)

    @contextmanager
    def laid_out(self) -> Iterator[Path]:
        """The text as a file of its own, for a moment, with all it may include beside it."""
        name = self.beside.name if self.beside else "draft.yaml"
        with tempfile.TemporaryDirectory(prefix="ringback-draft-") as made:
            place = Path(made).resolve()
            if self.beside is not None:
                root = (self.folder or self.beside.parent).resolve()
                place = _mirror(root, self.beside.resolve().parent, place)
            path = place / name
            path.unlink(missing_ok=True)
            path.write_text(self.text, encoding="utf-8")
            yield path

    def get(self, where: KeyPath) -> Any:
        """The value at a place; None if there is none."""
        return _look(self.data(), where)

    def effective(self, where: KeyPath) -> Any:
        """As :meth:`get`, or the file's default for all its scenarios."""
        data = self.data()
        unit = _unit(where)
        if unit is None or _look(data, unit) is not None:
            return _look(data, where)
        return _look(data, where[2:])

    def set(self, where: KeyPath, value: JsonValue) -> Draft:
        """Put a value into a place; what lies around it is made if it is missing.

        Raises:
            ScenarioError: The text is no YAML that could be changed.
        """
        tree = self._tree()
        self._inherit(tree, where)
        around = _reach(tree, where[:-1], where[-1])
        key: Any = where[-1]
        if isinstance(around, CommentedSeq) and not -1 < int(key) < len(around):
            raise ScenarioError(f"There is no {key_text(where)} in this scenario.")
        if isinstance(around, CommentedMap) and key not in around and key == "ringback":
            # Before the long lists, where people look for it.
            place = next((i for i, k in enumerate(around) if k in ("turns", "expect")), len(around))
            around.insert(place, key, _written(value))
        else:
            around[key] = _written(value)
        return self._with(tree)

    def add(self, where: KeyPath, value: JsonValue, at: int | None = None) -> Draft:
        """Add a value to the list at a place, at its end or before entry `at`.

        Raises:
            ScenarioError: The text is no YAML that could be changed.
        """
        tree = self._tree()
        self._inherit(tree, where)
        entries = _reach(tree, where, 0)
        if not isinstance(entries, CommentedSeq):
            raise ScenarioError(f"{key_text(where)} is not a list.")
        entries.fa.set_block_style()
        entries.insert(len(entries) if at is None else at, _written(value))
        return self._with(tree)

    def remove(self, where: KeyPath) -> Draft:
        """Take away what is at a place; nothing happens if nothing is there.

        Raises:
            ScenarioError: The text is no YAML that could be changed.
        """
        tree = self._tree()
        self._inherit(tree, where)
        around = _look(tree, where[:-1])
        if _look(tree, where) is None and not (isinstance(around, dict) and where[-1] in around):
            return self
        del around[where[-1]]
        if not around and len(where) > 1 and where[-2] in (*_EMPTY_GOES, "expect", "checks"):
            del _look(tree, where[:-2])[where[-2]]
        return self._with(tree)

    def move(self, where: KeyPath, to: int) -> Draft:
        """Give an entry of a list another position in it."""
        tree = self._tree()
        self._inherit(tree, where)
        entries = _look(tree, where[:-1])
        if not isinstance(entries, CommentedSeq) or not 0 <= to < len(entries):
            return self
        entries.insert(to, entries.pop(int(where[-1])))
        return self._with(tree)

    def only(self, index: int) -> Draft:
        """This file with one of its scenarios."""
        tree = self._tree()
        entries = tree.get("scenarios")
        if not isinstance(entries, CommentedSeq) or len(entries) < 2:
            return self
        for other in reversed(range(len(entries))):
            if other != index:
                del entries[other]
        return self._with(tree)

    # Inside

    def _tree(self) -> CommentedMap:
        try:
            tree = _yaml().load(self.text)
        except (YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}" if mark is not None else ""
            raise ScenarioError(
                f"The text{line}: broken YAML, so nothing in it can be changed by the form.",
                remedy="Mend the line in the text.",
            ) from error
        if tree is None:
            return CommentedMap()
        if not isinstance(tree, CommentedMap):
            raise ScenarioError("A scenario file is a mapping with `name:` and `scenarios:`.")
        return tree

    def _inherit(self, tree: CommentedMap, where: KeyPath) -> None:
        unit = _unit(where)
        if unit is None or _look(tree, unit) is not None:
            return
        shared = _look(tree, unit[2:])
        if shared is None or unit == where:
            return
        around = _reach(tree, unit[:-1], unit[-1])
        around[unit[-1]] = _written(_plain(shared))

    def _with(self, tree: CommentedMap) -> Draft:
        writer = _yaml()
        mapping, sequence, offset = _indents(self.text)
        writer.indent(mapping=mapping, sequence=sequence, offset=offset)
        out = io.StringIO()
        writer.dump(tree, out)
        return replace(self, text=out.getvalue())

    def _problem(self, told: ScenarioError | str, path: Path | None) -> Problem:
        warning = isinstance(told, str)
        message = told if isinstance(told, str) else told.message
        found = _PLACE.match(message)
        own = show_path(path) if path is not None else ""
        if found is None or (found["file"] != own and own):
            # It stands in an included file, or nowhere.
            shown = message.replace(own, "this file") if own else message
            line, key, what = 1, "", shown
        else:
            line, key, what = int(found["line"] or 1), found["key"] or "", found["what"]
        if isinstance(told, str):
            return Problem(line, _sentence(what), "", key, warning)
        cause = f" {told.cause}" if told.cause else ""
        return Problem(line, f"{_sentence(what)}{cause}", told.remedy, key)


def new_draft(name: str, title: str, kind: str = "script") -> Draft:
    """A first scenario to start from.

    Args:
        name: Name of the file and of the scenario in it.
        title: For people.
        kind: script or simulation.
    """
    draft = Draft(_SIMULATION if kind == "simulation" else _SCRIPT)
    where: KeyPath = ("scenarios", 0)
    draft = draft.set(("name",), name).set((*where, "name"), name)
    return draft.set((*where, "ringback", "title"), title)


_SCRIPT = """\
name: new
scenarios:
  - name: new
    ringback:
      title: New scenario
    turns:
      - expect:
          - event: response
      - user: Hello, I have a question.
        expect:
          - event: response
      - user: Thank you, goodbye.
        expect:
          - event: response
"""
_SIMULATION = """\
name: new
scenarios:
  - name: new
    ringback:
      title: New scenario
    persona: A patient who is polite and to the point.
    goal: Find out when the clinic is open on Friday.
    success: The caller was told the opening hours of Friday.
    max_turns: 10
"""


def _yaml() -> YAML:
    reader = YAML()
    reader.preserve_quotes = True
    reader.width = 4096
    reader.allow_unicode = True
    reader.Representer = _Representer
    return reader


def _indents(text: str) -> tuple[int, int, int]:
    """How the text is indented: mappings, lists, and the dash in a list."""
    try:
        _, sequence, offset = load_yaml_guess_indent(text)
    except YAMLError:
        sequence = offset = None
    if sequence is None:
        return 2, 4, 2
    return max(2, sequence - (offset or 0)), sequence, offset or 0


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _unit(where: KeyPath) -> KeyPath | None:
    """The smallest part of a scenario that takes the place of the file's own."""
    if len(where) < 3 or where[0] != "scenarios":
        return None
    if where[2] != "ringback":
        return where[:3]
    return where[:4] if len(where) > 3 else None


def _look(data: Any, where: KeyPath) -> Any:
    for part in where:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _reach(tree: CommentedMap, where: KeyPath, then: str | int) -> Any:
    """The mapping or list at a place, made if it is missing; `then` is what it is to hold."""
    node: Any = tree
    for part, following in zip(where, (*where, then)[1:], strict=True):
        inner = _look(node, (part,))
        if inner is None:
            inner = CommentedSeq() if isinstance(following, int) else CommentedMap()
            if isinstance(node, CommentedSeq) and part == len(node):
                node.append(inner)
            elif isinstance(node, CommentedMap) and part == "ringback":
                lists = ("turns", "expect")
                place = next((i for i, key in enumerate(node) if key in lists), len(node))
                node.insert(place, part, inner)
            elif isinstance(node, CommentedMap):
                node[part] = inner
            else:
                raise ScenarioError(f"There is no {key_text(where)} in this scenario.")
        elif not isinstance(inner, CommentedMap | CommentedSeq):
            raise ScenarioError(f"{key_text(where)} holds a single value.")
        node = inner
    return node


def _plain(value: Any) -> Any:
    """Without what ruamel keeps of how it was written."""
    if isinstance(value, dict):
        return {_plain(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    return str(getattr(value, "value", value))


def _written(value: JsonValue) -> Any:
    """A value as YAML that both loaders read back as the same value."""
    if isinstance(value, dict):
        return CommentedMap((_written(key), _written(inner)) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return CommentedSeq(_written(inner) for inner in value)
    if isinstance(value, str) and not _plain_is_safe(value):
        return DoubleQuotedScalarString(value)
    return value


def _plain_is_safe(text: str) -> bool:
    """Whether YAML 1.1, as Pipecat reads it, takes the bare text for just this text."""
    if not text or not text.isprintable():
        return False
    try:
        return bool(yaml.safe_load(text) == text and yaml.safe_load(f"- {text}") == [text])
    except (yaml.YAMLError, ValueError):
        return False


def _mirror(root: Path, folder: Path, place: Path) -> Path:
    """Links in `place` to all that lies in `root`, with real folders down to `folder`."""
    steps = folder.relative_to(root).parts if folder.is_relative_to(root) else ()
    source = root if folder.is_relative_to(root) else folder
    for step in (*steps, None):
        if source.is_dir():
            for entry in source.iterdir():
                if entry.name != step:
                    (place / entry.name).symlink_to(entry)
        if step is not None:
            source, place = source / step, place / step
            place.mkdir()
    return place


class _Representer(RoundTripRepresenter):
    """Numbers as YAML 1.1 knows them: `1e-05` would be read as a text there."""

    def represent_plain_float(self, value: float) -> Any:
        """A float with a point, whatever its size."""
        text = f"{value:.10f}".rstrip("0")
        written = f"{text}0" if text.endswith(".") else text
        return self.represent_scalar("tag:yaml.org,2002:float", written)


_Representer.add_representer(float, _Representer.represent_plain_float)
