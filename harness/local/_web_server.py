"""A web server inside the event loop, on this machine only: what the emulators answer through."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Generator
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from harness.errors import InternalError
from harness.local._ports import free_port

__all__ = ["WebServer"]

_HOST = "127.0.0.1"
_PORT_TRIES = 5
_CLOSE_S = 1


class _MeantSo(logging.Filter):
    """A refused WebSocket and an answer cut off on purpose look like mistakes to the server."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.msg.startswith("ASGI callable returned without completing")


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever owns the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


_MEANT_SO = _MeantSo()


class WebServer:
    """A running web server. Make one with :meth:`start`, on a running event loop.

    Attributes:
        url: ``http://127.0.0.1:PORT``.
    """

    def __init__(self, url: str, server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
        self.url = url
        self._server = server
        self._serving = serving

    @classmethod
    async def start(
        cls,
        app: ASGIApp,
        port: int | None = None,
        *,
        ws: Literal["none", "websockets-sansio"] = "none",
    ) -> WebServer:
        """Answer on 127.0.0.1.

        Args:
            app: What answers.
            port: The next free one is taken if it is busy; any if None.
            ws: What speaks WebSocket, if anything does.

        Raises:
            InternalError: It did not start.
        """
        logging.getLogger("uvicorn.error").addFilter(_MEANT_SO)
        taken = _listen(port)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, timeout_graceful_shutdown=_CLOSE_S, ws=ws
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[taken]))
        while not server.started:  # uvicorn tells nobody when it has begun
            if serving.done():
                raise InternalError("The emulator's web server did not start.")
            await asyncio.sleep(0.01)
        return cls(f"http://{_HOST}:{taken.getsockname()[1]}", server, serving)

    async def stop(self) -> None:
        """Stop to answer; what is being answered has a second."""
        self._server.should_exit = True
        await self._serving


def _listen(port: int | None) -> socket.socket:
    for left in reversed(range(_PORT_TRIES)):
        # Named as TCP, or asyncio lets small answers wait for an acknowledgement.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((_HOST, free_port(port, host=_HOST)))
            return listening
        except OSError:  # somebody took it between our choosing and our binding
            listening.close()
            if not left:
                raise
    raise AssertionError("not reached: the last try returns or raises")
