"""Agents that cannot be reached: each its own error, and no token in any of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import jwt
import pytest
import pytest_asyncio
from livekit import rtc

from harness.agents import provider_for
from harness.calls import CallRequest, Engine, Limits
from harness.errors import RingbackError, RoomError, RoomRefused, RoomUnreachable
from harness.local import LiveKitServer, free_port
from harness.nouns import Agent, CallState, Verdict
from harness.settings import Settings
from tests.integration.calls_support import wait_for_end

KEY = "Key of-the-runner-0815"
pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """An engine that runs no agents itself."""
    engine = Engine(Settings(data=tmp_path_factory.mktemp("data"), concurrency=4))
    await asyncio.to_thread(engine.start)
    yield engine
    await asyncio.to_thread(engine.stop)


def room(url: str, token: str, **more: str) -> Agent:
    return Agent(name="A room", provider="room", config={"url": url, "token": token} | more)


def signed(livekit: LiveKitServer, *, secret: str = "", **claims: float) -> str:
    """A token of the server's with any claims, or one that somebody else signed."""
    all_claims = {
        "iss": livekit.api_key,
        "sub": "me",
        "exp": time.time() + 7200,
        "video": {"roomJoin": True, "room": "nowhere"},
    }
    made: str = jwt.encode(all_claims | claims, secret or livekit.api_secret, algorithm="HS256")
    return made


async def validated(livekit: LiveKitServer, token: str) -> int:
    """What the server itself answers to a token that is shown to it."""
    url = livekit.url.replace("ws://", "http://") + "/rtc/validate"
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(url, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


def runner(url: str) -> Agent:
    return Agent(name="A runner", provider="dev_runner", config={"url": url, "timeout_s": 2})


async def failure_of(engine: Engine, agent: Agent, secret: str = "", join_s: float = 2.0) -> str:
    """The machine key of why `agent` was not reached, after looking for leaks everywhere."""
    request = CallRequest(agent=agent, limits=Limits(join_s=join_s, session_s=8.0))
    try:
        call = await asyncio.to_thread(engine.place, request)
    except RingbackError as error:
        assert error.message and error.cause and error.remedy
        assert not secret or secret not in str(error)
        return error.kind
    view = await wait_for_end(engine, call.id, timeout_s=40.0)
    assert view.state is CallState.FAILED and view.verdict is Verdict.NOT_RUN
    assert view.exit_code == 2 and view.failure is not None
    assert view.failure.message and view.failure.cause and view.failure.remedy
    if secret:
        files = engine.store.artifacts(call.id)
        written = files.events.read_text() + json.dumps(engine.store.plan(call.id))
        logs = Path(engine.settings.data, "logs")
        written += "".join(path.read_text(errors="replace") for path in logs.glob("*.log"))
        assert secret not in written and secret not in str(view)
    return view.failure.kind


class _Answers(BaseHTTPRequestHandler):
    """A runner that answers as its path says."""

    def do_POST(self) -> None:
        path = self.path.removesuffix("/start")
        headers = {}
        if path.removeprefix("/").isdigit():
            status, body = int(path[1:]), b'{"detail":"no"}'
        elif path in _BODIES:
            status, body = 200, _BODIES[path]
        elif path in _REDIRECTS:
            status, body = 307, b""
            headers["Location"] = _REDIRECTS[path]
        else:
            status, body = 404, b"nothing here"
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):  # nobody reads all of a huge answer
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


_BODIES = {
    "/empty": b"{}",
    "/text": b"hello",
    "/list": b"[1, 2]",
    "/page": b"<html><script>alert(1)</script></html>",
    "/huge": b"[" + b"1," * 400_000 + b"1]",
    "/deep": b"[" * 100_000,
    "/daily": b'{"dailyRoom": "https://x.daily.co/r", "dailyToken": "t"}',
    "/webrtc": b'{"sessionId": "s", "iceConfig": {"iceServers": []}}',
    "/nowhere": b'{"url": "rooms", "token": "abc"}',
    "/opaque": b'{"url": "wss://rooms.example", "token": "abc"}',
}
_REDIRECTS = {"/away": "http://127.0.0.2:1/start", "/round": "/round/start"}


@pytest.fixture(scope="module")
def answers() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/empty", "no_livekit_url"),
        ("/webrtc", "no_livekit_url"),
        ("/nowhere", "no_livekit_url"),
        ("/opaque", "room_refused"),
        ("/daily", "daily_transport"),
        ("/text", "not_pipecat"),
        ("/list", "not_pipecat"),
        ("/page", "not_pipecat"),
        ("/huge", "not_pipecat"),
        ("/deep", "not_pipecat"),
        ("/away", "not_pipecat"),
        ("/round", "not_pipecat"),
        ("/elsewhere", "agent_not_found"),
        ("/400", "runner_error"),
        ("/401", "unauthorised"),
        ("/403", "forbidden"),
        ("/413", "body_too_large"),
        ("/429", "at_capacity"),
        ("/503", "server_error"),
    ],
)
async def test_runners_that_answer_wrong(engine: Engine, answers: str, path: str, kind: str):
    """One of Pipecat's and one of somebody's own, at the same time."""
    own = {"url": f"{answers}{path}", "headers": {"Authorization": KEY}}
    ways = (runner(answers + path), Agent(name="Own", provider="http_runner", config=own))
    assert await asyncio.gather(*(failure_of(engine, way, KEY) for way in ways)) == [kind, kind]


async def test_a_body_that_is_too_large_is_not_sent(engine: Engine, answers: str):
    agent = runner(answers + "/empty").model_copy(update={"body": {"text": "x" * 1_100_000}})
    assert await failure_of(engine, agent) == "body_too_large"


async def test_a_machine_that_is_not_there(engine: Engine):
    assert await failure_of(engine, runner("http://nobody.invalid")) == "host_unknown"


async def test_a_runner_without_tls(engine: Engine, answers: str):
    assert await failure_of(engine, runner(answers.replace("http", "https"))) == "tls_refused"


async def test_a_machine_that_takes_no_connection(engine: Engine):
    """Its queue is full: what more comes is not answered at all."""
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = []
    try:
        for _ in range(4):
            waiting.append(client := socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        assert await failure_of(engine, runner(url)) == "connect_timeout"
    finally:
        for client in (*waiting, full):
            client.close()


async def test_nothing_listens(engine: Engine):
    assert await failure_of(engine, runner(f"http://127.0.0.1:{free_port()}")) == "runner_refused"


async def test_a_runner_that_hangs(engine: Engine):
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await failure_of(engine, runner(f"http://127.0.0.1:{port}")) == "runner_timeout"


@pytest.mark.parametrize("url", ["localhost:7860", "ftp://x", "http://", "http://[", ""])
async def test_addresses_that_are_none(engine: Engine, url: str):
    assert await failure_of(engine, runner(url)) == "bad_agent"


async def test_a_room_address_that_is_none(engine: Engine, livekit: LiveKitServer):
    token = livekit.token("nowhere", "caller")
    assert await failure_of(engine, room("my-project", token), token) == "bad_room_address"


async def test_no_livekit_server_at_the_address(engine: Engine, livekit: LiveKitServer):
    token = livekit.token("nowhere", "caller")
    url = f"ws://127.0.0.1:{free_port()}"
    assert await failure_of(engine, room(url, token), token) == "room_unreachable"


async def test_a_token_of_another_server(engine: Engine, livekit: LiveKitServer):
    from livekit import api

    grants = api.VideoGrants(room_join=True, room="nowhere")
    token = api.AccessToken("APIother", "x" * 40).with_identity("me").with_grants(grants).to_jwt()
    assert await failure_of(engine, room(livekit.url, token), token) == "room_refused"


async def test_a_token_that_is_none(engine: Engine, livekit: LiveKitServer):
    assert await failure_of(engine, room(livekit.url, "not-a-token")) == "room_refused"


async def test_an_expired_token(engine: Engine, livekit: LiveKitServer):
    token = livekit.token("nowhere", "caller", ttl_s=-60)
    assert await failure_of(engine, room(livekit.url, token), token) == "token_expired"


@pytest.mark.parametrize(
    ("grants", "config", "kind"),
    [
        ({}, {"room": "elsewhere"}, "token_for_other_room"),
        ({"publish": False}, {}, "may_not_publish"),
        ({"subscribe": False}, {}, "may_not_hear"),
    ],
)
async def test_tokens_that_let_nobody_talk(
    engine: Engine,
    livekit: LiveKitServer,
    grants: dict[str, bool],
    config: dict[str, str],
    kind: str,
):
    token = livekit.token("nowhere", "caller", **grants)
    assert await failure_of(engine, room(livekit.url, token, **config), token) == kind


async def test_a_token_that_is_good_later(engine: Engine, livekit: LiveKitServer):
    """The server says so too, to those who ask it."""
    made = signed(livekit, nbf=time.time() + 3600)
    assert await failure_of(engine, room(livekit.url, made), made) == "room_refused"
    assert await validated(livekit, made) == 401
    assert await validated(livekit, signed(livekit)) == 200


async def test_a_token_for_two_rooms_at_a_runner(
    engine: Engine, livekit: LiveKitServer, answers: str
):
    """Its answer names one room, and its token is for another."""
    token = livekit.token("blue", "caller")
    answer = {"url": livekit.url, "token": token, "room_name": "red"}
    _BODIES["/mixed"] = json.dumps(answer).encode()
    assert await failure_of(engine, runner(answers + "/mixed"), token) == "token_for_other_room"


@pytest.mark.parametrize("wrong", ["api_key", "api_secret"])
async def test_keys_of_another_server(engine: Engine, livekit: LiveKitServer, wrong: str):
    keys = {"api_key": livekit.api_key, "api_secret": livekit.api_secret}
    keys[wrong] = f"another-{'x' * 40}"
    config = {"url": livekit.url, "room": "keys"} | keys
    agent = Agent(name="A room", provider="room", config=config)
    assert await failure_of(engine, agent, keys["api_secret"]) == "room_refused"
    with pytest.raises(RoomRefused) as caught:
        _ = [step async for step in provider_for(agent).preflight()]
    assert keys["api_secret"] not in str(caught.value)


async def test_keys_where_no_livekit_server_is(engine: Engine, answers: str):
    keys = {"api_key": "APIx", "api_secret": "s" * 40}
    for url in (answers, f"ws://127.0.0.1:{free_port()}"):
        agent = Agent(name="A room", provider="room", config={"url": url} | keys)
        assert await failure_of(engine, agent, "s" * 40) == "room_unreachable"
        with pytest.raises(RoomUnreachable):
            _ = [step async for step in provider_for(agent).preflight()]


async def test_steps_to_a_room_that_end_at_the_server(livekit: LiveKitServer, answers: str):
    """The token is shown to the server, or to what is no LiveKit server."""

    async def steps(url: str, token: str) -> list[str]:
        found = []
        with pytest.raises(RoomError) as caught:
            async for step in provider_for(room(url, token)).preflight():
                found.append(step.name)
        assert token not in str(caught.value) and caught.value.remedy
        return [*found, caught.value.kind]

    forged = signed(livekit, secret="z" * 40)
    assert await steps(livekit.url, forged) == ["resolve", "room_refused"]
    assert await steps(answers, forged) == ["resolve", "room_unreachable"]
    assert await steps(f"ws://127.0.0.1:{free_port()}", forged) == ["room_unreachable"]


async def test_nobody_comes_who_is_sent_for(engine: Engine, livekit: LiveKitServer):
    """No worker goes by that name; the room that was made for it is gone afterwards."""
    keys = {"api_key": livekit.api_key, "api_secret": livekit.api_secret}
    config = {"url": livekit.url, "agent_name": "nobody"} | keys
    agent = Agent(name="A room", provider="room", config=config)
    assert await failure_of(engine, agent, livekit.api_secret) == "agent_never_joined"
    assert not [name for name in await livekit.rooms() if name.startswith("ringback-")]


async def test_an_agent_that_never_joins(engine: Engine, livekit: LiveKitServer):
    token = livekit.token("empty", "caller")
    assert await failure_of(engine, room(livekit.url, token), token) == "agent_never_joined"


async def test_an_agent_that_joins_and_publishes_nothing(engine: Engine, livekit: LiveKitServer):
    mute = rtc.Room()
    await mute.connect(livekit.url, livekit.token("mute", "agent"))
    try:
        token = livekit.token("mute", "caller")
        assert await failure_of(engine, room(livekit.url, token), token) == "agent_no_audio"
    finally:
        await mute.disconnect()
