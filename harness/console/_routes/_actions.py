"""What a page does to a running call: hang up, have a line said, whisper to its caller."""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from harness.console._routes._guard import allow, body_of, guarded, same_origin
from harness.console._service import service
from harness.errors import InputError
from harness.nouns import Person

__all__ = ["hang_up", "say", "whisper"]


_Form = TypeVar("_Form", bound=BaseModel)


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str
    as_text: bool = False


class _Whisper(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    name: str
    text: str


@guarded
async def hang_up(request: Request) -> Response:
    """End the call."""
    same_origin(request)
    call_id = allow(request, "hangup")
    await body_of(request)
    await run_in_threadpool(service().hang_up, call_id)
    return JSONResponse({"ok": True})


@guarded
async def say(request: Request) -> Response:
    """Have the caller say ``{"text": ..., "as_text": false}`` next, or send it as text."""
    same_origin(request)
    call_id = allow(request, "say")
    unread = InputError(
        "The line could not be read.",
        cause='The request is not JSON of the form {"text": "..."}.',
        remedy="Type the line again.",
    )
    line = await _told(request, _Line, unread)
    await run_in_threadpool(service().type_line, call_id, line.text, as_text=line.as_text)
    return JSONResponse({"ok": True})


@guarded
async def whisper(request: Request) -> Response:
    """Tell a simulated person what to do: ``{"id", "name"}`` of who whispers, and ``text``."""
    same_origin(request)
    call_id = allow(request, "speak")
    unread = InputError(
        "The instruction could not be read.",
        cause='The request is not JSON of the form {"id": ..., "name": ..., "text": ...}.',
        remedy="Write it again.",
    )
    told = await _told(request, _Whisper, unread)
    person = Person(told.id, told.name)
    await run_in_threadpool(service().whisper, call_id, person, told.text)
    return JSONResponse({"ok": True})


async def _told(request: Request, form: type[_Form], unread: InputError) -> _Form:
    """What a page sends, in its form; raises `unread` if it has another."""
    try:
        return form.model_validate(json.loads(await body_of(request)))
    except (ValueError, ValidationError):
        raise unread from None
