"""What can be wrong with an emulated service, on purpose."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

__all__ = ["ConnectionCut", "FaultPlan", "Faults", "FaultyTalk", "Refuse", "attend"]

Refuse = Callable[[int, float | None], Response]
"""Makes the service's own answer of a status, to be asked again after some seconds."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How a service lets its caller down. Nothing is wrong by default.

    Attributes:
        status: Answers this status instead, with the service's own words for it; a WebSocket is
            refused with it.
        retry_after_s: Told beside the status, in seconds.
        delay_s: Waits so long before it answers at all.
        cut_after_bytes: Breaks the connection off after so much of an answer's body, or of what
            it sends over a WebSocket.
        bad_json: Sends broken JSON where JSON belongs; sound stays whole.
        wrong_key: Takes every key for a wrong one.
        silent: Takes the request, or the connection, and says nothing.
        once: Only the first request (or connection) meets the fault.
    """

    status: int | None = None
    retry_after_s: float | None = None
    delay_s: float = 0.0
    cut_after_bytes: int | None = None
    bad_json: bool = False
    wrong_key: bool = False
    silent: bool = False
    once: bool = False


class FaultPlan:
    """Deals the faults out, a request at a time."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._met = False
        self._over = asyncio.Event()

    def take(self) -> Faults:
        """What the next request meets."""
        if self._met and self._faults.once:
            return Faults()
        self._met = True
        return self._faults

    async def wait(self, fault: Faults) -> None:
        """Let the caller wait, but not longer than the service runs."""
        if fault.delay_s:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), fault.delay_s)

    async def say_nothing(self) -> None:
        """Wait until the service stops."""
        await self._over.wait()

    def end(self) -> None:
        """The service stops: nobody is to wait any longer."""
        self._over.set()

    async def answer(
        self, fault: Faults, make: Callable[[], Awaitable[Response]], refuse: Refuse
    ) -> Response:
        """What is answered to a request that meets `fault`.

        Args:
            fault: From :meth:`take`.
            make: The right answer.
            refuse: The wrong ones.
        """
        await self.wait(fault)
        if fault.wrong_key:
            return refuse(401, None)
        if fault.status is not None:
            return refuse(fault.status, fault.retry_after_s)
        if fault.silent:
            await self.say_nothing()
        response = await make()
        if fault.cut_after_bytes is not None or fault.bad_json:
            return _Spoiled(response, fault)
        return response


class ConnectionCut(Exception):
    """The fault wants the connection to end here, without a word."""


class FaultyTalk:
    """What a service sends over one WebSocket, as far as its fault lets it."""

    def __init__(self, websocket: WebSocket, fault: Faults) -> None:
        self._websocket = websocket
        self._fault = fault
        self._sent = 0

    async def send(self, json_text: str) -> None:
        """Send one message.

        Raises:
            ConnectionCut: So much was sent that the connection has to end.
        """
        if self._fault.silent:
            return
        cut = self._fault.cut_after_bytes
        self._sent += len(json_text)
        if cut is not None and self._sent > cut:
            raise ConnectionCut
        await self._websocket.send_text(_half(json_text) if self._fault.bad_json else json_text)


class _Cuttable(Protocol):
    """A conversation that may have to end without a word.

    Attributes:
        cut: Set when it has to.
    """

    cut: asyncio.Event

    async def end(self) -> None:
        """Give up what goes on."""
        ...


async def attend(talk: _Cuttable, listening: Awaitable[None]) -> None:
    """Listen until the other side is done, or the connection is cut."""
    cut = asyncio.create_task(talk.cut.wait())
    heard = asyncio.ensure_future(listening)
    await asyncio.wait({cut, heard}, return_when=asyncio.FIRST_COMPLETED)
    # Returning without a close frame drops the connection, as a cut does.
    for task in (cut, heard):
        task.cancel()
    await talk.end()


def _half(json_text: str) -> str:
    """The first half of some JSON, which is none."""
    return json_text.rstrip()[: max(1, len(json_text.rstrip()) // 2)]


class _Spoiled(Response):
    """An answer that breaks off, or whose JSON is broken."""

    def __init__(self, whole: Response, fault: Faults) -> None:
        self._whole = whole
        self._fault = fault
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        left = self._fault.cut_after_bytes
        kind = self._whole.headers.get("content-type", "")
        events, is_json = "text/event-stream" in kind, "json" in kind
        breaks = self._fault.bad_json and (events or is_json)
        broken = False

        async def spoiling(message: Message) -> None:
            nonlocal left, broken
            if message["type"] == "http.response.start":
                if breaks:
                    kept = [each for each in message["headers"] if each[0] != b"content-length"]
                    message = {**message, "headers": kept}
                return await send(message)
            body: bytes = message.get("body", b"")
            if breaks and body:
                # Later pieces of a stream would complete nothing: one broken piece is enough.
                half = _half(body.decode(errors="replace")).encode() + (b"\n\n" if events else b"")
                body, broken = (b"", True) if broken else (half, True)
            if left is not None:
                if left <= 0:
                    return
                body, left = body[:left], left - len(body)
                # More is promised and never comes: the server then closes the connection.
                return await send({**message, "body": body, "more_body": True})
            await send({**message, "body": body})

        await self._whole(scope, receive, spoiling)
