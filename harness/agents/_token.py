"""What can be said of a token before anybody is asked: LiveKit says little about a bad one."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from harness.errors import (
    MayNotHear,
    MayNotPublish,
    RoomError,
    RoomRefused,
    TokenExpired,
    TokenForOtherRoom,
    hide,
)
from harness.nouns import Session, token_claims

__all__ = ["check_token", "checked", "speaks", "time_left"]

_SKEW_S = 60.0
"""LiveKit lets a token in so much before its time, as clocks differ."""


def check_token(token: str, *, room: str = "", maker: str = "") -> dict[str, Any]:
    """The claims of a LiveKit token that lets its bearer in, to speak or to type, and to hear.

    One that grants data without sound is for callers who type; a caller who speaks is told in the
    room. Only its maker can know whether it is signed with the server's key.

    Args:
        token: The token.
        room: The room it has to be for, if that is known.
        maker: Who made it, as a sentence goes on ("the runner at ..."); empty for the user.

    Raises:
        RoomError: RoomRefused, TokenExpired, TokenForOtherRoom, MayNotPublish or MayNotHear.
    """
    hide(token)
    claims = token_claims(token)
    if not claims:
        raise RoomRefused(
            "The token is not a LiveKit token.",
            cause="It was cut off while copying, or is something else, such as an API key.",
            remedy=f"{_make(maker)} and hand over all of it.",
        )
    _check_time(claims, maker)
    video = claims.get("video")
    grants = video if isinstance(video, dict) else {}
    if not grants.get("roomJoin"):
        raise _bad("The token does not let its bearer join a room.", maker, "roomJoin")
    if not claims.get("sub"):
        raise _bad("The token says no identity to join as.", maker, "an identity")
    if not grants.get("room"):
        raise _bad("The token names no room.", maker, "the room's name")
    if room and grants["room"] != room:
        raise TokenForOtherRoom(
            f"The token is for the room {grants['room']}, not for {room}.",
            cause="It was made for another room.",
            remedy=f"{_make(maker)} for the room {room}, or name the other room.",
        )
    if not speaks(claims) and grants.get("canPublishData") is not True:
        raise MayNotPublish(
            "The token does not let the caller speak.",
            cause="It was made without the grant canPublish, or not for a microphone.",
            remedy=f"{_make(maker)} with canPublish.",
        )
    if grants.get("canSubscribe") is False:
        raise MayNotHear(
            "The token does not let the caller hear.",
            cause="It was made without the grant canSubscribe.",
            remedy=f"{_make(maker)} with canSubscribe.",
        )
    return claims


def checked(session: Session, *, room: str = "", maker: str = "") -> Session:
    """`session` after :func:`check_token`, with the warnings its token gives reason for."""
    claims = check_token(session.token, room=room, maker=maker)
    grants = claims["video"]
    warnings = list(session.warnings)
    if grants.get("canPublishData") is False:
        warnings.append(
            "The token does not let the caller send data: no RTVI, and no typed text, reaches "
            "the agent."
        )
    if grants.get("hidden"):
        warnings.append(
            "The token makes the caller hidden: an agent that waits for somebody to join may "
            "never greet."
        )
    return replace(session, room=str(grants["room"]), warnings=tuple(warnings))


def speaks(claims: dict[str, Any]) -> bool:
    """Whether a token that was checked lets its bearer speak."""
    grants = claims["video"]
    sources = grants.get("canPublishSources")
    return grants.get("canPublish") is not False and (not sources or "microphone" in sources)


def time_left(claims: dict[str, Any]) -> str:
    """For how long a token still lets in, for people."""
    expires = claims.get("exp")
    if not isinstance(expires, int | float):
        return "good without end"
    return f"good for {_span(expires - time.time())}"


def _check_time(claims: dict[str, Any], maker: str) -> None:
    now = time.time()
    expires, begins = claims.get("exp"), claims.get("nbf")
    if isinstance(expires, int | float) and expires < now:
        raise TokenExpired(
            f"The token expired {_span(now - expires)} ago.",
            cause="Access tokens are good for a limited time.",
            remedy=f"{_make(maker)} for the room.",
        )
    if isinstance(begins, int | float) and begins > now + _SKEW_S:
        raise RoomRefused(
            f"The token is good only in {_span(begins - now)}.",
            cause="It was made for later, or the clock of one of the machines is wrong.",
            remedy=f"{_make(maker)} that is good now, and compare the clocks.",
        )


def _bad(message: str, maker: str, lacks: str) -> RoomError:
    return RoomRefused(
        message,
        cause="It was made for something else, or incompletely.",
        remedy=f"{_make(maker)} with {lacks}.",
    )


def _make(maker: str) -> str:
    return f"Have {maker} make an access token" if maker else "Make a new access token"


def _span(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.0f} h"
