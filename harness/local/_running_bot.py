"""One bot process: started from its file, until it can be reached."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx
import psutil

from harness.agents.bot_files import BotLaunch
from harness.errors import AgentConfigError, BotDied, LiveKitStopped, RunnerTimeout
from harness.local._bot_env import bot_environment, secrets_in
from harness.local._crash import read_crash
from harness.local._livekit import LiveKitServer
from harness.local._log import new_log_path, scrub
from harness.local._ports import free_port
from harness.local._post_mortem import died
from harness.local._process import GuardedProcess
from harness.settings import Settings

__all__ = ["RunningBot", "Seat", "start_bot"]

_HOST = "127.0.0.1"
_START_TRIES = 3
_STOP_GRACE_S = 3.0
_LOG_LINES = 400
_LAST_LINES = 6
_PLACEHOLDER = re.compile(r"\{(url|token|room)\}")
_OTHER_PORT = re.compile(r"address \('[^']*', (\d+)")


@dataclass(frozen=True, slots=True)
class Seat:
    """The caller's place in a room that we made for a bot without Pipecat's runner."""

    url: str
    room: str
    token: str = field(repr=False)


class RunningBot:
    """One bot process that can be called.

    Attributes:
        url: ``http://127.0.0.1:PORT`` of its runner: sessions start by ``POST /start``. Empty for a
            bot that was given its room as it started.
        seat: The caller's place in that room, else None.
        log_path: What the bot writes.
        launch: How it was started.
    """

    def __init__(
        self,
        launch: BotLaunch,
        url: str,
        process: GuardedProcess,
        *,
        seat: Seat | None = None,
        env: Mapping[str, str],
    ) -> None:
        self.launch = launch
        self.url = url
        self.seat = seat
        self.log_path = process.log_path
        self._process = process
        self._hidden = secrets_in(env)
        self._known = frozenset(name for name, value in env.items() if value)

    @property
    def pid(self) -> int:
        """Process id of the bot, also of its process group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative if a signal ended it."""
        return self._process.exit_code

    async def wait(self) -> int:
        """Wait until its process has ended, and return the exit code."""
        return await self._process.wait()

    async def stop(self) -> None:
        """End it (within about five seconds) and take the secrets out of its log."""
        await self._process.stop()
        await asyncio.to_thread(scrub, self.log_path, self._hidden)

    def last_lines(self, count: int) -> list[str]:
        """The last lines it wrote, without tokens and keys."""
        return self._process.last_lines(count)

    async def post_mortem(self, lines: Sequence[str] | None = None) -> BotDied:
        """Why its process ended, by the last lines it wrote."""
        written = self.last_lines(_LOG_LINES) if lines is None else lines
        return await died(self.launch, written, self.exit_code, self.log_path, self._known)

    async def trouble(self) -> BotDied | None:
        """What went wrong since it was ready: the last traceback in its log, or how it ended."""
        lines = self.last_lines(_LOG_LINES)
        if read_crash(lines) is not None:
            return await died(self.launch, lines, None, self.log_path, self._known)
        return await self.post_mortem(lines) if self.exit_code else None


async def start_bot(
    server: LiveKitServer, settings: Settings, launch: BotLaunch, timeout_s: float
) -> RunningBot:
    """Start a bot and wait until its runner answers, or until it is in the room we gave it.

    Raises:
        AgentConfigError: Its Python cannot be started.
        BotDied: It ended, and why.
        RunnerTimeout: It was not ready in time.
        LiveKitStopped: The LiveKit server is gone.
    """
    deadline = time.monotonic() + timeout_s
    for left in reversed(range(_START_TRIES)):
        if not server.alive and (stopped := await server.ended()):
            raise stopped
        bot = await (_in_runner if launch.way == "runner" else _in_room)(server, settings, launch)
        try:
            if await _is_ready(bot, server, deadline):
                return bot
            ended = bot.exit_code is not None
            elsewhere = [] if ended else await asyncio.to_thread(_ports, bot.pid)
        except BaseException:
            await bot.stop()
            raise
        lines = bot.last_lines(_LOG_LINES)
        await bot.stop()
        if not ended:
            raise _too_slow(bot, timeout_s, lines, elsewhere)
        if left and _lost_our_port(bot, lines):
            continue  # somebody took it between our choosing and its binding
        raise await bot.post_mortem(lines)
    raise AssertionError("not reached: the last try returns or raises")


async def _in_runner(server: LiveKitServer, settings: Settings, launch: BotLaunch) -> RunningBot:
    port = free_port(host=_HOST)
    arguments = ["-t", "livekit", "--host", _HOST, "--port", str(port), *launch.args]
    env = bot_environment(launch, server)
    process = await _run(settings, launch, arguments, env)
    return RunningBot(launch, f"http://{_HOST}:{port}", process, env=env)


async def _in_room(server: LiveKitServer, settings: Settings, launch: BotLaunch) -> RunningBot:
    """Make a room and both tokens; the bot gets its own as it starts."""
    room = f"ringback-{secrets.token_hex(4)}"
    token = server.token(room, f"bot-{secrets.token_hex(2)}", name="Bot", kind="agent")
    caller = server.token(room, f"caller-{secrets.token_hex(2)}", name="Caller")
    env = bot_environment(
        launch,
        server,
        {"LIVEKIT_ROOM": room, "LIVEKIT_ROOM_NAME": room, "LIVEKIT_TOKEN": token},
    )
    arguments = list(launch.args)
    if launch.way == "arguments":
        if not any(map(_PLACEHOLDER.search, arguments)):
            arguments = ["-u", "{url}", "-t", "{token}", *arguments]
        known = {"url": server.url, "token": token, "room": room}
        arguments = [_PLACEHOLDER.sub(lambda it: known[it[1]], each) for each in arguments]
    process = await _run(settings, launch, arguments, env)
    seat = Seat(server.url, room, caller)
    return RunningBot(launch, "", process, seat=seat, env=env)


async def _run(
    settings: Settings,
    launch: BotLaunch,
    arguments: list[str],
    env: dict[str, str],
) -> GuardedProcess:
    in_folder = launch.file.parent == launch.folder
    file = launch.file.name if in_folder else str(launch.file)
    try:
        return await GuardedProcess.start(
            settings,
            f"Bot {launch.label}",
            [*launch.command, file, *arguments],
            log_path=new_log_path(settings, "bot"),
            env=env,
            cwd=launch.folder,
            grace_s=_STOP_GRACE_S,
            hide=secrets_in(env),
        )
    except OSError as error:
        raise AgentConfigError(
            f"The bot {launch.file} cannot be started.",
            cause=f"The system says: {error}.",
            remedy=f"Check that {launch.command[0]} is a Python with pipecat-ai[runner,livekit].",
        ) from error


async def _is_ready(bot: RunningBot, server: LiveKitServer, deadline: float) -> bool:
    """Wait until it can be called; False if its process ended or the time is over."""
    ended = asyncio.ensure_future(bot.wait())
    pause_s = 0.05
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
            while not ended.done() and time.monotonic() < deadline:
                if await _answers(bot, client, server):
                    return not ended.done()
                await asyncio.wait({ended}, timeout=pause_s)
                pause_s = min(pause_s * 1.3, 0.25)
    finally:
        ended.cancel()
    return False


async def _answers(bot: RunningBot, client: httpx.AsyncClient, server: LiveKitServer) -> bool:
    if bot.seat is not None:
        with contextlib.suppress(LiveKitStopped):
            return bool(await server.participants(bot.seat.room))
        return False
    # Any answer will do: runners older than Pipecat 1.10 have no /status.
    with contextlib.suppress(httpx.HTTPError):
        await client.get(f"{bot.url}/status")
        return True
    return False


def _lost_our_port(bot: RunningBot, lines: list[str]) -> bool:
    text = "\n".join(lines[-_LAST_LINES:])
    if not bot.url or "address already in use" not in text:
        return False
    named = _OTHER_PORT.search(text)
    return named is None or bot.url.endswith(f":{named[1]}")


def _ports(pid: int) -> list[int]:
    """The TCP ports a process and its children listen on."""
    found = set()
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):  # it ended, or is a zombie: the others count
                for connection in each.net_connections(kind="tcp"):
                    if connection.status == psutil.CONN_LISTEN:
                        found.add(connection.laddr.port)
    return sorted(found)


def _too_slow(
    bot: RunningBot, timeout_s: float, lines: list[str], ports: list[int]
) -> RunnerTimeout:
    last = "\n".join(line for line in lines if line.strip()).splitlines()[-_LAST_LINES:]
    wrote = "Its last lines:\n" + "\n".join(last) if last else "It has written nothing."
    more = f" Its log is {bot.log_path}."
    if bot.seat is not None:
        return RunnerTimeout(
            f"The bot did not come into its room within {timeout_s:g} s of its start.",
            cause=f"It takes address and token from elsewhere, or is still loading. {wrote}",
            remedy="It is given them as `-u` and `-t` (way: arguments) and as LIVEKIT_URL, "
            f"LIVEKIT_ROOM and LIVEKIT_TOKEN.{more}",
        )
    if ports:
        return RunnerTimeout(
            f"The bot did not answer within {timeout_s:g} s of its start.",
            cause=f"It listens on port {', '.join(map(str, ports))} instead of the one it was "
            f"given. {wrote}",
            remedy="Have Pipecat's runner read the command line: call `main()` of "
            f"pipecat.runner.run instead of a server of your own.{more}",
        )
    return RunnerTimeout(
        f"The bot did not answer within {timeout_s:g} s of its start.",
        cause=f"It loads something large, waits for something, or the machine is busy. {wrote}",
        remedy="Start it by hand to see what it waits for, or give it more time with the agent's "
        f"`timeout_s`.{more}",
    )
