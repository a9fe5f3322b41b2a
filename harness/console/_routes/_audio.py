"""The sound of a call: its recording, its outline, and both lanes while it runs."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from harness.console import _tokens
from harness.console._bridge import bridge
from harness.console._peaks import MOST_BINS, outline
from harness.console._routes._guard import allow, guarded, same_origin
from harness.console._routes._numbers import second, whole
from harness.console._service import service
from harness.console._stopping import stopping
from harness.errors import RingbackError

__all__ = ["SUBPROTOCOL", "listen", "peaks", "recording"]

SUBPROTOCOL = "ringback.pcm24k.stereo"
_TYPES = {".flac": "audio/flac", ".wav": "audio/wav"}


@guarded
async def recording(request: Request) -> Response:
    """The stored recording; ranges can be asked for."""
    call_id = allow(request, "recording")
    path = await run_in_threadpool(service().recording, call_id)
    return FileResponse(
        path,
        media_type=_TYPES.get(path.suffix, "application/octet-stream"),
        headers={"Cache-Control": "private, no-store"},
    )


@guarded
async def peaks(request: Request) -> Response:
    """The outline of the stored recording.

    With `bins` in the query it is ``{bins, from, to, caller: [...], agent: [...]}`` of the seconds
    `from` to `to`, else ``{rate, caller: [...], agent: [...]}`` of all of it.
    """
    call_id = allow(request, "peaks")
    asked = request.query_params
    count = whole(asked, "bins", least=1, most=MOST_BINS)
    start, end = second(asked, "from"), second(asked, "to")
    path = await run_in_threadpool(service().recording, call_id)
    found = await run_in_threadpool(outline, path)
    if count is None:
        caller, agent = found.shares()
        told: dict[str, Any] = {"rate": found.rate, "caller": caller, "agent": agent}
    else:
        part = found.bins(start or 0.0, found.length if end is None else end, count)
        told = {
            "bins": len(part.caller),
            "from": part.start,
            "to": part.end,
            "caller": part.caller,
            "agent": part.agent,
        }
    return JSONResponse(told, headers={"Cache-Control": "private, no-store"})


async def listen(socket: WebSocket) -> None:
    """Both lanes of a live call, 24 kHz stereo int16, in binary messages.

    A browser cannot send headers with a WebSocket: the token is offered as second subprotocol.
    """
    offered = [part.strip() for part in socket.headers.get("sec-websocket-protocol", "").split(",")]
    call_id = socket.path_params["call_id"]
    try:
        same_origin(socket)
        _tokens.check(offered[1] if len(offered) > 1 else None, call_id, "listen")
        await run_in_threadpool(service().view, call_id)
    except RingbackError:
        await socket.close(code=1008)
        return
    await socket.accept(subprotocol=SUBPROTOCOL)
    calls = service()
    gone = asyncio.ensure_future(_until_gone(socket))
    chunks = bridge(calls.loop, calls.listen(call_id), size=50, overflow="drop")
    async with aclosing(chunks):
        coming = asyncio.ensure_future(anext(chunks))
        try:
            while not stopping():
                done, _ = await asyncio.wait(
                    {coming, gone}, timeout=1.0, return_when=asyncio.FIRST_COMPLETED
                )
                if gone in done:
                    return
                if coming in done:
                    await socket.send_bytes(coming.result())
                    coming = asyncio.ensure_future(anext(chunks))
        except (StopAsyncIteration, WebSocketDisconnect, RingbackError):
            pass
        finally:
            for task in (coming, gone):
                task.cancel()
            await asyncio.wait({coming, gone})
    with suppress(RuntimeError, WebSocketDisconnect):
        await socket.close()


async def _until_gone(socket: WebSocket) -> None:
    """Read and forget whatever the page sends, until it goes away."""
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            if (await socket.receive())["type"] == "websocket.disconnect":
                return
