"""Runs a bot file as ``python bot.py -t livekit`` does, with one more path that hands it a session.

Run as a file by the bot's own Python, which may have no Ringback::

    python _bot_process.py BOT_FILE -t livekit --host HOST --port PORT

``POST /bot``, named as in Pipecat Cloud's base image, takes ``{"url", "token", "room", "body",
"sessionId"}`` and calls the file's ``bot()`` once: then the process ends, with exit code 1 if the
bot failed. ``DELETE /bot`` cancels it. Pipecat's own runner would choose the room by itself, and
here whoever starts the session may.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from types import ModuleType
from typing import Any

_END_WITHIN_S = 3.0
_LEAVE_WITHIN_S = 2.0


class OneSession:
    """The session that this process carries."""

    def __init__(self) -> None:
        self.ready_at: float | None = None
        self.task: asyncio.Task[None] | None = None
        self.exit_code: int | None = None

    async def start(self, told: dict[str, Any]) -> dict[str, float | None]:
        """Call the bot; returns as soon as it runs."""
        from pipecat.runner.types import LiveKitRunnerArguments

        arguments = LiveKitRunnerArguments(
            room_name=told["room"], url=told["url"], token=told["token"], body=told["body"]
        )
        # Set, not passed: older Pipecats have no such field.
        arguments.session_id = told["sessionId"]
        began_at = time.time()
        self.task = asyncio.create_task(self._carry(sys.modules["__main__"], arguments))
        return {"readyAt": self.ready_at, "beganAt": began_at}

    async def cancel(self) -> None:
        """Cancel the bot, as the platform does at its limit, and give it time to leave its room."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait({self.task}, timeout=_LEAVE_WITHIN_S)

    async def _carry(self, bot_module: ModuleType, arguments: Any) -> None:
        code = 0
        try:
            await bot_module.bot(arguments)
        except asyncio.CancelledError:
            raise  # the process is being ended from outside
        except Exception:
            traceback.print_exc()
            code = 1
        self.exit_code = code
        self._end(code)

    def _end(self, code: int) -> None:
        # The bot may have put its own handler on SIGINT, or left a thread that does not end.
        deadline = threading.Timer(_END_WITHIN_S, os._exit, [code])
        deadline.daemon = True
        deadline.start()
        signal.raise_signal(signal.SIGINT)


def add_paths(session: OneSession) -> None:
    """Have Pipecat's runner serve ours before its own."""
    from pipecat.runner.run import app
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    async def status(_: Request) -> Response:
        if session.ready_at is None:
            session.ready_at = time.time()
        return JSONResponse({"busy": session.task is not None})

    async def bot(request: Request) -> Response:
        told = await request.json()
        if session.task is not None:
            return JSONResponse({"error": "This process has its session."}, status_code=409)
        return JSONResponse(await session.start(told))

    async def cancel(_: Request) -> Response:
        await session.cancel()
        return JSONResponse({})

    app.router.routes[:0] = [
        Route("/status", status, methods=["GET"]),
        Route("/bot", bot, methods=["POST"]),
        Route("/bot", cancel, methods=["DELETE"]),
    ]


def run(file: str, arguments: list[str]) -> int:
    """Run the file as the main module; one that does not start Pipecat's runner is helped."""
    session = OneSession()
    with contextlib.suppress(ImportError):  # then the file itself says what it lacks
        add_paths(session)
    sys.argv = [file, *arguments]
    sys.path[0] = os.path.dirname(os.path.abspath(file))
    main = ModuleType("__main__")
    main.__file__ = os.path.abspath(file)
    sys.modules["__main__"] = main
    with open(file, "rb") as source:
        code = compile(source.read(), main.__file__, "exec")
    exec(code, main.__dict__)
    if session.ready_at is None and hasattr(main, "bot"):
        # As deployed to Pipecat Cloud, where nobody runs the file: its `bot` is imported.
        from pipecat.runner.run import main as serve

        serve()
    return session.exit_code or 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2:]))
