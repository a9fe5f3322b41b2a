"""An agent that is not Pipecat: a LiveKit Agents worker, of the version its lock names."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from harness.agents._rooms import RoomKeys
from harness.calls import CallRequest, CallView, Engine, Limits
from harness.local import GuardedProcess, LiveKitServer, LocalHost
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
from tests.integration.calls_support import demo_call, wait_for, wait_for_end
from tests.integration.workers_support import environment, running, until

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]

PARKING = Scenario(
    name="test/parking",
    title="Where to park",
    path="test",
    steps=(
        ScriptStep(None),
        ScriptStep("Where can I park?"),
        ScriptStep("That is all, goodbye."),
    ),
    checks=(
        AgentSaid(rule="agent_said", name="Greets", text="Harbour Museum", turn=0),
        AgentSaid(rule="agent_said", name="Parking", text="behind the building", turn=1),
        AgentSaid(rule="agent_said", name="Farewell", text="thank you for calling", turn=2),
        NoMissedTurn(rule="no_missed_turn", name="No missed turn"),
    ),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """An engine that can also run the demo agent, two calls at a time."""
    settings = Settings(data=tmp_path_factory.mktemp("data"), concurrency=2)
    engine = Engine(settings, LocalHost(settings))
    await asyncio.to_thread(engine.start)
    yield engine
    await asyncio.to_thread(engine.stop)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def worker(
    livekit: LiveKitServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[GuardedProcess]:
    """The worker, registered and with a warm process for its next job."""
    python = await asyncio.to_thread(environment, "livekit_agents")
    command = [str(python), "-m", "livekit.agents", "start", "livekit_agents_worker.py"]
    settings = Settings(data=tmp_path_factory.mktemp("worker"))
    async with running(
        settings, livekit, "LiveKit Agents worker", command, ready='"registered worker"'
    ) as process:
        yield process


@pytest_asyncio.fixture(loop_scope="session")
async def room(livekit: LiveKitServer) -> AsyncIterator[str]:
    """The name of a room that nobody uses yet."""
    name = f"museum-{secrets.token_hex(4)}"
    yield name
    await livekit.delete_room(name)


async def museum(livekit: LiveKitServer, room: str, **fields: str) -> Agent:
    """The worker's agent, called into `room`."""
    keys = RoomKeys(livekit.url, livekit.api_key, livekit.api_secret)
    await keys.dispatch(room, "museum")
    config = {"url": livekit.url, "token": livekit.token(room, "caller")}
    return Agent(name="museum", provider="room", config=config, **fields)


def call_of(agent: Agent, **caller: str) -> CallRequest:
    return CallRequest(
        agent=agent,
        scenario=PARKING,
        caller=Caller(answer_timeout_s=10.0, **caller),
        limits=Limits(wall_clock_s=90.0),
    )


def events_of(engine: Engine, view: CallView) -> list[Event]:
    return list(read_events(engine.store.artifacts(view.call_id).events))


def job_in(worker: GuardedProcess, room: str) -> int:
    """The id of the process that took the job in `room`, from the worker's own log."""
    for line in Path(worker.log_path).read_text().splitlines():
        if "RoomIO linked" in line and json.loads(line)["room"] == room:
            return int(json.loads(line)["pid"])
    raise AssertionError(f"no job ran in {room}")


async def gone(worker: GuardedProcess, livekit: LiveKitServer, room: str) -> None:
    """Wait until the job's process has ended; its room must be gone by then."""
    pid = job_in(worker, room)
    await until(lambda: not psutil.pid_exists(pid), 20.0, lambda: f"the job {pid} still runs")
    assert room not in await livekit.rooms()
    assert worker.exit_code is None, "the worker itself goes on"


async def idle(worker: GuardedProcess) -> None:
    """Wait until a warm process waits for the next job."""

    def waits() -> bool:
        log = Path(worker.log_path).read_text()
        return log.count('"process initialized"') > log.count('"received job request"')

    await until(waits, 60.0, lambda: "the worker has no warm process")


async def test_called_by_voice(
    engine: Engine, livekit: LiveKitServer, worker: GuardedProcess, room: str
):
    call = engine.place(call_of(await museum(livekit, room)))
    view = await wait_for_end(engine, call.id)
    assert (view.state, view.failure) == (CallState.DONE, None)
    assert view.verdict is Verdict.PASSED, view.checks
    assert [turn.outcome for turn in view.turns] == [None, Outcome.ANSWERED, Outcome.ANSWERED]
    assert {turn.agent_text_source for turn in view.turns} == {"lk.transcription"}
    assert all(turn.response_latency_s is not None for turn in view.turns[1:])
    events = events_of(engine, view)
    joined = [event.data["kind"] for event in events if event.kind == EventKind.AGENT_JOINED]
    assert joined == ["agent"]
    assert not [event for event in events if event.kind == EventKind.AGENT_READY]
    await livekit.delete_room(room)
    await gone(worker, livekit, room)


async def test_called_beside_an_agent_of_another_provider(
    engine: Engine, livekit: LiveKitServer, worker: GuardedProcess, room: str
):
    await idle(worker)
    demo = engine.place(demo_call())
    began = await wait_for(engine, demo.id, lambda view: view.state is CallState.LIVE)
    ours = engine.place(call_of(await museum(livekit, room)))
    await wait_for(engine, ours.id, lambda view: view.state is CallState.LIVE)
    joined_at = datetime.now(UTC)
    views = await asyncio.gather(*(wait_for_end(engine, call.id) for call in (ours, demo)))
    assert began.clock_started_at is not None
    assert joined_at < began.clock_started_at + timedelta(seconds=views[1].t), "not at once"
    for view, source in zip(views, ("lk.transcription", "rtvi"), strict=True):
        assert (view.verdict, view.failure) == (Verdict.PASSED, None), view.checks
        assert {turn.agent_text_source for turn in view.turns} == {source}
