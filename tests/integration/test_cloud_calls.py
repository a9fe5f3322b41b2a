"""Agents on Pipecat Cloud, called by the engine through the emulator; and nothing runs on after."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import psutil
import pytest
import pytest_asyncio

from harness.calls import CallRequest, CallView, Engine, Limits
from harness.local import LiveKitServer
from harness.local.cloud_emulator import CloudEmulator
from harness.nouns import Agent, Caller, CallState, ScriptStep, Verdict
from harness.secrets import Secrets
from harness.settings import Settings
from tests.integration.calls_support import HOURS, wait_for, wait_for_end
from tests.integration.processes import command_of

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]

GREETING = replace(
    HOURS,
    name="test/greeting",
    steps=(ScriptStep(None), ScriptStep("That is all, goodbye.")),
    checks=(HOURS.checks[0],),
)


class Customer:
    """Who has agents on Pipecat Cloud, and Ringback."""

    def __init__(self, engine: Engine, cloud: CloudEmulator, livekit: LiveKitServer) -> None:
        self.engine = engine
        self.cloud = cloud
        self.livekit = livekit
        kept = Secrets(engine.settings)
        self._keys = {
            "api_key": kept.put("CLOUD_PUBLIC", cloud.public_key),
            "private_api_key": kept.put("CLOUD_PRIVATE", cloud.private_key),
        }
        self._livekit_keys = {
            "livekit_url": livekit.url,
            "livekit_api_key": kept.put("LIVEKIT_KEY", livekit.api_key),
            "livekit_api_secret": kept.put("LIVEKIT_SECRET", livekit.api_secret),
        }

    def agent(self, name: str, *, own_rooms: bool = False, **config: Any) -> Agent:
        known: dict[str, Any] = {"agent_name": name, "base_url": self.cloud.url, **self._keys}
        if own_rooms:
            known |= self._livekit_keys
        return Agent(name=name, provider="pipecat_cloud", config=known | config)

    async def place(self, agent: Agent, **request: Any) -> str:
        limits = Limits(join_s=20.0, wall_clock_s=90.0, session_s=60.0)
        caller = Caller(answer_timeout_s=5.0)
        asked = CallRequest(agent=agent, limits=limits, caller=caller, **request)
        return (await asyncio.to_thread(self.engine.place, asked)).id

    async def call(self, agent: Agent, **request: Any) -> CallView:
        """Place a call and follow it to its end."""
        return await wait_for_end(self.engine, await self.place(agent, **request))

    async def active(self, agent: str) -> list[str]:
        """What the platform says is running."""
        there = await asyncio.to_thread(self.engine.sessions, self.agent(agent))
        return [session.id for session in there]

    async def start_elsewhere(self, agent: str) -> str:
        """Somebody else starts a session."""
        async with httpx.AsyncClient(base_url=self.cloud.url, timeout=60) as client:
            headers = {"Authorization": f"Bearer {self.cloud.public_key}"}
            answer = await client.post(f"/v1/public/{agent}/start", json={}, headers=headers)
            return str(answer.raise_for_status().json()["sessionId"])

    def no_key_in(self, view: CallView) -> None:
        """Nothing that was kept of a call has a key or a token in it."""
        files = self.engine.store.artifacts(view.call_id)
        kept = files.events.read_text() + json.dumps(self.engine.store.plan(view.call_id))
        kept += str(view)
        for secret in (
            self.cloud.public_key,
            self.cloud.private_key,
            self.livekit.api_secret,
            "eyJ",
        ):
            assert secret not in kept


def bots() -> list[psutil.Process]:
    """The emulator's bot processes: those of other test runs are not our children."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if any(part.endswith("_bot_process.py") for part in command_of(process))
    ]


async def nothing_runs(customer: Customer, agent: str) -> None:
    """No session, no room and no process is left of a call."""
    assert await customer.active(agent) == []
    async with asyncio.timeout(30):  # the room and the guard go a moment after the bot
        while any(  # noqa: ASYNC110
            room.startswith(("cloud-", "ringback-")) for room in await customer.livekit.rooms()
        ):
            await asyncio.sleep(0.05)
        while bots():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def customer(
    cloud: CloudEmulator, livekit: LiveKitServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Customer]:
    engine = Engine(Settings(data=tmp_path_factory.mktemp("data"), concurrency=2))
    await asyncio.to_thread(engine.start)
    yield Customer(engine, cloud, livekit)
    await asyncio.to_thread(engine.stop)


async def test_a_call_in_a_room_of_the_platform(customer: Customer) -> None:
    view = await customer.call(customer.agent("front-desk"), scenario=GREETING)

    assert view.state is CallState.DONE, view.failure
    assert view.verdict is Verdict.PASSED, view.checks
    assert view.session is not None
    assert view.session.cold_start is True
    assert view.session.boot_s is not None
    assert view.session.cpu and 0 < view.session.cpu["p50"] <= view.session.cpu["p99"] < 8
    assert view.session.memory and view.session.memory["p50"] > 30e6
    log = await asyncio.to_thread(customer.engine.agent_log, view.call_id)
    assert any("Connected to cloud-" in line for line in log), log
    customer.no_key_in(view)
    await nothing_runs(customer, "front-desk")


async def test_a_call_in_a_room_of_the_customers(customer: Customer) -> None:
    agent = customer.agent("front-desk", own_rooms=True, organization=customer.cloud.organization)
    view = await customer.call(agent, scenario=GREETING)

    assert view.state is CallState.DONE, view.failure
    assert view.verdict is Verdict.PASSED, view.checks
    log = await asyncio.to_thread(customer.engine.agent_log, view.call_id)
    assert any("Connected to ringback-" in line for line in log), log
    customer.no_key_in(view)
    await nothing_runs(customer, "front-desk")


async def test_a_connection_test(customer: Customer) -> None:
    view = await customer.call(customer.agent("tone"), purpose="test")

    assert view.failure is None
    status = {step.name: step.status for step in view.steps}
    assert status.pop("tls") == "skipped"  # http
    assert set(status.values()) <= {"done", "skipped"}, view.steps
    # Whether a room of the platform's is gone cannot be asked without its keys.
    for name in ("authorise", "ready", "start", "join", "agent_audio", "stop"):
        assert status[name] == "done", (name, view.steps)
    customer.no_key_in(view)
    await nothing_runs(customer, "tone")


async def test_a_full_platform_is_asked_again_and_the_wait_is_seen(customer: Customer) -> None:
    other = await customer.start_elsewhere("tone-one")
    agent = customer.agent("tone-one", capacity_tries=20)
    call = await customer.place(agent)
    waiting = await wait_for(customer.engine, call, lambda view: bool(view.waits))
    assert "429" in waiting.waits[0] and "again in 1 s" in waiting.waits[0]

    await asyncio.to_thread(customer.engine.end_session, agent, other)
    await wait_for(customer.engine, call, lambda view: view.state is CallState.LIVE)
    assert await customer.active("tone-one") != [other]
    await asyncio.to_thread(customer.engine.hang_up, call)
    view = await wait_for_end(customer.engine, call)
    assert view.failure is None
    await nothing_runs(customer, "tone-one")


async def test_a_platform_that_stays_full(customer: Customer) -> None:
    other = await customer.start_elsewhere("tone-one")
    agent = customer.agent("tone-one", capacity_tries=2)
    view = await customer.call(agent)

    assert view.failure is not None and view.failure.kind == "at_capacity"
    assert (view.exit_code, len(view.waits)) == (2, 1)
    assert await customer.active("tone-one") == [other]  # not ours to end
    await asyncio.to_thread(customer.engine.end_session, agent, other)
    await nothing_runs(customer, "tone-one")


async def test_the_platforms_limit_is_not_the_agents_failure(customer: Customer) -> None:
    view = await customer.call(customer.agent("tone-short"))

    assert view.failure is not None and view.failure.kind == "session_limit", view.failure
    assert view.exit_code == 2
    await nothing_runs(customer, "tone-short")


@pytest.mark.parametrize(
    ("name", "config", "kind", "words"),
    [
        ("tone", {"api_key": "pk_of-somebody-else"}, "unauthorised", "Check Pipecat Cloud API key"),
        ("nobody", {}, "agent_not_found", "Verify agent is deployed"),
        ("tone-silent", {}, "no_livekit_url", "Set livekit_url"),
        ("tone-daily", {}, "daily_transport", "LiveKit transport"),
    ],
)
async def test_the_four_errors(
    customer: Customer, name: str, config: dict[str, Any], kind: str, words: str
) -> None:
    view = await customer.call(customer.agent(name, **config))

    assert view.failure is not None
    assert view.failure.kind == kind, view.failure
    assert words in view.failure.remedy
    assert view.state is CallState.FAILED and view.exit_code == 2, view
    customer.no_key_in(view)
    if name in customer.cloud.agents:
        await nothing_runs(customer, name)


async def test_a_private_key_where_a_public_one_belongs(customer: Customer) -> None:
    keys = {"api_key": customer.cloud.private_key}
    view = await customer.call(customer.agent("tone", **keys))

    assert view.failure is not None and view.failure.kind == "forbidden", view.failure
    assert customer.cloud.private_key not in str(view)
