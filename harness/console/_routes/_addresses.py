"""Addresses that people type, and Streamlit does not know."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse

__all__ = ["to_call"]


async def to_call(request: Request) -> RedirectResponse:
    """Lead ``/call`` to the Call page, which is the first one and stands at ``/``.

    The query goes with it. The address is relative, so that it holds behind a proxy's path too.
    """
    first = "../" if request.url.path.endswith("/") else "./"
    return RedirectResponse(f"{first}?{request.url.query}" if request.url.query else first)
