"""Rendered lines, kept in memory and on disk by content."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["LineCache", "Pcm"]

Pcm = npt.NDArray[np.int16]
"""Mono 16-bit samples, shape (n,)."""

_DIGEST = 32


class LineCache:
    """Samples by key; safe for use by several threads and processes.

    A folder that cannot be written, or a file that was cut short or changed, only costs time.

    Args:
        folder: Where files are kept.
        memory_bytes: Most that is kept in memory; the least used goes first.
        disk_bytes: What :meth:`trim` leaves on disk; the oldest go first.
    """

    def __init__(self, folder: Path, memory_bytes: int, disk_bytes: int) -> None:
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._disk_bytes = disk_bytes
        self._lock = threading.Lock()
        self._memory: OrderedDict[str, Pcm] = OrderedDict()
        self._held = 0

    def get(self, key: str) -> Pcm | None:
        """The samples kept under `key`, read-only, or None."""
        with self._lock:
            if key in self._memory:
                self._memory.move_to_end(key)
                return self._memory[key]
        samples = _read(self._path(key))
        if samples is not None:
            self._remember(key, samples)
        return samples

    def put(self, key: str, samples: Pcm) -> None:
        """Keep `samples`, which nobody may write to from now on."""
        samples.setflags(write=False)
        self._remember(key, samples)
        _write(self._path(key), samples)

    def trim(self) -> None:
        """Delete the oldest files until the rest fits."""
        with contextlib.suppress(OSError):
            files = [(path.stat(), path) for path in self._folder.glob("*/*") if path.is_file()]
            files.sort(key=lambda item: item[0].st_mtime, reverse=True)
            kept = 0
            for stat, path in files:
                kept += stat.st_size
                if kept > self._disk_bytes:
                    path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.pcm"

    def _remember(self, key: str, samples: Pcm) -> None:
        with self._lock:
            if key in self._memory:
                return
            self._memory[key] = samples
            self._held += samples.nbytes
            while self._held > self._memory_bytes:
                self._held -= self._memory.popitem(last=False)[1].nbytes


def _read(path: Path) -> Pcm | None:
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    body, digest = raw[:-_DIGEST], raw[-_DIGEST:]
    if len(raw) < _DIGEST or len(body) % 2 or hashlib.sha256(body).digest() != digest:
        return None
    samples: Pcm = np.frombuffer(body, dtype="<i2").astype(np.int16, copy=False)
    return samples


def _write(path: Path, samples: Pcm) -> None:
    body = samples.astype("<i2").tobytes()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body + hashlib.sha256(body).digest())
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
