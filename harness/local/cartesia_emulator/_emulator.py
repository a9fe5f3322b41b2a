"""CartesiaEmulator: the emulator as one thing that is started and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import io

import numpy as np
import soundfile
from starlette.applications import Starlette
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from harness.local._service_faults import ConnectionCut, FaultPlan, Faults, FaultyTalk, attend
from harness.local._web_server import WebServer
from harness.local.cartesia_emulator._requests import Refused, read_generation, speak
from harness.local.cartesia_emulator._talk import Talk

__all__ = ["CartesiaEmulator"]

_IDLE_S = 300.0


class CartesiaEmulator:
    """A running emulator of Cartesia's speech. Make one with :meth:`start`, on a running loop.

    Attributes:
        url: ``http://127.0.0.1:PORT``; the WebSocket is ``/tts/websocket`` below it.
        said: Every text that was spoken, in order.
        connections: How many WebSockets were opened or refused.
    """

    def __init__(self, faults: Faults, key: str | None, idle_s: float) -> None:
        self.url = ""
        self.said: list[str] = []
        self.connections = 0
        self._faults = FaultPlan(faults)
        self._key = key
        self._idle_s = idle_s
        self._server: WebServer | None = None

    @classmethod
    async def start(
        cls,
        faults: Faults = Faults(),  # noqa: B008
        *,
        key: str | None = None,
        idle_s: float = _IDLE_S,
        port: int | None = None,
    ) -> CartesiaEmulator:
        """Answer on 127.0.0.1, on this machine only.

        Args:
            faults: What is wrong with it; over a WebSocket with a connection, not with a text.
            key: The only key that is taken; any if None.
            idle_s: A connection over which nothing was asked for so long is closed.
            port: The next free one is taken if it is busy; any if None.
        """
        self = cls(faults, key, idle_s)
        app = Starlette(
            routes=[
                WebSocketRoute("/tts/websocket", self._talk),
                Route("/tts/bytes", self._bytes, methods=["POST"]),
            ]
        )
        self._server = await WebServer.start(app, port, ws="websockets-sansio")
        self.url = self._server.url
        return self

    async def stop(self) -> None:
        """Stop to answer."""
        self._faults.end()
        if self._server is not None:
            await self._server.stop()

    async def _bytes(self, request: Request) -> Response:
        async def make() -> Response:
            try:
                self._check(request.headers, request.query_params)
                body = await request.json()
                asked = read_generation(body, container=("raw", "wav"))
                sound = await speak(asked)
            except Refused as refused:
                return _refusal(refused)
            except ValueError:
                return _refusal(Refused(400, "invalid_request", "Invalid JSON", "Not JSON."))
            self.said.append(asked.transcript)
            if body["output_format"]["container"] == "raw":
                return Response(sound.data, media_type="application/octet-stream")
            return Response(_wav(sound.data, asked.rate, asked.encoding), media_type="audio/wav")

        return await self._faults.answer(
            self._faults.take(), make, lambda status, after: _refusal(_refused(status), after)
        )

    async def _talk(self, websocket: WebSocket) -> None:
        fault = self._faults.take()
        self.connections += 1
        await self._faults.wait(fault)
        try:
            if fault.wrong_key:
                raise _refused(401)
            if fault.status is not None:
                raise _refused(fault.status)
            self._check(websocket.headers, websocket.query_params)
        except Refused as refused:
            denial = _refusal(refused, fault.retry_after_s)
            return await websocket.send_denial_response(denial)
        await websocket.accept()
        talk = Talk(FaultyTalk(websocket, fault), self.said)
        await attend(talk, self._listen(websocket, talk))

    async def _listen(self, websocket: WebSocket, talk: Talk) -> None:
        with contextlib.suppress(WebSocketDisconnect, ConnectionCut):
            while True:
                try:
                    text = await asyncio.wait_for(websocket.receive_text(), self._idle_s)
                except TimeoutError:
                    return await websocket.close(1000, "connection idle")
                await talk.hear(text)

    def _check(self, headers: Headers, query: QueryParams) -> None:
        """Check key and version of a request.

        Raises:
            Refused: One is missing or wrong.
        """
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        given = headers.get("x-api-key") or query.get("api_key") or bearer
        if not given or (self._key is not None and given != self._key):
            raise _refused(401)
        if not (headers.get("cartesia-version") or query.get("cartesia_version")):
            raise Refused(
                400, "version_required", "Missing version", "The Cartesia-Version header is needed."
            )


def _refused(status: int) -> Refused:
    match status:
        case 401:
            return Refused(401, "unauthorized", "Unauthorized", "Invalid API key.")
        case 402:
            return Refused(402, "quota_exceeded", "Payment required", "Credits are used up.")
        case 429:
            return Refused(
                429, "concurrency_limited", "Too many requests", "Too many requests at once."
            )
        case _ if status >= 500:
            return Refused(status, "internal_error", "Internal error", "Something went wrong.")
        case _:
            return Refused(status, "invalid_request", "Refused", "The request was refused.")


def _refusal(refused: Refused, retry_after_s: float | None = None) -> Response:
    headers = {} if retry_after_s is None else {"Retry-After": f"{retry_after_s:g}"}
    return JSONResponse(refused.body(), refused.status, headers)


def _wav(data: bytes, rate: int, encoding: str) -> bytes:
    file = io.BytesIO()
    kind = "<i2" if encoding == "pcm_s16le" else "<f4"
    subtype = "PCM_16" if encoding == "pcm_s16le" else "FLOAT"
    soundfile.write(file, np.frombuffer(data, kind), rate, format="WAV", subtype=subtype)
    return file.getvalue()
