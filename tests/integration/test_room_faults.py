"""What can go wrong in a room, provoked on a real LiveKit server: each told by its own words."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from livekit import api, rtc

from harness.caller._room import RoomLine
from harness.caller._words import Words
from harness.calls import CallRequest, CallView, Engine, Limits
from harness.errors import RingbackError
from harness.local import LiveKitServer
from harness.nouns import (
    Agent,
    Caller,
    CallState,
    EventKind,
    Outcome,
    Scenario,
    ScriptStep,
    Session,
)
from harness.settings import Settings
from harness.store import read_events
from tests.integration.bots.participants import OldAgent, Participant, TalkingAgent
from tests.integration.calls_support import wait_for, wait_for_end

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]

HOURS = Scenario(
    name="test/hours",
    title="Hours",
    path="test",
    steps=(ScriptStep(None), ScriptStep("When do you open?"), ScriptStep("And when do you close?")),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """An engine that runs no agents itself."""
    engine = Engine(Settings(data=tmp_path_factory.mktemp("data"), concurrency=4))
    await asyncio.to_thread(engine.start)
    yield engine
    await asyncio.to_thread(engine.stop)


@pytest_asyncio.fixture(loop_scope="session")
async def livekit_api(livekit: LiveKitServer) -> AsyncIterator[api.LiveKitAPI]:
    url = livekit.url.replace("ws", "http", 1)
    async with api.LiveKitAPI(url, livekit.api_key, livekit.api_secret) as client:
        yield client


@pytest.fixture
def name() -> str:
    return f"fault-{secrets.token_hex(4)}"


async def place(
    engine: Engine, livekit: LiveKitServer, name: str, scenario: Scenario | None = HOURS
) -> str:
    config = {"url": livekit.url, "token": livekit.token(name, "caller")}
    agent = Agent(name="A room", provider="room", config=config)
    request = CallRequest(
        agent=agent, scenario=scenario, caller=Caller(), limits=Limits(join_s=15.0)
    )
    return (await asyncio.to_thread(engine.place, request)).id


async def live(engine: Engine, call_id: str) -> CallView:
    return await wait_for(engine, call_id, lambda view: view.state is CallState.LIVE)


def warnings_of(engine: Engine, call_id: str) -> dict[str, str]:
    events = read_events(engine.store.artifacts(call_id).events)
    return {
        event.data["code"]: event.data["message"]
        for event in events
        if event.kind == EventKind.ROOM_WARNING
    }


@pytest.mark.parametrize("kind", ["standard", "agent"])
async def test_two_agents_in_one_room_are_an_error_at_the_start(
    engine: Engine, livekit: LiveKitServer, name: str, kind: Any
):
    async with AsyncExitStack() as stack:
        for identity in ("bot-1", "bot-2"):
            token = livekit.token(name, identity, kind=kind)
            # The second of kind agent has no voice: being one is enough.
            voice = kind == "standard" or identity == "bot-1"
            await stack.enter_async_context(TalkingAgent(livekit.url, token, voice=voice))
        view = await wait_for_end(engine, await place(engine, livekit, name))
    assert view.state is CallState.FAILED and view.exit_code == 2, view
    assert view.failure is not None and view.failure.kind == "two_agents"
    assert "bot-1 and bot-2" in view.failure.message and view.failure.remedy


class SaysReady(TalkingAgent):
    """Answers the handshake."""

    def on_caller(self, participant: rtc.RemoteParticipant) -> None:
        pass

    def on_packet(self, packet: rtc.DataPacket) -> None:
        if json.loads(packet.data).get("type") == "client-ready":
            ready = {"label": "rtvi-ai", "type": "bot-ready", "data": {"version": "2.0.0"}}
            self.spawn(self.send(ready))


async def test_two_that_answer_the_handshake_are_two_agents(
    engine: Engine, livekit: LiveKitServer, name: str
):
    async with (
        SaysReady(livekit.url, livekit.token(name, "bot-1")),
        SaysReady(livekit.url, livekit.token(name, "bot-2"), voice=False),
    ):
        view = await wait_for_end(engine, await place(engine, livekit, name))
    assert view.failure is not None and view.failure.kind == "two_agents", view
    assert "bot-1 and bot-2" in view.failure.message


async def test_an_avatar_that_speaks_for_an_agent_is_not_another(
    engine: Engine, livekit: LiveKitServer, name: str
):
    avatar = (
        api.AccessToken(livekit.api_key, livekit.api_secret)
        .with_identity("avatar")
        .with_kind("agent")
        .with_attributes({"lk.publish_on_behalf": "bot"})
        .with_grants(api.VideoGrants(room_join=True, room=name))
        .to_jwt()
    )
    async with (
        Participant(livekit.url, livekit.token(name, "bot", kind="agent"), voice=False),
        Participant(livekit.url, avatar),
    ):
        call_id = await place(engine, livekit, name)
        await live(engine, call_id)
        engine.hang_up(call_id)
        view = await wait_for_end(engine, call_id)
    assert view.failure is None and view.warnings == ()


async def test_a_second_publisher_who_comes_later_is_a_warning(
    engine: Engine, livekit: LiveKitServer, name: str
):
    async with TalkingAgent(livekit.url, livekit.token(name, "bot")):
        call_id = await place(engine, livekit, name, None)
        await live(engine, call_id)
        async with Participant(livekit.url, livekit.token(name, "late")):
            view = await wait_for(engine, call_id, lambda view: bool(view.warnings))
        assert "hears both" in view.warnings[0] and view.state is CallState.LIVE
        engine.hang_up(call_id)
        await wait_for_end(engine, call_id)
    assert list(warnings_of(engine, call_id)) == ["second_publisher"]


@pytest.mark.parametrize(
    ("how", "words"), [("removed", "was removed"), ("deleted", "deleted"), ("twice", "identity")]
)
async def test_being_taken_out_of_the_room_is_told_by_its_reason(
    engine: Engine,
    livekit: LiveKitServer,
    livekit_api: api.LiveKitAPI,
    name: str,
    how: str,
    words: str,
):
    async with TalkingAgent(livekit.url, livekit.token(name, "bot")):
        call_id = await place(engine, livekit, name)
        await live(engine, call_id)
        began = time.monotonic()
        twin = rtc.Room()
        if how == "removed":
            caller = api.RoomParticipantIdentity(room=name, identity="caller")
            await livekit_api.room.remove_participant(caller)
        elif how == "deleted":
            await livekit_api.room.delete_room(api.DeleteRoomRequest(room=name))
        else:
            await twin.connect(livekit.url, livekit.token(name, "caller"))
        view = await wait_for_end(engine, call_id)
        await twin.disconnect()
    assert time.monotonic() - began < 30.0
    assert view.state is CallState.FAILED and view.exit_code == 2, view
    assert view.ended_by == "server"
    assert view.failure is not None and view.failure.kind == "removed_from_room"
    assert words in view.failure.message


async def test_a_room_deleted_in_a_call_without_a_script_is_the_agent_hanging_up(
    engine: Engine, livekit: LiveKitServer, livekit_api: api.LiveKitAPI, name: str
):
    async with TalkingAgent(livekit.url, livekit.token(name, "bot")):
        call_id = await place(engine, livekit, name, None)
        await live(engine, call_id)
        await livekit_api.room.delete_room(api.DeleteRoomRequest(room=name))
        view = await wait_for_end(engine, call_id)
    assert (view.state, view.failure, view.ended_by) == (CallState.DONE, None, "agent"), view


async def test_an_agent_that_leaves_is_told_with_livekits_reason(
    engine: Engine, livekit: LiveKitServer, name: str
):
    agent = TalkingAgent(livekit.url, livekit.token(name, "bot"))
    async with agent:
        call_id = await place(engine, livekit, name)
        await live(engine, call_id)
    view = await wait_for_end(engine, call_id)
    assert view.failure is not None and view.failure.kind == "agent_left" and view.exit_code == 1
    events = read_events(engine.store.artifacts(call_id).events)
    [left] = [event for event in events if event.kind == EventKind.AGENT_LEFT]
    assert left.data == {"identity": "bot", "reason": "client_initiated"}


async def test_an_old_bot_that_echoes_is_explained_and_still_called_by_voice(
    engine: Engine, livekit: LiveKitServer, name: str
):
    async with OldAgent(livekit.url, livekit.token(name, "bot")) as agent:
        view = await wait_for_end(engine, await place(engine, livekit, name))
    assert (view.state, view.failure, view.ended_by) == (CallState.DONE, None, "caller"), view
    assert [turn.outcome for turn in view.turns] == [None, Outcome.ANSWERED, Outcome.ANSWERED]
    assert agent.heard == ["client-ready"], "it was not asked again"
    warnings = warnings_of(engine, view.call_id)
    assert "old Pipecat" in warnings["old_bot"]
    assert [message for message in view.warnings if "old Pipecat" in message]


class Tap:
    """Enough of a tap to join a room with."""

    def now(self) -> float:
        return time.monotonic()

    def emit(self, kind: EventKind, /, **data: Any) -> None:
        pass

    def audio(self, *_: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("grants", "by", "kind"),
    [
        ({"can_publish": False}, "voice", "may_not_publish"),
        ({"can_publish_sources": ["camera"]}, "voice", "may_not_publish"),
        ({"can_publish_data": False}, "text", "may_not_publish"),
        ({"can_subscribe": False}, "voice", "may_not_hear"),
        ({"room_join": False}, "voice", "room_refused"),
        ({"room": "another"}, "voice", "token_for_other_room"),
    ],
)
async def test_what_the_server_does_not_allow_is_told_when_joining(
    livekit: LiveKitServer, name: str, grants: dict[str, Any], by: Any, kind: str
):
    video = api.VideoGrants(**{"room_join": True, "room": name, **grants})
    token = api.AccessToken(livekit.api_key, livekit.api_secret).with_identity("caller")
    try:
        jwt = token.with_grants(video).to_jwt()
    except ValueError:
        pytest.skip("this SDK does not make such a token")
    tap = Tap()
    line = RoomLine(tap, Session(livekit.url, jwt, name), Words(tap), by)
    try:
        with pytest.raises(RingbackError) as caught:
            await line.join()
    finally:
        await line.leave()
    assert caught.value.kind == kind
    assert jwt not in str(caught.value) and caught.value.remedy
