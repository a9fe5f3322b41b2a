"""Bot files, one process for each call, some of them started ahead."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.agents.bot_files import BotLaunch
from harness.errors import AgentConfigError, RingbackError, RunnerTimeout
from harness.local._livekit import LiveKitServer
from harness.local._running_bot import RunningBot, start_bot
from harness.settings import Settings

__all__ = ["BotPool", "RunningBot"]

_WARM_TIMEOUT_S = 120.0

_BESIDE = frozenset({".py", ".yaml", ".yml", ".json", ".toml", ".txt", ".md"})
_NOT_THE_BOTS = frozenset({"node_modules", "site-packages", "__pycache__", "venv"})
_MOST_FILES = 2000
_Fingerprint = tuple[tuple[str, int, int], ...]


def _silent(_: str) -> None:
    pass


@dataclass(eq=False)
class _Warm:
    """A bot that is starting or waits to be leased, as it was on disk then."""

    fingerprint: _Fingerprint
    task: asyncio.Task[RunningBot] = field(repr=False)


class BotPool:
    """Bot processes on one LiveKit server, some of them started ahead.

    A Pipecat bot takes seconds to import, so `warm` of each bot wait ready, for the `keep` bots
    that were used last. The next one is started when a call gives its bot back, not when it takes
    one: starting costs the processor time that the call needs. A warm bot whose file was changed
    since is thrown away.

    Args:
        server: Whose rooms the bots use.
        settings: Where logs go.
        warm: How many wait ready of each bot.
        keep: Of how many different bots; what waits takes memory.
        python: The Python of bots that are given as a path; ours by default.
        progress: Called with one sentence for each thing that takes time.
    """

    def __init__(
        self,
        server: LiveKitServer,
        settings: Settings,
        *,
        warm: int = 1,
        keep: int = 3,
        python: str = sys.executable,
        progress: Callable[[str], None] = _silent,
    ) -> None:
        self._server = server
        self._settings = settings
        self._warm_count = warm
        self._keep = keep
        self._python = python
        self._progress = progress
        self._warm: dict[BotLaunch, list[_Warm]] = {}  # the one used last is last
        self._leased: set[RunningBot] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def prepare(self, bot: Path | BotLaunch) -> None:
        """Begin to start the warm ones of a bot, and return at once.

        A bot that is given its room as it starts cannot wait for one: nothing happens.

        Raises:
            AgentConfigError: There is no such file.
        """
        launch = self._launch(bot)
        if launch.way != "runner" or self._closed:
            return
        now = await asyncio.to_thread(_fingerprint, launch)
        waiting = self._used(launch)
        for stale in [each for each in waiting if not _usable(each, now)]:
            waiting.remove(stale)
            self._discard(stale)
        while len(waiting) < self._warm_count and not self._closed:
            task = asyncio.create_task(self._start(launch, max(_WARM_TIMEOUT_S, launch.timeout_s)))
            task.add_done_callback(_look_at)
            waiting.append(_Warm(now, task))
        while len(self._warm) > self._keep:
            for idle in self._warm.pop(next(iter(self._warm))):
                self._discard(idle)

    async def lease(self, bot: Path | BotLaunch, *, timeout_s: float | None = None) -> RunningBot:
        """A bot that can be called, for one call: a warm one, else a new one.

        Args:
            bot: The bot file, or how it is run.
            timeout_s: Seconds it may take to be ready; None takes the launch's own.

        Raises:
            AgentConfigError: There is no such file, or no such Python.
            BotDied: It ended as it started.
            RunnerTimeout: It was not ready in time.
            LiveKitStopped: The LiveKit server is gone.
        """
        launch = self._launch(bot)
        limit = launch.timeout_s if timeout_s is None else timeout_s
        now = await asyncio.to_thread(_fingerprint, launch)
        waiting = self._used(launch) if launch in self._warm else []
        # One that is ready first, then one that is starting.
        for candidate in sorted(waiting, key=lambda each: not each.task.done()):
            waiting.remove(candidate)
            if not _usable(candidate, now):
                self._discard(candidate)
                continue
            if not candidate.task.done():
                self._progress(f"Starting {launch.label}.")
            running = await self._ready(candidate, limit)
            break
        else:
            self._progress(f"Starting {launch.label}.")
            running = await self._start(launch, limit)
        self._leased.add(running)
        return running

    async def release(self, bot: RunningBot) -> None:
        """End a leased bot (within about five seconds) and start the next warm one.

        May be called again, and after :meth:`close`.
        """
        if bot not in self._leased:
            return
        self._leased.discard(bot)
        try:
            await bot.stop()
        finally:
            with contextlib.suppress(AgentConfigError):  # its file is gone: the next call says so
                await self.prepare(bot.launch)

    async def close(self) -> None:
        """End all bots, warm and leased."""
        self._closed = True
        for waiting in self._warm.values():
            for bot in waiting:
                self._discard(bot)
        self._warm.clear()
        await asyncio.gather(
            *self._closing, *(bot.stop() for bot in self._leased), return_exceptions=True
        )
        self._leased.clear()

    def _launch(self, bot: Path | BotLaunch) -> BotLaunch:
        launch = bot if isinstance(bot, BotLaunch) else BotLaunch.plain(bot, self._python)
        launch.check()
        return launch

    def _used(self, launch: BotLaunch) -> list[_Warm]:
        """Those of a bot that wait; from now on it is the one used last."""
        waiting = self._warm.pop(launch, [])
        self._warm[launch] = waiting
        return waiting

    async def _start(self, launch: BotLaunch, timeout_s: float) -> RunningBot:
        return await start_bot(self._server, self._settings, launch, timeout_s)

    async def _ready(self, candidate: _Warm, timeout_s: float) -> RunningBot:
        try:
            return await asyncio.wait_for(candidate.task, timeout_s)
        except TimeoutError as error:
            raise RunnerTimeout(
                f"The bot did not answer within {timeout_s:g} s of its start.",
                cause="It loads something large, waits for something, or the machine is busy.",
                remedy="Start it by hand to see what it waits for.",
            ) from error

    def _discard(self, bot: _Warm) -> None:
        closing = asyncio.create_task(_end(bot))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


async def _end(bot: _Warm) -> None:
    """End a warm bot, also one that is still starting (`start_bot` stops its process)."""
    bot.task.cancel()
    with contextlib.suppress(asyncio.CancelledError, RingbackError):
        running = await bot.task
        await running.stop()


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


def _fingerprint(launch: BotLaunch) -> _Fingerprint:
    """Names, times and sizes of the files a bot is likely made of.

    Everything of a likely kind beside it, its `.env`, and what is Python in the folders below. Not
    other kinds there: a bot that writes its transcripts would never stay warm.
    """
    found: list[tuple[str, int, int]] = []
    top = launch.file.parent
    dotenvs = (each / ".env" for each in launch.file.parents)
    paths = [launch.file, *[each for each in dotenvs if each.is_file()][:1]]
    for where, folders, names in os.walk(top):
        folders[:] = sorted(
            name for name in folders if name[0] != "." and name not in _NOT_THE_BOTS
        )
        kinds = _BESIDE if Path(where) == top else frozenset({".py"})
        paths += [Path(where, name) for name in sorted(names) if Path(name).suffix in kinds]
        if len(paths) > _MOST_FILES:
            break
    for path in paths:
        with contextlib.suppress(OSError):
            stat = path.stat()
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(found)
