"""Session: one started agent."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Session", "token_claims"]


def token_claims(token: str) -> dict[str, Any]:
    """The claims of a LiveKit token, unverified; empty if it is not a readable JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = json.loads(payload)
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


@dataclass(frozen=True, slots=True)
class Session:
    """One started agent.

    Attributes:
        url: The LiveKit server's address, ws:// or wss://.
        token: Our own way into the room. Never shown, logged or stored.
        room: The room's name, read from the token; empty if it does not say.
        session_id: What the agent's side calls this session, if it says.
        warnings: What may spoil the call, each a sentence for people.
    """

    url: str
    token: str = field(repr=False)
    room: str = ""
    session_id: str | None = None
    warnings: tuple[str, ...] = ()

    @classmethod
    def with_token(cls, url: str, token: str, session_id: str | None = None) -> Session:
        """A session whose room is the one `token` is for."""
        video = token_claims(token).get("video")
        room = video.get("room", "") if isinstance(video, dict) else ""
        return cls(url=url, token=token, room=str(room), session_id=session_id)
