"""Logs of the processes we run."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

from harness.errors import redact
from harness.settings import Settings

__all__ = ["last_lines", "new_log_path", "scrub"]

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_TAIL_BYTES = 128 * 1024
_KEEP_S = 30 * 24 * 3600.0


def new_log_path(settings: Settings, what: str) -> Path:
    """Where the next process of a kind writes; logs of that kind from over 30 days ago are deleted.

    Raises:
        DataFolderError: The data folder cannot be written.
    """
    folder = settings.folder("logs")
    for old in folder.glob(f"{what}-*.log"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > _KEEP_S:
                old.unlink()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return folder / f"{what}-{stamp}-{secrets.token_hex(3)}.log"


def last_lines(path: Path, count: int, *, hide: Iterable[str] = ()) -> list[str]:
    """The last `count` lines of a log, without colours, tokens and keys.

    Args:
        path: The log; a missing one has no lines.
        count: How many lines at most (from the last 128 KiB).
        hide: Further texts to replace by ``[hidden]``.
    """
    try:
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - _TAIL_BYTES))
            text = log.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    text = _without_secrets(_COLOUR.sub("", text), hide)
    return text.splitlines()[-count:] if count > 0 else []


def scrub(path: Path, hide: Iterable[str]) -> None:
    """Take tokens, keys and the texts to hide out of the log of a process that has ended.

    A log that cannot be written stays as it is: only its owner can read it.
    """
    hidden = tuple(hide)
    fresh = path.with_suffix(".clean")
    with contextlib.suppress(OSError):
        try:
            with (
                path.open(encoding="utf-8", errors="replace", newline="") as log,
                os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out,
            ):
                out.writelines(_without_secrets(line, hidden) for line in log)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


def _without_secrets(text: str, hide: Iterable[str]) -> str:
    text = redact(text)
    for secret in hide:
        text = text.replace(secret, "[hidden]")
    return text
