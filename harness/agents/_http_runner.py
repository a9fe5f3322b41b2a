"""A bot runner of the customer's own: a request starts a bot, its answer says where the room is."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, ClassVar, Literal
from urllib.parse import quote, urljoin, urlsplit

from pydantic import BaseModel, Field, SecretStr

from harness.agents._config import check_http_url, host_of, read_config
from harness.agents._http import ask, read_object, refusal
from harness.agents._provider import Step
from harness.agents._reach import reach
from harness.agents._room_access import RoomAccess, caller_token
from harness.agents._start_answer import StartAnswer, daily_transport, session_from
from harness.agents._template import fill, look_up, placeholders
from harness.errors import AgentConfigError, BodyTooLarge, NoRoomInAnswer, RingbackError, hide
from harness.nouns import Agent, Session

__all__ = ["HttpRunner"]

_MAX_BODY = 1024 * 1024
_STOP_S = 5.0
_UNASKED = "cannot be asked without starting a session"
_STOP_NAMES = {"session_id", "room"}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")
_NOT_OURS = ("content-length", "transfer-encoding", "connection", "host")
_NO_SECRETS = ("accept", "content-type", "user-agent")
_GONE = (404, 410)

Headers = dict[str, SecretStr]


class _Config(RoomAccess):
    url: str
    method: Literal["POST", "PUT", "GET"] = Field("POST", description="How a bot is asked for.")
    headers: Headers = Field(default_factory=dict)
    body: Any = "{body}"
    url_at: str | None = Field(
        None,
        description="Where the room's address stands in the answer, as a JSON pointer such as "
        "/room/url. Empty: looked for.",
    )
    token_at: str | None = Field(None, description="Where the token stands in the answer.")
    room_at: str | None = Field(None, description="Where the room's name stands in the answer.")
    session_id_at: str | None = Field(
        None, description="Where the session's id stands in the answer."
    )
    stop_url: str | None = Field(
        None,
        description="Asked after the call, to stop the bot: an address or a path, with "
        "{session_id} and {room} in it.",
    )
    stop_method: Literal["DELETE", "POST", "PUT", "PATCH", "GET"] = Field(
        "DELETE", description="How it is asked."
    )
    stop_headers: Headers | None = Field(
        None, description="Empty: those of the start, on the same server."
    )
    stop_body: Any = Field(None, description="JSON, with {session_id} and {room} in it.")
    timeout_s: float = Field(30.0, gt=0, le=600)


class HttpRunner:
    """Any service that starts a bot and names a LiveKit room."""

    fields: ClassVar[type[BaseModel]] = _Config

    def __init__(self, agent: Agent) -> None:
        self._config = read_config(_Config, agent.name, agent.config)
        self._name = agent.name
        self._url = self._config.url.strip()
        self._who = f"The runner at {host_of(self._url)}"
        stop = (self._config.stop_url or "").strip()
        self._stop_url = urljoin(self._url, stop) if stop else ""
        for headers in (self._config.headers, self._config.stop_headers or {}):
            for name, value in headers.items():
                if name.lower() not in _NO_SECRETS:
                    hide(value.get_secret_value())
                    hide(value.get_secret_value().partition(" ")[2])  # after "Bearer" or "Basic"

    def describe(self) -> str:
        """The runner's host, port and path."""
        host = host_of(self._url)
        path = urlsplit(self._url).path if host != self._url else ""
        return f"HTTP runner · {host}{path}"

    def check(self) -> None:
        """Check addresses, headers, templates and pointers."""
        check_http_url(self._url)
        self._config.check_access(self._name)
        self._check_headers(self._config.headers)
        self._check_headers(self._config.stop_headers or {})
        for name in ("url_at", "token_at", "room_at", "session_id_at"):
            pointer = getattr(self._config, name)
            if pointer and not pointer.startswith("/"):
                raise self._wrong(
                    f"`{name}` is {pointer!r}, which is no JSON pointer.",
                    "A JSON pointer starts with a slash.",
                    f"Write /{pointer.removeprefix('$').lstrip('.').replace('.', '/')}",
                )
        if self._stop_url:
            check_http_url(self._stop_url)
            unknown = placeholders([self._stop_url, self._config.stop_body]) - _STOP_NAMES
            if unknown or "{" in urlsplit(self._stop_url).netloc:
                raise self._wrong(
                    "The stop call has a placeholder that is not known there.",
                    "The path and the body of the stop call take {session_id} and {room}.",
                    f"Correct {{{min(unknown)}}}." if unknown else "Write the host in full.",
                )

    async def preflight(self) -> AsyncIterator[Step]:
        """Reach it; whatever more it says, it says when a session is started."""
        self.check()
        async for step in reach(self._url, self._who):
            yield step
        yield Step("authorise", 0.0, _UNASKED, done=False)
        yield Step("ready", 0.0, _UNASKED, done=False)

    async def start(self, body: dict[str, Any], tell: Callable[[str], None]) -> Session:
        """Ask for a bot, and read from the answer where it is."""
        self.check()
        answer = await ask(
            self._config.method,
            self._url,
            who=self._who,
            payload=None if self._config.method == "GET" else self._payload(body),
            headers=_plain(self._config.headers),
            timeout_s=self._config.timeout_s,
        )
        if not answer.ok:
            raise refusal(answer, self._who)
        said = read_object(answer, self._who)
        try:
            session = await self._config.enter(self._session(said), self._who)
        except RingbackError:
            # A bot runs already: it should not wait for somebody who cannot come.
            guess = StartAnswer.read(said)
            with contextlib.suppress(RingbackError):
                await self._stop_call(guess.session_id or "", guess.livekit_room)
            raise
        if self._stop_url and self._missing(session):
            return replace(session, warnings=(*session.warnings, self._cannot_stop(session)))
        return session

    async def stop(self, session: Session) -> str:
        """Send the stop call if there is one, and delete the room if we hold the keys."""
        try:
            stopped = await self._stop_call(session.session_id or "", session.room)
        finally:
            deleted = await self._config.tidy(session)
        return "stopped" if stopped else "deleted" if deleted else "left"

    def _payload(self, body: dict[str, Any]) -> bytes:
        try:
            payload = json.dumps(fill(self._config.body, {"body": body})).encode()
        except LookupError as error:
            raise self._wrong(
                f"The request has the placeholder {error.args[0]}, and the session body lacks it.",
                "The session body of this call has other keys.",
                "Add it to the session body, or take it out of the request body.",
            ) from None
        if len(payload) > _MAX_BODY:
            raise BodyTooLarge(
                f"The request has {len(payload) / 1024:.0f} KB.",
                cause="A request may have 1 MB at most.",
                remedy="Make the session body smaller.",
            )
        return payload

    def _session(self, said: dict[str, Any]) -> Session:
        """What the answer says at the configured places, else where it usually stands."""
        config = self._config
        guess = StartAnswer.read(said)
        if guess.only_daily and config.token_at is None:
            raise daily_transport(self._who)
        url = config.livekit_url or self._at(said, "url_at", needed=True) or guess.url
        token = self._at(said, "token_at", needed=True) or guess.token
        room = self._at(said, "room_at")
        session_id = self._at(said, "session_id_at")
        if not room and not config.token_at:
            room = next(iter(guess.named_rooms or guess.maybe_rooms), "")
        keys = config.keys(url) if url else None
        if not token and room and keys is not None:
            token = caller_token(keys, room)
        found = {"livekit_token": token, "session_id": guess.session_id}
        if room:
            # What surely is the LiveKit room must be the token's; "room" may be anything.
            found["livekit_room" if config.room_at or guess.named_rooms else "room"] = room
        session = session_from(found, self._who, livekit_url=url)
        return replace(session, session_id=session_id) if session_id else session

    def _at(self, said: dict[str, Any], name: str, *, needed: bool = False) -> str:
        """The text at a configured place of the answer; empty if none is configured."""
        pointer = getattr(self._config, name)
        if not pointer:
            return ""
        with contextlib.suppress(LookupError):
            value = look_up(said, pointer)
            text = str(value).strip() if isinstance(value, str | int) else ""
            if text and text.isprintable():
                return text
        if not needed:
            return ""
        keys = ", ".join(str(key)[:40] for key in list(said)[:12]) or "none"
        raise NoRoomInAnswer(
            f"{self._who} answered with nothing at {pointer}.",
            cause=f"The answer has another shape; its keys are: {keys}.",
            remedy=f"Correct `{name}`, or leave it empty to have it looked for.",
        )

    async def _stop_call(self, session_id: str, room: str) -> bool:
        """Send it; whether it was sent and taken. A session that is gone already counts."""
        known = {"session_id": session_id, "room": room}
        if not self._stop_url or self._missing_of(known):
            return False
        quoted = {name: quote(value, safe="") for name, value in known.items()}
        body = self._config.stop_body
        answer = await ask(
            self._config.stop_method,
            str(fill(self._stop_url, quoted)),
            who=self._who,
            payload=None if body is None else json.dumps(fill(body, known)).encode(),
            headers=_plain(self._headers_for_stop()),
            timeout_s=_STOP_S,
        )
        if not answer.ok and answer.status not in _GONE:
            raise refusal(answer, self._who)
        return True

    def _headers_for_stop(self) -> Headers:
        if self._config.stop_headers:
            return self._config.stop_headers
        here, there = urlsplit(self._url), urlsplit(self._stop_url)
        same = (here.scheme, here.netloc) == (there.scheme, there.netloc)
        return self._config.headers if same else {}

    def _missing(self, session: Session) -> list[str]:
        return self._missing_of({"session_id": session.session_id, "room": session.room})

    def _missing_of(self, known: dict[str, Any]) -> list[str]:
        needed = placeholders([self._stop_url, self._config.stop_body])
        return sorted(name for name in needed if not known.get(name))

    def _cannot_stop(self, session: Session) -> str:
        missing = " and ".join(self._missing(session))
        return (
            f"The runner's answer names no {missing.replace('_', ' ')}, so the bot cannot be "
            "stopped after the call: say where it stands in the answer."
        )

    def _check_headers(self, headers: Headers) -> None:
        for name, value in headers.items():
            if not _HEADER_NAME.fullmatch(name) or name.lower() in _NOT_OURS:
                raise self._wrong(
                    f"The header {name[:60]!r} cannot be sent.",
                    "Its name is not one of a header, or the connection itself sets it.",
                    "Correct its name, or take it out.",
                )
            if not _HEADER_VALUE.fullmatch(value.get_secret_value()):
                raise self._wrong(
                    f"The value of the header {name} cannot be sent.",
                    "It has line ends or characters that are not ASCII, maybe from copying.",
                    "Enter it again.",
                )

    def _wrong(self, message: str, cause: str, remedy: str) -> AgentConfigError:
        return AgentConfigError(f"Agent {self._name}: {message}", cause=cause, remedy=remedy)


def _plain(headers: Headers) -> dict[str, str]:
    """As they are sent; the name of the content type as `ask` knows it."""
    return {
        "Content-Type" if name.lower() == "content-type" else name: value.get_secret_value()
        for name, value in headers.items()
    }
