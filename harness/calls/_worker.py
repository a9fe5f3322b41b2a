"""A call worker: one process that carries several calls, spawned warm, told what to do by a pipe.

Run as ``python -m harness.calls._worker <data folder>``. Its standard input closing means that the
engine is gone: the calls are ended in order and so is the process.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from loguru import logger

from harness.caller.speech import get_stack
from harness.calls._carry import Carriage
from harness.calls._connection_test import ConnectionTest
from harness.calls._lane_sound import VoiceSound
from harness.calls._log_tap import LogTap, Outlet
from harness.calls._order import Fate, Order
from harness.calls._wire import decode, read_message
from harness.errors import hide, redact
from harness.nouns import EventKind, GivenBack
from harness.settings import Settings, get_settings
from harness.store import Artifacts

__all__ = ["main"]

_FATE_S = 3.0


class _Worker:
    def __init__(self, settings: Settings, outlet: Outlet) -> None:
        self._settings = settings
        self._outlet = outlet
        self._calls: dict[str, Carriage] = {}
        self._taps: dict[str, LogTap] = {}
        self._listened: set[str] = set()
        self._fates: dict[int, asyncio.Future[Fate]] = {}
        self._asked = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Do what the engine says until it is gone."""
        while (message := await read_message(reader)) is not None:
            decoded = decode(message)
            if isinstance(decoded, dict):
                self._obey(decoded)
            elif isinstance(decoded, VoiceSound) and (call := self._calls.get(decoded.call_id)):
                call.person_voice(decoded.first, np.frombuffer(decoded.samples, "<i2"))
        for call in self._calls.values():
            call.hang_up(engine_gone=True)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10.0)

    def _obey(self, command: dict[str, Any]) -> None:
        call_id = str(command["call_id"])
        call = self._calls.get(call_id)
        match command["do"]:
            case "carry":
                task = asyncio.create_task(self._carry(Order.model_validate(command["order"])))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case "hang_up" if call:
                call.hang_up()
            case "say" if call:
                call.type_line(command["text"], as_text=bool(command.get("as_text")))
            case "press" if call:
                call.press(command["keys"])
            case "play" if call:
                call.play(command["path"], command["words"])
            case "listen":
                # A call may be listened to before it has begun.
                (self._listened.add if command["on"] else self._listened.discard)(call_id)
                if tap := self._taps.get(call_id):
                    tap.listen(command["on"])
            case "take" if call:
                call.take(command["who"])
            case "give_back" if call:
                call.give_back(command["why"], GivenBack(command["instruction"], command["step"]))
            case "whisper" if call:
                call.whisper(command["who"], command["text"])
            case "note" if call:
                self._taps[call_id].emit(EventKind(command["kind"]), **command["data"])
            case "fate" if future := self._fates.get(command["ask"]):
                if not future.done():
                    future.set_result(Fate.model_validate(command["fate"]))

    async def _carry(self, order: Order) -> None:
        call_id = order.call_id
        for access in (*order.judges, *([order.brain] if order.brain else [])):
            if access.key:
                hide(access.key)
        tap = LogTap(call_id, Artifacts.of(self._settings, call_id), self._outlet)
        self._taps[call_id] = tap
        tap.listen(call_id in self._listened)
        kind = ConnectionTest if order.purpose == "test" else Carriage
        call = kind(order, tap, lambda within_s: self._ask_fate(call_id, within_s))
        self._calls[call_id] = call
        try:
            await call.run()
        finally:
            del self._calls[call_id], self._taps[call_id]
            self._listened.discard(call_id)
            tap.close()
            self._outlet.send({"is": "over", "call_id": call_id})
        await call.forget()

    async def _ask_fate(self, call_id: str, within_s: float) -> Fate | None:
        # Numbered: while one question waits for the process to end, another may be asked.
        self._asked = ask = self._asked + 1
        future = self._fates[ask] = asyncio.get_running_loop().create_future()
        self._outlet.send({"is": "ask_fate", "call_id": call_id, "ask": ask, "within_s": within_s})
        try:
            return await asyncio.wait_for(future, within_s + _FATE_S)
        except TimeoutError:
            return None
        finally:
            del self._fates[ask]


async def _connect_pipes(out: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(out, "wb")
    )
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)


async def _serve(data: Path, out: int) -> None:
    # Speech stacks ask the settings of this process for their keys: let it be the engine's.
    os.environ["RINGBACK_DATA"] = str(data)
    get_settings.cache_clear()
    settings = get_settings()
    reader, writer = await _connect_pipes(out)
    outlet = Outlet(writer)
    await get_stack("offline").prepare("heart", [], speed=1.0, seed=0)
    # One full collection holds the GIL for tens of milliseconds: keep what is loaded out of it.
    gc.collect()
    gc.freeze()
    outlet.send({"is": "ready"})
    await _Worker(settings, outlet).serve(reader)
    await writer.drain()


def main() -> None:
    """Entry of the process. Standard output carries messages: whoever prints goes to the log."""
    out = os.dup(1)
    os.dup2(2, 1)
    logger.remove()
    logger.add(
        lambda line: print(redact(str(line)), end="", file=sys.stderr, flush=True), level="INFO"
    )
    asyncio.run(_serve(Path(sys.argv[1]), out))


if __name__ == "__main__":
    main()
