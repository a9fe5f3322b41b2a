"""A session that was started is stopped once, with its key, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from secrets import token_hex
from threading import Event, Thread

import psutil
import pytest
import pytest_asyncio

from harness.calls import CallRequest, CallView, Engine, Limits
from harness.local import LiveKitServer
from harness.nouns import Agent, CallState, EventKind, Verdict
from harness.secrets import Secrets
from harness.settings import ROOT, Settings
from harness.store import Store, read_events
from tests.integration.calls_support import wait_for, wait_for_end
from tests.integration.processes import command_of

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]


@dataclass
class Runner:
    """A bot runner over HTTP whose bots never come; it counts what is started and stopped.

    Its key is this test's alone: whatever another test left behind is not looked at.
    """

    livekit: LiveKitServer
    key: str = field(default_factory=lambda: f"correct-horse-{token_hex(8)}")
    may_answer: Event = field(default_factory=Event)
    refuses: bool = False
    asked: Queue[str] = field(default_factory=Queue)
    stopped: Queue[tuple[str, str | None]] = field(default_factory=Queue)
    started: int = 0
    port: int = 0

    def agent(self, **config: object) -> Agent:
        base = f"http://127.0.0.1:{self.port}"
        return Agent(
            name="runner",
            provider="http_runner",
            config={
                "url": f"{base}/start",
                "stop_url": f"{base}/sessions/{{session_id}}",
                "headers": {"Authorization": self.bearer},
                **config,
            },
        )

    @property
    def bearer(self) -> str:
        """The header that a stop must come with."""
        return f"Bearer {self.key}"

    async def next_stop(self, timeout_s: float = 60.0) -> tuple[str, str | None]:
        """The next stop that comes, with the key it came with."""
        return await asyncio.to_thread(self.stopped.get, True, timeout_s)


def serve(runner: Runner) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            runner.asked.put(self.path)
            runner.may_answer.wait(60)
            runner.started += 1
            name = f"s{runner.started}"
            room = f"cleanup-{self.server.server_port}-{name}"
            token = runner.livekit.token(room, "caller")
            told = {"url": runner.livekit.url, "token": token, "room": room, "sessionId": name}
            self._answer(200, told)

        def do_DELETE(self) -> None:
            runner.stopped.put((self.path.rsplit("/", 1)[-1], self.headers.get("Authorization")))
            self._answer(500 if runner.refuses else 200, {})

        def _answer(self, status: int, told: dict[str, str]) -> None:
            body = json.dumps(told).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # whoever asked is gone

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    runner.port = server.server_port
    Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def runner(livekit: LiveKitServer) -> Iterator[Runner]:
    runner = Runner(livekit)
    runner.may_answer.set()
    server = serve(runner)
    yield runner
    runner.may_answer.set()
    server.shutdown()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    engine = Engine(Settings(data=tmp_path_factory.mktemp("data"), concurrency=4))
    await asyncio.to_thread(engine.start)
    yield engine
    await asyncio.to_thread(engine.stop)


async def place(engine: Engine, agent: Agent, join_s: float = 60.0) -> str:
    request = CallRequest(agent=agent, limits=Limits(join_s=join_s))
    return (await asyncio.to_thread(engine.place, request)).id


def is_ringing(view: CallView) -> bool:
    return view.state is CallState.RINGING


def no_trace_of(settings: Settings, call_id: str, runner: Runner) -> None:
    """Nothing of this call is open, and its key is neither kept nor written anywhere."""
    store = Store.open(settings)
    assert store.open_sessions_of(call_id) == []
    assert runner.key not in json.dumps(store.plan(call_id))
    store.close()
    assert call_id not in Secrets(settings).of_calls()
    for path in settings.data.rglob("*"):
        if path.is_file():
            assert runner.key.encode() not in path.read_bytes(), path


async def test_a_call_that_fails_while_joining(engine: Engine, runner: Runner):
    call_id = await place(engine, runner.agent(), join_s=0.5)
    view = await wait_for_end(engine, call_id)
    assert view.failure is not None and view.failure.kind == "agent_never_joined"
    assert runner.stopped.get_nowait() == ("s1", runner.bearer) and runner.stopped.empty()
    events = read_events(engine.store.artifacts(call_id).events)
    (stopped,) = [event for event in events if event.kind == EventKind.SESSION_STOPPED]
    assert stopped.data == {"how": "stopped"}
    no_trace_of(engine.settings, call_id, runner)


async def test_a_call_that_is_hung_up_while_its_session_starts(engine: Engine, runner: Runner):
    runner.may_answer.clear()
    call_id = await place(engine, runner.agent())
    await asyncio.to_thread(runner.asked.get, True, 60)
    engine.hang_up(call_id)
    view = await wait_for_end(engine, call_id)
    assert view.state is CallState.CANCELLED and runner.started == 0
    runner.may_answer.set()  # too late: nobody waits for it any more
    assert await runner.next_stop() == ("s1", runner.bearer)
    assert runner.stopped.empty()
    no_trace_of(engine.settings, call_id, runner)


async def test_a_worker_that_is_killed(engine: Engine, runner: Runner):
    call_id = await place(engine, runner.agent())
    await wait_for(engine, call_id, is_ringing)
    for worker in workers_of(os.getpid(), engine.settings.data):
        worker.kill()
    view = await wait_for_end(engine, call_id)
    assert view.state is CallState.LOST
    assert await runner.next_stop() == ("s1", runner.bearer)
    assert runner.stopped.empty()
    events = read_events(engine.store.artifacts(call_id).events)
    assert events[-1].kind == EventKind.SESSION_STOPPED
    no_trace_of(engine.settings, call_id, runner)


async def test_a_stop_that_is_refused_is_told_and_tried_at_the_next_start(
    tmp_path: Path, runner: Runner
):
    settings = Settings(data=tmp_path / "data")
    runner.refuses = True
    engine = Engine(settings)
    await asyncio.to_thread(engine.start)
    try:
        call_id = await place(engine, runner.agent(), join_s=0.5)
        view = await wait_for_end(engine, call_id)
        assert view.failure is not None and view.failure.kind == "agent_never_joined"
        events = read_events(engine.store.artifacts(call_id).events)
        (stopped,) = [event for event in events if event.kind == EventKind.SESSION_STOPPED]
        assert stopped.data["how"] == "failed" and "500" in stopped.data["message"]
    finally:
        await asyncio.to_thread(engine.stop)
    assert Secrets(settings).of_calls().keys() == {call_id}, "the key is still needed"
    while not runner.stopped.empty():
        runner.stopped.get_nowait()
    runner.refuses = False
    await recovered(settings)
    assert runner.stopped.get_nowait() == ("s1", runner.bearer)
    no_trace_of(settings, call_id, runner)


CONSOLE = """
import asyncio
import sys
from pathlib import Path
from harness.calls import CallRequest, Engine, Limits
from harness.nouns import Agent
from harness.settings import Settings
engine = Engine(Settings(data=Path(sys.argv[1])))
engine.start()
agent = Agent.model_validate_json(sys.stdin.readline())
call = engine.place(CallRequest(agent=agent, limits=Limits(join_s=100)))

async def until_it_rings():
    async for _ in engine.follow(call.id):
        if engine.view(call.id).state == "ringing":
            return

asyncio.run_coroutine_threadsafe(until_it_rings(), engine.loop).result(90)
print(call.id, flush=True)
sys.stdin.readline()
"""


async def console(settings: Settings, agent: Agent) -> tuple[asyncio.subprocess.Process, str]:
    """Another process with an engine that calls `agent`; the session is started."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CONSOLE, str(settings.data)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(agent.model_dump_json().encode() + b"\n")
    call_id = (await process.stdout.readline()).decode().strip()
    assert call_id
    return process, call_id


def workers_of(pid: int, data: Path) -> list[psutil.Process]:
    found = psutil.Process(pid).children()
    return [one for one in found if command_of(one)[-2:] == ["harness.calls._worker", str(data)]]


async def recovered(settings: Settings) -> None:
    """Start an engine and let it deal with what others left."""
    engine = Engine(settings)
    await asyncio.to_thread(engine.start)
    try:
        assert await asyncio.to_thread(engine.recovered.wait, 60)
    finally:
        await asyncio.to_thread(engine.stop)


async def test_a_console_that_is_killed_with_its_worker(tmp_path: Path, runner: Runner):
    settings = Settings(data=tmp_path / "data")
    process, call_id = await console(settings, runner.agent())
    for victim in (*workers_of(process.pid, settings.data), psutil.Process(process.pid)):
        victim.suspend()  # neither sees the other's end
    for victim in (*workers_of(process.pid, settings.data), psutil.Process(process.pid)):
        victim.send_signal(signal.SIGKILL)
    await process.wait()
    assert runner.stopped.empty() and Secrets(settings).of_calls().keys() == {call_id}
    await recovered(settings)
    assert await runner.next_stop() == ("s1", runner.bearer)
    assert runner.stopped.empty(), "once"
    no_trace_of(settings, call_id, runner)


async def test_a_console_that_is_killed_alone(tmp_path: Path, runner: Runner):
    settings = Settings(data=tmp_path / "data")
    process, call_id = await console(settings, runner.agent())
    workers = workers_of(process.pid, settings.data)
    process.kill()
    await process.wait()
    assert await runner.next_stop() == ("s1", runner.bearer), "the worker sees to it"
    _, alive = await asyncio.to_thread(psutil.wait_procs, workers, 30)
    assert not alive
    await recovered(settings)
    assert runner.stopped.empty(), "once"
    no_trace_of(settings, call_id, runner)


async def test_a_connection_test_of_it(engine: Engine, runner: Runner):
    request = CallRequest(agent=runner.agent(), limits=Limits(join_s=0.5), purpose="test")
    call = await asyncio.to_thread(engine.place, request)
    view = await wait_for_end(engine, call.id)
    assert {step.name: step.status for step in view.steps} == {
        "resolve": "done",
        "tls": "skipped",
        "authorise": "skipped",
        "ready": "skipped",
        "start": "done",
        "join": "done",
        "agent_found": "failed",
        "agent_audio": "pending",
        "rtvi_ready": "pending",
        "stop": "done",
        "cleaned": "skipped",
    }
    assert view.failure is not None and view.failure.kind == "agent_never_joined"
    assert (view.verdict, view.exit_code) == (Verdict.NOT_RUN, 2)
    assert runner.stopped.get_nowait()[0] == "s1" and runner.stopped.empty()
    assert call.id not in {one.id for one in (*engine.history(), *engine.live())}
    no_trace_of(engine.settings, call.id, runner)
