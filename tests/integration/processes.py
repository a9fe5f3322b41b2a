"""Other processes, as tests look at them: each may end at any moment, or be an unreaped zombie."""

from __future__ import annotations

import psutil


def lives(process: psutil.Process | int) -> bool:
    """Whether a process runs; one that ended and was not yet waited for does not."""
    try:
        found = psutil.Process(process) if isinstance(process, int) else process
        return found.is_running() and found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def command_of(process: psutil.Process) -> list[str]:
    """Its command line; empty for one that has ended or is not ours to look at."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []
