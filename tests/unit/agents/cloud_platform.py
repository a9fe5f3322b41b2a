"""A stand-in for Pipecat Cloud and for a LiveKit server: answers by path, and keeps what came."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from livekit import api
from plain_web import Answer, Request, Web, reply, serve

from harness.agents._pipecat_cloud import PipecatCloud
from harness.nouns import Agent

PUBLIC, PRIVATE = "pk_public-0123456789abcdef", "sk_private-0123456789abcdef"
LIVEKIT_KEY, LIVEKIT_SECRET = "APIkey0123456789", "livekit-secret-0123456789abcdef0123"
URL = "wss://project.livekit.cloud"
ID = "639f91d8-d511-4677-a83b-bd7564d5d92f"
START = "POST /v1/public/my-agent/start"


def token(room: str = "kitchen") -> str:
    grants = api.VideoGrants(room_join=True, room=room)
    made = api.AccessToken("key", "s" * 32).with_identity("me").with_grants(grants)
    return made.with_ttl(timedelta(minutes=5)).to_jwt()


@dataclass
class Platform:
    """What it answers, by "METHOD /path"; several answers are given in turn, the last for ever."""

    web: Web
    answers: dict[str, list[Answer]] = field(default_factory=dict)

    def on(self, where: str, *answers: Answer) -> Platform:
        self.answers[where] = list(answers)
        return self

    def seen(self, where: str = "") -> list[Request]:
        return [each for each in self.web.requests if f"{each.method} {each.target}" == where]

    @property
    def asked(self) -> list[str]:
        return [f"{each.method} {each.target}" for each in self.web.requests]

    def agent(self, **config: Any) -> PipecatCloud:
        config = {"api_key": PUBLIC, "agent_name": "my-agent", "base_url": self.web.url} | config
        return PipecatCloud(Agent(name="Mine", provider="pipecat_cloud", config=config))

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        path = request.target.partition("?")[0]
        answers = self.answers.get(f"{request.method} {path}")
        if not answers:
            await reply(404, {"error": "API endpoint not found", "code": "404"})(request, writer)
            return
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        await answer(request, writer)


@contextlib.asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    """One that starts sessions in token mode and stops them, until told otherwise."""
    async with serve(reply(404)) as web:
        made = Platform(web)
        web.answer = made._answer
        made.on(START, reply(200, {"url": URL, "token": token(), "sessionId": ID}))
        made.on(f"DELETE /v1/public/my-agent/sessions/{ID}", reply(200, {"status": "terminated"}))
        made.on(f"DELETE /v1/agents/my-agent/sessions/{ID}", reply(200, {"status": "terminated"}))
        # The LiveKit server's own API, for rooms: an empty protobuf is a room without a name.
        made.on("POST /twirp/livekit.RoomService/CreateRoom", reply(200, b"", "application/proto"))
        made.on("POST /twirp/livekit.RoomService/DeleteRoom", reply(200, b"", "application/proto"))
        yield made


def livekit_keys(platform: Platform, **more: Any) -> dict[str, Any]:
    """The configuration of API-auth mode, with the stand-in as LiveKit server."""
    return {
        "livekit_url": platform.web.url,
        "livekit_api_key": LIVEKIT_KEY,
        "livekit_api_secret": LIVEKIT_SECRET,
    } | more


def room_in(request: Request) -> str:
    """The room a request to LiveKit's API is about."""
    kind = api.CreateRoomRequest if "Create" in request.target else api.DeleteRoomRequest
    message = kind.FromString(request.body)
    return str(message.name if "Create" in request.target else message.room)
