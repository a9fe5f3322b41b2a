"""Rooms of a LiveKit server whose keys we hold: make them, let people in, take them away.

Over the pure-Python ``livekit.api``. Each request carries a token of its own that is good for a
minute and for that one thing; the keys themselves never leave this process.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp
from google.protobuf.message import DecodeError
from livekit import api

from harness.agents._config import check_room_url
from harness.agents._http import readable
from harness.errors import RoomRefused, RoomUnreachable, hide, redact

__all__ = ["FoundRoom", "RoomKeys"]

_TIMEOUT_S = 10.0
_REQUEST_TTL_S = 60.0
_EMPTY_ROOM_S = 120


@dataclass(frozen=True, slots=True)
class FoundRoom:
    """A room that exists.

    Attributes:
        id: LiveKit's own id: a later room of the same name has another.
        participants: How many are in it.
    """

    id: str
    participants: int


@dataclass(frozen=True, slots=True)
class RoomKeys:
    """A LiveKit server and the keys to its rooms.

    Attributes:
        url: Its address, ws:// or wss:// (or http://, https://).
        api_key: The key's name. Never shown.
        api_secret: The key. Never shown.
    """

    url: str
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)

    def __post_init__(self) -> None:
        hide(self.api_secret)

    def token(
        self,
        room: str,
        identity: str,
        *,
        name: str = "",
        agent: bool = False,
        ttl_s: float = 3600.0,
    ) -> str:
        """A token that lets `identity` into `room`, to speak and to hear.

        Args:
            room: The room's name.
            identity: Unique in the room: a second one with it puts the first out.
            name: What others see; the identity if empty.
            agent: For an agent under test: it is then known by its kind.
            ttl_s: For how many seconds it lets in.
        """
        grants = api.VideoGrants(
            room_join=True,
            room=room,
            can_publish=True,
            can_subscribe=True,
            can_publish_data=True,
            agent=agent,
        )
        made = self._signed(grants, ttl_s).with_identity(identity).with_name(name or identity)
        return str(made.with_kind("agent" if agent else "standard").to_jwt())

    async def find(self, room: str) -> FoundRoom | None:
        """The room of that name, if there is one.

        Raises:
            RoomError: BadRoomAddress, RoomUnreachable or RoomRefused.
        """
        async with self._asking(api.VideoGrants(room_list=True)) as livekit:
            answer = await livekit.room.list_rooms(api.ListRoomsRequest(names=[room]))
        found = next(iter(answer.rooms), None)
        return FoundRoom(found.sid, found.num_participants) if found else None

    async def create(self, room: str) -> str:
        """Make a room, and return LiveKit's id of it; one that is there already stays as it is.

        Raises:
            RoomError: BadRoomAddress, RoomUnreachable or RoomRefused.
        """
        async with self._asking(api.VideoGrants(room_create=True)) as livekit:
            request = api.CreateRoomRequest(name=room, empty_timeout=_EMPTY_ROOM_S)
            return str((await livekit.room.create_room(request)).sid)

    async def delete(self, room: str) -> None:
        """Take a room away and everybody out of it; one that is gone is no error.

        Raises:
            RoomError: BadRoomAddress, RoomUnreachable or RoomRefused.
        """
        async with self._asking(api.VideoGrants(room_create=True)) as livekit:
            try:
                await livekit.room.delete_room(api.DeleteRoomRequest(room=room))
            except api.TwirpError as error:
                if error.code != "not_found":
                    raise

    async def dispatch(self, room: str, agent_name: str, metadata: str = "") -> None:
        """Ask a worker that registered as `agent_name` to join `room`.

        Raises:
            RoomError: BadRoomAddress, RoomUnreachable or RoomRefused.
        """
        async with self._asking(api.VideoGrants(room_admin=True, room=room)) as livekit:
            await livekit.agent_dispatch.create_dispatch(
                api.CreateAgentDispatchRequest(room=room, agent_name=agent_name, metadata=metadata)
            )

    def _signed(self, grants: api.VideoGrants, ttl_s: float) -> api.AccessToken:
        made = api.AccessToken(self.api_key, self.api_secret)
        return made.with_grants(grants).with_ttl(timedelta(seconds=ttl_s))

    @asynccontextmanager
    async def _asking(self, grants: api.VideoGrants) -> AsyncIterator[api.LiveKitAPI]:
        """The server's API for one request, and its errors as ours."""
        check_room_url(self.url)
        token = str(self._signed(grants, _REQUEST_TTL_S).to_jwt())
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        try:
            async with api.LiveKitAPI(self.url, token=token, timeout=timeout) as livekit:
                yield livekit
        except api.TwirpError as error:
            raise self._refusal(error) from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise self._unreachable(
                "its certificate is not trusted",
                "It is self-signed, expired or for another name.",
            ) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(
                "nothing answers there",
                "The server is not running, or the address is not its own.",
            ) from error
        except (DecodeError, ValueError, TypeError, AttributeError) as error:
            # No protobuf, or an error in no form that the client knows.
            raise self._unreachable(
                "what answers there is no LiveKit server", "The address is another service's."
            ) from error

    def _unreachable(self, what: str, cause: str) -> RoomUnreachable:
        return RoomUnreachable(
            f"The LiveKit server {self.url} could not be asked: {what}.",
            cause=cause,
            remedy="Check livekit_url, then call again.",
        )

    def _refusal(self, error: api.TwirpError) -> RoomRefused | RoomUnreachable:
        if error.status in (401, 403):
            return RoomRefused(
                f"The LiveKit server {self.url} refused the keys.",
                cause="livekit_api_key and livekit_api_secret are wrong, or of another project.",
                remedy="Copy both from the LiveKit project that livekit_url belongs to.",
            )
        if error.status == 404 or error.status >= 500:
            return self._unreachable(
                f"it answered {error.status}",
                "The address is not a LiveKit server's own, or the server is in trouble.",
            )
        told = redact(readable(str(error.message)))[:200] or "it does not say why"
        return RoomRefused(
            f"The LiveKit server {self.url} refused the request: {told}.",
            cause="The room's name or the server's settings do not allow it.",
            remedy="Look at the LiveKit server's own log.",
        )
