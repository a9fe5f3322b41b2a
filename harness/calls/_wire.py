"""Messages between the engine and a worker: JSON objects and audio, length-prefixed on pipes."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any

__all__ = ["decode", "encode_audio", "encode_json", "read_message"]

_HEAD = struct.Struct(">cI")
_MAX = 16 * 1024 * 1024


def encode_json(message: dict[str, Any]) -> bytes:
    """A JSON message as bytes on the pipe."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return _HEAD.pack(b"J", len(body)) + body


def encode_audio(call_id: str, pcm: bytes) -> bytes:
    """A piece of a call's audio (stereo int16) as bytes on the pipe."""
    name = call_id.encode()
    body = bytes([len(name)]) + name + pcm
    return _HEAD.pack(b"A", len(body)) + body


async def read_message(reader: asyncio.StreamReader) -> bytes | None:
    """The next message with its kind in front, None when the other side has closed."""
    try:
        head = await reader.readexactly(_HEAD.size)
        kind, length = _HEAD.unpack(head)
        if length > _MAX:
            return None
        body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return bytes(kind) + body


def decode(message: bytes) -> dict[str, Any] | tuple[str, bytes]:
    """A message from :func:`read_message`: a JSON object, or (call id, PCM)."""
    if message[:1] == b"J":
        decoded: dict[str, Any] = json.loads(message[1:])
        return decoded
    size = message[1]
    return message[2 : 2 + size].decode(), message[2 + size :]
