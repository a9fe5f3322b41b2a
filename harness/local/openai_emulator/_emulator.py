"""OpenAiEmulator: the emulator as one thing that is started and stopped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from harness.local._service_faults import FaultPlan, Faults
from harness.local._web_server import WebServer
from harness.local.openai_emulator._audio import spoken, transcribed
from harness.local.openai_emulator._chat import ChatAnswer, ChatRequest, completion, pieces
from harness.local.openai_emulator._refusals import Refused, check_chat, refusal

__all__ = ["OpenAiEmulator"]


class OpenAiEmulator:
    """A running emulator of OpenAI's API. Make one with :meth:`start`, on a running event loop.

    Attributes:
        url: ``http://127.0.0.1:PORT/v1``, as clients take it for a base address.
        requests: Every request for a completion that could be read, refused ones too.
        heard: Every text that was made of sound, in order.
        said: Every text that was spoken, in order.
    """

    def __init__(self, answers: Callable[[ChatRequest], ChatAnswer], faults: Faults) -> None:
        self.url = ""
        self.requests: list[ChatRequest] = []
        self.heard: list[str] = []
        self.said: list[str] = []
        self._answers = answers
        self._faults = FaultPlan(faults)
        self._key: str | None = None
        self._models: tuple[str, ...] | None = None
        self._schemas = True
        self._sentences: tuple[str, ...] = ()
        self._server: WebServer | None = None

    @classmethod
    async def start(
        cls,
        answers: Callable[[ChatRequest], ChatAnswer] = lambda _: ChatAnswer("Yes."),
        faults: Faults = Faults(),  # noqa: B008
        *,
        key: str | None = None,
        models: Sequence[str] | None = None,
        schemas: bool = True,
        sentences: Sequence[str] = (),
        port: int | None = None,
    ) -> OpenAiEmulator:
        """Answer on 127.0.0.1, on this machine only.

        Args:
            answers: What the model says to a request.
            faults: What is wrong with it, for all paths alike.
            key: The only key that is taken; any, and none, if None.
            models: The only models there are; any name if None.
            schemas: Whether models take a JSON schema for their answer; older servers refuse it.
            sentences: What is said in the domain of the sound that is transcribed.
            port: The next free one is taken if it is busy; any if None.
        """
        self = cls(answers, faults)
        self._key = key
        self._models = None if models is None else tuple(models)
        self._schemas = schemas
        self._sentences = tuple(sentences)
        app = Starlette(
            routes=[
                self._route("/v1/chat/completions", self._chat),
                self._route("/v1/audio/speech", self._speak),
                self._route("/v1/audio/transcriptions", self._transcribe),
                self._route("/v1/models", self._list_models, "GET"),
            ]
        )
        self._server = await WebServer.start(app, port)
        self.url = f"{self._server.url}/v1"
        return self

    async def stop(self) -> None:
        """Stop to answer."""
        self._faults.end()
        if self._server is not None:
            await self._server.stop()

    def _route(
        self, path: str, answer: Callable[[Request], Awaitable[Response]], method: str = "POST"
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            fault = self._faults.take()

            async def make() -> Response:
                given = _key_of(request)
                if self._key is not None and given != self._key:
                    return refusal(401, key=given)
                try:
                    return await answer(request)
                except Refused as refused:
                    return refused.response()

            if path.endswith("/completions"):
                await self._note(request)
            return await self._faults.answer(
                fault, make, lambda status, after: refusal(status, after, _key_of(request))
            )

        return Route(path, endpoint, methods=[method])

    async def _note(self, request: Request) -> None:
        """Keep a request, also one that is going to be refused."""
        body = _read(await request.body())
        messages = body.get("messages")
        if isinstance(messages, list) and all(isinstance(each, dict) for each in messages):
            self.requests.append(
                ChatRequest(str(body.get("model", "")), tuple(messages), body, _key_of(request))
            )

    async def _chat(self, request: Request) -> Response:
        body = _read(await request.body())
        if not body:
            raise Refused("We could not parse the JSON body of your request.")
        check_chat(body, schemas=self._schemas)
        self._check_model(body["model"])
        asked = ChatRequest(body["model"], tuple(body["messages"]), body, _key_of(request))
        answer = self._answers(asked)
        if not asked.stream:
            return JSONResponse(completion(asked, answer))

        async def stream() -> AsyncIterator[str]:
            for piece in pieces(asked, answer):
                yield piece
                await asyncio.sleep(0)

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def _speak(self, request: Request) -> Response:
        body = _read(await request.body())
        self._check_model(str(body.get("model", "")))
        response = await spoken(body)
        self.said.append(body["input"])
        return response

    async def _transcribe(self, request: Request) -> Response:
        async with request.form() as form:
            self._check_model(str(form.get("model", "")))
            text, response = await transcribed(form, self._sentences)
        self.heard.append(text)
        return response

    async def _list_models(self, _: Request) -> Response:
        names = self._models if self._models is not None else ("gpt-4.1", "gpt-4.1-mini")
        listed = [
            {"id": name, "object": "model", "created": 1744316542, "owned_by": "system"}
            for name in names
        ]
        return JSONResponse({"object": "list", "data": listed})

    def _check_model(self, model: str) -> None:
        if self._models is not None and model not in self._models:
            raise Refused(
                f"The model `{model}` does not exist or you do not have access to it.",
                status=404,
                code="model_not_found",
            )


def _key_of(request: Request) -> str:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def _read(body: bytes) -> dict[str, Any]:
    """A JSON object; empty if it is none."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
