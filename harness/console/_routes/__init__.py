"""Our own routes beside Streamlit's: events, audio and actions of a call, and `/call`."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route, WebSocketRoute

from harness.console._routes._actions import hang_up, say, whisper
from harness.console._routes._addresses import to_call
from harness.console._routes._audio import peaks, recording
from harness.console._routes._events import events
from harness.console._routes._listen import listen
from harness.console._routes._log import log
from harness.console._routes._speak import speak

__all__ = ["PREFIX", "routes"]

PREFIX = "/ringback/calls/{call_id}"


def routes(base: str = "") -> list[BaseRoute]:
    """All of them, for ``st.App(routes=...)``, below `base` (a path, empty for none)."""
    of_call = f"{base}{PREFIX}"
    return [
        Route(f"{of_call}/events", events, methods=["GET"]),
        Route(f"{of_call}/recording", recording, methods=["GET"]),
        Route(f"{of_call}/peaks", peaks, methods=["GET"]),
        Route(f"{of_call}/log", log, methods=["GET"]),
        Route(f"{of_call}/hangup", hang_up, methods=["POST"]),
        Route(f"{of_call}/say", say, methods=["POST"]),
        Route(f"{of_call}/whisper", whisper, methods=["POST"]),
        WebSocketRoute(f"{of_call}/listen", listen),
        WebSocketRoute(f"{of_call}/speak", speak),
        Route(f"{base}/call", to_call),
        Route(f"{base}/call/", to_call),
    ]
