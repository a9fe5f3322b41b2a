"""API-auth mode of Pipecat Cloud on a real LiveKit server: rooms, tokens, and both gone again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from livekit import api, rtc

from harness.agents._pipecat_cloud import PipecatCloud
from harness.agents._rooms import RoomKeys
from harness.errors import RoomRefused, ServerError
from harness.local import LiveKitServer
from harness.nouns import Agent, Session

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]


class Bot:
    """Goes where the session body says, as a bot on the platform would."""

    def __init__(self) -> None:
        self.room = rtc.Room()
        self.gone = asyncio.Event()
        self.room.on("disconnected", lambda *_: self.gone.set())

    async def join(self, body: dict[str, Any]) -> None:
        await self.room.connect(body["livekit_url"], body["livekit_token"])


class Platform:
    """Starts a bot for each start request and takes every stop."""

    def __init__(self) -> None:
        self.url = ""
        self.fails = False
        self.bots: list[Bot] = []
        self.stopped: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = dict(line.lower().split(": ", 1) for line in head.strip().split("\r\n")[1:])
        body = await reader.readexactly(int(lines.get("content-length", 0)))
        if head.startswith("DELETE"):
            self.stopped.append(head.split(" ")[1].rpartition("/")[2])
        elif not self.fails:
            self.bots.append(Bot())
            await self.bots[-1].join(json.loads(body)["body"])
        status = "500 No" if self.fails else "200 OK"
        told = json.dumps({"sessionId": f"s-{len(self.bots)}"}).encode()
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(told)}\r\n\r\n".encode() + told)
        await writer.drain()
        writer.close()


@pytest_asyncio.fixture(loop_scope="session")
async def cloud() -> AsyncIterator[Platform]:
    made = Platform()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()
    for bot in made.bots:
        await bot.room.disconnect()


def agent(cloud: Platform, livekit: LiveKitServer, **more: Any) -> PipecatCloud:
    config = {
        "api_key": "pk_test_0123456789",
        "agent_name": "my-agent",
        "base_url": cloud.url,
        "livekit_url": livekit.url,
        "livekit_api_key": livekit.api_key,
        "livekit_api_secret": livekit.api_secret,
    }
    return PipecatCloud(Agent(name="Mine", provider="pipecat_cloud", config=config | more))


async def rooms(livekit: LiveKitServer) -> set[str]:
    async with api.LiveKitAPI(livekit.url, livekit.api_key, livekit.api_secret) as asking:
        found = await asking.room.list_rooms(api.ListRoomsRequest())
        return {room.name for room in found.rooms}


async def test_both_meet_in_a_room_of_ours_and_it_is_gone_afterwards(
    cloud: Platform, livekit: LiveKitServer
):
    before = await rooms(livekit)
    provider = agent(cloud, livekit)
    session = await provider.start({"lang": "en"}, lambda _: None)
    assert await rooms(livekit) - before == {session.room}
    caller = rtc.Room()
    await caller.connect(session.url, session.token)
    try:
        (bot,) = caller.remote_participants.values()
        assert bot.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT and bot.name == "Agent"
        assert caller.local_participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
        # As after a crash: the token is not kept anywhere.
        left_over = Session(session.url, "", session.room, session.session_id)
        assert await provider.stop(left_over) == "stopped"
        await asyncio.wait_for(cloud.bots[0].gone.wait(), 20)
    finally:
        await caller.disconnect()
    assert cloud.stopped == ["s-1"] and session.room not in await rooms(livekit)
    assert await provider.stop(left_over) == "stopped"


async def test_a_start_that_fails_leaves_no_room(cloud: Platform, livekit: LiveKitServer):
    before = await rooms(livekit)
    cloud.fails = True
    with pytest.raises(ServerError):
        await agent(cloud, livekit).start({}, lambda _: None)
    assert await rooms(livekit) <= before


async def test_keys_of_another_project(cloud: Platform, livekit: LiveKitServer):
    secret = "another-secret-0123456789abcdef0123456789"
    provider = agent(cloud, livekit, livekit_api_secret=secret)
    with pytest.raises(RoomRefused) as caught:
        await provider.start({}, lambda _: None)
    assert secret not in str(caught.value) and cloud.bots == []


async def test_rooms_come_and_go(livekit: LiveKitServer):
    keys = RoomKeys(livekit.url, livekit.api_key, livekit.api_secret)
    await keys.create("come-and-go")
    await keys.create("come-and-go")
    assert "come-and-go" in await rooms(livekit)
    await keys.dispatch("come-and-go", "nobody", "{}")
    await keys.delete("come-and-go")
    assert "come-and-go" not in await rooms(livekit)
    await keys.delete("come-and-go")
