"""Connection tests of agents here and elsewhere: every step is told, and nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from livekit import rtc

from harness.calls import CallRequest, CallView, Engine, Limits
from harness.local import LiveKitServer, LocalHost, demo_agent, free_port
from harness.nouns import Agent, CallState, Verdict
from harness.settings import Settings
from tests.integration.calls_support import wait_for, wait_for_end

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]

BOTS = Path(__file__).parent / "bots"
IN_ORDER = (
    *("resolve", "tls", "authorise", "ready", "start", "join", "agent_found", "agent_audio"),
    *("rtvi_ready", "stop", "cleaned"),
)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> LocalHost:
    return LocalHost(Settings(data=tmp_path_factory.mktemp("data")))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(host: LocalHost) -> AsyncIterator[Engine]:
    engine = Engine(host._settings, host)
    await asyncio.to_thread(engine.start)
    yield engine
    await asyncio.to_thread(engine.stop)


async def try_out(engine: Engine, agent: Agent, join_s: float = 20.0) -> CallView:
    request = CallRequest(agent=agent, limits=Limits(join_s=join_s), purpose="test")
    call = await asyncio.to_thread(engine.place, request)
    view = await wait_for_end(engine, call.id)
    assert tuple(step.name for step in view.steps) == IN_ORDER
    assert all(step.title for step in view.steps) and not view.turns
    return view


def status(view: CallView) -> dict[str, str]:
    return {step.name: step.status for step in view.steps}


async def test_the_demo_agent_passes_every_step(engine: Engine, host: LocalHost):
    call = await asyncio.to_thread(engine.place, CallRequest(agent=demo_agent(), purpose="test"))
    seen = await wait_for(
        engine, call.id, lambda view: any(step.status == "running" for step in view.steps)
    )
    assert engine.live() == [] and not seen.state.is_final
    view = await wait_for_end(engine, call.id)
    assert (view.state, view.verdict, view.exit_code) == (CallState.DONE, Verdict.PASSED, 0)
    steps = status(view)
    assert all(steps.pop(name) == "skipped" for name in ("resolve", "tls", "authorise", "ready"))
    assert set(steps.values()) == {"done"}, view.steps
    notes = {step.name: step.note for step in view.steps}
    assert notes["rtvi_ready"].startswith("RTVI") and "room is gone" in notes["cleaned"]
    took = {step.name: step.took_s for step in view.steps}
    assert (took["start"] or 0) > 0 and (took["join"] or 0) > 0
    assert host.server is not None
    rooms = asyncio.run_coroutine_threadsafe(host.server.rooms(), engine.loop)
    assert await asyncio.wrap_future(rooms) == []
    assert call.id not in {one.id for one in engine.history()}


async def test_a_bot_file_that_dies_fails_at_its_start(engine: Engine):
    config = {"file": str(BOTS / "missing_package.py")}
    view = await try_out(engine, Agent(name="bot", provider="bot_file", config=config))
    steps = status(view)
    assert (steps["resolve"], steps["ready"], steps["start"]) == ("done", "done", "failed")
    assert (steps["join"], steps["stop"], steps["cleaned"]) == ("pending", "skipped", "skipped")
    assert view.failure is not None and view.failure.kind == "bot_died"
    assert (view.verdict, view.exit_code) == (Verdict.NOT_RUN, 2)


async def test_an_agent_without_rtvi_passes_and_that_is_said(
    engine: Engine, livekit: LiveKitServer
):
    agent = rtc.Room()
    await agent.connect(livekit.url, livekit.token("connection", "agent"))
    source = rtc.AudioSource(24000, 1)
    track = rtc.LocalAudioTrack.create_audio_track("voice", source)
    await agent.local_participant.publish_track(track)
    config = {"url": livekit.url, "token": livekit.token("connection", "caller")}
    try:
        view = await try_out(engine, Agent(name="a-room", provider="room", config=config))
    finally:
        await agent.disconnect()
        await source.aclose()
    steps = status(view)
    assert steps["rtvi_ready"] == "skipped" and steps["agent_audio"] == "done", view.steps
    assert (view.verdict, view.failure) == (Verdict.PASSED, None)
    assert "no RTVI" in next(step.note for step in view.steps if step.name == "rtvi_ready")


@pytest.mark.parametrize(
    ("config", "step", "kind"),
    [
        ({"url": "http://nowhere.invalid"}, "resolve", "host_unknown"),
        ({"url": "http://127.0.0.1:FREE"}, "resolve", "runner_refused"),
        ({"url": "no address"}, "resolve", "bad_agent"),
    ],
)
async def test_the_step_that_failed_is_named(
    engine: Engine, config: dict[str, str], step: str, kind: str
):
    config = {"url": config["url"].replace("FREE", str(free_port()))}
    view = await try_out(engine, Agent(name="runner", provider="dev_runner", config=config))
    assert status(view) == dict.fromkeys(IN_ORDER, "pending") | {
        step: "failed",
        "stop": "skipped",
        "cleaned": "skipped",
    }
    assert view.failure is not None and view.failure.kind == kind
    assert (view.state, view.verdict) == (CallState.FAILED, Verdict.NOT_RUN)


async def test_a_test_that_is_given_up(engine: Engine, livekit: LiveKitServer):
    config = {"url": livekit.url, "token": livekit.token("given-up", "caller")}
    agent = Agent(name="a-room", provider="room", config=config)
    call = await asyncio.to_thread(engine.place, CallRequest(agent=agent, purpose="test"))
    await wait_for(engine, call.id, lambda view: view.steps[5].status == "done")
    engine.hang_up(call.id)
    view = await wait_for_end(engine, call.id)
    assert (view.state, view.verdict) == (CallState.CANCELLED, Verdict.NOT_RUN)
    assert status(view)["stop"] == "done" and status(view)["agent_found"] == "pending"
