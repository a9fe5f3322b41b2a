"""What is edited on the Scenarios page: one draft a browser tab, until it is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import streamlit as st

from harness.errors import NotFound, RingbackError, ScenarioError
from harness.nouns import Scenario
from harness.scenarios import (
    Draft,
    Problem,
    as_called,
    find_scenario,
    is_own,
    library,
    look,
    new_draft,
    read_library,
    save,
)
from harness.settings import get_settings

__all__ = [
    "Address",
    "Work",
    "address_of",
    "alone",
    "asked",
    "begin",
    "can_simulate",
    "current",
    "keep",
    "leave",
    "of_library",
    "opened",
    "own_files",
]

_KEY = "scenario_work"
_MADE = "scenario_drafts_made"
_ADDRESS = ("file", "copy", "new", "again", "draft")
"""Query parameters that say what is edited."""
_VERSION = "as"
"""The one that says of a call which version of its scenario."""
_COPIES = "mine"
"""The name of files that are copies of built-in ones."""


Address: TypeAlias = tuple[tuple[str, str], ...]
"""The query parameters of what is edited."""


@dataclass
class Work:
    """A draft and all around it.

    Attributes:
        address: The query parameters it belongs to.
        draft: What is edited.
        name: The file it will be saved as.
        kept_as: The file it was read from and takes the place of; None for a new one.
        index: Which scenario of the file the form shows.
        again: The call that is called again once it is saved.
        since: Of such a call, where its scenario is not what the library has: this is today's
            file (changed), what was called (called), or what was called and is gone (gone).
        form: Raised when the form has to be drawn anew.
        text: Raised when the text was changed by the form.
        part: Which part of the form is shown.
        playing: The line that is heard.
        trouble: Why the last thing that was tried did not work.
        wanted: What is to be done with it when the page runs: save, call, or nothing.
    """

    address: Address
    draft: Draft
    name: str
    kept_as: Path | None = None
    index: int = 0
    again: str = ""
    since: Literal["", "changed", "called", "gone"] = ""
    form: int = 0
    text: int = 0
    part: str = ""
    playing: int | None = None
    trouble: RingbackError | None = None
    wanted: str = ""
    saved: str = ""
    on_disk: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self._looked: tuple[str, tuple[tuple[Scenario, ...], tuple[Problem, ...]]] | None = None
        self._read: tuple[str, dict[str, Any]] | None = None
        self._elsewhere: tuple[str, dict[tuple[str | int, ...], str]] | None = None
        self._placed: tuple[str, dict[tuple[str | int, ...], int]] | None = None

    @property
    def root(self) -> tuple[str | int, ...]:
        """Where the shown scenario stands in the file."""
        return ("scenarios", self.index) if self.entries else ()

    @property
    def data(self) -> dict[str, Any]:
        """The file as plain data; empty if its text cannot be read."""
        if self._read is None or self._read[0] != self.draft.text:
            self._read = (self.draft.text, self.draft.data())
        return self._read[1]

    @property
    def included(self) -> dict[tuple[str | int, ...], str]:
        """The places of the file that stand in another, and in which."""
        if self._elsewhere is None or self._elsewhere[0] != self.draft.text:
            self._elsewhere = (self.draft.text, self.draft.includes())
        return self._elsewhere[1]

    @property
    def lines(self) -> dict[tuple[str | int, ...], int]:
        """The line of each place of the text, from 1."""
        if self._placed is None or self._placed[0] != self.draft.text:
            self._placed = (self.draft.text, self.draft.lines())
        return self._placed[1]

    @property
    def entries(self) -> list[Any]:
        """Its list of scenarios."""
        found = self.data.get("scenarios")
        return found if isinstance(found, list) else []

    @property
    def loaded(self) -> tuple[tuple[Scenario, ...], tuple[Problem, ...]]:
        """What the loaders say of it."""
        if self._looked is None or self._looked[0] != self.draft.text:
            self._looked = (self.draft.text, self.draft.load())
        return self._looked[1]

    @property
    def shown(self) -> Scenario | None:
        """The scenario the form shows, if it can be used."""
        scenarios, _ = self.loaded
        return scenarios[self.index] if self.index < len(scenarios) else None

    @property
    def changed(self) -> bool:
        """Whether there is something to save."""
        return self.draft.text != self.saved

    def value(self, *where: str | int) -> Any:
        """A value of the shown scenario, or the file's default for it."""
        entry = look(self.data, (*self.root, *where))
        return look(self.data, where) if entry is None and self.root else entry

    def written(self, *where: str | int) -> Any:
        """What stands at a place of the shown scenario itself, or by default for all."""
        return self.value(*where) if where else look(self.data, self.root)

    def change(self, draft: Draft, *, redraw: bool = False) -> None:
        """Take over what the form made of it."""
        self.draft = draft
        self.text += 1
        self.form += redraw
        self.playing = None if redraw else self.playing
        self.trouble = None

    def typed(self, text: str) -> None:
        """Take over what was typed as text."""
        if text != self.draft.text:
            self.draft = replace(self.draft, text=text)
            self.form += 1
            self.playing = self.trouble = None
            self.index = min(self.index, max(0, len(self.entries) - 1))

    def typed_anew(self, text: str) -> None:
        """Put another text in place of all of it."""
        self.typed(text)
        self.text += 1

    def save(self) -> Path:
        """Save it under its name, and remember where.

        Raises:
            RingbackError: It cannot be saved; nothing was changed on disk.
        """
        settings = get_settings()
        path = settings.data / "scenarios" / f"{self.name}.yaml"
        same = self.kept_as is not None and path == self.kept_as
        if same and path.exists() and path.read_text(encoding="utf-8") != self.on_disk:
            self.on_disk = path.read_text(encoding="utf-8")
            raise ScenarioError(
                "The file was changed by somebody else meanwhile.",
                remedy="Save once more to put yours in its place, or leave and open it again.",
            )
        saved = save(self.draft, self.name, settings, replace=same)
        if self.kept_as is not None and self.kept_as != saved:
            self.kept_as.unlink(missing_ok=True)
        self.kept_as, self.saved, self.on_disk = saved, self.draft.text, self.draft.text
        self.draft = Draft(self.draft.text, saved, settings.data / "scenarios")
        return saved


def current() -> Work | None:
    """What this tab edits, if anything."""
    found = st.session_state.get(_KEY)
    return found if isinstance(found, Work) else None


def keep(work: Work) -> None:
    """Make it what this tab edits."""
    st.session_state[_KEY] = work


def begin(draft: Draft) -> Work:
    """Edit a draft that was made here, under names that are free."""
    name = _free(str(draft.get(("name",)) or "scenario"))
    draft = draft.set(("name",), name)
    if draft.get(("scenarios",)):
        draft = draft.set(("scenarios", 0, "name"), name)
    count = st.session_state.get(_MADE, 0) + 1
    st.session_state[_MADE] = count
    work = Work((("draft", str(count)),), draft, name)
    keep(work)
    return work


def leave() -> None:
    """Edit nothing any more."""
    st.session_state.pop(_KEY, None)


def asked(query: Mapping[str, str]) -> bool:
    """Whether the page's address says that a scenario is edited."""
    if query.get("from") or query.get("new") == "text":
        return False
    return any(query.get(name) for name in _ADDRESS)


def opened(query: Mapping[str, str], again: Callable[[str, Address], Work]) -> Work:
    """What the page's address says is edited; what this tab has of it is kept.

    Args:
        query: The query parameters.
        again: Makes what is edited of the call in `again`, for this address.

    Raises:
        RingbackError: There is no such scenario, or its file cannot be read.
    """
    keys = (*_ADDRESS, _VERSION)
    address = tuple((key, query[key]) for key in keys if query.get(key))
    known = current()
    if known is not None and known.address == address:
        return known
    asked = dict(address)
    if "file" in asked:
        work = _file(asked["file"], address)
    elif "copy" in asked:
        work = _copy(find_scenario(asked["copy"]), address)
    elif "again" in asked:
        work = again(asked["again"], address)
    elif "new" in asked:
        work = _new(asked["new"], address)
    else:
        raise NotFound(
            "This draft is not here any more.",
            cause="It was in another tab, or the page was reloaded before it was saved.",
            remedy="Make it anew.",
        )
    wanted = query.get("scenario", "")
    names = [str(look(entry, ("name",))) for entry in work.entries]
    if wanted.rsplit("/", 1)[-1] in names:
        work.index = names.index(wanted.rsplit("/", 1)[-1])
    if known is not None:
        # Its fields are not those of what was edited before, even in the same places.
        work.form, work.text = known.form + 1, known.text + 1
    keep(work)
    return work


def of_library(scenario: Scenario, address: Address) -> Work:
    """Edit a scenario of the library: in its place, or a copy of a built-in one.

    Raises:
        RingbackError: Its file cannot be read.
    """
    own = is_own(scenario.path, get_settings())
    return _own(scenario, address) if own else _copy(scenario, address)


def own_files() -> dict[str, Path]:
    """The files of this person by the name they are opened with, broken ones too."""
    settings = get_settings()
    folder = settings.data / "scenarios"
    shelf = read_library()
    paths = {Path(s.path) for s in shelf.scenarios} | {path for path, _ in shelf.problems}
    return {_name_in(folder, path): path for path in sorted(paths) if is_own(path, settings)}


def address_of(scenario: Scenario) -> dict[str, str]:
    """The query parameters that edit a scenario: in its place, or a copy of a built-in one."""
    for name, path in own_files().items():
        if str(path) == scenario.path:
            return {"file": name, "scenario": scenario.name}
    return {"copy": scenario.name}


@lru_cache(maxsize=1)
def can_simulate() -> bool:
    """Whether scenarios with a persona can be used."""
    with new_draft("new", "New", "simulation").laid_out() as path:
        try:
            return find_scenario(path).simulation is not None
        except RingbackError:
            return False


def _name_in(folder: Path, path: Path) -> str:
    return path.resolve().relative_to(folder.resolve()).with_suffix("").as_posix()


def _file(name: str, address: Address) -> Work:
    path = own_files().get(name)
    if path is None:
        raise NotFound(
            f"There is no scenario file {name[:64]!r} of yours.",
            cause="It was deleted or renamed, or the address is wrong.",
            remedy="Choose one in the list.",
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path.name} cannot be read.", cause=f"{error}.") from error
    folder = get_settings().data / "scenarios"
    draft = Draft(text, path, folder)
    return Work(address, draft, name, kept_as=path, saved=text, on_disk=text)


def _own(scenario: Scenario, address: Address) -> Work:
    folder = get_settings().data / "scenarios"
    work = _file(_name_in(folder, Path(scenario.path)), address)
    last = scenario.name.rsplit("/", 1)[-1]
    names = [look(entry, ("name",)) for entry in work.entries]
    work.index = names.index(last) if last in names else 0
    return work


def _copy(scenario: Scenario, address: Address) -> Work:
    """A copy of one scenario with what it plays and shows, alone in a file of another name."""
    return alone(as_called(scenario), scenario, address, ", copy")


def alone(draft: Draft, scenario: Scenario, address: Address, ending: str = "") -> Work:
    """Edit one scenario of a draft, under names that are free.

    Args:
        draft: It may hold several.
        scenario: Which.
        address: The query parameters of it.
        ending: What its title ends with.
    """
    last = scenario.name.rsplit("/", 1)[-1]
    entries = draft.get(("scenarios",))
    name = _free(last)
    draft = draft.set(("name",), _COPIES if entries else name)
    where: tuple[str | int, ...] = ()
    if entries:
        names = [look(entry, ("name",)) for entry in entries]
        draft = draft.only(names.index(last) if last in names else 0)
        where = ("scenarios", 0)
        draft = draft.set((*where, "name"), name)
    if ending:
        draft = draft.set((*where, "ringback", "title"), f"{scenario.title[:74]}{ending}")
    return Work(address, draft, name)


def _new(kind: str, address: Address) -> Work:
    kind = "simulation" if kind == "simulation" and can_simulate() else "script"
    name = _free("scenario")
    folder = get_settings().data / "scenarios"
    draft = replace(
        new_draft(name, "New scenario", kind), beside=folder / f"{name}.yaml", folder=folder
    )
    return Work(address, draft, name)


def _free(name: str) -> str:
    """A name that no scenario and no file of this person has."""
    taken = {s.name.rsplit("/", 1)[-1] for s in library()} | set(own_files())
    count = 1
    wanted = name
    while wanted in taken:
        count += 1
        wanted = f"{name}_{count}"
    return wanted
