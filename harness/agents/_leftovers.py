"""Whether a session left anything behind, asked of the LiveKit server where we hold its keys."""

from __future__ import annotations

import asyncio

from harness.agents._rooms import RoomKeys
from harness.errors import RoomError
from harness.nouns import Agent, Session

__all__ = ["left_behind"]

_WAIT_S = 4.0
_PAUSE_S = 0.25


async def left_behind(agent: Agent, session: Session) -> tuple[bool, str]:
    """Look whether the room of a stopped session is gone.

    A room goes with its last participant: it is waited for a few seconds.

    Args:
        agent: Its secrets are in place.
        session: As it was started.

    Returns:
        Whether it could be asked, and what was found.

    Raises:
        RoomError: The room is still there, or the server could not be asked.
    """
    keys = _keys(agent, session)
    if keys is None:
        return False, "cannot be asked without the LiveKit server's keys; our place is given up"
    if agent.config.get("auto_cleanup") is False:
        return False, f"the room {session.room} is kept: auto_cleanup is off"
    if agent.provider == "room" and not session.session_id:
        return False, f"the room {session.room} was there before"
    deadline = asyncio.get_running_loop().time() + _WAIT_S
    while await keys.find(session.room) is not None:
        if asyncio.get_running_loop().time() > deadline:
            raise RoomError(
                f"The room {session.room} is still there after the session was stopped.",
                cause="Somebody is still in it, or whoever made it keeps it open.",
                remedy="See who is in it with LiveKit's tools, and delete it there.",
            )
        await asyncio.sleep(_PAUSE_S)
    return True, f"the room {session.room} is gone"


def _keys(agent: Agent, session: Session) -> RoomKeys | None:
    """The keys that the configuration holds; each provider has them under one of two names."""
    config = agent.config
    for prefix in ("livekit_", ""):
        key, secret = config.get(f"{prefix}api_key"), config.get(f"{prefix}api_secret")
        if key and secret and session.room:
            return RoomKeys(config.get("livekit_url") or session.url, str(key), str(secret))
    return None
