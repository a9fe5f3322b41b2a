"""What Pipecat Cloud tells with a private key: readiness, sessions, logs, limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from cloud_platform import ID, PRIVATE, PUBLIC, Platform, platform
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_web import reply

from harness.agents import ActiveSession, SessionInsight, Step
from harness.agents import _cloud_facts as facts
from harness.agents._pipecat_cloud import PipecatCloud
from harness.errors import (
    AgentNotFound,
    AgentNotReady,
    Forbidden,
    RingbackError,
    RunnerRefused,
    StartError,
    Unauthorised,
    hide,
)
from harness.local import free_port

AGENT = "/v1/agents/my-agent"
OURS = "/v1/organizations/acme/services/my-agent"
READY = {
    "name": "my-agent",
    "ready": True,
    "available": True,
    "autoScaling": {"minReplicas": 0, "maxReplicas": 10},
    "activeSessionCount": 0,
    "deployment": {"manifest": {"spec": {"maxSessionDurationSeconds": 3600}}},
}
RECORD = {
    "sessionId": ID,
    "endedAt": "2025-10-22T08:39:26.000Z",
    "botStartSeconds": 2,
    "coldStart": True,
    "completionStatus": "HTTP_COMPLETED",
    "createdAt": "2025-10-22T08:39:20.000Z",
    "resourceMetrics": {
        "sampleCount": 12,
        "cpuMillicoresP50": 150,
        "cpuMillicoresP99": 450,
        "memoryBytesP50": 134217728,
        "memoryBytesP95": 234881024,
        "timeseries": [{"t": 1729583960, "c": 150, "m": 134217728}],
    },
}


@pytest_asyncio.fixture
async def cloud() -> AsyncIterator[Platform]:
    async with platform() as made:
        yield made


def looking(cloud: Platform, **more: Any) -> PipecatCloud:
    return cloud.agent(private_api_key=PRIVATE, **more)


async def steps(agent: PipecatCloud) -> tuple[list[Step], RingbackError | None]:
    found: list[Step] = []
    try:
        async for step in agent.preflight():
            found.append(step)
    except RingbackError as error:
        assert error.message and error.cause and error.remedy
        assert PRIVATE not in str(error) and PUBLIC not in str(error)
        return found, error
    return found, None


def test_it_is_a_session_insight():
    agent = PipecatCloud.__new__(PipecatCloud)
    assert isinstance(agent, SessionInsight)


# Preflight.


async def test_preflight_without_a_private_key(cloud: Platform):
    found, error = await steps(cloud.agent())
    assert error is None
    assert [(step.name, step.done) for step in found] == [
        ("resolve", True),
        ("authorise", False),
        ("ready", False),
    ]
    assert "private_api_key" in found[1].note and cloud.web.requests == []


async def test_preflight_of_a_ready_deployment(cloud: Platform):
    cloud.on(f"GET {AGENT}", reply(200, READY))
    found, error = await steps(looking(cloud))
    assert error is None and [step.name for step in found] == ["resolve", "authorise", "ready"]
    assert all(step.done for step in found)
    assert found[2].note == "ready, 0 of 10 sessions running, may start cold"
    (request,) = cloud.web.requests
    assert request.headers["authorization"] == f"Bearer {PRIVATE}"


async def test_preflight_in_the_organizations_family(cloud: Platform):
    cloud.on(f"GET {OURS}", reply(200, {"body": READY | {"activeSessionCount": 3}}))
    found, error = await steps(looking(cloud, organization="acme"))
    assert error is None and found[2].note == "ready, 3 of 10 sessions running"
    assert cloud.asked == [f"GET {OURS}"]


@pytest.mark.parametrize(
    ("answer", "kind", "passed"),
    [
        (reply(401, {"error": "Unauthorized", "code": "401"}), Unauthorised, ["resolve"]),
        (reply(403, {"error": "no", "code": "403"}), Forbidden, ["resolve"]),
        (reply(404, {"error": "Not found"}), AgentNotFound, ["resolve", "authorise"]),
        (
            reply(200, {"ready": False, "available": False, "errors": []}),
            AgentNotReady,
            ["resolve", "authorise"],
        ),
    ],
)
async def test_preflight_stops_at_what_is_wrong(
    cloud: Platform, answer: Any, kind: type[StartError], passed: list[str]
):
    cloud.on(f"GET {AGENT}", answer)
    found, error = await steps(looking(cloud))
    assert type(error) is kind and [step.name for step in found] == passed


async def test_preflight_where_nobody_answers():
    config = {"api_key": PUBLIC, "agent_name": "a", "base_url": f"http://127.0.0.1:{free_port()}"}
    from harness.nouns import Agent

    found, error = await steps(
        PipecatCloud(Agent(name="A", provider="pipecat_cloud", config=config))
    )
    assert found == [] and isinstance(error, RunnerRefused)


async def test_a_public_key_for_a_private_one_is_named(cloud: Platform):
    cloud.on(f"GET {AGENT}", reply(401))
    _, error = await steps(looking(cloud))
    assert error is not None and "`private_api_key` takes a private one" in error.remedy


def test_what_a_deployment_says_is_wrong():
    errors = [
        {"code": "PCC_IMAGE_NOT_FOUND", "message": "The image is missing."},
        {"code": "X", "error": "again"},
        "nonsense",
        {},
    ]
    with pytest.raises(AgentNotReady) as caught:
        facts.readiness_in({"ready": False, "errors": errors}, "Pipecat Cloud", "my-agent")
    assert "PCC_IMAGE_NOT_FOUND The image is missing; X again." in caught.value.message


def test_an_old_version_that_still_serves_is_ready():
    assert facts.readiness_in({"ready": False, "available": True}, "P", "a") == "ready"
    assert facts.readiness_in({"activeDeploymentReady": True}, "P", "a") == "ready"
    trouble = {"ready": True, "errors": [{"code": "PCC_X", "message": "it failed."}]}
    assert facts.readiness_in(trouble, "P", "a") == "ready; its last trouble: PCC_X it failed"
    assert facts.readiness_in({"ready": "yes"}, "P", "a") is None
    assert facts.readiness_in({}, "P", "a") is None


# Sessions.


@pytest.mark.parametrize(
    ("status", "state", "told"),
    [
        ("HTTP_ERROR", "terminated", "HTTP_ERROR (terminated)"),
        ("500", None, "500"),
        (None, "completed", "completed"),
        (None, "active", None),
        (7, [], None),
    ],
)
def test_how_a_session_ended(status: object, state: object, told: str | None):
    session = {"completionStatus": status, "endState": state}
    assert facts.details_in(session).completion == told


@pytest.mark.parametrize("organization", ["", "acme"])
async def test_details(cloud: Platform, organization: str):
    family = OURS if organization else AGENT
    cloud.on(f"GET {family}/sessions/{ID}", reply(200, RECORD))
    details = await looking(cloud, organization=organization).details(ID)
    assert (details.cold_start, details.boot_s, details.completion) == (True, 2, "HTTP_COMPLETED")
    assert details.cpu == {"p50": 0.15, "p99": 0.45}
    assert details.memory == {"p50": 134217728, "p95": 234881024}


async def test_details_of_a_session_that_runs(cloud: Platform):
    bare = {"sessionId": ID, "endedAt": None, "resourceMetrics": None, "completionStatus": None}
    cloud.on(f"GET {AGENT}/sessions/{ID}", reply(200, bare))
    details = await looking(cloud).details(ID)
    assert details == type(details)()


async def test_a_session_that_is_not_known(cloud: Platform):
    with pytest.raises(AgentNotFound):
        await looking(cloud).details("gone")


async def test_what_runs_now_and_ending_it(cloud: Platform):
    sessions = [
        {"sessionId": "a", "createdAt": "2026-01-01T10:00:00Z", "endedAt": None},
        {"sessionId": "b", "createdAt": "2026-01-01T10:00:00Z", "endState": "active"},
        {"sessionId": "c", "endedAt": "2026-01-01T10:00:00Z"},
        {"sessionId": "d", "endState": "completed"},
        {"createdAt": "2026-01-01T10:00:00Z"},
        "nonsense",
    ]
    cloud.on(f"GET {AGENT}/sessions", reply(200, {"total_count": 6, "sessions": sessions}))
    assert await looking(cloud).sessions() == [
        ActiveSession("a", "2026-01-01T10:00:00Z", "active"),
        ActiveSession("b", "2026-01-01T10:00:00Z", "active"),
    ]
    assert cloud.asked == [f"GET {AGENT}/sessions?status=active&limit=100"]
    cloud.on(f"GET {OURS}/sessions", reply(200, {"sessions": None}))
    assert await looking(cloud, organization="acme").sessions() == []
    assert cloud.asked[-1] == f"GET {OURS}/sessions?endState=active"
    cloud.on(f"DELETE {AGENT}/sessions/a", reply(200, {"status": "terminated"}))
    await looking(cloud).end("a")
    await looking(cloud).end("gone")
    await looking(cloud).end("../x")
    assert cloud.asked[-3:] == [
        f"DELETE {AGENT}/sessions/{name}" for name in ("a", "gone", "..%2Fx")
    ]


async def test_logs_come_oldest_first_and_clean(cloud: Platform):
    hide(PRIVATE)
    newest_first = [
        {"log": "\x1b[32mthree\x1b[0m", "timestamp": "2026-01-01T10:00:02.2Z"},
        {"log": f"two with {PRIVATE}", "timestamp": "2026-01-01T10:00:01.15Z"},
        {"log": "one\n", "timestamp": "2026-01-01T10:00:01.1Z"},
        {"log": 7},
        "nonsense",
    ]
    cloud.on(f"GET {AGENT}/logs", reply(200, {"total": {"value": 3}, "logs": newest_first[:3]}))
    agent = looking(cloud)
    assert await agent.logs(ID, 50) == ["one", "two with [hidden]", "three"]
    assert cloud.asked == [f"GET {AGENT}/logs?sessionId={ID}&limit=50"]
    assert await agent.logs(ID, 1) == ["three"]
    assert facts.lines_in({"logs": newest_first[2::-1] + newest_first[3:]}, 9)[0] == "one"
    assert facts.lines_in({"logs": newest_first}, 0) == []
    assert facts.lines_in({"logs": [{"log": "x" * 5000}]}, 9) == ["x" * 2000]


# The limit on a session's length.


def lasted(seconds: float) -> dict[str, Any]:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    ended = began + timedelta(seconds=seconds)
    return {"createdAt": began.isoformat(), "endedAt": ended.isoformat().replace("+00:00", "Z")}


@pytest.mark.parametrize(
    ("lasted_s", "record", "reached"),
    [
        (3598, {}, True),
        (3500, {}, False),
        (100, lasted(3600.2), True),
        (100, lasted(1000), False),
        (100, {"completionStatus": "MAX_SESSION_DURATION"}, True),
        (100, {"endState": "session_limit"}, True),
        (100, {"completionStatus": "HTTP_COMPLETED", "endState": "agent_start_timeout"}, False),
        (100, {"createdAt": "soon", "endedAt": 5}, False),
        (100, {"createdAt": "2026-01-01T10:00:00", "endedAt": "2026-01-01T10:00:00Z"}, False),
    ],
)
async def test_the_limit_of_the_deployment(
    cloud: Platform, lasted_s: float, record: dict[str, Any], reached: bool
):
    cloud.on(f"GET {AGENT}", reply(200, READY))
    cloud.on(f"GET {AGENT}/sessions/{ID}", reply(200, record))
    assert await looking(cloud).limit_reached(ID, lasted_s) is reached


async def test_the_limit_without_a_private_key(cloud: Platform):
    assert await cloud.agent().limit_reached(ID, 7196) is True
    assert await cloud.agent().limit_reached(None, 7100) is False
    assert await cloud.agent(max_session_duration=60).limit_reached(ID, 58) is True
    assert await cloud.agent(max_session_duration=60).limit_reached(ID, 50) is False
    assert cloud.web.requests == []


async def test_the_limit_when_the_platform_does_not_answer(cloud: Platform):
    cloud.on(f"GET {AGENT}", reply(500))
    assert await looking(cloud).limit_reached(ID, 7199) is True
    assert await looking(cloud).limit_reached(ID, 3600) is False


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = (
    "ready available autoScaling activeSessionCount deployment errors maxSessionDuration sessions "
    "logs resourceMetrics coldStart botStartSeconds completionStatus createdAt endedAt endState"
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES.split()), JUNK))
def test_junk_is_unknown_never_an_error(answer: dict[str, Any]):
    try:
        facts.readiness_in(answer, "P", "a")
    except AgentNotReady:
        assert answer.get("ready") is not True
    facts.details_in(answer)
    assert all(session.id for session in facts.active_in(answer))
    assert all(isinstance(line, str) for line in facts.lines_in(answer, 5))
    limit = facts.limit_in(answer)
    assert limit is None or limit > 0
    assert facts.says_limit(answer) in (True, False)
    assert facts.lasted_in(answer) is None
