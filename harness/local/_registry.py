"""Which processes belong to which console, on disk, so that a later start can end leftovers.

The guard (`_guard.py`) ends a child when its owner dies. Should the guard itself be killed too, the
record here lets the next start find the child. A process is known by its id and its time of birth,
because ids are used again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import psutil
from pydantic import BaseModel, ValidationError

from harness.settings import Settings

__all__ = ["Birth", "reap_leftovers", "register"]

_SAME_BIRTH_S = 1.0
_GRACE_S = 3.0


class Birth(BaseModel):
    """One process, told apart from a later one with the same id.

    `created` is seconds since the epoch, as psutil gives it.
    """

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> Birth:
        """The process that has this id now.

        Raises:
            psutil.Error: There is none.
        """
        return cls(pid=pid, created=psutil.Process(pid).create_time())

    @property
    def lives(self) -> bool:
        """Whether this very process still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < _SAME_BIRTH_S
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


class _Record(BaseModel):
    name: str
    owner: Birth
    child: Birth


def register(settings: Settings, name: str, child: Birth) -> Path:
    """Write down that this process owns `child`; delete the file when the child has ended.

    Raises:
        DataFolderError: The data folder cannot be written.
    """
    record = _Record(name=name, owner=Birth.of(os.getpid()), child=child)
    path = settings.folder("processes") / f"{record.owner.pid}-{child.pid}.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(record.model_dump_json())
    fresh.replace(path)
    return path


async def reap_leftovers(settings: Settings) -> list[str]:
    """End the processes whose owner died, and forget those that are gone.

    Processes of other consoles and commands that are alive are left alone.

    Returns:
        The names of what was ended, for instance ``["LiveKit server"]``.
    """
    folder = settings.data / "processes"
    return await asyncio.to_thread(_reap, folder) if folder.is_dir() else []


def _reap(folder: Path) -> list[str]:
    ended: list[str] = []
    for path in sorted(folder.glob("*.json")):
        try:
            record = _Record.model_validate_json(path.read_text())
        except FileNotFoundError:
            continue
        except (OSError, ValidationError):
            path.unlink(missing_ok=True)
            continue
        if record.owner.lives:
            continue
        if record.child.lives:
            _end_group(record.child)
            ended.append(record.name)
        path.unlink(missing_ok=True)
    return ended


def _end_group(leader: Birth) -> None:
    """SIGTERM, grace, SIGKILL for the process group that `leader` leads."""
    with contextlib.suppress(OSError, psutil.Error):
        process = psutil.Process(leader.pid)
        os.killpg(leader.pid, signal.SIGTERM)
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(_GRACE_S)
        os.killpg(leader.pid, signal.SIGKILL)
