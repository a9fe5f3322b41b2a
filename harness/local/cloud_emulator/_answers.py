"""What the emulator answers: starts in every style, and errors in the platform's words."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from harness.local.cloud_emulator._agent import AnswerStyle

__all__ = [
    "Refusal",
    "at_capacity",
    "bad_request",
    "body_too_large",
    "deployment_not_ready",
    "forbidden",
    "no_key",
    "not_found",
    "start_answer",
    "unauthorised",
]


@dataclass
class Refusal(Exception):
    """An error answer; where its words come from is in docs/agents/emulator.md."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def unauthorised() -> Refusal:
    """The key is wrong or missing."""
    return Refusal(401, {"error": "Unauthorized / token expired", "code": "401"})


def no_key() -> Refusal:
    """A start without a key."""
    told = "Attempt to start agent without public api key."
    return Refusal(401, {"error": told, "code": "PCC-1002"})


def forbidden(why: str) -> Refusal:
    """A good key for something else."""
    return Refusal(403, {"error": f"Forbidden: {why}", "code": "403"})


def not_found(what: str = "Service not found", code: str = "404") -> Refusal:
    """No such agent, session or path."""
    return Refusal(404, {"error": what, "code": code})


def bad_request(why: str) -> Refusal:
    """The request cannot be understood."""
    return Refusal(400, {"error": f"Invalid parameters: {why}", "code": "400"})


def body_too_large(*, close: bool = False) -> Refusal:
    """Over the limit of the transport; `close` lets no more of it be sent."""
    headers = {"Connection": "close"} if close else {}
    return Refusal(413, {"error": "Payload Too Large", "code": "413"}, headers)


def at_capacity(retry_after_s: float | None) -> Refusal:
    """As many sessions run as the deployment allows."""
    told = "Rate limit exceeded. Please try again later"
    body = {"status": 429, "code": "429", "message": told, "error": told}
    return Refusal(
        429, body, {} if retry_after_s is None else {"Retry-After": f"{retry_after_s:g}"}
    )


def deployment_not_ready() -> Refusal:
    """Its bot does not start."""
    told = "Attempt to start agent when deployment is not in ready state."
    return Refusal(400, {"error": told, "code": "PCC-1001"})


def start_answer(
    style: AnswerStyle, session_id: str, *, url: str, room: str, token: str
) -> dict[str, Any]:
    """The answer to a start.

    Args:
        style: How it spells where the room is.
        session_id: The new session.
        url: The LiveKit server's address.
        room: The room's name.
        token: The caller's way into it.
    """
    said: dict[str, Any] = {"sessionId": session_id}
    match style:
        case "url":
            said |= {"url": url, "token": token}
        case "livekit":
            said |= {"livekitUrl": url, "livekitToken": token, "livekitRoom": room}
        case "snake":
            said = {
                "session_id": session_id,
                "livekit_url": url,
                "livekit_token": token,
                "livekit_room": room,
            }
        case "room_url":
            said |= {"room_url": url, "token": token}
        case "nested":
            said |= {"livekit": {"url": url, "token": token, "roomName": room}}
        case "daily":
            # There is no such room: the emulator has no Daily.
            where = f"https://cloud-emulator.daily.co/{secrets.token_urlsafe(8)}"
            said |= {"dailyRoom": where, "dailyToken": secrets.token_urlsafe(24)}
        case "none":
            pass
    return said
