"""Ending: how a conversation ended, and what it means to be taken out of the room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.errors import RemovedFromRoom

__all__ = ["Ending", "removed"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How the conversation ended.

    Attributes:
        by: Who ended it; server: we were taken out of the room.
        reason: For instance script_done, left, hung_up; by a server what LiveKit calls it, in lower
            case (participant_removed, room_deleted, duplicate_identity, server_shutdown ...).
    """

    by: Literal["caller", "agent", "person", "limit", "server"]
    reason: str


_REMOVALS = {
    "participant_removed": (
        "The caller was removed from the room.",
        "Somebody, or a rule of the server, took the participant out by LiveKit's API.",
        "Find out who removes participants from this room, then call again.",
    ),
    "room_deleted": (
        "The room was deleted while the call was live.",
        "The agent ends its calls by deleting the room, or somebody else deleted it.",
        "See in the transcript whether the agent had said goodbye; then call again.",
    ),
    "room_closed": (
        "The room was closed while the call was live.",
        "The server closes rooms after a time, or when the participant they hang on has left.",
        "Look at the room's settings on the LiveKit server, then call again.",
    ),
    "duplicate_identity": (
        "Another participant came in under the caller's identity, and took its place.",
        "The same access token is used twice: LiveKit keeps the latest who comes with it.",
        "Give each call a token of its own, with an identity that nobody else has.",
    ),
    "server_shutdown": (
        "The LiveKit server was shut down while the call was live.",
        "It was stopped or restarted.",
        "Call again when it is back.",
    ),
}
_CONNECTION_LOST = (
    "The connection to the LiveKit server was lost, and did not come back.",
    "The network between failed, or the server died.",
    "Check the network and the server, then call again.",
)


def removed(reason: str) -> RemovedFromRoom:
    """The error that tells why the server took us out of the room.

    Args:
        reason: LiveKit's disconnect reason in lower case; an unknown one counts as a lost line.
    """
    message, cause, remedy = _REMOVALS.get(reason, _CONNECTION_LOST)
    return RemovedFromRoom(message, cause=cause, remedy=remedy)
