"""Bot files run by Pipecat's own runner, for real."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest
import pytest_asyncio
from livekit import rtc

from harness.agents.bot_files import BotLaunch
from harness.errors import AgentConfigError, BotDied, RunnerTimeout
from harness.local import BotPool, LiveKitServer, RunningBot
from harness.settings import get_settings
from tests.integration.processes import lives

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]

TONE = Path(__file__).parent / "bots" / "tone.py"


@pytest_asyncio.fixture(loop_scope="session")
async def pool(livekit: LiveKitServer) -> AsyncIterator[BotPool]:
    pool = BotPool(livekit, get_settings(), warm=0)
    yield pool
    await pool.close()


async def _start_session(bot: RunningBot) -> dict[str, str]:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{bot.url}/start", json={"transport": "livekit", "body": {}})
        return answer.raise_for_status().json()


async def test_a_leased_bot_joins_a_room_of_our_server_and_is_heard(
    livekit: LiveKitServer, pool: BotPool
) -> None:
    bot = await pool.lease(TONE)
    session = await _start_session(bot)
    assert session["url"] == livekit.url
    room = rtc.Room()
    heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    room.on("track_subscribed", lambda _t, _p, who: heard.done() or heard.set_result(who.identity))
    await room.connect(session["url"], session["token"])
    try:
        assert (await asyncio.wait_for(heard, 20)).startswith("Pipecat Agent")
        name = room.name
    finally:
        await room.disconnect()
    process = psutil.Process(bot.pid)
    await pool.release(bot)
    assert not lives(process)
    assert bot.exit_code is not None
    await livekit.delete_room(name)
    assert name not in await livekit.rooms()
    assert livekit.api_secret not in bot.log_path.read_text()


async def test_the_environment_points_at_our_server_whatever_dotenv_says(
    livekit: LiveKitServer, pool: BotPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVEKIT_ROOM_NAME", "everybody-in-here")
    (tmp_path / ".env").write_text("LIVEKIT_URL=wss://elsewhere.example\nMY_OWN=kept\n")
    (tmp_path / "bot.py").write_text(
        "import os\n"
        "from dotenv import load_dotenv\n"
        "load_dotenv(override=True)\n"
        "from pipecat.runner.run import main\n"
        "async def bot(args): ...\n"
        "print('OWN', os.environ['MY_OWN'], os.environ.get('LIVEKIT_ROOM_NAME'), flush=True)\n"
        "main()\n"
    )
    bot = await pool.lease(tmp_path / "bot.py")
    assert (await _start_session(bot))["url"] == livekit.url
    assert "OWN kept None" in bot.last_lines(200)


async def test_a_warm_bot_is_taken_and_the_next_is_warmed_when_it_comes_back(
    livekit: LiveKitServer,
) -> None:
    pool = BotPool(livekit, get_settings(), warm=1)
    try:
        await pool.prepare(TONE)
        first = await pool.lease(TONE)
        assert pool._warm[BotLaunch.plain(TONE)] == []  # no second one starts while a call begins
        await pool.release(first)
        (waiting,) = pool._warm[BotLaunch.plain(TONE)]
        warmed = await waiting.task
        second = await pool.lease(TONE)
        assert second is warmed
        assert second.pid != first.pid
    finally:
        await pool.close()
    assert not psutil.pid_exists(second.pid)


async def test_a_warm_bot_that_died_or_whose_file_changed_is_not_used(
    livekit: LiveKitServer, tmp_path: Path
) -> None:
    bot_file = tmp_path / "bot.py"
    bot_file.write_bytes(TONE.read_bytes())
    pool = BotPool(livekit, get_settings(), warm=1)
    try:
        await pool.prepare(bot_file)
        old = await pool._warm[BotLaunch.plain(bot_file)][0].task
        bot_file.write_bytes(TONE.read_bytes() + b"# changed\n")
        await pool.prepare(bot_file)
        assert await asyncio.wait_for(old.wait(), 30) is not None
        dead = await pool._warm[BotLaunch.plain(bot_file)][0].task
        os.kill(dead.pid, signal.SIGKILL)
        await dead.wait()
        fresh = await pool.lease(bot_file)
        assert fresh.pid not in (old.pid, dead.pid)
        assert fresh.exit_code is None
    finally:
        await pool.close()


async def test_a_bot_that_fails_at_start_is_told_with_its_traceback(
    pool: BotPool, tmp_path: Path, livekit: LiveKitServer
) -> None:
    (tmp_path / "bot.py").write_text(
        "import os\nraise RuntimeError('no model at ' + os.environ['LIVEKIT_API_SECRET'])\n"
    )
    with pytest.raises(BotDied, match="exit code 1") as caught:
        await pool.lease(tmp_path / "bot.py")
    assert "RuntimeError: no model at [hidden]" in caught.value.cause
    assert "line 2" in caught.value.cause
    assert livekit.api_secret not in str(caught.value)


async def test_a_bot_that_never_answers_is_ended(pool: BotPool, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    (tmp_path / "bot.py").write_text(
        f"import os, time\nopen({str(pid_file)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    )
    with pytest.raises(RunnerTimeout, match="within 2 s"):
        await pool.lease(tmp_path / "bot.py", timeout_s=2)
    assert not psutil.pid_exists(int(pid_file.read_text()))


async def test_no_such_file(pool: BotPool, tmp_path: Path) -> None:
    with pytest.raises(AgentConfigError, match="no bot file"):
        await pool.lease(tmp_path / "bot.py")


async def test_no_such_python(livekit: LiveKitServer) -> None:
    pool = BotPool(livekit, get_settings(), python="/nowhere/python")
    with pytest.raises(AgentConfigError, match="cannot be started"):
        await pool.lease(TONE)
