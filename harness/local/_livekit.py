"""The local LiveKit server: our own keys, everything on loopback, gone when we are gone."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import aiohttp
import httpx
import yaml
from livekit import api

from harness.errors import LiveKitMissing, LiveKitStopped
from harness.local._find import find_livekit
from harness.local._log import new_log_path
from harness.local._ports import free_port, free_udp_port
from harness.local._process import GuardedProcess
from harness.settings import Settings

__all__ = ["LiveKitServer"]

_HOST = "127.0.0.1"
_START_TRIES = 3
_READY_WITHIN_S = 30.0
_STOP_GRACE_S = 0.5  # it would wait five seconds for its rooms to empty
_REQUEST_S = 5.0


def _silent(_: str) -> None:
    pass


class LiveKitServer:
    """A running LiveKit server of our own. Make one with :meth:`start`.

    Attributes:
        url: ``ws://127.0.0.1:PORT``.
        api_key: Made for this server.
        api_secret: 43 characters (32 random bytes); never shown, never on a command line.
        log_path: What the server writes.
    """

    def __init__(self, url: str, key: str, secret: str, process: GuardedProcess) -> None:
        self.url = url
        self.api_key = key
        self.api_secret = secret
        self.log_path = process.log_path
        self._process = process
        self._stopping = False
        # The library opens its connections on the running loop.
        self._api: Any = api.LiveKitAPI(
            url.replace("ws://", "http://"),
            key,
            secret,
            timeout=aiohttp.ClientTimeout(total=_REQUEST_S),
        )

    @classmethod
    async def start(
        cls, settings: Settings, *, progress: Callable[[str], None] = _silent
    ) -> LiveKitServer:
        """Find (or get) a LiveKit server, run it, and return when it answers.

        Args:
            settings: Where to look for it, where its log goes.
            progress: Called with one sentence for each thing that takes time.

        Raises:
            LiveKitMissing: There is none and none can be had.
            LiveKitStopped: It ended at once or did not answer within 30 s.
            DataFolderError: The data folder cannot be written.
        """
        binary = await find_livekit(settings, progress=progress)
        progress("Starting the LiveKit server.")
        for left in reversed(range(_START_TRIES)):
            server = await cls._launch(settings, binary)
            try:
                await server._answers()
            except LiveKitStopped:
                await server.stop()
                # Somebody may have taken the port between our choosing and its binding.
                if left and "address already in use" in "\n".join(server.last_lines(20)):
                    continue
                raise
            except BaseException:
                await server.stop()
                raise
            return server
        raise AssertionError("not reached: the last try returns or raises")

    @classmethod
    async def _launch(cls, settings: Settings, binary: Path) -> LiveKitServer:
        port = free_port(host=_HOST)
        key = f"API{secrets.token_hex(6)}"
        secret = secrets.token_urlsafe(32)
        log_path = new_log_path(settings, "livekit")
        try:
            process = await GuardedProcess.start(
                settings,
                "LiveKit server",
                [str(binary)],
                log_path=log_path,
                # In the environment, not in a file: nothing to leave behind, nothing in `ps`.
                env=os.environ | {"LIVEKIT_CONFIG": _config(port, free_udp_port(), key, secret)},
                grace_s=_STOP_GRACE_S,
                hide=(secret, key),
            )
        except OSError as error:
            raise LiveKitMissing(
                f"The LiveKit server at {binary} cannot be started.",
                cause=f"The system says: {error}.",
                remedy="Set RINGBACK_LIVEKIT_SERVER to one that runs on this machine.",
            ) from error
        return cls(f"ws://{_HOST}:{port}", key, secret, process)

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process.exit_code is None

    async def stop(self) -> None:
        """End the server. May be called again."""
        self._stopping = True
        await self._process.stop()
        await self._api.aclose()

    async def ended(self) -> LiveKitStopped | None:
        """Wait until the server has ended: None if by :meth:`stop`, else what to tell the user."""
        await self._process.wait()
        return None if self._stopping else self._stopped()

    def last_lines(self, count: int) -> list[str]:
        """The last lines of its log, without tokens and keys."""
        return self._process.last_lines(count)

    async def rooms(self) -> list[str]:
        """Names of the rooms that exist.

        Raises:
            LiveKitStopped: The server ended or does not answer.
        """
        answer = await self._ask(self._api.room.list_rooms(api.ListRoomsRequest()))
        return [room.name for room in answer.rooms]

    async def participants(self, room: str) -> list[str]:
        """Identities of those who are in a room; none if there is no such room.

        Raises:
            LiveKitStopped: The server ended or does not answer.
        """
        answer = await self._ask(
            self._api.room.list_participants(api.ListParticipantsRequest(room=room))
        )
        return [each.identity for each in answer.participants] if answer else []

    async def delete_room(self, name: str) -> None:
        """Delete a room and put everybody out of it; a room that is gone already is fine.

        Raises:
            LiveKitStopped: The server ended or does not answer.
        """
        await self._ask(self._api.room.delete_room(api.DeleteRoomRequest(room=name)))

    def token(
        self,
        room: str,
        identity: str,
        *,
        name: str = "",
        kind: Literal["standard", "agent"] = "standard",
        publish: bool = True,
        subscribe: bool = True,
        hidden: bool = False,
        ttl_s: float = 3600.0,
    ) -> str:
        """A token that lets `identity` into `room`.

        Args:
            room: The room's name; it is made when the first one joins.
            identity: Unique in the room: a second one with it puts the first out.
            name: What others see.
            kind: ``agent`` for a token an agent under test joins with.
            publish: May send audio and data.
            subscribe: May receive.
            hidden: Others do not see it (observers).
            ttl_s: For how many seconds it lets in; negative makes one that has expired.
        """
        token = (
            api.AccessToken(self.api_key, self.api_secret)
            .with_identity(identity)
            .with_name(name or identity)
            .with_kind(kind)
            .with_ttl(timedelta(seconds=ttl_s))
            .with_grants(
                api.VideoGrants(
                    room_join=True,
                    room=room,
                    can_publish=publish,
                    can_publish_data=publish,
                    can_subscribe=subscribe,
                    hidden=hidden,
                    agent=kind == "agent",
                )
            )
        )
        jwt: str = token.to_jwt()
        return jwt

    async def _answers(self) -> None:
        """Wait until it serves HTTP and lists rooms."""
        deadline = time.monotonic() + _READY_WITHIN_S
        pause_s = 0.02
        async with httpx.AsyncClient(trust_env=False, timeout=_REQUEST_S) as client:
            while True:
                try:
                    (await client.get(self.url.replace("ws://", "http://"))).raise_for_status()
                    await self.rooms()
                    return
                except (httpx.HTTPError, LiveKitStopped) as error:
                    if not self.alive or time.monotonic() > deadline:
                        raise self._stopped() from error
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 1.5, 0.25)

    async def _ask(self, request: Any) -> Any:
        try:
            return await request
        except api.TwirpError as error:
            if error.code == api.TwirpErrorCode.NOT_FOUND:
                return None
            raise self._stopped() from error
        except (OSError, aiohttp.ClientError, RuntimeError) as error:  # RuntimeError: after stop()
            raise self._stopped() from error

    def _stopped(self) -> LiveKitStopped:
        code = self._process.exit_code
        last = "\n".join(self.last_lines(5))
        if code is None:
            message = "The local LiveKit server does not answer."
        else:
            message = f"The local LiveKit server has ended (exit code {code})."
        return LiveKitStopped(
            message,
            cause=f"Its last lines:\n{last}" if last else "It wrote nothing to its log.",
            remedy=f"Start the call again; the whole log is {self.log_path}.",
        )


def _config(port: int, udp_port: int, key: str, secret: str) -> str:
    """The server's configuration: HTTP and media on loopback only.

    `bind_addresses` covers HTTP alone. Without `ips` and `enable_loopback_candidate` the media
    would go over the machine's other interfaces.
    """
    return yaml.safe_dump(
        {
            "port": port,
            "bind_addresses": [_HOST],
            "keys": {key: secret},
            "rtc": {
                "udp_port": udp_port,
                "tcp_port": 0,
                "node_ip": _HOST,
                "enable_loopback_candidate": True,
                "ips": {"includes": [f"{_HOST}/32"]},
            },
            "logging": {"level": "info", "json": False},
        }
    )
