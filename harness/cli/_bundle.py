"""``ringback export`` and ``ringback import``: calls from one console to another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from harness.calls import Archive
from harness.cli._terminal import Terminal
from harness.report import read_bundle, write_bundle
from harness.settings import Settings
from harness.store import Store

__all__ = ["export", "take_in"]


def export(id: str, settings: Settings, out: Path | None, *, to_stdout: bool) -> dict[str, Any]:
    """Write a bundle, and tell what ``--json`` prints: its path and its bytes.

    Raises:
        NotFound: There is no such call or run.
        InputError: It still goes on.
        DataFolderError: The file cannot be written.
    """
    path = out or Path(f"{id}.ringback")
    store = Store.open(settings)
    try:
        write_bundle(Archive(store, settings), id, path)
    finally:
        store.close()
    if to_stdout:
        Terminal().print(Text(str(path)), soft_wrap=True)
    return {"id": id, "bundle": str(path), "bytes": path.stat().st_size}


def take_in(files: Sequence[Path], settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """Import bundles, and tell what ``--json`` prints: which calls are new in which run.

    Raises:
        BundleError: One cannot be imported; those before it are.
        DataFolderError: There is no room.
    """
    told = []
    store = Store.open(settings)
    try:
        archive = Archive(store, settings)
        for file in files:
            found = read_bundle(archive, file)
            told.append(
                {
                    "file": str(file),
                    "run_id": found.run_id,
                    "calls": list(found.calls),
                    "already_there": list(found.there),
                    "grades": found.grades,
                }
            )
            if to_stdout:
                Terminal().print(Text(found.sentence), soft_wrap=True)
    finally:
        store.close()
    return {"imported": told}
