"""The emulator's answers over real HTTP; sessions here are Daily ones, which run no bot."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
from starlette.routing import Route

from harness.agents._start_answer import session_from
from harness.cli._cloud_emulator import EmulatorOptions, emulated_agents, run_cloud_emulator
from harness.errors import AgentConfigError, DailyTransport, InputError, NoRoomInAnswer
from harness.local import LiveKitServer
from harness.local.cloud_emulator import AnswerStyle, CloudEmulator, EmulatedAgent
from harness.local.cloud_emulator._answers import start_answer
from harness.local.cloud_emulator._api import Keys, make_app
from harness.local.cloud_emulator._log_entries import log_entries
from harness.settings import ROOT, Settings

KINDS = {"public": "pk_of-the-test-0123456789", "private": "sk_of-the-test-0123456789"}


class NoServer:
    """In the place of a LiveKit server: no bot runs here, so nothing is asked of it."""

    url, api_key, api_secret, alive = "ws://127.0.0.1:1", "APIkey", "a-secret", True

    def token(self, room: str, identity: str) -> str:
        return f"token.of.{identity}"


async def begin(settings: Settings, agents: list[EmulatedAgent], **more: Any) -> CloudEmulator:
    return await CloudEmulator.start(
        settings,
        cast(LiveKitServer, NoServer()),
        agents,
        public_key=KINDS["public"],
        private_key=KINDS["private"],
        **more,
    )


@pytest.fixture
def bot_file(tmp_path: Path) -> Path:
    file = tmp_path / "bot.py"
    file.write_text("async def bot(args): ...\n")
    return file


@pytest_asyncio.fixture
async def api(settings: Settings, bot_file: Path) -> AsyncIterator[httpx.AsyncClient]:
    agents = [
        EmulatedAgent("desk", bot_file, style="daily", max_sessions=2, min_warm=0),
        EmulatedAgent(
            "full", bot_file, style="daily", max_sessions=1, min_warm=0, retry_after_s=2.5
        ),
        EmulatedAgent("strict", bot_file, style="daily", min_warm=0, knows_livekit=False),
    ]
    emulator = await begin(settings, agents)
    async with httpx.AsyncClient(base_url=emulator.url, timeout=10, trust_env=False) as client:
        yield client
    await emulator.stop()


def key(kind: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {KINDS[kind]}"}


async def start(api: httpx.AsyncClient, agent: str = "desk", **request: Any) -> httpx.Response:
    return await api.post(f"/v1/public/{agent}/start", json=request, headers=key("public"))


PATHS = [
    ("GET", "/v1/agents", "private"),
    ("GET", "/v1/agents/desk", "private"),
    ("POST", "/v1/agents/desk", "private"),
    ("DELETE", "/v1/agents/desk", "private"),
    ("GET", "/v1/agents/desk/logs", "private"),
    ("GET", "/v1/agents/desk/sessions", "private"),
    ("GET", "/v1/agents/desk/sessions/x", "private"),
    ("DELETE", "/v1/agents/desk/sessions/x", "private"),
    ("GET", "/v1/organizations", "private"),
    ("GET", "/v1/organizations/ringback/services", "private"),
    ("GET", "/v1/organizations/ringback/services/desk", "private"),
    ("DELETE", "/v1/organizations/ringback/services/desk", "private"),
    ("GET", "/v1/organizations/ringback/services/desk/logs", "private"),
    ("GET", "/v1/organizations/ringback/services/desk/sessions", "private"),
    ("GET", "/v1/organizations/ringback/services/desk/sessions/x", "private"),
    ("DELETE", "/v1/organizations/ringback/services/desk/sessions/x", "private"),
    ("POST", "/v1/public/desk/start", "public"),
    ("DELETE", "/v1/public/desk/sessions/x", "public"),
]


async def test_every_path_wants_its_own_key(api: httpx.AsyncClient) -> None:
    for method, path, kind in PATHS:
        other = "private" if kind == "public" else "public"
        none = await api.request(method, path)
        wrong = await api.request(method, path, headers={"Authorization": "Bearer pk_guessed"})
        basic = await api.request(method, path, headers={"Authorization": f"Basic {KINDS[kind]}"})
        swapped = await api.request(method, path, headers=key(other))

        assert (none.status_code, wrong.status_code, basic.status_code) == (401, 401, 401), path
        assert wrong.json() == {"error": "Unauthorized / token expired", "code": "401"}
        assert (swapped.status_code, swapped.json()["code"]) == (403, "403"), path
        for answer in (none, wrong, basic, swapped):
            assert not any(secret in answer.text for secret in KINDS.values())


async def test_a_start_without_a_key_has_a_code_of_its_own(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/public/desk/start", json={})

    assert (answer.status_code, answer.json()["code"]) == (401, "PCC-1002")


async def test_what_is_not_there(api: httpx.AsyncClient) -> None:
    assert (await start(api, "nobody")).json() == {"error": "Service not found", "code": "404"}
    for path in (
        "/v1/agents/nobody",
        "/v1/agents/nobody/logs",
        "/v1/agents/nobody/sessions",
        "/v1/agents/desk/sessions/0a8f9d1e-0000-4000-8000-000000000000",
        "/v1/organizations/ringback/services/nobody",
        "/v2/agents",
    ):
        answer = await api.get(path, headers=key("private"))
        assert answer.status_code == 404, path
        assert set(answer.json()) == {"error", "code"}, path


async def test_another_organization(api: httpx.AsyncClient) -> None:
    answer = await api.get("/v1/organizations/acme/services", headers=key("private"))

    assert answer.status_code == 403


async def test_a_daily_session_from_start_to_stop(api: httpx.AsyncClient) -> None:
    answer = (await start(api, body={"a": 1})).json()
    name = answer["sessionId"]
    assert answer["dailyRoom"].startswith("https://") and answer["dailyToken"]

    path = f"/v1/agents/desk/sessions/{name}"
    told = (await api.get(path, headers=key("private"))).json()
    assert told["endState"] == "active" and told["endedAt"] is None
    assert told["resourceMetrics"] is None  # nothing ran, so nothing was measured

    stopped = await api.delete(path, headers=key("private"))
    assert stopped.json() == {"status": "terminated", "session_id": name}
    told = (await api.get(path, headers=key("private"))).json()
    assert told["endState"] == "terminated" and told["endedAt"]
    again = await api.delete(path, headers=key("private"))
    assert again.status_code == 404


async def test_both_families_tell_the_same(api: httpx.AsyncClient) -> None:
    name = (await start(api)).json()["sessionId"]
    theirs = "/v1/organizations/ringback/services"

    for path in ("", "/desk/sessions", f"/desk/sessions/{name}", "/desk/logs"):
        documented = await api.get(f"/v1/agents{path}", headers=key("private"))
        of_client = await api.get(f"{theirs}{path}", headers=key("private"))
        assert documented.json() == of_client.json(), path
    documented = await api.get("/v1/agents/desk", headers=key("private"))
    of_client = await api.get(f"{theirs}/desk", headers=key("private"))
    assert of_client.json() == {"body": documented.json()}
    assert documented.json()["activeSessionCount"] == 1


async def test_capacity(api: httpx.AsyncClient) -> None:
    first = (await start(api, "full")).json()["sessionId"]
    refused = await start(api, "full")
    assert refused.status_code == 429
    assert refused.json()["code"] == "429" and refused.json()["status"] == 429
    assert refused.headers["retry-after"] == "2.5"

    stopped = await api.delete(f"/v1/public/full/sessions/{first}", headers=key("public"))
    assert stopped.status_code == 200
    assert (await start(api, "full")).status_code == 200
    assert "retry-after" not in (await start(api, "desk")).headers


async def test_capacity_holds_for_starts_at_one_time(api: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(start(api, "desk") for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [429] * 6


@pytest.mark.parametrize(
    ("size", "transport", "status"),
    [
        (1024 * 1024, "daily", 200),
        (1024 * 1024 + 1, "daily", 413),
        (1024 * 1024 + 1, None, 413),
        (3 * 1024 * 1024, None, 413),
        (4096, "websocket", 400),  # within the limit, and no LiveKit room
        (4097, "websocket", 413),
    ],
)
async def test_limits_of_the_body(
    api: httpx.AsyncClient, size: int, transport: str | None, status: int
) -> None:
    body = {"text": "x" * (size - len('{"text":""}'))}

    answer = await start(api, body=body, **({"transport": transport} if transport else {}))

    assert answer.status_code == status
    if status == 413:
        assert answer.json() == {"error": "Payload Too Large", "code": "413"}


async def test_an_endless_request_is_not_read_to_its_end(api: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(2000):
            sent += 1
            yield b" " * 65536

    try:
        answer = await api.post("/v1/public/desk/start", content=endless(), headers=key("public"))
        assert answer.status_code == 413
    except (httpx.WriteError, httpx.ReadError):  # closed while we were still sending
        pass
    assert sent < 1000


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'"text"',
        b"[" * 100_000,
        b'{"body": []}',
        b'{"body": "text"}',
        b'{"transport": "fax"}',
        b'{"transport": 1}',
        b"\xff\xfe",
    ],
)
async def test_requests_that_are_none(api: httpx.AsyncClient, content: bytes) -> None:
    answer = await api.post("/v1/public/desk/start", content=content, headers=key("public"))

    assert answer.status_code == 400
    assert answer.json()["code"] == "400"


async def test_livekit_is_not_among_the_documented_transports(api: httpx.AsyncClient) -> None:
    assert (await start(api, "desk", transport="livekit")).status_code == 200
    refused = await start(api, "strict", transport="livekit")
    assert refused.status_code == 400 and "transport" in refused.json()["error"]
    assert (await start(api, "strict")).status_code == 200


async def test_an_empty_request_starts_a_session(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/public/desk/start", headers=key("public"))

    assert answer.status_code == 200


async def test_filters_of_the_session_list(api: httpx.AsyncClient) -> None:
    names = [(await start(api)).json()["sessionId"] for _ in range(2)]
    await api.delete(f"/v1/agents/desk/sessions/{names[0]}", headers=key("private"))

    async def listed(**query: Any) -> list[str]:
        answer = await api.get("/v1/agents/desk/sessions", params=query, headers=key("private"))
        return [session["sessionId"] for session in answer.json()["sessions"]]

    assert await listed() == [names[1], names[0]]  # the newest first
    assert await listed(status="active") == await listed(endState="active") == [names[1]]
    assert await listed(status="ended") == await listed(endState="terminated") == [names[0]]
    assert await listed(limit=1) == [names[1]]
    assert await listed(limit=1, offset=1) == [names[0]]
    assert await listed(endTime=1) == []
    for query in ({"status": "bad"}, {"limit": "x"}, {"limit": 0}, {"offset": -1}):
        answer = await api.get("/v1/agents/desk/sessions", params=query, headers=key("private"))
        assert answer.status_code == 400, query


@pytest.mark.parametrize(
    ("limit", "status"),
    [(60, 200), (14400, 200), (59, 400), (14401, 400), ("60", 400), (True, 400)],
)
async def test_the_limit_of_sessions_can_be_changed(
    api: httpx.AsyncClient, limit: Any, status: int
) -> None:
    answer = await api.post(
        "/v1/agents/desk", json={"maxSessionDuration": limit}, headers=key("private")
    )

    assert answer.status_code == status
    told = (await api.get("/v1/agents/desk", headers=key("private"))).json()
    now = told["deployment"]["manifest"]["spec"]["maxSessionDurationSeconds"]
    assert now == (limit if status == 200 else 7200)


async def test_a_deleted_agent_takes_no_sessions_and_keeps_those_it_has(
    api: httpx.AsyncClient,
) -> None:
    name = (await start(api)).json()["sessionId"]
    assert (await api.delete("/v1/agents/desk", headers=key("private"))).json() == {"status": "OK"}

    assert (await start(api)).status_code == 404
    assert (await api.get("/v1/agents/desk", headers=key("private"))).status_code == 404
    listed = (await api.get("/v1/agents", headers=key("private"))).json()["services"]
    assert [agent["name"] for agent in listed] == ["full", "strict"]
    path = f"/v1/agents/desk/sessions/{name}"
    assert (await api.get(path, headers=key("private"))).json()["endState"] == "active"
    assert (await api.delete(path, headers=key("private"))).status_code == 200


async def test_an_id_that_is_none(api: httpx.AsyncClient) -> None:
    answer = await api.delete("/v1/agents/desk/sessions/none", headers=key("private"))

    assert answer.status_code == 400


@pytest.mark.parametrize("style", ["url", "livekit", "snake", "room_url", "nested"])
def test_a_caller_reads_every_style(style: AnswerStyle) -> None:
    told = start_answer(style, "an-id", url="wss://here.example", room="room-1", token="t.o.k")

    session = session_from(json.loads(json.dumps(told)), "The cloud")

    assert (session.url, session.token, session.session_id) == (
        "wss://here.example",
        "t.o.k",
        "an-id",
    )


def test_styles_that_tell_no_room() -> None:
    where = {"url": "wss://here.example", "room": "room-1", "token": "t.o.k"}
    with pytest.raises(NoRoomInAnswer):
        session_from(start_answer("none", "an-id", **where), "The cloud")
    with pytest.raises(DailyTransport):
        session_from(start_answer("daily", "an-id", **where), "The cloud")


async def test_agents_that_cannot_be_deployed(settings: Settings, bot_file: Path) -> None:
    with pytest.raises(AgentConfigError, match="no bot file"):
        await begin(settings, [EmulatedAgent("desk", bot_file.with_name("gone.py"))])
    for name in ("", "a b", "../x", "x" * 64):
        with pytest.raises(AgentConfigError, match="cannot be the name"):
            await begin(settings, [EmulatedAgent(name, bot_file)])
    with pytest.raises(InputError, match="Two agents"):
        await begin(settings, [EmulatedAgent("one", bot_file), EmulatedAgent("one", bot_file)])


async def test_keys_are_made_and_differ(settings: Settings, bot_file: Path) -> None:
    agents = [EmulatedAgent("desk", bot_file, min_warm=0)]
    server = cast(LiveKitServer, NoServer())
    emulator = await CloudEmulator.start(settings, server, agents)
    await emulator.stop()

    assert emulator.public_key.startswith("pk_") and emulator.private_key.startswith("sk_")
    assert emulator.public_key[3:] != emulator.private_key[3:]
    with pytest.raises(InputError, match="the same"):
        await CloudEmulator.start(
            settings, server, agents, public_key="one-key", private_key="one-key"
        )


async def test_a_busy_port_is_left_alone(settings: Settings, bot_file: Path) -> None:
    agents = [EmulatedAgent("desk", bot_file, min_warm=0)]
    first = await begin(settings, agents)
    taken = int(first.url.rpartition(":")[2])
    second = await begin(settings, agents, port=taken)
    try:
        assert second.url != first.url
    finally:
        await first.stop()
        await second.stop()


def options(**given: Any) -> EmulatorOptions:
    known: dict[str, Any] = {
        "agents": (),
        "public_key": None,
        "private_key": None,
        "max_sessions": 3,
        "max_session_s": 90.0,
        "style": "nested",
        "port": 7400,
        "organization": "acme",
    }
    return EmulatorOptions(**known | given)


@pytest.mark.parametrize("given", ["desk", "=bot.py", "desk=", " = "])
def test_an_agent_that_the_command_cannot_read(settings: Settings, given: str) -> None:
    with pytest.raises(InputError, match="--agent"):
        run_cloud_emulator(settings, options(agents=(given,)))


def test_a_bot_file_that_is_not_there_is_told_before_anything_starts(settings: Settings) -> None:
    with pytest.raises(AgentConfigError, match="no bot file"):
        run_cloud_emulator(settings, options(agents=("desk=nowhere/bot.py",)))
    assert not (settings.data / "logs").exists()


def test_what_the_command_deploys() -> None:
    (demo,) = emulated_agents(options())
    assert (demo.name, demo.max_sessions, demo.max_session_s) == ("front-desk", 3, 90.0)
    assert demo.style == "nested"

    first, second = emulated_agents(options(agents=("a=x=y/bot.py", " b = ~/bot.py ")))
    assert (first.name, first.file) == ("a", Path("x=y/bot.py").absolute())
    assert (second.name, second.file) == ("b", Path("~/bot.py").expanduser())


def test_the_documents_list_every_path() -> None:
    keys = Keys(KINDS["public"], KINDS["private"])
    app = make_app("ringback", keys, {}, cast(LiveKitServer, NoServer()), print)
    served = {
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    text = (ROOT / "docs" / "agents" / "emulator.md").read_text("utf-8")
    told = set(re.findall(r"^\| `([A-Z]+ /v1/[^`]*)` \|", text, re.MULTILINE))

    assert told == served
    tested = {f"{method} {path}" for method, path, _ in PATHS}
    assert len(tested) == len(served)


def test_log_lines_have_the_times_they_begin_with(tmp_path: Path) -> None:
    log = tmp_path / "bot.log"
    log.write_text(
        "Loading.\n"
        "2026-11-21 10:00:00.250 | INFO | Ready.\n"
        "  a line of a traceback\n"
        "\n"
        "2026-11-21 10:00:01.500 | INFO | The key is hush-hush.\n"
    )

    entries = log_entries(log, since=0.0, hide=("hush-hush",))

    assert [entry["log"].strip().rpartition("| ")[2] for entry in entries] == [
        "Loading.",
        "Ready.",
        "a line of a traceback",
        "The key is [hidden].",
    ]
    assert entries[0]["timestamp"] == "1970-01-01T00:00:00.000Z"
    assert entries[1]["timestamp"] == entries[2]["timestamp"] < entries[3]["timestamp"]
    assert entries[1]["timestamp"].endswith("00:00.250Z")
