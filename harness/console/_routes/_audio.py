"""The sound of a call that is over: its recording and its outline."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from harness.calls import MOST_BINS, outline
from harness.console._routes._guard import allow, guarded
from harness.console._routes._numbers import second, whole
from harness.console._service import service

__all__ = ["peaks", "recording"]

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
