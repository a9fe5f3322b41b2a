"""What a start request asks for, read as strictly as the platform's limits are told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from harness.local.cloud_emulator._answers import bad_request, body_too_large
from harness.local.cloud_emulator._deployment import Place

__all__ = ["StartRequest", "read_start"]

_MAX_BODY = 1024 * 1024
_MAX_BODY_WEBSOCKET = 4 * 1024
_MAX_REQUEST = _MAX_BODY + 64 * 1024
_MAX_READ = 8 * _MAX_BODY
_TRANSPORTS = ("daily", "webrtc", "websocket")

_URL = ("livekit_url", "livekitUrl", "url")
_TOKEN = ("livekit_token", "livekitToken", "token")
_ROOM = ("livekit_room", "livekitRoom", "room_name", "roomName", "room")


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A start request.

    Attributes:
        body: For the bot.
        daily: Whether a Daily room is asked for.
        place: The LiveKit room that the body sends the bot to, if it does.
    """

    body: dict[str, Any]
    daily: bool
    place: Place | None


async def read_start(content: AsyncIterator[bytes], *, knows_livekit: bool) -> StartRequest:
    """Read a start request.

    Args:
        content: What is sent, piece by piece: too much of it is not read.
        knows_livekit: Whether the transport "livekit" is taken.

    Raises:
        Refusal: 400, or 413 over 1 MB (4 KB for the websocket transport).
    """
    sent, size = bytearray(), 0
    async for piece in content:
        size += len(piece)
        if size <= _MAX_REQUEST:
            sent += piece
        elif size > _MAX_READ:
            raise body_too_large(close=True)
    # Read to its end if it has one in reach: most clients listen only when all is sent.
    if size > _MAX_REQUEST:
        raise body_too_large()
    try:
        told = json.loads(sent) if sent.strip() else {}
    except (ValueError, RecursionError):
        raise bad_request("the request is not JSON") from None
    if not isinstance(told, dict):
        raise bad_request("the request is not an object")
    transport, body = told.get("transport"), told.get("body")
    known = (*_TRANSPORTS, "livekit") if knows_livekit else _TRANSPORTS
    if transport is not None and transport not in known:
        raise bad_request(f"transport: expected one of {', '.join(known)}")
    if body is not None and not isinstance(body, dict):
        raise bad_request("body: expected an object")
    body = body or {}
    limit = _MAX_BODY_WEBSOCKET if transport == "websocket" else _MAX_BODY
    if len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()) > limit:
        raise body_too_large()
    if transport in ("webrtc", "websocket"):
        raise bad_request(f"transport: the emulator has LiveKit rooms only, not {transport}")
    daily = transport == "daily" or told.get("createDailyRoom") is True
    return StartRequest(body, daily, _place_in(body))


def _place_in(body: dict[str, Any]) -> Place | None:
    """Where a bot that reads its body would go."""
    url, token, room = (_first(body, names) for names in (_URL, _TOKEN, _ROOM))
    return Place(url, room, token) if url and token and room else None


def _first(body: dict[str, Any], names: tuple[str, ...]) -> str:
    values = (body.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), "")
