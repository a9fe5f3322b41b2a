"""What every route checks, and how it says no."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from harness.console import _tokens
from harness.errors import (
    InputError,
    InternalError,
    NotFound,
    PageExpired,
    RequestRefused,
    RingbackError,
)

__all__ = ["MAX_BODY", "allow", "as_json", "body_of", "guarded", "same_origin"]

MAX_BODY = 4096
"""Bytes a request may carry; a line of the caller has at most 500 characters."""

_log = logging.getLogger("ringback.console")


def as_json(error: RingbackError) -> dict[str, Any]:
    """The error as every route and the command line give it."""
    return {
        "error": {
            "kind": error.kind,
            "message": error.message,
            "cause": error.cause,
            "remedy": error.remedy,
        }
    }


def status_of(error: RingbackError) -> int:
    """The HTTP status that goes with an error."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, PageExpired):
        return 401
    if isinstance(error, RequestRefused):
        return 403
    return 400 if isinstance(error, InputError) else 500


def same_origin(connection: HTTPConnection) -> None:
    """Refuse what another site's page sends.

    Raises:
        RequestRefused: The Origin header is missing or names another host than the one asked.
    """
    origin = connection.headers.get("origin", "")
    host = connection.headers.get("host", "")
    if not host or urlsplit(origin).netloc.lower() != host.lower():
        raise RequestRefused(
            "The request was refused.",
            cause="It did not come from this console's own page.",
            remedy="Use the console in the address bar of your browser.",
        )


def allow(connection: HTTPConnection, action: _tokens.Action) -> str:
    """The call a request is about, if its token covers `action`.

    The token comes in the Authorization header; an audio element cannot send one and puts it into
    the query of its address.

    Raises:
        PageExpired: The token's time is over.
        RequestRefused: It is missing, forged or for something else.
    """
    call_id: str = connection.path_params["call_id"]
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = connection.query_params.get("token", "")
    _tokens.check(token.strip(), call_id, action)
    return call_id


async def body_of(request: Request) -> bytes:
    """The body of a request, of limited size.

    Raises:
        InputError: It is larger than :data:`MAX_BODY`.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise InputError(
                "The request is too large.",
                cause=f"More than {MAX_BODY} bytes came.",
                remedy="Send a shorter line, 500 characters at most.",
            )
    return body


def guarded(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Turn errors of an endpoint into JSON; what nobody expected becomes an InternalError."""

    @functools.wraps(endpoint)
    async def wrapped(request: Request) -> Response:
        try:
            return await endpoint(request)
        except RingbackError as error:
            return JSONResponse(as_json(error), status_code=status_of(error))
        except Exception:
            _log.exception("A route failed: %s", request.url.path)
            defect = InternalError(
                "The console could not answer.",
                cause="A defect in Ringback; the console's log has the details.",
                remedy="Reload the page. If it comes back, report it with the log.",
            )
            return JSONResponse(as_json(defect), status_code=500)

    return wrapped
