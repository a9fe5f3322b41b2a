"""Saving a draft: whole or not at all, and only what both loaders can read."""

from __future__ import annotations

import os
import re
from pathlib import Path

from harness.errors import DataFolderError, ScenarioError
from harness.scenarios._document import show_path
from harness.scenarios._draft import Draft
from harness.settings import Settings

__all__ = ["delete_file", "is_own", "own_folder", "save", "write_to"]

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(/[A-Za-z0-9][A-Za-z0-9_-]{0,63}){0,3}$")


def own_folder(settings: Settings) -> Path:
    """Where a person's own scenarios are."""
    return settings.data / "scenarios"


def is_own(path: str | Path, settings: Settings) -> bool:
    """Whether a file is one of a person's own, so that it may be changed in its place."""
    return Path(path).resolve().is_relative_to(own_folder(settings).resolve())


def save(draft: Draft, name: str, settings: Settings, *, replace: bool = False) -> Path:
    """Save a draft as ``<data>/scenarios/<name>.yaml``.

    Args:
        draft: What is saved, letter by letter.
        name: Letters, digits, ``_`` and ``-``; folders are parted by ``/``.
        settings: Says where the data folder is.
        replace: Whether a file of that name may be replaced.

    Raises:
        ScenarioError: It cannot be used as it is, or the name cannot.
        DataFolderError: It cannot be written.
    """
    if not _NAME.match(name):
        raise ScenarioError(
            f"A scenario file cannot be called {name[:64]!r}.",
            cause="Names are of letters, digits, _ and -, folders parted by /.",
            remedy="Choose another name.",
        )
    path = own_folder(settings) / f"{name}.yaml"
    if not replace:
        _refuse_taken(path)
    settings.folder()
    _put(draft, path)
    return path


def write_to(draft: Draft, folder: Path, name: str) -> Path:
    """Write a draft as ``<folder>/<name>.yaml``, wherever that is; nothing is replaced.

    Raises:
        ScenarioError: It cannot be used as it is, or there is a file of that name.
        DataFolderError: It cannot be written.
    """
    path = folder / f"{name}.yaml"
    _refuse_taken(path)
    _put(draft, path)
    return path


def _refuse_taken(path: Path) -> None:
    if path.exists():
        raise ScenarioError(
            f"There is a scenario file {show_path(path)} already.", remedy="Choose another name."
        )


def _put(draft: Draft, path: Path) -> None:
    """Write it with the files that go beside it; they first, so that it never lacks them."""
    _check(draft)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for name, lies in draft.files:
            if name in draft.text:
                _whole(path.with_name(name), lies.read_bytes())
        _whole(path, draft.text.encode())
    except OSError as error:
        raise DataFolderError(
            f"The scenario file {show_path(path)} cannot be written.",
            cause=f"The system says: {error.strerror or error}.",
            remedy="Make room on the disk and give the folder to this user.",
        ) from error


def _whole(path: Path, content: bytes) -> None:
    """Put a file in its place whole or not at all."""
    half = path.with_name(f".{path.name}.{os.getpid()}.half")
    try:
        half.write_bytes(content)
        os.replace(half, path)
    finally:
        half.unlink(missing_ok=True)


def delete_file(path: str | Path, settings: Settings) -> str:
    """Delete a file of a person's own and give its text, so that it can be saved again.

    Raises:
        ScenarioError: It is not one of those, or is gone.
    """
    file = Path(path)
    if not is_own(file, settings):
        raise ScenarioError(
            f"{show_path(file)} comes with Ringback and cannot be deleted.",
            remedy="Delete your own scenarios only.",
        )
    try:
        text = file.read_text(encoding="utf-8")
        file.unlink()
    except OSError as error:
        raise ScenarioError(
            f"{show_path(file)} cannot be deleted.",
            cause=f"The system says: {error.strerror or error}.",
        ) from error
    return text


def _check(draft: Draft) -> None:
    scenarios, problems = draft.load()
    wrong = next((one for one in problems if not one.warning), None)
    if wrong is not None:
        key = f", key `{wrong.key}`" if wrong.key else ""
        raise ScenarioError(
            f"Line {wrong.line}{key}: {wrong.message}",
            cause="It was not saved: what is saved can be called.",
            remedy=wrong.remedy or "Mend the line, then save again.",
        )
    if not scenarios:
        raise ScenarioError("There is no scenario in it.", remedy="Add one, then save.")
