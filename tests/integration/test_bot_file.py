"""Bot files as agents: real files, real processes, real rooms; and nothing of them is left."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import pytest_asyncio

from harness.agents.bot_files import BotFile, BotLaunch
from harness.calls import CallRequest, Engine, Limits
from harness.errors import BotDied, RingbackError, RunnerTimeout
from harness.local import BotPool, LiveKitServer, LocalHost
from harness.local._crash import read_crash
from harness.local._host import DEMO_BOT, DEMO_TODAY
from harness.nouns import Agent, Caller, CallState, Verdict
from harness.secrets import Secrets
from harness.settings import Settings, get_settings
from tests.integration.calls_support import FAREWELL, wait_for, wait_for_end

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]

BOTS = Path(__file__).parent / "bots"


def agent(file: Path, **config: Any) -> Agent:
    return Agent(
        name="Clinic",
        provider="bot_file",
        config={"file": str(file), "python": sys.executable} | config,
    )


def launch(file: Path, **config: Any) -> BotLaunch:
    return BotFile(agent(file, **config)).launch()


def processes_of(file: Path) -> list[int]:
    """Processes that run a file, whoever started them: its folder is this test's alone."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            line = process.cmdline()
            guard = any(part.endswith("_guard.py") for part in line)  # goes a moment after it
            if process.cwd() == str(file.parent) and file.name in line and not guard:
                found.append(process.pid)
    return found


async def until(that: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Wait for what tells nobody that it happened: a process, a line in a file."""
    async with asyncio.timeout(timeout_s):
        while not that():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.fixture
def a_bot(tmp_path: Path) -> Any:
    """Copies one of the bots into a folder of its own, as `bot.py`."""

    def copy(name: str) -> Path:
        shutil.copy(BOTS / "tone.py", tmp_path)
        return Path(shutil.copy(BOTS / f"{name}.py", tmp_path / "bot.py"))

    return copy


@pytest_asyncio.fixture(loop_scope="session")
async def pool(livekit: LiveKitServer) -> AsyncIterator[BotPool]:
    pool = BotPool(livekit, get_settings(), warm=0)
    yield pool
    await pool.close()


# Bots that do not start


@pytest.mark.parametrize(
    ("name", "message", "cause", "remedy"),
    [
        (
            "old_imports",
            "bot.py line 5: `from pipecat.frames.frames import LLMMessagesFrame`",
            "ImportError: cannot import name 'LLMMessagesFrame'",
            "line 16: from pipecat.audio.vad.silero import SileroVADAnalyzer",
        ),
        ("no_main", "does not start Pipecat's runner", "Pipecat 1.", "main()"),
        ("missing_key", "CLINIC_SPEECH_KEY is not set", "KeyError", "reads CLINIC_MODEL_KEY"),
        ("missing_extra", "extra `groq`", "No module named 'groq'", 'install "pipecat-ai[groq]"'),
        ("missing_package", "clinic_calendar_of_2019", "line 3", 'install "clinic_calendar'),
        ("own_arguments", "command line of its own", "required: -u", "`way` to `arguments`"),
        ("own_environment", "room from the environment", "KeyError", "`way` to `environment`"),
    ],
)
async def test_a_bot_that_ends_as_it_starts(
    pool: BotPool, a_bot: Any, name: str, message: str, cause: str, remedy: str
) -> None:
    file = a_bot(name)
    with pytest.raises(BotDied) as caught:
        await pool.lease(launch(file))
    assert message in caught.value.message
    assert cause in caught.value.cause
    assert remedy in caught.value.remedy
    assert processes_of(file) == []


async def test_a_port_that_is_taken(pool: BotPool, a_bot: Any) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(BotDied, match=f"wants port {port}, which is taken"):
            await pool.lease(launch(a_bot("own_port"), env={"OWN_PORT": port}))


async def test_a_bot_on_a_port_of_its_own(pool: BotPool, a_bot: Any) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    file = a_bot("own_port")
    with pytest.raises(RunnerTimeout) as caught:
        await pool.lease(launch(file, env={"OWN_PORT": port}, timeout_s=6))
    assert f"listens on port {port}" in caught.value.cause
    assert processes_of(file) == []


async def test_a_bot_that_loads_forever(pool: BotPool, a_bot: Any) -> None:
    file = a_bot("loads_forever")
    with pytest.raises(RunnerTimeout, match="within 3 s") as caught:
        await pool.lease(launch(file, timeout_s=3))
    assert "Loading the model." in caught.value.cause
    assert processes_of(file) == []


async def test_a_start_that_is_cancelled_leaves_nothing(pool: BotPool, a_bot: Any) -> None:
    file = a_bot("loads_forever")
    lease = asyncio.create_task(pool.lease(launch(file)))
    await until(lambda: bool(processes_of(file)))
    lease.cancel()
    with pytest.raises(asyncio.CancelledError):
        await lease
    assert processes_of(file) == []


# Bots that fail when somebody calls


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing_key_in_call", "OPENAI_API_KEY is not set for the bot"),
        ("other_transport", "no transport parameters for LiveKit"),
        ("no_bot", "no function `bot`"),
    ],
)
async def test_a_bot_whose_session_fails_tells_why(
    pool: BotPool, a_bot: Any, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    bot = await pool.lease(launch(a_bot(name)))
    assert await bot.trouble() is None
    async with httpx.AsyncClient(timeout=30) as client:
        await client.post(f"{bot.url}/start", json={"transport": "livekit", "body": {}})
    await until(lambda: read_crash(bot.last_lines(400)) is not None)
    error = await bot.trouble()
    assert isinstance(error, BotDied)
    assert message in error.message
    assert bot.exit_code is None, "it can be told while the process still runs"


# Secrets


async def test_the_agents_secrets_are_in_the_bot_and_in_no_log(
    livekit: LiveKitServer, pool: BotPool, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("DOTENV_API_KEY=dotenv-secret-77\n")
    (tmp_path / "bot.py").write_text(
        "import os\n"
        "print('GOT', os.environ['CLINIC_TOKEN'], os.environ['DOTENV_API_KEY'], flush=True)\n"
        "raise RuntimeError(os.environ['CLINIC_TOKEN'])\n"
    )
    with pytest.raises(BotDied) as caught:
        await pool.lease(launch(tmp_path / "bot.py", env={"CLINIC_TOKEN": "agent-secret-99"}))
    assert "RuntimeError: [hidden]" in caught.value.cause
    (log,) = [
        path
        for path in (get_settings().data / "logs").glob("bot-*.log")
        if path.name in caught.value.remedy
    ]
    written = log.read_text() + str(caught.value)
    assert "GOT [hidden] [hidden]" in written
    assert "agent-secret-99" not in written and "dotenv-secret-77" not in written


# Bots without Pipecat's runner


@pytest.mark.parametrize("way", ["arguments", "environment"])
async def test_a_bot_without_runner_is_given_its_room(
    livekit: LiveKitServer, pool: BotPool, a_bot: Any, way: str
) -> None:
    file = a_bot(f"own_{way}")
    bot = await pool.lease(launch(file, way=way))
    assert bot.seat is not None and bot.url == ""
    (there,) = await livekit.participants(bot.seat.room)
    assert there.startswith("bot-")
    await pool.release(bot)
    assert processes_of(file) == []
    await livekit.delete_room(bot.seat.room)


async def test_a_bot_that_does_not_come_into_its_room(pool: BotPool, a_bot: Any) -> None:
    file = a_bot("loads_forever")
    with pytest.raises(RunnerTimeout, match="did not come into its room within 2 s"):
        await pool.lease(launch(file, way="environment", timeout_s=2))
    with pytest.raises(BotDied, match="ended by itself before it came into its room"):
        await pool.lease(launch(a_bot("no_main"), way="environment"))
    assert processes_of(file) == []


# Warm ones


async def test_only_those_used_last_stay_warm(livekit: LiveKitServer, tmp_path: Path) -> None:
    launches = []
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        file = Path(shutil.copy(BOTS / "loads_forever.py", tmp_path / name / "bot.py"))
        launches.append(launch(file))
    one, two, three = launches
    pool = BotPool(livekit, get_settings(), keep=2)
    try:
        await pool.prepare(one)
        await pool.prepare(two)
        await pool.prepare(one)  # used again: now two is the one to go
        await pool.prepare(three)
        assert list(pool._warm) == [one, three]
        await until(lambda: bool(processes_of(one.file)) and not processes_of(two.file))
    finally:
        await pool.close()
    # One that was still being started when the pool closed is reaped by its guard.
    await until(lambda: not any(processes_of(each.file) for each in launches))


async def test_a_change_in_a_folder_below_starts_it_anew(
    livekit: LiveKitServer, a_bot: Any
) -> None:
    file = a_bot("loads_forever")
    below = file.parent / "parts"
    below.mkdir()
    (below / "words.py").write_text("A = 1\n")
    (below / "transcript.json").write_text("{}")
    pool = BotPool(livekit, get_settings())
    try:
        await pool.prepare(file)
        (first,) = pool._warm[BotLaunch.plain(file)]
        (below / "transcript.json").write_text("what the bot itself wrote")
        await pool.prepare(file)
        assert pool._warm[BotLaunch.plain(file)] == [first]
        (below / "words.py").write_text("A = 22\n")
        await pool.prepare(file)
        assert pool._warm[BotLaunch.plain(file)] != [first]
    finally:
        await pool.close()


# Whole calls


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data=tmp_path_factory.mktemp("data"), concurrency=2)


@pytest.fixture(scope="module")
def host(settings: Settings) -> LocalHost:
    return LocalHost(settings, warm=None)


@pytest.fixture(scope="module")
def engine(
    settings: Settings, host: LocalHost, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Once it has stopped, nothing that it ran is left, warm ones included."""
    engine = Engine(settings, host)
    engine.start()
    yield engine
    engine.stop()
    folder = tmp_path_factory.getbasetemp()
    assert not [pid for file in folder.glob("*/bot.py") for pid in processes_of(file)]
    ours = {each.pid for each in psutil.Process().children(recursive=True)}
    assert not ours.intersection(processes_of(DEMO_BOT)), "others may run it on this machine"


async def on_engine(engine: Engine, work: Any) -> Any:
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, engine.loop))


async def rooms(engine: Engine, host: LocalHost) -> list[str]:
    assert host.server is not None
    return await on_engine(engine, host.server.rooms())


async def test_a_bot_file_is_called_graded_and_ended(
    engine: Engine, host: LocalHost, settings: Settings
) -> None:
    secret = Secrets(settings).put("CLINIC_PASSWORD", "sesame-open-now")
    clinic = agent(DEMO_BOT, env={"CLINIC_PASSWORD": secret}).model_copy(
        update={"body": {"today": DEMO_TODAY}}
    )
    await on_engine(engine, host.prepare(clinic))  # as when it is chosen on the page
    call = await asyncio.to_thread(
        engine.place,
        CallRequest(
            agent=clinic,
            scenario=FAREWELL,
            caller=Caller(answer_timeout_s=8.0),
            limits=Limits(wall_clock_s=90.0),
        ),
    )
    await wait_for(engine, call.id, lambda view: view.state is CallState.LIVE)
    log = engine._dispatch.agent_log(call.id, 50)  # type: ignore[union-attr]
    assert any("A call on" in line for line in log), "its log is there while it runs"
    pids = [bot.pid for bot in host._leased.values()]
    assert len(pids) == 1
    view = await wait_for_end(engine, call.id)
    assert (view.state, view.verdict) == (CallState.DONE, Verdict.PASSED), view.failure
    assert not any(map(psutil.pid_exists, pids))
    assert await rooms(engine, host) == []
    stored = engine.store.plan(call.id)
    assert "sesame-open-now" not in str(stored) and "secret:CLINIC_PASSWORD" in str(stored)


async def test_a_call_of_a_broken_bot_says_why(engine: Engine, host: LocalHost, a_bot: Any) -> None:
    file = a_bot("old_imports")
    call = await asyncio.to_thread(engine.place, CallRequest(agent=agent(file)))
    view = await wait_for_end(engine, call.id)
    assert view.state is CallState.FAILED and view.failure is not None
    assert view.failure.kind == "bot_died" and view.exit_code == 2
    assert "SileroVADAnalyzer" in view.failure.remedy
    assert processes_of(file) == []


async def test_a_call_whose_session_fails_in_the_bot_says_why(
    engine: Engine, host: LocalHost, a_bot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    file = a_bot("missing_key_in_call")
    request = CallRequest(agent=agent(file), limits=Limits(join_s=4))
    call = await asyncio.to_thread(engine.place, request)
    view = await wait_for_end(engine, call.id)
    assert view.failure is not None and view.failure.kind == "bot_died", view.failure
    assert "OPENAI_API_KEY is not set for the bot" in view.failure.message
    assert len(processes_of(file)) <= 1, "only the one that waits for the next call"
    assert await rooms(engine, host) == []


async def test_a_bot_that_dies_before_it_joins_is_told_at_once(
    engine: Engine, host: LocalHost, a_bot: Any
) -> None:
    file = a_bot("dies_in_call")
    request = CallRequest(agent=agent(file), limits=Limits(join_s=300))
    call = await asyncio.to_thread(engine.place, request)
    view = await wait_for_end(engine, call.id)  # long before join_s
    assert view.milestones.session_started is not None
    assert view.state is CallState.FAILED and view.failure is not None
    assert (view.failure.kind, view.exit_code) == ("bot_died", 2), view.failure
    assert "FileNotFoundError in bot.py line 15" in view.failure.message
    assert "FileNotFoundError" in view.failure.cause
    assert "calendar-of-the-clinic.json" in view.failure.cause
    assert await rooms(engine, host) == []


async def test_a_call_that_is_hung_up_ends_the_bot(
    engine: Engine, host: LocalHost, a_bot: Any
) -> None:
    file = a_bot("own_environment")
    call = await asyncio.to_thread(
        engine.place, CallRequest(agent=agent(file, way="environment"), limits=Limits(join_s=30))
    )
    await wait_for(engine, call.id, lambda view: view.state is CallState.LIVE)
    assert processes_of(file)
    engine.hang_up(call.id)
    await wait_for_end(engine, call.id)
    assert processes_of(file) == []
    assert await rooms(engine, host) == []


async def test_an_agent_that_cannot_be_prepared_says_so(
    engine: Engine, host: LocalHost, tmp_path: Path
) -> None:
    with pytest.raises(RingbackError, match="no bot file"):
        await on_engine(engine, host.prepare(agent(tmp_path / "none.py")))
    elsewhere = Agent(name="x", provider="dev_runner", config={"url": "http://localhost:1"})
    await on_engine(engine, host.prepare(elsewhere))
    assert not host.runs(elsewhere)
