"""Messages between a process and its recogniser helper, over two pipes.

Each is a kind, a stream's number, a length, then that many bytes: JSON, or raw samples for AUDIO.
"""

from __future__ import annotations

import json
import struct
from enum import IntEnum
from typing import Any, BinaryIO

__all__ = ["Kind", "read_message", "write_message"]

_HEADER = struct.Struct("<BII")


class Kind(IntEnum):
    """What a message says; the first five go to the helper, the others come from it."""

    OPEN = 1  # {"sentences": [...], "cache": folder}: make an ear for this stream
    BEGIN = 2  # {"utterance": n}: speech starts
    AUDIO = 3  # 16 kHz mono int16
    END = 4  # {"utterance": n}: speech is over, say what it was
    CLOSE = 5  # the stream is not needed any more
    READY = 6  # {"words": n, "unspeakable": [...]}: the ear is made
    PARTIAL = 7  # {"utterance": n, "text": "..."}
    FINAL = 8  # {"utterance": n, "text": "...", "confidence": 0..1, ...}
    FAILED = 9  # {"message": "..."}: this stream cannot hear


def write_message(pipe: BinaryIO, kind: Kind, stream: int, body: bytes | dict[str, Any]) -> None:
    """Write one message; the caller keeps writers apart.

    Raises:
        OSError: The other side is gone.
    """
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    pipe.write(_HEADER.pack(kind, stream, len(data)) + data)
    pipe.flush()


def read_message(pipe: BinaryIO) -> tuple[Kind, int, bytes] | None:
    """Read one message, or None when the other side is gone."""
    header = pipe.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    kind, stream, length = _HEADER.unpack(header)
    body = pipe.read(length)
    return (Kind(kind), stream, body) if len(body) == length else None
