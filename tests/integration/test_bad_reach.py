"""Agents that cannot be reached: each its own error, and no token in any of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import pytest_asyncio
from livekit import rtc

from harness.calls import CallRequest, Engine, Limits
from harness.errors import RingbackError
from harness.local import LiveKitServer, free_port
from harness.nouns import Agent, CallState, Verdict
from harness.settings import Settings
from tests.integration.calls_support import wait_for_end

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """An engine that runs no agents itself."""
    engine = Engine(Settings(data=tmp_path_factory.mktemp("data"), concurrency=4))
    await asyncio.to_thread(engine.start)
    yield engine
    await asyncio.to_thread(engine.stop)


def room(url: str, token: str) -> Agent:
    return Agent(name="A room", provider="room", config={"url": url, "token": token})


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
        answers = {
            "/empty/start": (HTTPStatus.OK, b"{}"),
            "/text/start": (HTTPStatus.OK, b"hello"),
            "/broken/start": (
                HTTPStatus.INTERNAL_SERVER_ERROR,
                b'{"detail":"no module named bot"}',
            ),
        }
        status, body = answers.get(self.path, (HTTPStatus.NOT_FOUND, b"nothing here"))
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


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
        ("/text", "runner_error"),
        ("/broken", "runner_error"),
        ("/elsewhere", "runner_error"),
    ],
)
async def test_runners_that_answer_wrong(engine: Engine, answers: str, path: str, kind: str):
    assert await failure_of(engine, runner(answers + path)) == kind


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
