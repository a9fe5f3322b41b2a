"""What can be wrong with a room, each as its own error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from livekit import rtc

from harness.caller._text import clean
from harness.errors import (
    AgentNeverJoined,
    AgentNeverSpoke,
    ConnectError,
    MayNotHear,
    MayNotPublish,
    RoomRefused,
    RoomUnreachable,
    TokenForOtherRoom,
    TwoAgents,
)
from harness.nouns import Session, token_claims

__all__ = ["check_permissions", "check_room", "nobody", "two_agents", "why_not"]

_NEW_TOKEN = "Make a token for this room that allows it to join, to publish and to subscribe."


def check_room(session: Session, entered: str) -> None:
    """Make sure the token led into the session's room.

    Raises:
        TokenForOtherRoom: It led into the room `entered`.
    """
    if session.room and entered != session.room:
        raise TokenForOtherRoom(
            f"The token is for the room {clean(entered, 80)}, not for {session.room}.",
            cause="It was made for another call, or the agent waits elsewhere.",
            remedy=f"Make a token for the room {session.room}.",
        )


def check_permissions(allowed: Any, by: Literal["voice", "text"]) -> None:
    """Make sure the server lets the caller do what it came for.

    Args:
        allowed: The local participant's permissions, as the server told them.
        by: How the caller will talk.

    Raises:
        MayNotPublish: It may not speak, or not send text.
        MayNotHear: It may not hear.
    """
    sources = list(allowed.can_publish_sources)
    speaks = allowed.can_publish and (not sources or rtc.TrackSource.SOURCE_MICROPHONE in sources)
    if by == "voice" and not speaks:
        raise MayNotPublish(
            "The token does not let the caller speak.",
            cause="It was made without the grant canPublish, or without the microphone as source.",
            remedy=_NEW_TOKEN,
        )
    if by == "text" and not allowed.can_publish_data:
        raise MayNotPublish(
            "The token does not let the caller send text.",
            cause="It was made without the grant canPublishData.",
            remedy="Make a token that allows to publish data, or call by voice.",
        )
    if not allowed.can_subscribe:
        raise MayNotHear(
            "The token does not let the caller hear.",
            cause="It was made without the grant canSubscribe.",
            remedy=_NEW_TOKEN,
        )


def why_not(said: str, session: Session) -> RoomRefused | RoomUnreachable:
    """What the SDK's refusal to connect means; its own words hold the token."""
    lowered = said.lower()
    if any(word in lowered for word in ("401", "403", "unauthorized", "invalid token")):
        expires = token_claims(session.token).get("exp")
        if _grants(session) and not _grants(session).get("roomJoin"):
            cause = "The token does not allow joining a room: its grant roomJoin is missing."
        else:
            cause = "The token was made with another server's key"
            cause += "." if expires else ", or has no time of expiry."
        return RoomRefused(
            "LiveKit refused the token.",
            cause=cause,
            remedy="Make a token with this server's API key and secret, for this room.",
        )
    return RoomUnreachable(
        f"No LiveKit server answers at {session.url}.",
        cause="The address is wrong, the server is not running, or a firewall is between.",
        remedy="Check the address and the server, then call again.",
    )


def nobody(timeout_s: float, *, joined: bool) -> ConnectError:
    """The agent was not found in time: it never came, or came without audio."""
    if joined:
        return AgentNeverSpoke(
            f"The agent joined the room but published no audio in {timeout_s:g} s.",
            cause="Its audio output is off, or it failed while it started.",
            remedy="Look at the bot's own log; a Pipecat bot needs audio_out_enabled=True.",
        )
    return AgentNeverJoined(
        f"The agent did not join the room in {timeout_s:g} s.",
        cause="The bot is not running, failed while it started, or waits in another room.",
        remedy="Check that the bot is running and look at its log, then call again.",
    )


def two_agents(identities: Sequence[str]) -> TwoAgents:
    """More than one agent talks in the room."""
    names = " and ".join(sorted(clean(identity, 80) for identity in identities))
    return TwoAgents(
        f"Two agents are in the room: {names}.",
        cause="Two sessions share one room, for instance by a fixed LIVEKIT_ROOM_NAME, or an "
        "earlier agent or caller is still there.",
        remedy="Give each session a room of its own, or wait until the other has left.",
    )


def _grants(session: Session) -> dict[str, Any]:
    grants = token_claims(session.token).get("video")
    return grants if isinstance(grants, dict) else {}
