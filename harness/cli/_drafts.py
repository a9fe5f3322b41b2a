"""Drafts of scenarios that a command made: printed, written to a folder, or kept as one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.report import prepare_folder
from harness.scenarios import Draft, Problem, library, save, write_to
from harness.settings import Settings

__all__ = ["Put", "draft_as_json", "put", "wrong_with"]


@dataclass(frozen=True, slots=True)
class Put:
    """Where drafts go: into a folder, to one's own scenarios, or (neither) nowhere.

    Raises:
        InputError: Both were asked for.
    """

    folder: Path | None = None
    own: bool = False

    def __post_init__(self) -> None:
        if self.folder is not None and self.own:
            raise InputError(
                "--folder and --save both say where to.", remedy="Give one of the two."
            )


def put(drafts: Sequence[Draft], where: Put, settings: Settings) -> list[tuple[Draft, Path | None]]:
    """Write drafts under names that are free, and tell where each is; one that is broken is not.

    Raises:
        DataFolderError: One cannot be written.
    """
    if where.folder is not None:
        prepare_folder(where.folder)
        taken = {path.stem for path in where.folder.glob("*.yaml")}
    else:
        taken = {scenario.name.rsplit("/", 1)[-1] for scenario in library()}
        folder = settings.data / "scenarios"
        taken |= {path.stem for path in folder.glob("*.yaml")}
    done: list[tuple[Draft, Path | None]] = []
    for draft in drafts:
        named, name = _named(draft, taken)
        taken.add(name)
        path = None
        if not wrong_with(named):
            path = _write(named, name, where, settings)
        done.append((named, path))
    return done


def _write(draft: Draft, name: str, where: Put, settings: Settings) -> Path | None:
    if where.folder is not None:
        return write_to(draft, where.folder, name)
    return save(draft, name, settings) if where.own else None


def _named(draft: Draft, taken: set[str]) -> tuple[Draft, str]:
    """A draft whose file and scenario have a name that is free."""
    wanted = str(draft.get(("name",)))
    name, count = wanted, 1
    while name in taken:
        count += 1
        name = f"{wanted}_{count}"
    return draft.set(("name",), name).set(("scenarios", 0, "name"), name), name


def wrong_with(draft: Draft) -> list[Problem]:
    """Why a draft cannot be used; nothing if it can."""
    return [problem for problem in draft.load()[1] if not problem.warning]


def draft_as_json(draft: Draft, path: Path | None) -> dict[str, Any]:
    """A draft as ``--json`` prints it."""
    scenarios, problems = draft.load()
    return {
        "name": draft.get(("name",)),
        "title": draft.get(("scenarios", 0, "ringback", "title")),
        "kind": scenarios[0].kind if scenarios else None,
        "ok": bool(scenarios),
        "text": draft.text,
        "problems": [
            {"line": one.line, "key": one.key, "message": one.message, "warning": one.warning}
            for one in problems
        ],
        "file": None if path is None else str(path),
    }
