"""Bots of a Pipecat whose LiveKit transport does not read what a client sends (1.7 and before)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from harness.calls import CallRequest, Engine, Limits
from harness.local import GuardedProcess, LiveKitServer
from harness.nouns import (
    Agent,
    AgentSaid,
    Caller,
    CallState,
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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """An engine that runs no agents itself."""
    engine = Engine(Settings(data=tmp_path_factory.mktemp("data"), concurrency=1))
    await asyncio.to_thread(engine.start)
    yield engine
    await asyncio.to_thread(engine.stop)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def old_bot(
    livekit: LiveKitServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[GuardedProcess, str]]:
    """The bot, waiting in its room, and the room's name."""
    python = await asyncio.to_thread(environment, "old_pipecat")
    room = f"lighthouse-{secrets.token_hex(4)}"
    async with running(
        Settings(data=tmp_path_factory.mktemp("bot")),
        livekit,
        "Old Pipecat bot",
        [str(python), "old_bot.py", "--url", livekit.url, "--room", room],
        env={"LIVEKIT_TOKEN": livekit.token(room, "lighthouse")},
        ready="In the room with Pipecat 1.7",
    ) as process:
        yield process, room


async def test_an_old_bot_is_called_by_voice_and_explained(
    engine: Engine, livekit: LiveKitServer, old_bot: tuple[GuardedProcess, str]
):
    bot, room = old_bot
    config = {"url": livekit.url, "token": livekit.token(room, "caller")}
    request = CallRequest(
        agent=Agent(name="lighthouse", provider="room", config=config),
        scenario=LIGHT,
        caller=Caller(answer_timeout_s=10.0),
        limits=Limits(wall_clock_s=90.0),
    )
    view = await wait_for_end(engine, engine.place(request).id)
    assert (view.state, view.failure) == (CallState.DONE, None)
    assert view.verdict is Verdict.PASSED, view.checks
    assert [turn.outcome for turn in view.turns] == [None, Outcome.ANSWERED, Outcome.ANSWERED]
    assert all(turn.response_latency_s is not None for turn in view.turns[1:])
    # What it says about itself arrives; what we tell it does not.
    assert {turn.agent_text_source for turn in view.turns} == {"rtvi"}
    events = list(read_events(engine.store.artifacts(view.call_id).events))
    assert not [event for event in events if event.kind == EventKind.AGENT_READY]
    warnings = [event.data for event in events if event.kind == EventKind.ROOM_WARNING]
    assert [warning["code"] for warning in warnings] == ["old_bot"], warnings
    assert "Pipecat" in warnings[0]["message"] and "1.8" in warnings[0]["message"]
    assert list(view.warnings) == [warnings[0]["message"]]
    assert await asyncio.wait_for(bot.wait(), 20) == 0, "it ends by itself as its caller leaves"
