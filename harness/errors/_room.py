"""RoomError: the room could not be entered."""

from __future__ import annotations

from harness.errors._connect import ConnectError

__all__ = [
    "BadRoomAddress",
    "MayNotHear",
    "MayNotPublish",
    "RoomError",
    "RoomRefused",
    "RoomUnreachable",
    "TokenExpired",
    "TokenForOtherRoom",
]


class RoomError(ConnectError):
    """The room could not be entered."""

    kind = "room_error"


class BadRoomAddress(RoomError):
    """The room's address is not a LiveKit address."""

    kind = "bad_room_address"


class RoomUnreachable(RoomError):
    """No LiveKit server answers at the room's address."""

    kind = "room_unreachable"


class RoomRefused(RoomError):
    """LiveKit refused the token."""

    kind = "room_refused"


class TokenExpired(RoomError):
    """The token's time is over."""

    kind = "token_expired"


class TokenForOtherRoom(RoomError):
    """The token is for another room."""

    kind = "token_for_other_room"


class MayNotPublish(RoomError):
    """The token does not let the caller speak."""

    kind = "may_not_publish"


class MayNotHear(RoomError):
    """The token does not let the caller hear."""

    kind = "may_not_hear"
