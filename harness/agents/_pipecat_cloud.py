"""An agent that is deployed to Pipecat Cloud and speaks through LiveKit.

Token mode: the platform's answer carries the room's address and a token. API-auth mode: with the
keys of a LiveKit project we make the room and both tokens, and hand the agent its own in `body`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, ClassVar

import httpx
from pydantic import BaseModel

from harness.agents._cloud_api import CloudApi
from harness.agents._cloud_config import BASE_URL, CloudConfig
from harness.agents._cloud_errors import carries_an_error, cloud_refusal
from harness.agents._cloud_facts import (
    DEFAULT_LIMIT_S,
    active_in,
    deployment_in,
    details_in,
    lasted_in,
    limit_in,
    lines_in,
    readiness_in,
    says_limit,
)
from harness.agents._config import read_config
from harness.agents._http import Answer, read_object
from harness.agents._provider import ActiveSession, SessionDetails, Step
from harness.agents._reach import reach
from harness.agents._rooms import RoomKeys
from harness.agents._start_answer import (
    StartAnswer,
    daily_transport,
    no_livekit_url,
    session_from,
)
from harness.errors import AgentNotFound, AtCapacity, NoRoomInAnswer, RingbackError
from harness.nouns import Agent, Session

__all__ = ["PipecatCloud"]

_FIRST_WAIT_S = 2.0
_SHORTEST_WAIT_S = 0.2
_GRACE_S = 4.0
_CLEAN_S = 5.0


class PipecatCloud:
    """Starts and stops sessions by the platform's REST API."""

    fields: ClassVar[type[BaseModel]] = CloudConfig

    def __init__(self, agent: Agent) -> None:
        self._name = agent.name
        self._config = config = read_config(CloudConfig, agent.name, agent.config)
        config.hide_keys()
        address = config.address()
        self._where = "" if address == BASE_URL else _host(address)
        self._api = CloudApi(
            base_url=address,
            agent=config.agent_name,
            who="Pipecat Cloud" + (f" at {self._where}" if self._where else ""),
            public_key=config.secret("api_key"),
            private_key=config.secret("private_api_key"),
            organization=config.organization or "",
            start_timeout_s=config.start_timeout_s,
            timeout_s=config.timeout_s,
        )

    def describe(self) -> str:
        """The agent's name there, and the host if it is not the usual one."""
        where = f" · {self._where}" if self._where else ""
        return f"Pipecat Cloud · {self._config.agent_name}{where}"

    def check(self) -> None:
        """Check names, keys and addresses as far as they can be checked from here."""
        self._config.check(self._name)

    async def preflight(self) -> AsyncIterator[Step]:
        """Reach the API; with the private key also see whether the deployment is ready."""
        self.check()
        async for step in reach(self._api.base_url, self._api.who):
            yield step
        if not self.can_look():
            why = "asked with private_api_key only, which is not given; the start will tell"
            yield Step("authorise", 0.0, why, done=False)
            yield Step("ready", 0.0, why, done=False)
            return
        began = time.perf_counter()
        found: dict[str, Any] | AgentNotFound
        try:
            found = await self._api.deployment()
        except AgentNotFound as error:  # the key was good, the name was not
            found = error
        yield Step("authorise", time.perf_counter() - began, "the private key is accepted")
        if isinstance(found, AgentNotFound):
            raise found
        note = readiness_in(found, self._api.who, self._config.agent_name)
        yield Step("ready", 0.0, note or "the platform does not say", done=note is not None)

    async def start(self, body: dict[str, Any], tell: Callable[[str], None]) -> Session:
        """Start a session over LiveKit, in a room of the platform's choice or of ours."""
        self.check()
        keys = self._keys(self._config.livekit_url)
        room = f"ringback-{secrets.token_hex(6)}" if keys else ""
        handed = {**self._config.body, **body}
        if keys:
            handed = _with_room(handed, keys, room)
        packed = self._config.packed(handed)
        try:
            if keys:
                await keys.create(room)
            answer = await self._ask(packed, tell)
            return await self._enter(answer, keys, room)
        except BaseException:
            if keys:
                await _quietly(self._clean(keys, room))
            raise

    async def stop(self, session: Session) -> str:
        """End the session at the platform, and take the room away if it is ours to take."""
        ended, cleaned = await asyncio.gather(
            self._api.stop(session.session_id) if session.session_id else _no(),
            self._clean(self._keys(self._config.livekit_url or session.url), session.room),
            return_exceptions=True,
        )
        for trouble in (ended, cleaned):
            if isinstance(trouble, BaseException):
                raise trouble
        return "stopped" if ended else "deleted" if cleaned else "left"

    def can_look(self) -> bool:
        """Whether a private key is given."""
        return bool(self._api.private_key)

    async def details(self, session_id: str) -> SessionDetails:
        """Cold start, boot time, completion, CPU and memory of a session."""
        return details_in(await self._api.session(session_id))

    async def logs(self, session_id: str, last: int = 200) -> list[str]:
        """The last lines a session wrote."""
        return lines_in(await self._api.logs(session_id, last), last)

    async def sessions(self) -> list[ActiveSession]:
        """What runs now."""
        return active_in(await self._api.sessions())

    async def end(self, session_id: str) -> None:
        """End one of them; one that is gone is no error."""
        await self._api.stop(session_id)

    async def deployment(self) -> str:
        """The id of the deployment that takes sessions now."""
        return deployment_in(await self._api.deployment())

    async def limit_reached(self, session_id: str | None, lasted_s: float) -> bool:
        """By the session's record and its deployment's limit, else by the platform's default."""
        limit_s = self._config.max_session_duration
        with contextlib.suppress(RingbackError):
            if self.can_look():
                limit_s = limit_s or limit_in(await self._api.deployment())
                record = await self._api.session(session_id) if session_id else {}
                if says_limit(record):
                    return True
                lasted_s = max(lasted_s, lasted_in(record) or 0.0)
        limit_s = limit_s or DEFAULT_LIMIT_S
        return lasted_s >= limit_s - max(1.0, min(5.0, 0.05 * limit_s))

    async def _ask(self, body: bytes, tell: Callable[[str], None]) -> Answer:
        """Ask for a session, and again for a limited time while there is no room for one."""
        config, began, tries = self._config, time.monotonic(), 0
        transport = config.transport
        while True:
            answer = await self._not_forgotten(self._api.start(body, transport))
            if answer.ok and not _is_error(answer):
                return answer
            if transport and _refuses_transport(answer):
                # Its documents know daily, webrtc and websocket; nothing was started.
                tell(
                    f"{self._api.who} takes no transport {transport}: asking again without "
                    "(an empty `transport` saves this)."
                )
                transport = None
                continue
            error = cloud_refusal(answer, self._api.who)
            tries += 1
            if not isinstance(error, AtCapacity):
                raise error
            wait_s = answer.retry_after_s
            if wait_s is None:
                wait_s = _FIRST_WAIT_S * 2 ** (tries - 1)
            wait_s = max(wait_s, _SHORTEST_WAIT_S)
            over_s = time.monotonic() - began + wait_s - config.capacity_wait_s
            if tries >= config.capacity_tries or over_s > 0:
                raise error
            tell(
                f"{error.message} Trying again in {wait_s:.0f} s "
                f"(try {tries + 1} of {config.capacity_tries})."
            )
            await asyncio.sleep(wait_s)

    async def _not_forgotten(self, asking: Awaitable[Answer]) -> Answer:
        """Await an answer; whoever gives up meanwhile leaves no session behind."""
        task = asyncio.ensure_future(asking)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            done, _ = await asyncio.wait({task}, timeout=_GRACE_S)
            if done and not task.cancelled() and task.exception() is None:
                await self._abandon(task.result())
            task.cancel()
            raise

    async def _enter(self, answer: Answer, keys: RoomKeys | None, room: str) -> Session:
        """The session of an answer; one that cannot be entered is ended."""
        try:
            told = read_object(answer, self._api.who)
            session = self._session(told, keys, room)
            if keys and session.room != room:
                await _quietly(self._clean(keys, room))
        except BaseException:
            await self._abandon(answer)
            raise
        return replace(session, session_id=_session_id(answer))

    def _session(self, told: dict[str, Any], keys: RoomKeys | None, room: str) -> Session:
        who, config = self._api.who, self._config
        said = StartAnswer.read(told)
        keys = keys or self._keys(said.url)
        if keys is None:
            if config.livekit_keys():
                raise daily_transport(who) if said.daily else no_livekit_url(who)
            return session_from(told, who, livekit_url=config.livekit_url)
        if said.only_daily:
            raise daily_transport(who)
        # An agent that says which room it is in did not take ours.
        room = said.livekit_room or room or next(iter(said.maybe_rooms), "")
        if not room:
            raise NoRoomInAnswer(
                f"{who} gave a LiveKit address, and neither a token nor a room's name.",
                cause="Without livekit_url the room is the platform's to choose.",
                remedy="Set livekit_url: then the room is made here and handed to the agent.",
            )
        identity = f"caller-{secrets.token_hex(4)}"
        token = keys.token(room, identity, name="Caller")
        return Session(url=keys.url, token=token, room=room)

    async def _abandon(self, answer: Answer) -> None:
        if name := _session_id(answer):
            await _quietly(self._api.stop(name))

    async def _clean(self, keys: RoomKeys | None, room: str) -> bool:
        if keys is None or not room or not self._config.auto_cleanup:
            return False
        await keys.delete(room)
        return True

    def _keys(self, url: str | None) -> RoomKeys | None:
        pair = self._config.livekit_keys()
        return RoomKeys(url, *pair) if url and pair else None


def _with_room(body: dict[str, Any], keys: RoomKeys, room: str) -> dict[str, Any]:
    """`body` with where the agent shall go, in the spellings that bots read.

    The names that are LiveKit's own are ours to say; of the others the body's own stay.
    """
    token = keys.token(room, f"agent-{room}", name="Agent", agent=True)
    return {
        "url": keys.url,
        "token": token,
        "room": room,
        "room_name": room,
        **body,
        "livekit_url": keys.url,
        "livekit_token": token,
        "livekit_room": room,
        "livekitUrl": keys.url,
        "livekitToken": token,
        "livekitRoom": room,
    }


def _host(url: str) -> str:
    try:
        return httpx.URL(url).netloc.decode()
    except (httpx.InvalidURL, ValueError):
        return url[:100]


def _is_error(answer: Answer) -> bool:
    try:
        told = json.loads(answer.content)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and carries_an_error(told) and not _session_id(answer)


def _refuses_transport(answer: Answer) -> bool:
    return answer.status in (400, 422) and b"transport" in answer.content.lower()


def _session_id(answer: Answer) -> str | None:
    """From the body, else from the header that older documents of the platform name."""
    try:
        told = json.loads(answer.content)
    except (ValueError, RecursionError):
        told = None
    found = StartAnswer.read(told).session_id if isinstance(told, dict) else None
    header = answer.headers.get("sessionid")
    return found or (StartAnswer.read({"sessionId": header}).session_id if header else None)


async def _no() -> bool:
    return False


async def _quietly(work: Awaitable[Any]) -> None:
    """Tidy up on the way out of another error, which is the one to tell."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(work, _CLEAN_S)
