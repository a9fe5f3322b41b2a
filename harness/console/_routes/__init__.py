"""Our own routes beside Streamlit's: events, audio and actions of a call, and `/call`."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route, WebSocketRoute

from harness.console._routes._actions import hang_up, say
from harness.console._routes._addresses import to_call
from harness.console._routes._audio import listen, peaks, recording
from harness.console._routes._events import events
from harness.console._routes._log import log

__all__ = ["PREFIX", "routes"]

PREFIX = "/ringback/calls/{call_id}"


def routes() -> list[BaseRoute]:
    """All of them, for ``st.App(routes=...)``."""
    return [
        Route(f"{PREFIX}/events", events, methods=["GET"]),
        Route(f"{PREFIX}/recording", recording, methods=["GET"]),
        Route(f"{PREFIX}/peaks", peaks, methods=["GET"]),
        Route(f"{PREFIX}/log", log, methods=["GET"]),
        Route(f"{PREFIX}/hangup", hang_up, methods=["POST"]),
        Route(f"{PREFIX}/say", say, methods=["POST"]),
        WebSocketRoute(f"{PREFIX}/listen", listen),
        Route("/call", to_call),
        Route("/call/", to_call),
    ]
