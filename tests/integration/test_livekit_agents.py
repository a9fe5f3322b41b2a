"""An agent that is not Pipecat: a LiveKit Agents worker, of the version its lock names."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

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
from tests.integration.processes import lives
from tests.integration.workers_support import environment, running, until

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]


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


def sent_for(livekit: LiveKitServer, name: str = "museum", **body: str) -> Agent:
    """The worker's agent as somebody who has the server's keys reaches it."""
    config = {
        "url": livekit.url,
        "api_key": livekit.api_key,
        "api_secret": livekit.api_secret,
        "agent_name": name,
    }
    return Agent(name="museum", provider="room", config=config, body=body)


async def waiting(livekit: LiveKitServer, room: str) -> Agent:
    """The worker's agent in a room that others made, as somebody with a token reaches it."""
    await RoomKeys(livekit.url, livekit.api_key, livekit.api_secret).dispatch(room, "museum")
    config = {"url": livekit.url, "token": livekit.token(room, "caller")}
    return Agent(name="museum", provider="room", config=config)


def parking(place: str = "Harbour Museum") -> Scenario:
    """A question and a farewell, and what the agent must say to them."""
    said = (("Greets", place), ("Parking", "behind the building"), ("Farewell", "Goodbye"))
    return Scenario(
        name="test/parking",
        title="Where to park",
        path="test",
        steps=(
            ScriptStep(None),
            ScriptStep("Where can I park?"),
            ScriptStep("That is all, goodbye."),
        ),
        checks=(
            *(
                AgentSaid(rule="agent_said", name=name, text=text, turn=turn)
                for turn, (name, text) in enumerate(said)
            ),
            NoMissedTurn(rule="no_missed_turn", name="No missed turn"),
        ),
    )


def call_of(
    agent: Agent, scenario: Scenario | None, *, join_s: float = 20.0, **caller: str
) -> CallRequest:
    return CallRequest(
        agent=agent,
        scenario=scenario,
        caller=Caller(answer_timeout_s=10.0, **caller),
        limits=Limits(wall_clock_s=90.0, join_s=join_s),
    )


def events_of(engine: Engine, view: CallView, *kinds: EventKind) -> list[Event]:
    events = read_events(engine.store.artifacts(view.call_id).events)
    return [event for event in events if event.kind in kinds]


def room_of(engine: Engine, view: CallView) -> str:
    return str(events_of(engine, view, EventKind.SESSION_STARTED)[0].data["room"])


async def idle(worker: GuardedProcess) -> None:
    """Wait until a warm process waits for the next job."""

    def waits() -> bool:
        log = worker.log_path.read_text()
        return log.count('"process initialized"') > log.count('"received job request"')

    await until(waits, 120.0, lambda: "the worker has no warm process")


async def gone(worker: GuardedProcess, livekit: LiveKitServer, room: str) -> None:
    """Wait until the process that took the job in `room` has ended, and the room with it."""
    lines = [json.loads(line) for line in worker.log_path.read_text().splitlines() if room in line]
    jobs = {line["pid"] for line in lines} - {worker.pid}
    assert jobs, f"no job ran in {room}"
    await until(lambda: not any(map(lives, jobs)), 20.0, lambda: f"the jobs {jobs} still run")
    assert room not in await livekit.rooms()
    assert worker.exit_code is None, "the worker itself goes on"


async def test_called_by_voice_beside_an_agent_of_another_provider(
    engine: Engine, livekit: LiveKitServer, worker: GuardedProcess
):
    await idle(worker)
    demo = engine.place(demo_call())
    began = await wait_for(engine, demo.id, lambda view: view.state is CallState.LIVE)
    agent = sent_for(livekit, place="City Museum")
    ours = engine.place(call_of(agent, parking("City Museum")))
    await wait_for(engine, ours.id, lambda view: view.state is CallState.LIVE)
    joined_at = datetime.now(UTC)
    view, other = await asyncio.gather(*(wait_for_end(engine, call.id) for call in (ours, demo)))
    assert began.clock_started_at is not None
    assert joined_at < began.clock_started_at + timedelta(seconds=other.t), "not at once"
    for each, source in ((view, "lk.transcription"), (other, "rtvi")):
        assert (each.state, each.failure) == (CallState.DONE, None)
        assert each.verdict is Verdict.PASSED, each.checks
        assert {turn.agent_text_source for turn in each.turns} == {source}
    assert [turn.outcome for turn in view.turns] == [None, Outcome.ANSWERED, Outcome.ANSWERED]
    assert all(turn.response_latency_s is not None for turn in view.turns[1:])
    assert all(turn.bot_reported_s is None for turn in view.turns), "it speaks no RTVI"
    joined = events_of(engine, view, EventKind.AGENT_JOINED)
    assert [event.data["kind"] for event in joined] == ["agent"]
    heard = [event.data["text"] for event in events_of(engine, view, EventKind.AGENT_HEARD)]
    assert "where can i park" in heard
    assert not events_of(engine, view, EventKind.AGENT_READY, EventKind.ROOM_WARNING)
    await gone(worker, livekit, room_of(engine, view))


async def test_called_by_text(
    engine: Engine, livekit: LiveKitServer, worker: GuardedProcess, room: str
):
    await idle(worker)
    call = engine.place(call_of(await waiting(livekit, room), parking(), by="text"))
    view = await wait_for_end(engine, call.id)
    assert (view.state, view.failure) == (CallState.DONE, None)
    assert view.verdict is Verdict.PASSED, view.checks
    assert {turn.agent_text_source for turn in view.turns} == {"lk.transcription"}
    lines = events_of(engine, view, EventKind.CALLER_STARTED)
    assert [line.data["sent_as"] for line in lines] == ["lk.chat"] * 2
    assert events_of(engine, view, EventKind.SESSION_STOPPED)[0].data["how"] == "left"
    await livekit.delete_room(room)
    await gone(worker, livekit, room)


async def test_a_call_that_is_broken_off_ends_the_job(
    engine: Engine, livekit: LiveKitServer, worker: GuardedProcess
):
    await idle(worker)
    call = engine.place(call_of(sent_for(livekit), None))
    await wait_for(engine, call.id, lambda view: any(turn.agent_text for turn in view.turns))
    engine.hang_up(call.id)
    view = await wait_for_end(engine, call.id)
    assert view.failure is None and view.ended_by == "person"
    await gone(worker, livekit, room_of(engine, view))


async def test_no_worker_of_that_name(
    engine: Engine, livekit: LiveKitServer, worker: GuardedProcess
):
    call = engine.place(call_of(sent_for(livekit, "musuem"), None, join_s=2.0))
    view = await wait_for_end(engine, call.id)
    assert view.failure is not None and view.failure.kind == "agent_never_joined"
    assert room_of(engine, view) not in await livekit.rooms()
