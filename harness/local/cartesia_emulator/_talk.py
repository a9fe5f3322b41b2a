"""One WebSocket connection: contexts side by side, each speaking its texts in order."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

from harness.local._service_faults import ConnectionCut, FaultyTalk
from harness.local.cartesia_emulator._requests import Generation, Refused, read_generation, speak

__all__ = ["Talk"]

_CHUNK_S = 0.1


class _Context:
    """Texts that belong together: one prosody, one clock."""

    def __init__(self, talk: Talk, name: str) -> None:
        self.closed = False
        self.texts: asyncio.Queue[Generation | None] = asyncio.Queue()
        self._talk = talk
        self._name = name
        self._seconds = 0.0
        self._flushed = 0
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while (asked := await self.texts.get()) is not None:
                await self._speak(asked)
            await self._send({"type": "done", "done": True})
        except ConnectionCut:
            self._talk.cut.set()

    async def _speak(self, asked: Generation) -> None:
        sound = await speak(asked)
        self._talk.said.append(asked.transcript)
        step = int(asked.rate * _CHUNK_S) * (2 if asked.encoding == "pcm_s16le" else 4)
        for start in range(0, len(sound.data), step):
            data = base64.b64encode(sound.data[start : start + step]).decode()
            await self._send({"type": "chunk", "data": data, "done": False, "step_time": 5.0})
        if self._talk.timestamps.get(self._name) and sound.words:
            starts, ends = (
                [round(self._seconds + each, 4) for each in times]
                for times in zip(*sound.times, strict=True)
            )
            words = {"words": list(sound.words), "start": starts, "end": ends}
            await self._send({"type": "timestamps", "done": False, "word_timestamps": words})
        self._seconds += sound.seconds
        self._flushed += 1
        await self._send(
            {"type": "flush_done", "done": False, "flush_done": True, "flush_id": self._flushed}
        )

    async def _send(self, message: dict[str, Any]) -> None:
        await self._talk.send(message | {"status_code": 206, "context_id": self._name})


class Talk:
    """What is said over one connection.

    Attributes:
        said: Every text that was spoken.
        cut: Set when the connection has to end here.
        timestamps: Which contexts want to know where each word is.
    """

    def __init__(self, wire: FaultyTalk, said: list[str]) -> None:
        self.said = said
        self.cut = asyncio.Event()
        self.timestamps: dict[str, bool] = {}
        self._wire = wire
        self._contexts: dict[str, _Context] = {}

    async def send(self, message: dict[str, Any]) -> None:
        """Send one message; see :class:`FaultyTalk`."""
        await self._wire.send(json.dumps(message))

    async def hear(self, text: str) -> None:
        """Take one message of the client.

        Raises:
            ConnectionCut: The connection has to end here.
        """
        name = ""
        try:
            try:
                message = json.loads(text)
            except ValueError:
                raise Refused(400, "invalid_request", "Invalid JSON", "Not JSON.") from None
            if not isinstance(message, dict):
                raise Refused(400, "invalid_request", "Invalid message", "Not an object.")
            name = str(message.get("context_id") or "")
            self._take(name, message)
        except Refused as refused:
            told = {"type": "error", "done": True, "status_code": refused.status}
            await self.send(told | refused.body() | {"context_id": name})

    def _take(self, name: str, message: dict[str, Any]) -> None:
        context = self._contexts.get(name)
        if message.get("cancel"):
            if context is not None:
                context.closed = True
                context.task.cancel()
            return
        asked = read_generation(message, container=("raw",))
        if context is None:
            if not asked.transcript.strip():
                raise Refused(
                    400, "invalid_request", "Invalid transcript", "No valid transcripts passed."
                )
            context = self._contexts[name] = _Context(self, name)
        if context.closed:
            raise Refused(
                400, "context_closed", "Context closed", "The context has been closed already."
            )
        self.timestamps[name] = bool(message.get("add_timestamps"))
        if asked.transcript.strip():
            context.texts.put_nowait(asked)
        if not message.get("continue"):
            context.closed = True
            context.texts.put_nowait(None)

    async def end(self) -> None:
        """Say no more."""
        tasks = [context.task for context in self._contexts.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
