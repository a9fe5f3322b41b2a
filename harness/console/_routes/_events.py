"""``GET .../events``: a call as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from harness.calls import blinded_update
from harness.console import _tokens, grader
from harness.console._attendance import ATTENDANCE, name_in, page_in
from harness.console._bridge import TooSlow, bridge
from harness.console._routes._guard import allow, guarded
from harness.console._service import service
from harness.console._stopping import stopping
from harness.errors import InputError, RingbackError

__all__ = ["events"]

BEAT_S = 10.0
"""A comment is sent after so much silence, so that both ends notice a dead connection."""
RENEW_S = 300.0
"""How often an open stream hands the page fresh tokens."""


def _after(request: Request) -> int:
    given = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    try:
        return max(0, int(given))
    except ValueError:
        raise InputError(
            "The stream cannot start there.",
            cause="The place to go on from is not a number.",
            remedy="Reload the page.",
        ) from None


def _message(item: dict[str, Any]) -> str:
    head = f"id: {item['seq']}\n" if "seq" in item else ""
    return f"{head}data: {json.dumps(item, separators=(',', ':'))}\n\n"


def _seen(item: dict[str, Any], call_id: str, who: str) -> dict[str, Any]:
    """An update without what is hidden from this blind grader."""
    grades = service().archive.store.grades_of(call_id) if item.get("type") == "view" else ()
    own = {each.check for each in grades if each.grader == who and each.turn is None}
    return blinded_update(item, own)


async def _stream(
    call_id: str, after: int, page: str, name: str, blind: str | None = None
) -> AsyncGenerator[str, None]:
    """Messages of the route; `blind` is the name of who grades blind, None of all others."""
    with ATTENDANCE.watching(call_id, page, name) as page:
        async with aclosing(_updates(call_id, after, page, blind)) as updates:
            async for message in updates:
                yield message


def _present(call_id: str, page: str) -> list[dict[str, Any]]:
    """Who is at the call; nobody, as long as it is only the page that asks."""
    try:
        people = service().people(call_id)
    except RingbackError:  # nobody talks
        people = ()
    present = ATTENDANCE.present(call_id, page, people)
    return present if len(present) > 1 else []


async def _updates(
    call_id: str, after: int, page: str, blind: str | None
) -> AsyncGenerator[str, None]:
    calls = service()
    clock = asyncio.get_running_loop().time
    renewed = spoken = clock()
    told: list[dict[str, Any]] = []
    async with aclosing(bridge(calls.loop, calls.follow(call_id, after))) as items:
        coming = asyncio.ensure_future(anext(items))
        try:
            while not stopping():
                done, _ = await asyncio.wait({coming}, timeout=1.0)
                now = clock()
                if (present := _present(call_id, page)) != told:
                    told = present
                    yield _message({"type": "present", "people": present})
                if now - renewed > RENEW_S:
                    renewed = now
                    yield _message({"type": "tokens", "tokens": _tokens.mint_all(call_id)})
                if done:
                    try:
                        item = coming.result()
                    except (StopAsyncIteration, TooSlow):
                        return
                    spoken = now
                    if blind is not None:
                        item = await run_in_threadpool(_seen, item, call_id, blind)
                    yield _message(item)
                    if item.get("type") == "end":
                        return
                    coming = asyncio.ensure_future(anext(items))
                elif now - spoken > BEAT_S:
                    spoken = now
                    yield ": beat\n\n"
        finally:
            coming.cancel()
            await asyncio.wait({coming})


@guarded
async def events(request: Request) -> Response:
    """Updates of a call; resumes after `Last-Event-ID` or ``?after=``."""
    call_id = allow(request, "events")
    after = _after(request)
    who, blind = grader.of_cookies(request.cookies)
    await run_in_threadpool(service().view, call_id)
    return StreamingResponse(
        _stream(
            call_id,
            after,
            page_in(request.headers.get("ringback-page")),
            name_in(request.headers.get("ringback-name")),
            who if blind else None,
        ),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
