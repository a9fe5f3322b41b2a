"""Messages between the engine and a worker: JSON objects and audio, length-prefixed on pipes."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any

from harness.calls._lane_sound import LaneSound, VoiceSound

__all__ = ["decode", "encode_json", "encode_lane", "encode_voice", "read_message"]

_HEAD = struct.Struct(">cI")
_PLACE = struct.Struct(">BQ")
_LANES = ("caller", "agent")
_VOICE = 2
_MAX = 16 * 1024 * 1024


def encode_json(message: dict[str, Any]) -> bytes:
    """A JSON message as bytes on the pipe."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return _HEAD.pack(b"J", len(body)) + body


def encode_lane(sound: LaneSound) -> bytes:
    """A piece of a lane as bytes on the pipe."""
    return _sound(sound.call_id, _LANES.index(sound.lane), sound.first, sound.samples)


def encode_voice(sound: VoiceSound) -> bytes:
    """A piece of a person's microphone as bytes on the pipe."""
    return _sound(sound.call_id, _VOICE, sound.first, sound.samples)


def _sound(call_id: str, what: int, first: int, samples: bytes) -> bytes:
    name = call_id.encode()
    body = bytes([len(name)]) + name + _PLACE.pack(what, first) + samples
    return _HEAD.pack(b"S", len(body)) + body


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


def decode(message: bytes) -> dict[str, Any] | LaneSound | VoiceSound:
    """A message from :func:`read_message`."""
    if message[:1] == b"J":
        decoded: dict[str, Any] = json.loads(message[1:])
        return decoded
    size = 2 + message[1]
    what, first = _PLACE.unpack_from(message, size)
    call_id, samples = message[2:size].decode(), message[size + _PLACE.size :]
    if what == _VOICE:
        return VoiceSound(call_id, first, samples)
    return LaneSound(call_id, "agent" if what else "caller", first, samples)
