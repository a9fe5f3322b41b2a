"""Typing instead of speaking, by each channel, with real agents on a real LiveKit server."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from harness.calls import CallRequest, CallView, Engine, Limits
from harness.local import LiveKitServer, LocalHost, demo_agent
from harness.nouns import Agent, Caller, CallState, Event, EventKind, Outcome, Scenario, ScriptStep
from harness.settings import Settings
from harness.store import read_events
from tests.integration.bots.participants import ChatAgent, DataAgent, FloodingAgent, TalkingAgent
from tests.integration.calls_support import wait_for, wait_for_end

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]
PATIENT = Caller(by="text", answer_timeout_s=15.0)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """An engine that can also run the demo agent."""
    settings = Settings(data=tmp_path_factory.mktemp("data"), concurrency=2)
    engine = Engine(settings, LocalHost(settings))
    await asyncio.to_thread(engine.start)
    yield engine
    await asyncio.to_thread(engine.stop)


class Room:
    """A room of its own: the agent's token and how the caller reaches it."""

    def __init__(self, livekit: LiveKitServer) -> None:
        self.livekit = livekit
        self.name = f"text-{secrets.token_hex(4)}"

    def token(self, identity: str, **more: Any) -> str:
        return self.livekit.token(self.name, identity, **more)

    def agent(self, **more: Any) -> Agent:
        config = {"url": self.livekit.url, "token": self.token("caller")}
        return Agent(name="A room", provider="room", config=config, **more)


@pytest.fixture
def room(livekit: LiveKitServer) -> Room:
    return Room(livekit)


def script(*lines: str | None) -> Scenario:
    steps = tuple(ScriptStep(line) for line in lines)
    return Scenario(name="test/typed", title="Typed", path="test", steps=steps)


async def carry(engine: Engine, agent: Agent, lines: Scenario, caller: Caller) -> CallView:
    request = CallRequest(agent=agent, scenario=lines, caller=caller, limits=Limits(join_s=20.0))
    call = await asyncio.to_thread(engine.place, request)
    return await wait_for_end(engine, call.id)


async def typed(engine: Engine, agent: Agent, line: str) -> CallView:
    """A text call without a script: one line, its answer heard, then hung up."""
    request = CallRequest(agent=agent, caller=PATIENT, limits=Limits(join_s=20.0))
    call = await asyncio.to_thread(engine.place, request)
    await wait_for(engine, call.id, lambda view: view.state is CallState.LIVE)
    engine.type_line(call.id, line)
    await wait_for(
        engine, call.id, lambda view: bool(view.turns and view.turns[-1].response_latency_s)
    )
    engine.hang_up(call.id)
    return await wait_for_end(engine, call.id)


def events_of(engine: Engine, view: CallView, kind: EventKind) -> list[Event]:
    events = read_events(engine.store.artifacts(view.call_id).events)
    return [event for event in events if event.kind == kind]


def told(engine: Engine, view: CallView, code: str) -> list[str]:
    """The room's warnings of a code."""
    warnings = events_of(engine, view, EventKind.ROOM_WARNING)
    return [event.data["message"] for event in warnings if event.data["code"] == code]


async def test_a_stock_pipecat_bot_is_typed_to_by_rtvi_and_answers_by_voice(engine: Engine):
    view = await carry(engine, demo_agent(), script(None, "What are your opening hours?"), PATIENT)
    assert (view.state, view.failure) == (CallState.DONE, None), view
    greeting, turn = view.turns
    assert "Northgate" in greeting.agent_text
    assert (turn.sent_as, turn.outcome) == ("rtvi", Outcome.ANSWERED)
    assert "eight" in turn.agent_text.lower() or "8" in turn.agent_text
    assert turn.agent and turn.response_latency_s is not None and turn.response_latency_s > 0
    lanes = {event.data["lane"] for event in events_of(engine, view, EventKind.LANE_STARTED)}
    assert lanes == {"agent"}, "the caller sends no audio"


async def test_the_demo_bot_also_reads_data_packets_as_the_sample_does(engine: Engine):
    agent = demo_agent().model_copy(update={"text_channel": "data"})
    view = await carry(engine, agent, script(None, "Where can I park?"), PATIENT)
    assert (view.state, view.failure) == (CallState.DONE, None), view
    turn = view.turns[1]
    assert (turn.sent_as, turn.outcome) == ("data", Outcome.ANSWERED)
    assert turn.heard_text == "Where can I park?"
    assert "park" in turn.agent_text.lower()


async def test_a_line_is_typed_as_text_in_the_midst_of_a_voice_call(engine: Engine):
    request = CallRequest(agent=demo_agent(), caller=Caller())
    call = await asyncio.to_thread(engine.place, request)
    await wait_for(engine, call.id, lambda view: bool(view.turns and view.turns[0].agent_text))
    engine.type_line(call.id, "Where can I park?", as_text=True)
    view = await wait_for(
        engine, call.id, lambda view: len(view.turns) > 1 and bool(view.turns[1].agent)
    )
    assert view.turns[1].sent_as == "rtvi" and view.turns[1].caller_source == "typed"
    engine.hang_up(call.id)
    await wait_for_end(engine, call.id)


async def test_a_chat_agent_without_a_voice_is_called_by_text_alone(engine: Engine, room: Room):
    lines = script("When do you open?", "And on Friday?")
    token = room.token("agent", kind="agent")  # only that kind may write in the caller's name
    async with ChatAgent(room.livekit.url, token, voice=False) as agent:
        view = await carry(engine, room.agent(), lines, PATIENT)
    assert (view.state, view.failure, view.ended_by) == (CallState.DONE, None, "caller"), view
    assert agent.heard == ["When do you open?", "And on Friday?"]
    assert [turn.outcome for turn in view.turns] == [Outcome.ANSWERED] * 2
    for turn, line in zip(view.turns, agent.heard, strict=True):
        assert turn.sent_as == "lk.chat" and turn.agent == () and turn.response_latency_s is None
        assert turn.heard_text == line, "what the agent heard, once, in its final wording"
        assert turn.agent_text == f"You said: {line} <b>Is that[31m all?</b>"
        assert turn.agent_text_source == "lk.transcription"
    assert agent.tracks_heard == 0


async def test_a_chat_agent_with_a_voice_is_heard_and_read(engine: Engine, room: Room):
    async with ChatAgent(room.livekit.url, room.token("agent")):
        view = await typed(engine, room.agent(), "When do you open?")
    [turn] = view.turns
    assert turn.outcome is Outcome.ANSWERED and turn.agent
    assert "You said: When do you open?" in turn.agent_text


async def test_the_samples_data_packet_reaches_an_agent_in_the_template_it_wants(
    engine: Engine, room: Room
):
    template = {"message": "{text}", "timestamp": "{timestamp}", "meta": [1, {"by": "me: {text}"}]}
    wanted = room.agent(text_channel="data", data_template=template)
    line = 'Say "hello" and {timestamp}'
    async with DataAgent(room.livekit.url, room.token("agent")) as agent:
        view = await typed(engine, wanted, line)
    [packet] = agent.packets
    assert packet["message"] == line and packet["meta"] == [1, {"by": f"me: {line}"}]
    assert packet["timestamp"].startswith("20") and packet["timestamp"].endswith("+00:00")
    assert [turn.outcome for turn in view.turns] == [Outcome.ANSWERED]


async def test_our_recogniser_gives_the_words_where_it_is_asked_to(engine: Engine, room: Room):
    asked = script(None, "When do you open?", "At what time, please?")
    async with TalkingAgent(room.livekit.url, room.token("agent")):
        view = await carry(engine, room.agent(transcript="stt"), asked, Caller())
    greeting, *turns = view.turns
    assert all(turn.agent_text_source == "stt" for turn in view.turns)
    assert "morning" in greeting.agent_text and "eight" not in greeting.agent_text
    # The agent plays from the process of these tests, whose voice may stumble: not each time.
    assert len(turns) == 2 and any("open" in turn.agent_text for turn in turns), turns
    assert not any("morning" in turn.agent_text for turn in turns)
    for event in events_of(engine, view, EventKind.AGENT_TEXT):
        assert event.data["at"] in [
            began.data["at"] for began in events_of(engine, view, EventKind.AGENT_STARTED)
        ]


async def test_no_words_from_anywhere_are_explained(engine: Engine, room: Room):
    async with TalkingAgent(room.livekit.url, room.token("agent")):
        view = await carry(engine, room.agent(), script(None, "When do you open?"), Caller())
    assert all(turn.agent_text == "" for turn in view.turns)
    [why] = told(engine, view, "no_transcript")
    assert "offline" in why and "stt" in why and why in view.warnings


async def test_a_flood_of_packets_is_counted_and_the_call_goes_on(engine: Engine, room: Room):
    async with FloodingAgent(room.livekit.url, room.token("agent")):
        view = await carry(engine, room.agent(), script(None, "When do you open?"), Caller())
    assert view.state is CallState.DONE and view.failure is None, view.failure
    assert view.turns[-1].outcome is Outcome.ANSWERED
    kept = [event.data for event in events_of(engine, view, EventKind.AGENT_DATA)]
    shown = [data for data in kept if "data" in data]
    assert shown[0]["data"].startswith("base64: ") and shown[0]["from"] == "agent"
    assert len(shown) <= 200 and sum(len(str(data["data"])) for data in shown) < 80_000
    assert {"a": None, "b": None, "c": ""} in [data["data"] for data in shown]
    assert "<script>alert(1)</script>[2J" in [data["data"] for data in shown]
    assert any(data.get("left_out", 0) > 0 for data in kept)
    assert len(told(engine, view, "flood")) == 2, "when it began, and how much it was"
    health = events_of(engine, view, EventKind.HEALTH)
    dropped = sum(event.data["left_out"] for event in health)
    assert dropped > 1000
    log = engine.store.artifacts(view.call_id).events
    assert log.stat().st_size < 1_500_000
