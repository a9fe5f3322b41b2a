"""Draft: the text of a scenario file while a person works on it.

The text is the truth. A form changes one value of it at a time; comments, order and quotes of all
the rest stay as they were written.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from harness.errors import ScenarioError
from harness.nouns import Scenario
from harness.scenarios._document import Document, KeyPath, key_text, read_draft, show_path
from harness.scenarios._load import load_scenarios
from harness.scenarios._tree import copied, drop, look, own, parse, reach, text_of, written

__all__ = ["Draft", "Problem", "new_draft"]

_PLACE = re.compile(
    r"^(?P<file>.*?)(?:, line (?P<line>\d+))?(?:, key `(?P<key>[^`]*)`)?: (?P<what>.*)$", re.DOTALL
)
_EMPTY_GOES = ("ringback", "caller", "judge", "brain", "send_after")
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
        files: Recordings and images that go beside it when it is saved first: the name each gets,
            and where it lies now. Such a draft lies beside nothing yet.
    """

    text: str
    beside: Path | None = field(default=None, compare=False)
    folder: Path | None = field(default=None, compare=False)
    files: tuple[tuple[str, Path], ...] = field(default=(), compare=False)

    def data(self) -> dict[str, Any]:
        """What can be read of it as plain data; empty if it is no mapping or no YAML."""
        return self._document().data

    def includes(self) -> dict[KeyPath, str]:
        """The places that stand in another file, and the file: the form cannot change them."""
        return self._document().includes

    def lines(self) -> dict[KeyPath, int]:
        """The line of each place that stands in this file, from 1."""
        document = self._document()
        places = document.places.items()
        return {where: place.line for where, place in places if place.file == document.path}

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
            for file, lies in self.files:
                _lay(lies, place / file)
            yield path

    def with_files(self, files: Mapping[str, Path]) -> Draft:
        """A draft that takes files with it: where each lies, by the name it gets beside it."""
        return replace(self, files=tuple(files.items()))

    def get(self, where: KeyPath) -> Any:
        """The value at a place; None if there is none."""
        return look(self.data(), where)

    def effective(self, where: KeyPath) -> Any:
        """As :meth:`get`, or the file's default for all its scenarios."""
        data = self.data()
        unit = _unit(where)
        if unit is None or look(data, unit) is not None:
            return look(data, where)
        return look(data, where[2:])

    def set(self, where: KeyPath, value: JsonValue) -> Draft:
        """Put a value into a place; what lies around it is made if it is missing.

        Raises:
            ScenarioError: The text is no YAML that could be changed.
        """
        tree = self._tree(where)
        own(tree, where[:-1])
        around = reach(tree, where[:-1], where[-1])
        key: Any = where[-1]
        if isinstance(around, CommentedSeq) and not -1 < int(key) < len(around):
            raise ScenarioError(
                f"There is no `{key_text(where)}` in this scenario.",
                remedy="Look at the text beside.",
            )
        if isinstance(around, CommentedMap) and key not in around and key == "ringback":
            # Before the long lists, where people look for it.
            place = next((i for i, k in enumerate(around) if k in ("turns", "expect")), len(around))
            around.insert(place, key, written(value))
        else:
            around[key] = written(value)
        return self._with(tree)

    def add(self, where: KeyPath, value: JsonValue, at: int | None = None) -> Draft:
        """Add a value to the list at a place, at its end or before entry `at`.

        Raises:
            ScenarioError: The text is no YAML that could be changed.
        """
        tree = self._tree((*where, 0))
        own(tree, where)
        entries = reach(tree, where, 0)
        if not isinstance(entries, CommentedSeq):
            raise ScenarioError(
                f"`{key_text(where)}` is not a list.", remedy="Mend it in the text."
            )
        entries.fa.set_block_style()
        entries.insert(len(entries) if at is None else at, written(value))
        return self._with(tree)

    def remove(self, where: KeyPath) -> Draft:
        """Take away what is at a place; nothing happens if nothing is there.

        Raises:
            ScenarioError: The text is no YAML that could be changed.
        """
        tree = self._tree(where)
        own(tree, where[:-1])
        around = look(tree, where[:-1])
        if look(tree, where) is None and not (isinstance(around, dict) and where[-1] in around):
            return self
        drop(around, where)
        if not around and len(where) > 1 and where[-2] in (*_EMPTY_GOES, "expect", "checks"):
            del look(tree, where[:-2])[where[-2]]
        return self._with(tree)

    def move(self, where: KeyPath, to: int) -> Draft:
        """Give an entry of a list another position in it."""
        tree = self._tree(where)
        own(tree, where[:-1])
        entries = look(tree, where[:-1])
        if not isinstance(entries, CommentedSeq) or not 0 <= to < len(entries):
            return self
        entries.insert(to, entries.pop(int(where[-1])))
        return self._with(tree)

    def only(self, index: int) -> Draft:
        """This file with one of its scenarios."""
        tree = parse(self.text)
        entries = tree.get("scenarios")
        if not isinstance(entries, CommentedSeq) or len(entries) < 2:
            return self
        for other in reversed(range(len(entries))):
            if other != index:
                del entries[other]
        return self._with(tree)

    # Inside

    def _document(self) -> Document:
        try:
            return read_draft(self.text, self.beside, self.folder)
        except ScenarioError:
            return Document(Path(), Path())

    def _tree(self, where: KeyPath) -> CommentedMap:
        """The text to be changed at a place, in this scenario and nowhere else."""
        tree = parse(self.text)
        unit = _unit(where)
        if unit is not None and unit != where and look(tree, unit) is None:
            shared = look(tree, unit[2:])
            if shared is not None:
                reach(tree, unit[:-1], unit[-1])[unit[-1]] = copied(shared)
        return tree

    def _with(self, tree: CommentedMap) -> Draft:
        return replace(self, text=text_of(tree, self.text))

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


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _unit(where: KeyPath) -> KeyPath | None:
    """The smallest part of a scenario that takes the place of the file's own."""
    if len(where) < 3 or where[0] != "scenarios":
        return None
    if where[2] != "ringback":
        return where[:3]
    return where[:4] if len(where) > 3 else None


def _lay(file: Path, place: Path) -> None:
    """Put a file into a place, as a link where the system can; nothing if it is gone."""
    with suppress(FileNotFoundError):
        try:
            os.link(file, place)
        except OSError:
            shutil.copyfile(file, place)


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
