"""Bots of a Pipecat whose LiveKit transport does not read what a client sends (1.7 and before)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from harness.calls import CallRequest, CallView, Engine, Limits
from harness.local import LiveKitServer
from harness.nouns import (
    Agent,
    AgentSaid,
    Caller,
    CallState,
    Event,
    EventKind,
    NoMissedTurn,
    Outcome,
    Scenario,
    ScriptStep,
    Verdict,
)
from harness.settings import Settings
from harness.store import read_events
from tests.integration.calls_support import wait_for_end
from tests.integration.workers_support import environment, running

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]

LIGHT = Scenario(
    name="test/light",
    title="Is the light on",
    path="test",
    # The second line gives it time: that it does not answer our messages shows only by waiting.
    steps=(
        ScriptStep(None),
        ScriptStep("Is the light on at the weekend?"),
        ScriptStep("Thank you, goodbye."),
    ),
    checks=(
        AgentSaid(rule="agent_said", name="Greets", text="old lighthouse", turn=0),
        AgentSaid(rule="agent_said", name="Answers", text="every night", turn=1),
        NoMissedTurn(rule="no_missed_turn", name="No missed turn"),
    ),
)

WRITTEN = Scenario(
    name="test/written",
    title="Somebody writes",
    path="test",
    steps=(ScriptStep(None), ScriptStep("Is the light on tonight?")),
    checks=(AgentSaid(rule="agent_said", name="Reads", text="the light on tonight", turn=1),),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """An engine that runs no agents itself."""
    engine = Engine(Settings(data=tmp_path_factory.mktemp("data"), concurrency=1))
    await asyncio.to_thread(engine.start)
    yield engine
    await asyncio.to_thread(engine.stop)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def agent(
    livekit: LiveKitServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Agent]:
    """A bot that waits in its room for whoever comes."""
    python = await asyncio.to_thread(environment, "old_pipecat")
    room = f"lighthouse-{secrets.token_hex(4)}"
    async with running(
        Settings(data=tmp_path_factory.mktemp("bot")),
        livekit,
        "Old Pipecat bot",
        [str(python), "old_bot.py", "--url", livekit.url, "--room", room],
        env={"LIVEKIT_TOKEN": livekit.token(room, "lighthouse")},
        ready="In the room with Pipecat 1.7",
    ):
        config = {"url": livekit.url, "token": livekit.token(room, "caller")}
        yield Agent(name="lighthouse", provider="room", config=config, text_channel="data")
    await livekit.delete_room(room)


async def called(
    engine: Engine, agent: Agent, scenario: Scenario, **caller: str
) -> tuple[CallView, list[Event]]:
    """A call that went well, and its events."""
    request = CallRequest(
        agent=agent,
        scenario=scenario,
        caller=Caller(answer_timeout_s=10.0, **caller),
        limits=Limits(wall_clock_s=90.0),
    )
    view = await wait_for_end(engine, engine.place(request).id)
    assert (view.state, view.failure) == (CallState.DONE, None)
    assert view.verdict is Verdict.PASSED, view.checks
    # What it says about itself arrives, though what we tell it as RTVI does not.
    assert {turn.agent_text_source for turn in view.turns} == {"rtvi"}
    events = list(read_events(engine.store.artifacts(view.call_id).events))
    assert not [event for event in events if event.kind == EventKind.AGENT_READY]
    return view, events


async def test_an_old_bot_is_called_by_voice_and_explained(engine: Engine, agent: Agent):
    view, events = await called(engine, agent, LIGHT)
    assert [turn.outcome for turn in view.turns] == [None, Outcome.ANSWERED, Outcome.ANSWERED]
    assert all(turn.response_latency_s is not None for turn in view.turns[1:])
    [warning] = [event.data for event in events if event.kind == EventKind.ROOM_WARNING]
    assert warning["code"] == "old_bot"
    assert "Pipecat" in warning["message"] and "1.8" in warning["message"]
    assert list(view.warnings) == [warning["message"]]


async def test_an_old_bot_that_reads_data_packets_is_called_by_text(engine: Engine, agent: Agent):
    _, events = await called(engine, agent, WRITTEN, by="text")
    lines = [event.data for event in events if event.kind == EventKind.CALLER_STARTED]
    assert [line["sent_as"] for line in lines] == ["data"]
