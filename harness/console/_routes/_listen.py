"""``WS .../listen``: both lanes of a call while it runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing, suppress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from harness.console import _tokens
from harness.console._attendance import ATTENDANCE, page_in
from harness.console._bridge import bridge
from harness.console._lanes import LaneEncoder
from harness.console._routes._guard import same_origin
from harness.console._service import service
from harness.console._stopping import stopping
from harness.errors import PageExpired, RequestRefused, RingbackError
from harness.nouns import LANE_RATE

__all__ = ["LANES", "MOST_LISTENERS", "listen"]

LANES = "ringback.lanes.v1"
"""Each lane by itself, stamped: :class:`LaneEncoder`."""
MOST_LISTENERS = 64
"""At once, in one console; one costs about 1 % of a core."""

_OVER, _REFUSED, _TOO_LARGE, _TRY_LATER, _EXPIRED = 1000, 1008, 1009, 1013, 4001
_SLOW_S = 5.0
"""A page that takes no bytes for so long is let go: nothing may wait for it, not even the end."""
_CLOSE_S = 1.0
_WORDS, _LONGEST = 16, 1024
"""A listener has nothing to say: so many messages, and bytes in each, are passed over."""

_listening = 0


async def listen(socket: WebSocket) -> None:
    """Both lanes of a live call in binary messages, until it is over.

    A browser cannot send headers with a WebSocket: the token is offered as second subprotocol, and
    the page's own id as third, so that others see who listens.
    """
    global _listening
    offered = [part.strip() for part in socket.headers.get("sec-websocket-protocol", "").split(",")]
    call_id = socket.path_params["call_id"]
    try:
        same_origin(socket)
        _known(offered[0])
        _tokens.check(offered[1] if len(offered) > 1 else None, call_id, "listen")
        view = await run_in_threadpool(service().view, call_id)
    except PageExpired:
        # Only what was accepted can be told why it is closed.
        await socket.accept(subprotocol=offered[0])
        return await _close(socket, _EXPIRED)
    except RingbackError:
        return await _close(socket, _REFUSED)
    await socket.accept(subprotocol=offered[0])
    if _listening >= MOST_LISTENERS:
        return await _close(socket, _TRY_LATER)
    _listening += 1
    try:
        began = view.clock_started_at
        now_s = 0.0 if began is None else time.time() - began.timestamp()
        now = max(0, round(now_s * LANE_RATE))
        await _timely(socket.send_json({"type": "hello", "rate": LANE_RATE, "now": now}))
        with ATTENDANCE.listening(call_id, page_in(offered[2] if len(offered) > 2 else None)):
            code = await _pass_on(socket, _lanes(call_id))
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        code = _TRY_LATER
    finally:
        _listening -= 1
    await _close(socket, code)


def _known(form: str) -> None:
    if form != LANES:
        raise RequestRefused(
            "The request was refused.",
            cause="It asks for the sound in a form that this console does not know.",
            remedy="Reload the page.",
        )


async def _lanes(call_id: str) -> AsyncGenerator[bytes, None]:
    calls, encoder = service(), LaneEncoder()
    pieces = bridge(calls.loop, calls.hear(call_id), size=100, overflow="drop")
    async with aclosing(pieces):
        async for piece in pieces:
            yield encoder.encode(piece, time.monotonic())


async def _pass_on(socket: WebSocket, chunks: AsyncGenerator[bytes, None]) -> int:
    """Send until the call is over or the page goes; the code to close with.

    Raises:
        TimeoutError: The page takes nothing any more.
        WebSocketDisconnect: It went away.
    """
    said = asyncio.ensure_future(_hear_out(socket))
    async with aclosing(chunks):
        coming: asyncio.Future[bytes] = asyncio.ensure_future(anext(chunks))
        either: set[asyncio.Future[Any]] = {coming, said}
        try:
            while not stopping():
                done, _ = await asyncio.wait(
                    either, timeout=1.0, return_when=asyncio.FIRST_COMPLETED
                )
                if said in done:
                    return said.result()
                if coming in done:
                    await _timely(socket.send_bytes(coming.result()))
                    coming = asyncio.ensure_future(anext(chunks))
                    either = {coming, said}
        except (StopAsyncIteration, RingbackError):
            pass
        finally:
            for task in either:
                task.cancel()
            await asyncio.wait(either)
    return _OVER


async def _timely(sending: Awaitable[Any]) -> None:
    async with asyncio.timeout(_SLOW_S):
        await sending


async def _hear_out(socket: WebSocket) -> int:
    """Read and forget what the page sends until it goes away or says too much; the code for it."""
    for _ in range(_WORDS + 1):
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return _OVER
        if len(message.get("bytes") or message.get("text") or "") > _LONGEST:
            return _TOO_LARGE
    return _REFUSED


async def _close(socket: WebSocket, code: int) -> None:
    with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
        async with asyncio.timeout(_CLOSE_S):
            await socket.close(code)
