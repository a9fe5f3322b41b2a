"""Deployment: an agent's processes, its sessions, and the limits on them."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx

from harness.agents.bot_files import BotLaunch
from harness.errors import Interrupted, LiveKitStopped, RingbackError, RunnerTimeout
from harness.local._bots import BotPool, RunningBot
from harness.local._livekit import LiveKitServer
from harness.local.cloud_emulator._agent import EmulatedAgent
from harness.local.cloud_emulator._answers import at_capacity, deployment_not_ready
from harness.local.cloud_emulator._log_entries import stamp
from harness.local.cloud_emulator._session import EmulatedSession, EndState
from harness.local.cloud_emulator._usage import Usage
from harness.settings import Settings

__all__ = ["Deployment", "Place"]

_KEEP_ENDED = 1000
_CALL_S = 10.0
_CANCEL_S = 3.0
_LOOK_INTO_ROOM_S = 0.5
_EMPTY_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bot is sent.

    Attributes:
        url: The LiveKit server's address.
        room: The room's name.
        token: The bot's way into it.
    """

    url: str
    room: str
    token: str = field(repr=False)


class Deployment:
    """One deployed agent on our LiveKit server.

    Attributes:
        agent: How it is deployed.
        sessions: The newest last; those that ended are kept for a while.
    """

    def __init__(
        self,
        agent: EmulatedAgent,
        *,
        organization: str,
        server: LiveKitServer,
        settings: Settings,
        progress: Callable[[str], None],
    ) -> None:
        self.agent = agent
        self.sessions: list[EmulatedSession] = []
        self._organization = organization
        self._launch: BotLaunch = agent.launch()
        self._server = server
        self._progress = progress
        self._pool = BotPool(server, settings, warm=agent.min_warm, progress=progress)
        self._id, self._deployment_id = str(uuid.uuid4()), str(uuid.uuid4())
        self._created_at = time.time()
        self._limit_s = agent.max_session_s
        self._failure: RingbackError | None = None
        self._deleted = False
        self._rooms: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def deleted(self) -> bool:
        """Whether it takes no more sessions; those that run go on."""
        return self._deleted

    def delete(self) -> None:
        """Take no more sessions."""
        self._deleted = True

    def limit_sessions_to(self, seconds: float) -> None:
        """Cut later sessions after `seconds`."""
        self._limit_s = seconds

    async def warm(self) -> None:
        """Begin to start the processes that wait."""
        await self._pool.prepare(self._launch)

    async def start(
        self, body: dict[str, Any], place: Place | None, *, has_bot: bool = True
    ) -> tuple[EmulatedSession, Place | None]:
        """Start a session in `place`, or in a room of our own.

        Args:
            body: What the bot gets.
            place: Where the request sends the bot, if it says.
            has_bot: False only lists the session: its bot would be in a room that we do not have.

        Raises:
            Refusal: There is no capacity, or the bot does not start.
        """
        if sum(session.active for session in self.sessions) >= self.agent.max_sessions:
            raise at_capacity(self.agent.retry_after_s)
        session = EmulatedSession(self._id, self._deployment_id, self._organization)
        self._remember(session)
        if has_bot:
            place = place or self._own_place(session)
            try:
                await self._run(session, place, dict(self.agent.body) | body)
            except RingbackError as error:
                late = isinstance(error, RunnerTimeout)
                if session.active:
                    self._failure = error
                    self._progress(f"{self.agent.name}: {error}")
                await self._finish(session, "agent_start_timeout" if late else "agent_error")
                await self._delete_room(session.room)
                raise deployment_not_ready() from error
            self._failure = None
        self._keep(self._until_over(session))
        return session, place

    async def stop(self, session: EmulatedSession) -> None:
        """End a session now; returns when its process and its room are gone."""
        await self._finish(session, "terminated")
        await session.over.wait()
        await self._delete_room(session.room)

    async def close(self) -> None:
        """End everything, and take away the rooms that we made."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._pool.close()
        for session in self.sessions:
            await self._finish(session, "terminated")
        for room in tuple(self._rooms):
            await self._delete_room(room)

    def as_listed(self) -> dict[str, Any]:
        """As it stands in a list of agents."""
        return {
            "id": self._id,
            "name": self.agent.name,
            "region": "local",
            "organizationId": self._organization,
            "desiredDeploymentId": self._deployment_id,
            "activeDeploymentId": self._deployment_id,
            "reconciledDeploymentId": self._deployment_id,
            "createdAt": stamp(self._created_at),
            "updatedAt": stamp(self._created_at),
            "deletedAt": None,
        }

    def as_told(self) -> dict[str, Any]:
        """As it is told when it is asked for by itself."""
        scaling = {"minReplicas": self.agent.min_warm, "maxReplicas": self.agent.max_sessions}
        spec = {"autoScaling": scaling, "maxSessionDurationSeconds": _number(self._limit_s)}
        # A bot that failed may be mended by now: only a session can tell.
        ready = self._launch.file.is_file()
        failure = self._failure
        return self.as_listed() | {
            "ready": ready,
            "available": ready,
            "activeDeploymentReady": ready,
            "activeSessionCount": sum(session.active for session in self.sessions),
            "autoScaling": scaling,
            "deployment": {
                "id": self._deployment_id,
                "serviceId": self._id,
                "manifest": {"metadata": {"name": self.agent.name}, "spec": spec},
                "createdAt": stamp(self._created_at),
                "updatedAt": stamp(self._created_at),
            },
            "errors": [{"code": "PCC_UNKNOWN_ERROR", "message": str(failure)}] if failure else [],
        }

    def _own_place(self, session: EmulatedSession) -> Place:
        session.room = f"cloud-{session.id[:8]}"
        self._rooms.add(session.room)
        # Named as Pipecat's runner names it.
        token = self._server.token(session.room, f"Pipecat Agent-{session.id[:8]}")
        return Place(self._server.url, session.room, token)

    async def _run(self, session: EmulatedSession, place: Place, body: dict[str, Any]) -> None:
        """Have a process carry the session."""
        bot = await self._pool.lease(self._launch)
        if not session.active:  # stopped meanwhile
            await self._pool.release(bot)
            raise Interrupted("The session was stopped before its bot ran.")
        session.bot = bot
        session.usage = Usage(bot.pid)
        told = {
            "url": place.url,
            "token": place.token,
            "room": place.room,
            "body": body,
            "sessionId": session.id,
        }
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=_CALL_S) as client:
                answer = await client.post(f"{bot.url}/bot", json=told)
                began = answer.raise_for_status().json()
        except httpx.HTTPError as error:
            raise await bot.post_mortem() from error
        session.called(began["readyAt"], began["beganAt"])

    async def _until_over(self, session: EmulatedSession) -> None:
        """Follow a session to its end: its bot's, or the limit."""
        watching = asyncio.create_task(session.usage.watch()) if session.usage else None
        ended = asyncio.create_task(self._ended(session))
        try:
            done, _ = await asyncio.wait({ended}, timeout=self._limit_s)
            await self._finish(session, ended.result() if done else "terminated")
            await session.over.wait()
            # Who was called stays until it hangs up, as in any room that an agent leaves.
            await self._empty(session.room)
        finally:
            ended.cancel()
            if watching:
                watching.cancel()

    async def _ended(self, session: EmulatedSession) -> EndState:
        """Wait for the bot's own end, or for somebody to stop the session."""
        if session.bot is None:
            await session.over.wait()
            return session.state
        return "agent_error" if await session.bot.wait() else "completed"

    async def _finish(self, session: EmulatedSession, state: EndState) -> None:
        """End a session that has not ended, and its process."""
        if not session.active:
            return
        session.ended(state)
        try:
            if session.bot is not None:
                if state == "terminated":
                    await _cancel(session.bot)
                await self._pool.release(session.bot)
        finally:
            session.over.set()
        self._progress(f"{self.agent.name}: session {session.id} is over ({state}).")

    async def _empty(self, room: str) -> None:
        """Delete a room of ours when nobody is left in it."""
        deadline = time.monotonic() + _EMPTY_WITHIN_S
        with contextlib.suppress(LiveKitStopped):
            while room in self._rooms and time.monotonic() < deadline:
                if not await self._server.participants(room):
                    break
                await asyncio.sleep(_LOOK_INTO_ROOM_S)
        await self._delete_room(room)

    async def _delete_room(self, room: str) -> None:
        if room in self._rooms:
            self._rooms.discard(room)
            with contextlib.suppress(LiveKitStopped):
                await self._server.delete_room(room)

    def _remember(self, session: EmulatedSession) -> None:
        self.sessions.append(session)
        ended = [each for each in self.sessions if not each.active]
        for old in ended[: max(0, len(ended) - _KEEP_ENDED)]:
            self.sessions.remove(old)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _cancel(bot: RunningBot) -> None:
    """Let a bot leave its room: of one that is only killed, LiveKit learns much later."""
    with contextlib.suppress(httpx.HTTPError):
        async with httpx.AsyncClient(trust_env=False, timeout=_CANCEL_S) as client:
            await client.delete(f"{bot.url}/bot")


def _number(seconds: float) -> float | int:
    return int(seconds) if float(seconds).is_integer() else seconds
