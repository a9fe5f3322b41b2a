"""Real calls through a runner of Pipecat's, a runner of somebody's own, and rooms; what they leave.

The agent is the demo front desk each time, run as each way wants it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import sys
from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio
from livekit import api

from harness.agents import provider_for
from harness.calls import CallRequest, CallView, Engine, Limits
from harness.errors import RoomRefused
from harness.local import BotPool, GuardedProcess, LiveKitServer, free_port
from harness.local._host import DEMO_BOT
from harness.nouns import (
    Agent,
    AgentSaid,
    Caller,
    CallState,
    EventKind,
    SaidGoodbye,
    Scenario,
    ScriptStep,
    Verdict,
)
from harness.settings import Settings
from harness.store import read_events
from tests.integration.calls_support import wait_for, wait_for_end
from tests.integration.processes import lives
from tests.integration.workers_support import BOTS, family, running, until

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]

KEY = "runner-key-4711"
FAREWELL = Scenario(
    name="test/farewell",
    title="Greeting and farewell",
    path="test",
    steps=(ScriptStep(None), ScriptStep("That is all, goodbye.")),
    checks=(
        AgentSaid(rule="agent_said", name="Greets", text="Northgate Clinic", turn=0),
        SaidGoodbye(rule="said_goodbye", name="Says goodbye"),
    ),
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data=tmp_path_factory.mktemp("data"), concurrency=2)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    """An engine that runs no agents itself."""
    engine = Engine(settings)
    await asyncio.to_thread(engine.start)
    yield engine
    await asyncio.to_thread(engine.stop)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bot_runner(settings: Settings, livekit: LiveKitServer) -> AsyncIterator[GuardedProcess]:
    """A bot runner after the pattern of Pipecat's guide, listening."""
    command = [sys.executable, "bot_runner.py"]
    env = {"RUNNER_KEY": KEY}
    async with running(
        settings, livekit, "bot runner", command, env=env, ready=" now\n"
    ) as process:
        yield process


def request(agent: Agent, scenario: Scenario | None = FAREWELL) -> CallRequest:
    return CallRequest(
        agent=agent,
        scenario=scenario,
        caller=Caller(answer_timeout_s=8.0),
        # The bots of these ways are loaded while the call rings.
        limits=Limits(wall_clock_s=120.0, join_s=60.0),
    )


def keys(livekit: LiveKitServer, prefix: str = "") -> dict[str, str]:
    return {f"{prefix}api_key": livekit.api_key, f"{prefix}api_secret": livekit.api_secret}


def own_runner(process: GuardedProcess, key: str = KEY, **config: str) -> Agent:
    """The bot runner as a configuration tells of it."""
    found = re.search(r"listens on (\S+) now", process.log_path.read_text())
    assert found is not None
    told = {
        "url": f"{found[1]}/start_bot",
        "headers": {"Authorization": f"Bearer {key}"},
        "body": {"config": "{body}"},
        "session_id_at": "/bot/id",
        "stop_url": "/bots/{session_id}",
    }
    body = {"today": "2026-11-23"}
    return Agent(name="own", provider="http_runner", config=told | config, body=body)


async def front_desk_in(room: str, settings: Settings, livekit: LiveKitServer) -> GuardedProcess:
    """The front desk, put into a room by hand; it comes when it is loaded, and ends by itself."""
    token = livekit.token(room, "front desk", kind="agent")
    command = [sys.executable, "front_desk_by_arguments.py", "-u", livekit.url]
    return await GuardedProcess.start(
        settings,
        f"Bot in {room}",
        [*command, "-r", room, "-t", token],
        log_path=settings.folder("logs") / f"{room}.log",
        env=dict(os.environ),
        cwd=BOTS,
    )


def events(engine: Engine, view: CallView) -> dict[str, dict[str, object]]:
    """The first event of each kind."""
    all_events = read_events(engine.store.artifacts(view.call_id).events)
    return {event.kind: event.data for event in reversed(all_events)}


async def gone(processes: list[psutil.Process]) -> None:
    """Wait until a bot and what it started have ended."""
    await until(lambda: not any(map(lives, processes)), 30.0)


def assert_passed(view: CallView) -> None:
    assert (view.state, view.failure) == (CallState.DONE, None)
    assert view.verdict is Verdict.PASSED, view.checks


async def test_a_call_through_pipecat_s_runner(
    engine: Engine, settings: Settings, livekit: LiveKitServer
):
    pool = BotPool(livekit, settings, warm=0)
    bot = await pool.lease(DEMO_BOT)
    try:
        config = {"url": bot.url} | keys(livekit, "livekit_")
        agent = Agent(name="runner", provider="dev_runner", config=config)
        call = engine.place(request(agent))
        view = await wait_for_end(engine, call.id)
        assert_passed(view)
        assert view.warnings == ()
        told = events(engine, view)
        assert told[EventKind.SESSION_STOPPED]["how"] == "deleted"
        assert told[EventKind.SESSION_STARTED]["room"] not in await livekit.rooms()
        lines = lambda: "\n".join(bot.last_lines(50))  # noqa: E731
        await until(lambda: "The call is over." in lines(), 20.0, lines)
        assert bot.exit_code is None, "the runner is not ours to end"
    finally:
        await pool.close()


async def test_a_runner_with_one_fixed_room_is_told(
    engine: Engine, settings: Settings, livekit: LiveKitServer
):
    port = str(free_port())
    command = [sys.executable, "tone.py", "-t", "livekit", "--host", "127.0.0.1", "--port", port]
    async with running(
        settings,
        livekit,
        "lobby",
        command,
        env={"LIVEKIT_ROOM_NAME": "lobby"},
        ready="Uvicorn running",
    ):
        config = {"url": f"http://127.0.0.1:{port}"} | keys(livekit, "livekit_")
        agent = Agent(name="lobby", provider="dev_runner", config=config)
        steps = {step.name: step async for step in provider_for(agent).preflight()}
        assert steps["ready"].done and "one process" in steps["ready"].note
        assert list(steps) == ["resolve", "authorise", "ready"]
        call = engine.place(request(agent, None))
        await wait_for(engine, call.id, lambda view: view.state is CallState.LIVE)
        engine.hang_up(call.id)
        view = await wait_for_end(engine, call.id)
        assert view.failure is None
        assert any("lobby" in warning for warning in view.warnings)
        assert "lobby" not in await livekit.rooms()


async def test_a_call_through_a_runner_of_one_s_own(
    engine: Engine, livekit: LiveKitServer, bot_runner: GuardedProcess
):
    call = engine.place(request(own_runner(bot_runner)))
    view = await wait_for(engine, call.id, lambda view: view.state is CallState.LIVE)
    bot = family(bot_runner)[1:]
    assert bot, "it is a process"
    view = await wait_for_end(engine, call.id)
    assert_passed(view)
    told = events(engine, view)
    assert told[EventKind.SESSION_STOPPED]["how"] == "stopped"
    room = str(told[EventKind.SESSION_STARTED]["room"])
    assert room.startswith("call ") and room not in await livekit.rooms()
    await gone(bot)


async def test_hanging_up_while_it_rings_leaves_no_bot(
    engine: Engine, livekit: LiveKitServer, bot_runner: GuardedProcess
):
    call = engine.place(request(own_runner(bot_runner)))
    await wait_for(engine, call.id, lambda view: view.state is CallState.RINGING)
    bot = family(bot_runner)[1:]
    assert bot, "it is a process"
    engine.hang_up(call.id)
    view = await wait_for_end(engine, call.id)
    assert view.state is CallState.CANCELLED
    assert events(engine, view)[EventKind.SESSION_STOPPED]["how"] == "stopped"
    await gone(bot)
    assert not [room for room in await livekit.rooms() if room.startswith("call ")]


async def test_a_runner_s_key_that_is_wrong_and_said_back(
    engine: Engine, bot_runner: GuardedProcess
):
    wrong = "not-the-key-0815"
    call = engine.place(request(own_runner(bot_runner, wrong)))
    view = await wait_for_end(engine, call.id)
    assert view.failure is not None and view.failure.kind == "unauthorised"
    assert "[hidden] is not the key" in view.failure.message
    files = engine.store.artifacts(call.id)
    assert wrong not in files.events.read_text() and wrong not in str(view)


async def test_calls_in_rooms_by_token_and_by_keys_at_once(
    engine: Engine, settings: Settings, livekit: LiveKitServer
):
    by_token, by_keys = (f"room-{secrets.token_hex(4)}" for _ in range(2))
    configs = {
        by_token: {"token": livekit.token(by_token, "caller")},
        by_keys: keys(livekit),
    }
    bots = [await front_desk_in(room, settings, livekit) for room in configs]
    try:
        calls = {}
        for room, config in configs.items():
            config = {"url": livekit.url, "room": room} | config
            agent = Agent(name="room", provider="room", config=config)
            calls[room] = engine.place(request(agent))
        for room, call in calls.items():
            view = await wait_for_end(engine, call.id)
            assert_passed(view)
            told = events(engine, view)
            assert told[EventKind.SESSION_STARTED]["room"] == room
            # By its keys we made the room, as nobody was there yet; by the token we did not.
            ours = room == by_keys
            assert told[EventKind.SESSION_STOPPED]["how"] == ("deleted" if ours else "left")
            if ours:
                assert room not in await livekit.rooms()
        for bot in bots:
            await until(lambda bot=bot: bot.exit_code is not None, 20.0)
    finally:
        await asyncio.gather(*(bot.stop() for bot in bots))
        await livekit.delete_room(by_token)


async def test_a_room_of_our_own_is_deleted_and_no_other(livekit: LiveKitServer):
    """What is handed to whoever is sent for, and whose room is deleted."""

    def agent(room: str = "", **more: object) -> Agent:
        config = {"url": livekit.url, "room": room, "agent_name": "clerk"} | keys(livekit) | more
        return Agent(name="A", provider="room", config=config)

    way = provider_for(agent())
    session = await way.start({"language": "en"}, print)
    assert session.room in await livekit.rooms() and session.room.startswith("ringback-")
    async with api.LiveKitAPI(livekit.url, livekit.api_key, livekit.api_secret) as livekit_api:
        dispatches = await livekit_api.agent_dispatch.list_dispatch(room_name=session.room)
    told = {dispatch.agent_name: dispatch.metadata for dispatch in dispatches}
    assert json.loads(told["clerk"]) == {"language": "en"}
    assert await way.stop(session) == "deleted"
    assert session.room not in await livekit.rooms()

    kept = await (way := provider_for(agent(auto_cleanup=False))).start({}, print)
    assert await way.stop(kept) == "left" and kept.room in await livekit.rooms()
    # It is there already, so that it is not ours, whatever is done to it in between.
    again = await (way := provider_for(agent(kept.room))).start({}, print)
    assert await way.stop(again) == "left" and kept.room in await livekit.rooms()
    await livekit.delete_room(kept.room)
    # After a crash: the room was made by us, and somebody else made it anew since.
    ours = await (way := provider_for(agent(kept.room))).start({}, print)
    await livekit.delete_room(kept.room)
    await provider_for(agent(kept.room, auto_cleanup=False)).start({}, print)
    assert await way.stop(ours) == "deleted" and kept.room in await livekit.rooms()
    await livekit.delete_room(kept.room)


async def test_a_dispatch_that_fails_leaves_no_room(
    livekit: LiveKitServer, monkeypatch: pytest.MonkeyPatch
):
    async def refuse(*_: object) -> None:
        raise RoomRefused("No.", cause="It is a test.", remedy="None.")

    monkeypatch.setattr("harness.agents._rooms.RoomKeys.dispatch", refuse)
    config = {"url": livekit.url, "agent_name": "clerk"} | keys(livekit)
    with pytest.raises(RoomRefused, match="No"):
        await provider_for(Agent(name="A", provider="room", config=config)).start({}, print)
    assert not [room for room in await livekit.rooms() if room.startswith("ringback-")]


async def test_the_steps_to_a_room(livekit: LiveKitServer):
    async def steps(**config: object) -> list[tuple[str, bool, str]]:
        agent = Agent(name="A", provider="room", config={"url": livekit.url} | config)
        return [(step.name, step.done, step.note) async for step in provider_for(agent).preflight()]

    resolve, authorise, ready = await steps(token=livekit.token("lobby", "me", ttl_s=600))
    assert resolve[:2] == ("resolve", True)
    assert authorise == ("authorise", True, "the server takes the token, good for 10 min")
    assert ready[:2] == ("ready", False)
    assert (await steps(**keys(livekit), room="lobby"))[1:] == [
        ("authorise", True, "the server takes the keys"),
        ("ready", True, "nobody is in the room yet"),
    ]
    assert (await steps(**keys(livekit)))[2][:2] == ("ready", False)
    assert "lobby" not in await livekit.rooms(), "looking makes no room"
