"""An agent in a LiveKit room: we come with a token, or make room and token by the keys."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, Field, SecretStr

from harness.agents._config import FormConfig, check_room_url, host_of, read_config
from harness.agents._http import ask
from harness.agents._provider import Step
from harness.agents._reach import reach
from harness.agents._room_access import caller_token
from harness.agents._rooms import RoomKeys
from harness.agents._token import check_token, checked, speaks, time_left
from harness.errors import (
    AgentConfigError,
    BodyTooLarge,
    ConnectTimeout,
    NotPipecat,
    RoomRefused,
    RoomUnreachable,
    RunnerRefused,
    RunnerTimeout,
)
from harness.nouns import Agent, Session

__all__ = ["ExistingRoom"]

_MAX_METADATA = 64_000  # LiveKit's own limit on metadata, unless it is configured otherwise
_ASK_S = 10.0


class _Config(FormConfig):
    url: str
    token: SecretStr | None = None
    room: str = ""
    api_key: SecretStr | None = None
    api_secret: SecretStr | None = None
    agent_name: str = Field("", description="Name of a LiveKit Agents worker to send for.")
    auto_cleanup: bool = Field(True, description="Delete the room afterwards if we made it.")


class ExistingRoom:
    """With a token nothing is started or stopped: we come and go.

    With the keys of the LiveKit server we make a token of our own, the room if it is not there,
    and may send for an agent by name, with the session body as its metadata.
    """

    fields: ClassVar[type[BaseModel]] = _Config

    def __init__(self, agent: Agent) -> None:
        self._config = read_config(_Config, agent.name, agent.config)
        self._name = agent.name
        self._url = self._config.url.strip()
        self._who = f"The LiveKit server at {host_of(self._url)}"

    def describe(self) -> str:
        """The server's host, and the room or who is sent for."""
        config = self._config
        kind = "Existing room" if config.token or config.room else "New room"
        which = " · ".join(
            part for part in (host_of(self._url), config.room, config.agent_name) if part
        )
        return f"{kind} · {which}"

    def check(self) -> None:
        """Check the address, and the token or that the keys are complete."""
        check_room_url(self._url)
        config = self._config
        if config.token is not None:
            if config.api_key or config.api_secret or config.agent_name:
                raise self._wrong(
                    "a token cannot be combined with api_key, api_secret or agent_name.",
                    "With a token we join as it says; with the keys we make our own.",
                )
            check_token(self._token, room=config.room)
        elif not config.api_key or not config.api_secret:
            raise self._wrong(
                "`token` is missing, or `api_key` and `api_secret`.",
                "Without one of them nobody is let into a room.",
            )

    async def preflight(self) -> AsyncIterator[Step]:
        """Reach the server, show it the token or the keys, and look who is in the room."""
        self.check()
        with self._as_room():
            async for step in reach(self._url, self._who):
                yield step
        began = time.perf_counter()
        keys = self._keys()
        if keys is None:
            await self._validate()
            claims = check_token(self._token)
            note = f"the server takes the token, {time_left(claims)}"
            if not speaks(claims):
                note += ", for callers who type"
            yield Step("authorise", time.perf_counter() - began, note)
            yield Step("ready", 0.0, "a token does not show who is in the room", done=False)
            return
        room = self._config.room or _new_room()
        found = await keys.find(room)
        yield Step("authorise", time.perf_counter() - began, "the server takes the keys")
        if self._config.agent_name or not self._config.room:
            yield Step("ready", 0.0, "agents are sent for with each call", done=False)
        else:
            there = f"{found.participants} in the room" if found else "nobody is in the room yet"
            yield Step("ready", 0.0, there)

    async def start(self, body: dict[str, Any], tell: Callable[[str], None]) -> Session:
        """With a token the room as it is, and `body` has nobody to go to; else see above."""
        self.check()
        keys = self._keys()
        if keys is None:
            return checked(Session.with_token(self._url, self._token), room=self._config.room)
        metadata = self._metadata(body)
        room = self._config.room or _new_room()
        made = None if self._config.room and await keys.find(room) else await keys.create(room)
        session = Session(self._url, caller_token(keys, room), room, session_id=made)
        try:
            if self._config.agent_name:
                await keys.dispatch(room, self._config.agent_name, metadata)
        except BaseException:
            with contextlib.suppress(RoomRefused, RoomUnreachable):
                await self.stop(session)
            raise
        return session

    async def stop(self, session: Session) -> str:
        """Leaving is all, unless we made the room: its id is then the session's."""
        keys = self._keys()
        if keys is None or not session.session_id or not self._config.auto_cleanup:
            return "left"
        found = await keys.find(session.room)
        if found is not None and found.id == session.session_id:
            await keys.delete(session.room)
        return "deleted"

    @property
    def _token(self) -> str:
        return self._config.token.get_secret_value().strip() if self._config.token else ""

    def _keys(self) -> RoomKeys | None:
        key, secret = self._config.api_key, self._config.api_secret
        if key is None or secret is None:
            return None
        return RoomKeys(self._url, key.get_secret_value(), secret.get_secret_value())

    def _metadata(self, body: dict[str, Any]) -> str:
        metadata = json.dumps(body) if body else ""
        if len(metadata.encode()) > _MAX_METADATA:
            raise BodyTooLarge(
                f"The session body is {len(metadata) / 1024:.0f} KB.",
                cause="It travels as the metadata of a dispatch, which may have 64 KB.",
                remedy="Make it smaller.",
            )
        return metadata

    async def _validate(self) -> None:
        """Show the token without joining, as LiveKit's own clients do when they cannot join."""
        address = "http" + self._url.removeprefix("ws") if self._url[:2] == "ws" else self._url
        with self._as_room():
            answer = await ask(
                "GET",
                f"{address.rstrip('/')}/rtc/validate",
                who=self._who,
                headers={"Authorization": f"Bearer {self._token}"},
                timeout_s=_ASK_S,
            )
        if answer.ok:
            return
        if answer.status in (400, 401, 403):
            raise RoomRefused(
                "LiveKit refused the token.",
                cause="It was made with another server's key, or for something else.",
                remedy="Make a token with this server's API key and secret, for this room.",
            )
        raise self._unreachable(f"{self._who} answered {answer.status}.")

    @contextlib.contextmanager
    def _as_room(self) -> Iterator[None]:
        """What is said of runners, said of a LiveKit server."""
        try:
            yield
        except (ConnectTimeout, NotPipecat, RunnerRefused, RunnerTimeout) as error:
            raise self._unreachable(error.message) from error

    def _unreachable(self, message: str) -> RoomUnreachable:
        return RoomUnreachable(
            message,
            cause="The address is wrong, the server is not running, or a firewall is between.",
            remedy="Check the address and the server, then call again.",
        )

    def _wrong(self, message: str, cause: str) -> AgentConfigError:
        return AgentConfigError(
            f"Agent {self._name}: {message}",
            cause=cause,
            remedy="Give url and token, or url, api_key and api_secret.",
        )


def _new_room() -> str:
    return f"ringback-{secrets.token_hex(4)}"
