"""DeepgramEmulator: the emulator as one thing that is started and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from harness.local._service_faults import ConnectionCut, FaultPlan, Faults, FaultyTalk, attend
from harness.local._web_server import WebServer
from harness.local.deepgram_emulator._talk import Listen, Talk

__all__ = ["DeepgramEmulator"]

_IDLE_S = 10.0
_SHORTEST_PAUSE_S = 0.3
_MODELS = ("nova", "enhanced", "base", "whisper")
_UNDECODABLE = (
    "DATA-0000: The payload cannot be decoded as audio. It is either not audio data or is a codec "
    "unsupported by Deepgram."
)
_TIMEOUT = (
    "NET-0001: Deepgram did not receive audio data or a text message within the timeout window."
)


class _Refused(Exception):
    """A handshake that Deepgram would not take."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def response(self, retry_after_s: float | None) -> Response:
        request = str(uuid.uuid4())
        headers = {"dg-request-id": request, "dg-error": str(self)}
        if retry_after_s is not None:
            headers["Retry-After"] = f"{retry_after_s:g}"
        body = {"err_code": self.code, "err_msg": str(self), "request_id": request}
        return JSONResponse(body, self.status, headers)


class DeepgramEmulator:
    """A running emulator of Deepgram's live transcription; :meth:`start` it on a running loop.

    Attributes:
        url: ``http://127.0.0.1:PORT``; the WebSocket is ``/v1/listen`` below it.
        heard: Every text that was understood, in order.
        connections: How many WebSockets were opened or refused.
    """

    def __init__(self, faults: Faults) -> None:
        self.url = ""
        self.heard: list[str] = []
        self.connections = 0
        self._faults = FaultPlan(faults)
        self._key: str | None = None
        self._sentences: tuple[str, ...] = ()
        self._texts: list[str] = []
        self._idle_s = _IDLE_S
        self._server: WebServer | None = None

    @classmethod
    async def start(
        cls,
        faults: Faults = Faults(),  # noqa: B008
        *,
        key: str | None = None,
        sentences: Sequence[str] = (),
        texts: Sequence[str] = (),
        idle_s: float = _IDLE_S,
        port: int | None = None,
    ) -> DeepgramEmulator:
        """Answer on 127.0.0.1, on this machine only.

        Args:
            faults: What is wrong with it, a connection at a time.
            key: The only key that is taken; any if None.
            sentences: What is said in the domain; without them general English is expected.
            texts: What the first utterances are taken for, whatever they sound like.
            idle_s: A connection over which nothing came for so long is closed.
            port: The next free one is taken if it is busy; any if None.
        """
        self = cls(faults)
        self._key = key
        self._sentences = tuple(sentences)
        self._texts = list(texts)
        self._idle_s = idle_s
        app = Starlette(routes=[WebSocketRoute("/v1/listen", self._talk)])
        self._server = await WebServer.start(app, port, ws="websockets-sansio")
        self.url = self._server.url
        return self

    async def stop(self) -> None:
        """Stop to answer."""
        self._faults.end()
        if self._server is not None:
            await self._server.stop()

    async def _talk(self, websocket: WebSocket) -> None:
        fault = self._faults.take()
        self.connections += 1
        await self._faults.wait(fault)
        try:
            if fault.wrong_key:
                raise _refused(401)
            if fault.status is not None:
                raise _refused(fault.status)
            listen = self._read(websocket)
        except _Refused as refused:
            return await websocket.send_denial_response(refused.response(fault.retry_after_s))
        await websocket.accept()
        talk = Talk(FaultyTalk(websocket, fault), listen, self._texts, self.heard)
        await attend(talk, self._listen(websocket, talk))

    async def _listen(self, websocket: WebSocket, talk: Talk) -> None:
        with contextlib.suppress(WebSocketDisconnect, ConnectionCut):
            while True:
                try:
                    message = await asyncio.wait_for(websocket.receive(), self._idle_s)
                except TimeoutError:
                    return await websocket.close(1011, _TIMEOUT)
                if message["type"] == "websocket.disconnect":
                    return
                if sound := message.get("bytes"):
                    if len(sound) % 2:
                        return await websocket.close(1008, _UNDECODABLE)
                    talk.hear(sound)
                    continue
                try:
                    over = await talk.order(message.get("text") or "{}")
                except (ValueError, AttributeError) as error:
                    return await websocket.close(1008, f"DATA-0002: {error}"[:120])
                if over:
                    return await websocket.close(1000)

    def _read(self, websocket: WebSocket) -> Listen:
        """Understand a handshake.

        Raises:
            _Refused: Deepgram would refuse it, or it is not emulated.
        """
        scheme, _, given = websocket.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in ("token", "bearer") or not given:
            raise _refused(401)
        if self._key is not None and given != self._key:
            raise _refused(401)
        query = websocket.query_params
        if not query.get("model", "base").startswith(_MODELS):
            told = "Bad Request: No such model/language/tier combination found."
            raise _Refused(400, "Bad Request", told)
        encoding, channels = query.get("encoding"), query.get("channels", "1")
        rate = query.get("sample_rate", "")
        if encoding != "linear16" or channels != "1" or not rate.isdigit():
            told = "Bad Request: only linear16 with one channel and a sample_rate is emulated."
            raise _Refused(400, "Bad Request", told)
        pause = query.get("endpointing", "10")
        return Listen(
            rate=int(rate),
            interim=query.get("interim_results") == "true",
            punctuate=query.get("punctuate") == "true" or query.get("smart_format") == "true",
            # The real one looks further than loudness and can be quicker without cutting words.
            pause_s=max(_SHORTEST_PAUSE_S, int(pause) / 1000 if pause.isdigit() else 0.0),
            sentences=self._sentences,
        )


def _refused(status: int) -> _Refused:
    match status:
        case 401:
            return _Refused(401, "INVALID_AUTH", "Invalid credentials.")
        case 402:
            told = "Project does not have enough credits for an ASR request and/or model."
            return _Refused(402, "ASR_PAYMENT_REQUIRED", told)
        case 429:
            told = "Too many requests. Please try again later."
            return _Refused(429, "TOO_MANY_REQUESTS", told)
        case _ if status >= 500:
            return _Refused(status, "INTERNAL_SERVER_ERROR", "Internal server error.")
        case _:
            return _Refused(status, "Bad Request", "Bad Request.")
