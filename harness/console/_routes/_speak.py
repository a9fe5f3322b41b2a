"""``WS .../speak``: a person speaks in the caller's place."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from harness.calls import Hold
from harness.console import _tokens
from harness.console._routes._guard import as_json, same_origin
from harness.console._routes._voice_rules import VoiceRules
from harness.console._service import service
from harness.console._stopping import stopping
from harness.errors import PageExpired, RequestRefused, RingbackError
from harness.nouns import Person, Presence

__all__ = ["VOICE", "speak"]

VOICE = "ringback.voice.v1"
"""Pieces of a microphone as :class:`VoiceRules` reads them, and texts both ways."""

_OVER, _REFUSED, _EXPIRED = 1000, 1008, 4001
_LOOK_S = 0.5
"""How often it is looked whether the call goes on and who asks for it."""
_TAKE_S = 10.0
"""A page that does not say who takes the call for so long is let go."""
_SLOW_S, _CLOSE_S = 5.0, 1.0


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Take(_Message):
    type: Literal["take", "ask"]
    id: str
    name: str


class _GiveBack(_Message):
    type: Literal["give_back"]
    instruction: str = ""
    step: int | None = None


class _Whisper(_Message):
    type: Literal["whisper"]
    text: str


class _Answer(_Message):
    type: Literal["keep", "pass_on"]


_ASKED: TypeAdapter[_Take | _GiveBack | _Whisper | _Answer] = TypeAdapter(
    Annotated[_Take | _GiveBack | _Whisper | _Answer, Field(discriminator="type")]
)


async def speak(socket: WebSocket) -> None:
    """A person has the caller's side while this is open, and the microphone of their page.

    The page's first message is ``{"type": "take", "id": ..., "name": ...}``, or ``ask`` of whoever
    has it: then it is told ``asking``, and ``taken`` when it is given to it, or ``kept``. Then it
    sends pieces of sound, and ``give_back`` (`instruction`, `step`), ``whisper`` (`text`), ``keep``
    or ``pass_on``. It is told ``refused`` (`error`), ``asked`` (`by`), ``given_back``. It closes
    with the call, at the first message that breaks a rule, and when the call is given back; a page
    that goes away has given it back, or asks no more.
    """
    offered = [part.strip() for part in socket.headers.get("sec-websocket-protocol", "").split(",")]
    call_id = socket.path_params["call_id"]
    try:
        same_origin(socket)
        if offered[0] != VOICE:
            raise RequestRefused("The request was refused.")
        _tokens.check(offered[1] if len(offered) > 1 else None, call_id, "speak")
    except PageExpired:
        # Only what was accepted can be told why it is closed.
        await socket.accept(subprotocol=VOICE)
        return await _close(socket, _EXPIRED)
    except RingbackError:
        return await _close(socket, _REFUSED)
    await socket.accept(subprotocol=VOICE)
    talk = _Talk(socket, call_id)
    try:
        code = await talk.run()
    except (WebSocketDisconnect, TimeoutError, RuntimeError):
        code = _OVER
    finally:
        talk.leave()
    await _close(socket, code)


class _Talk:
    """One page that speaks, from its taking of the call on."""

    def __init__(self, socket: WebSocket, call_id: str) -> None:
        self._socket = socket
        self._call_id = call_id
        self._began = time.monotonic()
        self._rules = VoiceRules(self._began)
        self._asked_by = ""
        self._person: Person | None = None
        self._acting = asyncio.Lock()
        self.hold: Hold | None = None

    async def run(self) -> int:
        """Until it is over; the code to close with."""
        # Each by itself: what waits for a microphone must cost as little as possible per piece.
        parts = [asyncio.ensure_future(part) for part in (self._reads(), self._looks())]
        try:
            over, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            return over.pop().result()
        finally:
            for part in parts:
                part.cancel()
            await asyncio.wait(parts)

    async def _reads(self) -> int:
        """Take what the page sends, until one message is the last."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return _OVER
            if (code := await self._take_message(message)) is not None:
                return code

    async def _looks(self) -> int:
        """Look now and then whether call and hold go on, until they do not."""
        while not stopping():
            await asyncio.sleep(_LOOK_S)
            async with self._acting:
                if not await self._goes_on():
                    return _OVER
        return _OVER

    def leave(self) -> None:
        """The page is gone: what it had of the call is given back."""
        if self.hold is not None:
            service().let_go(self.hold)
        elif self._person is not None:
            service().stop_asking(self._call_id, self._person)

    async def _take_message(self, message: Any) -> int | None:
        """Do what the page says; the code to close with, None if it goes on."""
        now = time.monotonic()
        if (sound := message.get("bytes")) is not None:
            piece = self._rules.piece(sound, now)
            if piece is None or self.hold is None:
                return _REFUSED
            service().speak(self.hold, piece.first, piece.pcm)
            return None
        async with self._acting:
            return await self._take_text(message.get("text") or "", now)

    async def _take_text(self, text: str, now: float) -> int | None:
        if not self._rules.text(text, now):
            return _REFUSED
        try:
            asked = _ASKED.validate_python(json.loads(text))
        except (ValueError, ValidationError, RecursionError):
            return _REFUSED
        first = isinstance(asked, _Take)
        if first != (self._person is None) or not first and self.hold is None:
            return _REFUSED
        try:
            over = await run_in_threadpool(self._obey, asked)
        except RingbackError as error:
            await self._tell({"type": "refused", **as_json(error)})
            return _OVER if self.hold is None else None
        if isinstance(asked, _Take):
            await self._tell({"type": "taken" if self.hold is not None else "asking"})
        elif over:
            await self._tell({"type": "given_back"})
            return _OVER
        return None

    def _obey(self, asked: _Take | _GiveBack | _Whisper | _Answer) -> bool:
        """Do what was asked; whether the page has given the call away by it.

        Raises:
            RingbackError: It cannot be done.
        """
        calls = service()
        if isinstance(asked, _Take):
            person = Person(asked.id, asked.name)
            if asked.type == "take":
                self.hold = calls.take(self._call_id, person)
            else:
                calls.ask_for(self._call_id, person)
            self._person = person
            return False
        assert self.hold is not None
        if isinstance(asked, _GiveBack):
            calls.give_back(self.hold, instruction=asked.instruction, step=asked.step)
            return True
        if isinstance(asked, _Whisper):
            calls.whisper(self._call_id, self.hold.person, asked.text)
            return False
        if asked.type == "pass_on":
            return calls.pass_on(self.hold) is not None
        calls.keep(self.hold)
        return False

    async def _goes_on(self) -> bool:
        """Whether call and hold go on; the page is told who asks for the call."""
        if self._person is None:
            return time.monotonic() - self._began < _TAKE_S
        calls = service()
        try:
            people = calls.people(self._call_id)
        except RingbackError:
            return False
        if self.hold is None:
            return await self._waits(self._person, people)
        if not calls.holds(self.hold):
            await self._tell({"type": "given_back"})
            return False
        asks = next((one.person.name for one in people if one.asks), "")
        if asks != self._asked_by:
            self._asked_by = asks
            await self._tell({"type": "asked", "by": asks})
        return True

    async def _waits(self, person: Person, people: tuple[Presence, ...]) -> bool:
        """Whether who asked goes on; the call is theirs as soon as it is given to them, or free."""
        holder = next((one.person for one in people if one.holds), None)
        if holder is None or holder.id == person.id:
            try:
                self.hold = await run_in_threadpool(service().take, self._call_id, person)
            except RingbackError as error:
                await self._tell({"type": "refused", **as_json(error)})
                return False
            await self._tell({"type": "taken"})
            return True
        if any(one.asks and one.person.id == person.id for one in people):
            return True
        await self._tell({"type": "kept", "by": holder.name})
        return False

    async def _tell(self, message: dict[str, Any]) -> None:
        async with asyncio.timeout(_SLOW_S):
            await self._socket.send_json(message)


async def _close(socket: WebSocket, code: int) -> None:
    with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
        async with asyncio.timeout(_CLOSE_S):
            await socket.close(code)
