"""What the data folder holds, and how much of the disk it takes."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from harness.settings import Settings

__all__ = ["DataUse", "data_use", "size"]

_RECORDINGS = (".flac", ".pcm", ".wav")


@dataclass(frozen=True, slots=True)
class DataUse:
    """Counts, and sizes in bytes.

    Attributes:
        calls: Folders of calls, connection tests of the last day included.
        recordings: Recordings that can be played.
        sound: Bytes of recordings.
        events: Bytes of event logs and whatever else belongs to calls.
        rest: Bytes of database, logs and the like.
        free: Bytes free on the disk; None if that cannot be told.
    """

    calls: int
    recordings: int
    sound: int
    events: int
    rest: int
    free: int | None


def data_use(settings: Settings) -> DataUse:
    """Look through the data folder; one that is not there holds nothing."""
    calls = settings.data / "calls"
    sound = events = rest = recordings = 0
    for folder, _, names in os.walk(settings.data):
        of_call = Path(folder).is_relative_to(calls)
        for name in names:
            path = Path(folder, name)
            try:
                taken = path.lstat().st_size
            except OSError:
                continue  # gone since
            if of_call and path.suffix in _RECORDINGS:
                sound += taken
                recordings += name == "recording.flac"
            elif of_call:
                events += taken
            else:
                rest += taken
    try:
        free: int | None = shutil.disk_usage(settings.data).free
    except OSError:
        free = None
    number = sum(1 for path in calls.iterdir() if path.is_dir()) if calls.is_dir() else 0
    return DataUse(number, recordings, sound, events, rest, free)


def size(count: int) -> str:
    """``3.4 MB``."""
    value = float(count)
    for unit in ("bytes", "KB", "MB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GB"
