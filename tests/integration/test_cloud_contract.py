"""The emulator with bots that really run, and the platform's own client before it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from livekit import rtc

from harness.local import LiveKitServer
from harness.local.cloud_emulator import CloudEmulator, EmulatedAgent
from harness.settings import get_settings
from tests.integration.processes import lives

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]

HERE = Path(__file__).parent
TONE = HERE / "bots" / "tone.py"


class Cloud:
    """An emulator, asked as its customers do."""

    def __init__(self, emulator: CloudEmulator, client: httpx.AsyncClient) -> None:
        self.emulator = emulator
        self._client = client

    async def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        key = self.emulator.public_key if "/public/" in path else self.emulator.private_key
        headers = {"Authorization": f"Bearer {key}"}
        return await self._client.request(method, path, headers=headers, **request)

    async def start(self, agent: str, **body: Any) -> dict[str, Any]:
        answer = await self.ask("POST", f"/v1/public/{agent}/start", json={"body": body})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def session(self, agent: str, name: str) -> dict[str, Any]:
        return dict((await self.ask("GET", f"/v1/agents/{agent}/sessions/{name}")).json())

    async def log(self, agent: str, name: str) -> str:
        query = {"sessionId": name, "limit": 500, "order": "asc"}
        told = (await self.ask("GET", f"/v1/agents/{agent}/logs", params=query)).json()
        return "\n".join(entry["log"] for entry in told["logs"])

    async def stop(self, agent: str, name: str) -> None:
        answer = await self.ask("DELETE", f"/v1/agents/{agent}/sessions/{name}")
        assert answer.status_code == 200, answer.text

    async def until_over(self, agent: str, name: str) -> dict[str, Any]:
        async def over() -> dict[str, Any] | None:
            told = await self.session(agent, name)
            return told if told["endState"] != "active" else None

        return await eventually(over)


@asynccontextmanager
async def asking(emulator: CloudEmulator) -> AsyncIterator[Cloud]:
    async with httpx.AsyncClient(base_url=emulator.url, timeout=60, trust_env=False) as client:
        yield Cloud(emulator, client)


@asynccontextmanager
async def deployed(livekit: LiveKitServer, *agents: EmulatedAgent) -> AsyncIterator[Cloud]:
    emulator = await CloudEmulator.start(get_settings(), livekit, agents, progress=print)
    try:
        async with asking(emulator) as cloud:
            yield cloud
    finally:
        await emulator.stop()


@asynccontextmanager
async def in_room(url: str, token: str) -> AsyncIterator[tuple[rtc.Room, dict[str, asyncio.Event]]]:
    """Join a room, and have events for what happens there."""
    room = rtc.Room()
    happened = {name: asyncio.Event() for name in ("heard", "left", "disconnected")}
    room.on("track_subscribed", lambda *_: happened["heard"].set())
    room.on("participant_disconnected", lambda *_: happened["left"].set())
    room.on("disconnected", lambda *_: happened["disconnected"].set())
    await room.connect(url, token)
    try:
        yield room, happened
    finally:
        await room.disconnect()


def bots_of(folder: Path) -> list[psutil.Process]:
    """Processes that run the bot file of a folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        if process.info["cwd"] == str(folder) and process.info["cmdline"]:
            found.append(process)
    return found


async def eventually(that: Callable[[], Awaitable[Any]]) -> Any:
    """What `that` gives as soon as it gives something; neither processes nor the API call back."""
    async with asyncio.timeout(30):
        while not (found := await that()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found


async def gone(there: Callable[[], object]) -> bool:
    async def none_left() -> bool:
        return not there()

    return bool(await eventually(none_left))


async def warm(folder: Path) -> None:
    """Wait until a bot of `folder` waits for its session, by what it wrote."""

    async def answered() -> bool:
        logs = (get_settings().data / "logs").glob("bot-*.log")
        newest = max(logs, key=lambda log: log.stat().st_mtime, default=None)
        text = newest.read_text(errors="replace") if newest else ""
        return bool(bots_of(folder)) and "GET /status" in text and "POST /bot" not in text

    await eventually(answered)


def bot_in(folder: Path, source: str) -> Path:
    file = folder / "bot.py"
    file.write_text(source)
    return file


async def test_the_platforms_own_client(cloud: CloudEmulator, livekit: LiveKitServer) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(HERE / "cloud_client.py")),
        *(cloud.public_key, cloud.private_key, cloud.organization),
        env=os.environ | {"PIPECAT_API_HOST": cloud.url, "PIPECAT_CONFIG_PATH": os.devnull},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, trouble = await process.communicate()
    assert process.returncode == 0, trouble.decode()
    told = json.loads(said)

    def code(name: str) -> str:
        assert told[name][0] == "AgentStartError", told[name]
        return str(told[name][1])

    assert code("no_key") == "PCC-1002"  # the client does not even ask
    assert code("wrong_key") == "401"
    assert code("private_key") == "403"
    assert code("no_agent") == "404"
    assert code("too_large") == "413"
    assert code("full") == "429" and "Rate limit" in told["full"][2]
    assert told["daily"]["dailyRoom"] and told["daily"]["dailyToken"]

    assert told["started"]["url"] == livekit.url and told["started"]["token"]
    name = told["started"]["sessionId"]
    assert told["organization"] == {"name": "ringback", "verbose_name": "ringback"}
    assert [agent["name"] for agent in told["agents"]] == list(cloud.agents)
    assert told["agent"]["ready"] and told["agent"]["activeSessionCount"] == 1
    assert told["agent"]["autoScaling"]["maxReplicas"] == 1
    assert [each["sessionId"] for each in told["active"]["sessions"]] == [name]
    assert told["session"]["coldStart"] is True  # none waits warm here
    assert told["session"]["botStartSeconds"] >= 0
    assert any("Pipecat" in entry["log"] for entry in told["logs"]["logs"])
    assert code("with_public") == code("other_org") == "403"
    assert told["ended"] == {"status": "terminated", "session_id": name}
    assert code("ended_again") == "404"
    assert told["after"]["endState"] == "terminated" and told["after"]["endedAt"]
    assert told["left"]["sessions"] == []
    assert f"cloud-{name[:8]}" not in await livekit.rooms()


async def test_a_session_is_heard_measured_and_stopped(
    livekit: LiveKitServer, tmp_path: Path
) -> None:
    bot_in(tmp_path, TONE.read_text())
    async with deployed(livekit, EmulatedAgent("tone", tmp_path / "bot.py")) as cloud:
        await warm(tmp_path)
        first = await cloud.start("tone")
        name = first["sessionId"]
        async with in_room(first["url"], first["token"]) as (room, happened):
            await asyncio.wait_for(happened["heard"].wait(), 20)
            assert room.name in await livekit.rooms()
            assert (await cloud.session("tone", name))["coldStart"] is False

            async def measured() -> dict[str, Any]:
                return dict((await cloud.session("tone", name))["resourceMetrics"] or {})

            metrics = await eventually(measured)
            assert 0 < metrics["cpuMillicoresP50"] <= metrics["cpuMillicoresP99"]
            # A Python with Pipecat in it; what it has, psutil says too.
            assert 30e6 < metrics["memoryBytesP50"] <= metrics["memoryBytesP99"] < 2e9
            assert metrics["sampleCount"] == len(metrics["timeseries"])
            log = await cloud.log("tone", name)
            assert "Pipecat" in log and first["token"] not in log
            assert livekit.api_secret not in log
            await cloud.stop("tone", name)
            await asyncio.wait_for(happened["disconnected"].wait(), 20)
        assert room.name not in await livekit.rooms()

        await warm(tmp_path)  # the next one, as soon as the first is gone
        running = bots_of(tmp_path)
        second = (await cloud.start("tone"))["sessionId"]
        told = await cloud.session("tone", second)
        assert (told["coldStart"], told["botStartSeconds"]) == (False, 0)
        assert bots_of(tmp_path) == running
    assert await gone(lambda: bots_of(tmp_path))
    assert f"cloud-{second[:8]}" not in await livekit.rooms()


async def test_a_bot_goes_where_its_body_says(cloud: CloudEmulator, livekit: LiveKitServer) -> None:
    where = {
        "livekit_url": livekit.url,
        "livekit_token": livekit.token("of-the-caller", "agent", kind="agent"),
        "livekit_room": "of-the-caller",
    }
    async with asking(cloud) as api:
        answer = await api.start("tone", **where)
        assert set(answer) == {"sessionId"}
        token = livekit.token("of-the-caller", "caller")
        async with in_room(livekit.url, token) as (room, happened):
            await asyncio.wait_for(happened["heard"].wait(), 20)
            (agent,) = room.remote_participants.values()
            assert agent.identity == "agent"
            await api.stop("tone", answer["sessionId"])
            await asyncio.wait_for(happened["left"].wait(), 20)
        # The room is not the emulator's: whoever made it takes it away.
        await livekit.delete_room("of-the-caller")


async def test_a_session_is_cut_at_its_limit(cloud: CloudEmulator, livekit: LiveKitServer) -> None:
    async with asking(cloud) as api:
        answer = await api.start("tone-short")
        name = answer["sessionId"]
        async with in_room(answer["livekitUrl"], answer["livekitToken"]) as (room, happened):
            await asyncio.wait_for(happened["heard"].wait(), 20)
            await asyncio.wait_for(happened["left"].wait(), 20)
            assert not happened["disconnected"].is_set()  # the caller may stay
            assert room.name == answer["livekitRoom"]
        told = await api.until_over("tone-short", name)
        assert told["endState"] == "terminated"

        async def room_is_gone() -> bool:
            return answer["livekitRoom"] not in await livekit.rooms()

        assert await eventually(room_is_gone)


CRASHES = """
import asyncio
from pipecat.runner.types import RunnerArguments

async def bot(args: RunnerArguments):
    raise ValueError(f"no such plan: {args.body['plan']} for {args.session_id}")
"""
RETURNS = """
seen = []
async def bot(args):
    print("BODY", args.body, args.room_name, args.session_id, flush=True)
if __name__ == "__main__":
    seen.append("as main")
    from pipecat.runner.run import main
    print("SEEN", seen, flush=True)
    main()
"""
STUBBORN = """
import signal, threading, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
threading.Thread(target=time.sleep, args=(600,)).start()
from pipecat.runner.run import main
async def bot(args):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
main()
"""


async def test_how_bots_end(livekit: LiveKitServer, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("crashes", "returns", "stubborn", "broken")}
    for folder in folders.values():
        folder.mkdir()
    sources = {"crashes": CRASHES, "returns": RETURNS, "stubborn": STUBBORN, "broken": "import nix"}
    agents = [
        EmulatedAgent(
            name, bot_in(folders[name], source), min_warm=0, style="none", body={"plan": "gold"}
        )
        for name, source in sources.items()
    ]
    async with deployed(livekit, *agents) as cloud:
        # Its `bot` alone, as the platform imports it: nobody runs the file.
        session = (await cloud.start("crashes", plan="silver"))["sessionId"]
        told = await cloud.until_over("crashes", session)
        assert (told["endState"], told["completionStatus"]) == ("agent_error", "HTTP_ERROR")
        log = await cloud.log("crashes", session)
        assert f"ValueError: no such plan: silver for {session}" in log

        session = (await cloud.start("returns"))["sessionId"]
        told = await cloud.until_over("returns", session)
        assert (told["endState"], told["completionStatus"]) == ("completed", "HTTP_COMPLETED")
        log = await cloud.log("returns", session)
        assert "SEEN ['as main']" in log
        assert f"BODY {{'plan': 'gold'}} cloud-{session[:8]} {session}" in log
        codes = [event["eventCode"] for event in told["events"]]
        assert codes == ["SESSION_START_INITIATED", "REQUEST_ARRIVED_AT_BOT", "SESSION_COMPLETED"]

        session = (await cloud.start("stubborn"))["sessionId"]
        told = await cloud.until_over("stubborn", session)
        assert told["endState"] == "completed"

        answer = await cloud.ask("POST", "/v1/public/broken/start", json={})
        assert (answer.status_code, answer.json()["code"]) == (400, "PCC-1001")
        (failed,) = (await cloud.ask("GET", "/v1/agents/broken/sessions")).json()["sessions"]
        assert (failed["endState"], failed["botStartSeconds"]) == ("agent_error", None)
        (error,) = (await cloud.ask("GET", "/v1/agents/broken")).json()["errors"]
        assert "nix" in error["message"]
        for folder in folders.values():
            assert not bots_of(folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_the_command_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    bot_in(tmp_path, TONE.read_text())
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from harness.cli import main; main()", "cloud-emulator"),
        *("--agent", f"tone={tmp_path / 'bot.py'}", "--org", "acme"),
        *("--public-key", "pk_of-the-test-0123", "--private-key", "sk_of-the-test-0123"),
        env=os.environ | {"RINGBACK_DATA": str(tmp_path / "data")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    assert command.stdout is not None
    said = ""
    while "PIPECAT_TOKEN" not in said:
        said += (await asyncio.wait_for(command.stdout.readuntil(), 60)).decode()
    (saved,) = [json.loads(line) for line in said.splitlines() if line.startswith("  {")]
    config = saved["config"]
    assert saved["provider"] == "pipecat_cloud" and config["agent_name"] == "tone"
    assert f"PIPECAT_API_HOST={config['base_url']}" in said and "acme" in said

    async with httpx.AsyncClient(base_url=config["base_url"], timeout=60) as client:
        headers = {"Authorization": f"Bearer {config['api_key']}"}
        answer = await client.post("/v1/public/tone/start", json={}, headers=headers)
        assert answer.status_code == 200, answer.text
    ours = psutil.Process(command.pid).children(recursive=True)
    assert len(ours) >= 4  # LiveKit, the bot, and the guard of each
    command.send_signal(number)
    assert await asyncio.wait_for(command.wait(), 30) == (0 if number == signal.SIGTERM else -9)
    assert await gone(lambda: [each for each in ours if lives(each)])
    assert not bots_of(tmp_path)
