"""A bot under Pipecat's development runner: ``POST /start`` answers with a room and a token."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from harness.agents._config import check_http_url, host_of, read_config
from harness.agents._http import Answer, ask, read_object, refusal
from harness.agents._provider import Step
from harness.agents._reach import reach
from harness.agents._room_access import RoomAccess
from harness.agents._start_answer import daily_transport, session_from
from harness.errors import (
    AgentNotFound,
    AgentNotReady,
    BodyTooLarge,
    NotPipecat,
    RunnerAnswered,
    ServerError,
    StartError,
)
from harness.nouns import Agent, Session

__all__ = ["DevRunner"]

_MAX_BODY = 1024 * 1024  # as Pipecat Cloud: a body that fails there fails here, too
_OWN_ROOM = re.compile(r"pipecat-[0-9a-f]{8}")
"""How Pipecat's runner calls a room of its own making."""
_MOST_RUNNERS = 200

_last_room: dict[str, str] = {}
"""The room of the last call of this process, by runner."""
_running: dict[str, set[str]] = {}
"""The rooms of this process's calls that have not ended, by runner."""


class _Config(RoomAccess):
    url: str
    timeout_s: float = Field(30.0, gt=0, le=600)


class DevRunner:
    """An already running runner. Its sessions share one process."""

    fields: ClassVar[type[BaseModel]] = _Config

    def __init__(self, agent: Agent) -> None:
        self._config = read_config(_Config, agent.name, agent.config)
        self._name = agent.name
        self._base = self._config.url.strip().rstrip("/").removesuffix("/start")
        self._who = f"The runner at {host_of(self._base)}"

    def describe(self) -> str:
        """The runner's host and port."""
        return f"Dev runner · {host_of(self._base)}"

    def check(self) -> None:
        """Check the addresses."""
        check_http_url(self._base)
        self._config.check_access(self._name)

    async def preflight(self) -> AsyncIterator[Step]:
        """Reach it, and ask which transports it has."""
        self.check()
        async for step in reach(self._base, self._who):
            yield step
        yield Step("authorise", 0.0, "a development runner asks for no key", done=False)
        began = time.perf_counter()
        answer = await ask("GET", f"{self._base}/status", who=self._who, timeout_s=10.0)
        took_s = time.perf_counter() - began
        if answer.status in (404, 405):
            note = "it tells no status: not Pipecat's runner, or older than Pipecat 1.10"
            yield Step("ready", took_s, note, done=False)
            return
        self._check_status(answer)
        note = "it offers LiveKit; all its sessions share one process: measure one at a time"
        yield Step("ready", took_s, note)

    async def start(self, body: dict[str, Any], tell: Callable[[str], None]) -> Session:
        """Ask the runner for a session over LiveKit."""
        self.check()
        payload = json.dumps({"transport": "livekit", "body": body}).encode()
        if len(payload) > _MAX_BODY:
            raise BodyTooLarge(
                f"The session body is {len(payload) / 1024:.0f} KB.",
                cause="A session body may have 1 MB at most.",
                remedy="Make it smaller.",
            )
        answer = await ask(
            "POST",
            f"{self._base}/start",
            who=self._who,
            payload=payload,
            timeout_s=self._config.timeout_s,
        )
        if not answer.ok:
            raise self._refusal(answer)
        said = read_object(answer, self._who)
        session = session_from(said, self._who, livekit_url=self._config.livekit_url)
        session = await self._config.enter(session, self._who)
        warnings = session.warnings + self._note(session.room)
        return replace(session, warnings=warnings)

    async def stop(self, session: Session) -> str:
        """The runner has no stop call: leaving the room ends the bot's session."""
        _running.get(self._base, set()).discard(session.room)
        return "deleted" if await self._config.tidy(session) else "left"

    def _note(self, room: str) -> tuple[str, ...]:
        """Take note of a call's room, and say what it shares with others."""
        if len(_last_room) > _MOST_RUNNERS:
            _last_room.clear()
        earlier, _last_room[self._base] = _last_room.get(self._base), room
        running = _running.setdefault(self._base, set())
        shares_process = bool(running)
        running.add(room)
        warnings = []
        if room == earlier:
            warnings.append(
                f"The runner put this call into the same room as the one before, {room}: two at a "
                "time hear each other. Unset LIVEKIT_ROOM_NAME where the runner is started."
            )
        elif not _OWN_ROOM.fullmatch(room):
            warnings.append(
                f"The runner put this call into the room {room}, which looks like one fixed name "
                "for all calls: two at a time would hear each other. Unset LIVEKIT_ROOM_NAME where "
                "the runner is started."
            )
        if shares_process:
            warnings.append(
                "Another call runs on this runner, and all its sessions share one process: they "
                "slow each other down, and a crash ends them all. Call one at a time, or let "
                "Ringback run the bot file."
            )
        return tuple(warnings)

    def _check_status(self, answer: Answer) -> None:
        if not answer.ok:
            raise refusal(answer, self._who)
        transports = read_object(answer, self._who).get("transports")
        if not isinstance(transports, list):
            raise NotPipecat(
                f"{self._who} tells a status that is not of a Pipecat runner.",
                cause="Something else than a Pipecat runner listens at this address.",
                remedy="Check host and port; a runner of your own is an agent of kind http_runner.",
            )
        if transports == ["daily"]:
            raise daily_transport(self._who)
        if "livekit" not in transports:
            raise AgentNotReady(
                f"{self._who} offers no LiveKit.",
                cause=f"It was started for {', '.join(map(str, transports))[:100]} only.",
                remedy="Start it with `python bot.py -t livekit`.",
            )

    def _refusal(self, answer: Answer) -> StartError:
        error = refusal(answer, self._who)
        if answer.status == 400 and "for 'daily' only" in error.message:
            return daily_transport(self._who)
        if isinstance(error, AgentNotFound):
            return AgentNotFound(
                error.message,
                cause="There is no POST /start at this address: it is not Pipecat's runner.",
                remedy="Check host and port; a runner of your own is an agent of kind http_runner.",
            )
        if isinstance(error, ServerError):
            return ServerError(
                error.message,
                cause="The bot failed while it started, or lacks the keys of a LiveKit server.",
                remedy="Look at the bot's own log; LIVEKIT_URL, LIVEKIT_API_KEY and "
                "LIVEKIT_API_SECRET have to be set where it is started.",
            )
        if type(error) is RunnerAnswered:
            return RunnerAnswered(
                error.message,
                cause="The runner does not start sessions over LiveKit.",
                remedy="Start it with `python bot.py -t livekit`.",
            )
        return error
