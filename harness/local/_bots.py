"""Bot files run by Pipecat's own development runner, one process for each call."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from dotenv import dotenv_values

from harness.errors import AgentConfigError, RingbackError, RunnerTimeout
from harness.local._livekit import LiveKitServer
from harness.local._log import new_log_path
from harness.local._ports import free_port
from harness.local._process import GuardedProcess
from harness.settings import Settings

__all__ = ["BotPool", "RunningBot"]

_HOST = "127.0.0.1"
_START_TRIES = 3
_WARM_TIMEOUT_S = 120.0
_STOP_GRACE_S = 3.0

_BOT_FILES = frozenset({".py", ".yaml", ".yml", ".json", ".toml", ".txt", ".md"})
_Fingerprint = tuple[tuple[str, int, int], ...]


def _silent(_: str) -> None:
    pass


class RunningBot:
    """One bot process whose runner answers.

    Attributes:
        url: ``http://127.0.0.1:PORT``; sessions start by ``POST /start``.
        log_path: What the bot writes.
        bot_file: The file it was started from.
    """

    def __init__(self, bot_file: Path, url: str, process: GuardedProcess) -> None:
        self.bot_file = bot_file
        self.url = url
        self.log_path = process.log_path
        self._process = process

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

    def last_lines(self, count: int) -> list[str]:
        """The last lines it wrote, without tokens and keys."""
        return self._process.last_lines(count)


@dataclass(eq=False)
class _Warm:
    """A bot that is starting or waits to be leased, as it was on disk then."""

    fingerprint: _Fingerprint
    task: asyncio.Task[RunningBot] = field(repr=False)


class BotPool:
    """Bot processes on one LiveKit server, some of them started ahead.

    A Pipecat bot takes seconds to import, so `warm` of each file wait ready. The next one is
    started when a call gives its bot back, not when it takes one: starting costs the processor
    time that the call needs. A warm bot whose file was changed since is thrown away.

    Args:
        server: Whose rooms the bots use.
        settings: Where logs go.
        warm: How many wait ready for each bot file.
        python: The Python that runs the bots; ours by default.
        progress: Called with one sentence for each thing that takes time.
    """

    def __init__(
        self,
        server: LiveKitServer,
        settings: Settings,
        *,
        warm: int = 1,
        python: str = sys.executable,
        progress: Callable[[str], None] = _silent,
    ) -> None:
        self._server = server
        self._settings = settings
        self._warm_count = warm
        self._python = python
        self._progress = progress
        self._warm: dict[Path, list[_Warm]] = {}
        self._leased: set[RunningBot] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def prepare(self, bot_file: Path) -> None:
        """Begin to start the warm ones of a bot file, and return at once.

        Raises:
            AgentConfigError: There is no such file.
        """
        bot_file = _existing(bot_file)
        now = _fingerprint(bot_file)
        waiting = self._warm.setdefault(bot_file, [])
        for stale in [bot for bot in waiting if not _usable(bot, now)]:
            waiting.remove(stale)
            self._discard(stale)
        while len(waiting) < self._warm_count and not self._closed:
            task = asyncio.create_task(self._start(bot_file, _WARM_TIMEOUT_S))
            task.add_done_callback(_look_at)
            waiting.append(_Warm(now, task))

    async def lease(self, bot_file: Path, *, timeout_s: float = 60.0) -> RunningBot:
        """A bot whose runner answers, for one call: a warm one, else a new one.

        Args:
            bot_file: The Pipecat bot file.
            timeout_s: Seconds it may take to answer.

        Raises:
            AgentConfigError: There is no such file, or the bot ended as it started.
            RunnerTimeout: It did not answer in time.
            LiveKitStopped: The LiveKit server is gone.
        """
        bot_file = _existing(bot_file)
        now = _fingerprint(bot_file)
        waiting = self._warm.get(bot_file, [])
        # One that is ready first, then one that is starting.
        for candidate in sorted(waiting, key=lambda bot: not bot.task.done()):
            waiting.remove(candidate)
            if not _usable(candidate, now):
                self._discard(candidate)
                continue
            if not candidate.task.done():
                self._progress(f"Starting {bot_file.parent.name}/{bot_file.name}.")
            bot = await self._ready(candidate, timeout_s)
            break
        else:
            self._progress(f"Starting {bot_file.parent.name}/{bot_file.name}.")
            bot = await self._start(bot_file, timeout_s)
        self._leased.add(bot)
        return bot

    async def release(self, bot: RunningBot) -> None:
        """End a leased bot (within about five seconds) and start the next warm one.

        May be called again, and after :meth:`close`.
        """
        if bot not in self._leased:
            return
        self._leased.discard(bot)
        try:
            await bot._process.stop()
        finally:
            with contextlib.suppress(AgentConfigError):  # its file is gone: the next call says so
                await self.prepare(bot.bot_file)

    async def close(self) -> None:
        """End all bots, warm and leased."""
        self._closed = True
        for waiting in self._warm.values():
            for bot in waiting:
                self._discard(bot)
        self._warm.clear()
        await asyncio.gather(
            *self._closing, *(bot._process.stop() for bot in self._leased), return_exceptions=True
        )
        self._leased.clear()

    async def _ready(self, candidate: _Warm, timeout_s: float) -> RunningBot:
        try:
            return await asyncio.wait_for(candidate.task, timeout_s)
        except TimeoutError as error:
            raise _too_slow(timeout_s) from error

    def _discard(self, bot: _Warm) -> None:
        closing = asyncio.create_task(_end(bot))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _start(self, bot_file: Path, timeout_s: float) -> RunningBot:
        """Start a bot and wait until its runner answers."""
        deadline = time.monotonic() + timeout_s
        for left in reversed(range(_START_TRIES)):
            bot = await self._launch(bot_file)
            try:
                if await _answers(bot, deadline):
                    return bot
            except BaseException:
                await bot._process.stop()
                raise
            lines = bot.last_lines(200)
            await bot._process.stop()
            if bot.exit_code is not None and left and "address already in use" in "\n".join(lines):
                continue  # somebody took the port between our choosing and its binding
            if time.monotonic() >= deadline:
                raise _too_slow(timeout_s, bot)
            raise _ended_at_start(bot, lines)
        raise AssertionError("not reached: the last try returns or raises")

    async def _launch(self, bot_file: Path) -> RunningBot:
        if not self._server.alive and (stopped := await self._server.ended()):
            raise stopped
        port = free_port(host=_HOST)
        log_path = new_log_path(self._settings, "bot")
        try:
            process = await GuardedProcess.start(
                self._settings,
                f"Bot {bot_file.parent.name}/{bot_file.name}",
                [
                    *(self._python, bot_file.name, "-t", "livekit"),
                    *("--host", _HOST, "--port", str(port)),
                ],
                log_path=log_path,
                env=self._environment(bot_file),
                cwd=bot_file.parent,
                grace_s=_STOP_GRACE_S,
                hide=(self._server.api_secret, self._server.api_key),
            )
        except OSError as error:
            raise AgentConfigError(
                f"The bot {bot_file} cannot be started.",
                cause=f"The system says: {error}.",
                remedy=f"Check that {self._python} is a Python with pipecat-ai[runner,livekit].",
            ) from error
        return RunningBot(bot_file, f"http://{_HOST}:{port}", process)

    def _environment(self, bot_file: Path) -> dict[str, str]:
        """What the bot sees: our environment, its `.env`, and our LiveKit server above both.

        Pipecat's runner and most bots load the nearest `.env` over the environment, which would
        send the bot to whatever LiveKit server is named there. So we read that file and tell
        python-dotenv not to.
        """
        env = dict(os.environ)
        for folder in bot_file.parents:
            if (folder / ".env").is_file():
                values = dotenv_values(folder / ".env")
                env |= {key: value for key, value in values.items() if value is not None}
                break
        # A fixed room would put two calls into one room.
        env.pop("LIVEKIT_ROOM_NAME", None)
        return env | {
            "LIVEKIT_URL": self._server.url,
            "LIVEKIT_API_KEY": self._server.api_key,
            "LIVEKIT_API_SECRET": self._server.api_secret,
            "PYTHONUNBUFFERED": "1",
            "PYTHON_DOTENV_DISABLED": "1",
        }


async def _answers(bot: RunningBot, deadline: float) -> bool:
    """Wait until the runner answers HTTP; False if the process ended or the time is over."""
    ended = asyncio.ensure_future(bot.wait())
    pause_s = 0.05
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
            while not ended.done() and time.monotonic() < deadline:
                # Any answer will do: runners older than Pipecat 1.10 have no /status.
                with contextlib.suppress(httpx.HTTPError):
                    await client.get(f"{bot.url}/status")
                    return not ended.done()
                await asyncio.wait({ended}, timeout=pause_s)
                pause_s = min(pause_s * 1.3, 0.25)
    finally:
        ended.cancel()
    return False


async def _end(bot: _Warm) -> None:
    """End a warm bot, also one that is still starting (`_start` stops its process)."""
    bot.task.cancel()
    with contextlib.suppress(asyncio.CancelledError, RingbackError):
        running = await bot.task
        await running._process.stop()


def _usable(bot: _Warm, now: _Fingerprint) -> bool:
    """Whether it is of the file as it is now, and alive (or still starting)."""
    if bot.fingerprint != now:
        return False
    if not bot.task.done():
        return True
    failed = bot.task.cancelled() or bot.task.exception() is not None
    return not failed and bot.task.result().exit_code is None


def _look_at(task: asyncio.Task[RunningBot]) -> None:
    """Take note of a warm start's error: the next lease starts afresh and raises its own."""
    if not task.cancelled():
        task.exception()


def _existing(bot_file: Path) -> Path:
    bot_file = bot_file.absolute()
    if not bot_file.is_file():
        raise AgentConfigError(
            f"There is no bot file {bot_file}.",
            cause="The path is wrong, or the file was moved.",
            remedy="Name a Python file with a Pipecat bot in it.",
        )
    return bot_file


def _fingerprint(bot_file: Path) -> _Fingerprint:
    """Names, times and sizes of the files a bot is likely made of: those beside it."""
    found = []
    for path in sorted(bot_file.parent.iterdir()):
        if path.suffix not in _BOT_FILES and path.name != ".env":
            continue
        with contextlib.suppress(OSError):
            stat = path.stat()
            found.append((path.name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def _too_slow(timeout_s: float, bot: RunningBot | None = None) -> RunnerTimeout:
    log = f" Its log is {bot.log_path}." if bot else ""
    return RunnerTimeout(
        f"The bot did not answer within {timeout_s:g} s of its start.",
        cause="It loads something large, waits for something, or the machine is busy.",
        remedy=f"Start it by hand to see what it waits for.{log}",
    )


def _ended_at_start(bot: RunningBot, lines: list[str]) -> AgentConfigError:
    last = "\n".join(_end_of_traceback(lines)) or "It wrote nothing."
    return AgentConfigError(
        f"The bot {bot.bot_file.name} ended as it started (exit code {bot.exit_code}).",
        cause=f"Its last lines:\n{last}",
        remedy=f"Mend the bot file; its whole log is {bot.log_path}.",
    )


def _end_of_traceback(lines: list[str], count: int = 6) -> list[str]:
    return [line.rstrip() for line in lines if line.strip()][-count:]
