"""LocalHost: the LiveKit server and the agents that run on this machine, for the engine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.agents import demo_agent
from harness.agents.bot_files import BotFile, BotLaunch
from harness.errors import BotDied, LiveKitStopped, RingbackError
from harness.local._bots import BotPool, RunningBot
from harness.local._livekit import LiveKitServer
from harness.local._registry import reap_leftovers
from harness.nouns import Agent
from harness.secrets import Secrets
from harness.settings import ROOT, Settings

__all__ = ["DEMO_BOT", "LocalHost", "demo_agent"]

DEMO_TODAY = "2026-11-23"
"""The demo clinic's calendar stands still, on a Monday, so that its scenarios can name days."""
DEMO_BOT = ROOT / "data" / "agents" / "front_desk" / "bot.py"


_DEMO = demo_agent()


class _HasLog(Protocol):
    @property
    def log_path(self) -> Path: ...


@dataclass(frozen=True)
class Hosted:
    agent: Agent
    bot: RunningBot

    @property
    def log_path(self) -> Path:
        return self.bot.log_path

    def last_lines(self, count: int) -> list[str]:
        return self.bot.last_lines(count)

    async def exit_code(self, within_s: float) -> int | None:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(self.bot.wait(), within_s)
        return None

    async def trouble(self) -> BotDied | None:
        """What went wrong in it by its own account."""
        return await self.bot.trouble()


class LocalHost:
    """Runs the demo agent and bot files on a LiveKit server of our own, started when needed.

    Args:
        settings: Where logs, secrets and the LiveKit server are.
        warm: The agent to have ready from the start; None for none.
    """

    def __init__(self, settings: Settings, *, warm: Agent | None = _DEMO) -> None:
        self._settings = settings
        self._first = warm
        self._server: LiveKitServer | None = None
        self._pool: BotPool | None = None
        self._leased: dict[Path, RunningBot] = {}
        self._starting = asyncio.Lock()
        self._progress: Callable[[str], None] = lambda sentence: None

    @property
    def server(self) -> LiveKitServer | None:
        """The LiveKit server, once it runs."""
        return self._server

    def runs(self, agent: Agent) -> bool:
        """Whether it is the demo agent or a bot file."""
        return agent.provider in ("demo", "bot_file")

    async def start(self, progress: Callable[[str], None]) -> None:
        """Reap what a crash left, start the server, and begin to warm the first agent."""
        self._progress = progress
        await reap_leftovers(self._settings)
        await self._ready()
        if self._first is not None:
            await self.prepare(self._first)

    async def prepare(self, agent: Agent) -> None:
        """Begin to warm an agent that is likely to be called next, and return.

        Args:
            agent: Its secrets may still be references. One that does not run here is left alone.

        Raises:
            RingbackError: It cannot be run, and why.
        """
        if self.runs(agent):
            launch = self._launch(agent)
            await (await self._ready()).prepare(launch)

    async def lease(self, agent: Agent) -> Hosted:
        """A process for one call; a stopped LiveKit server is started again."""
        launch = self._launch(agent)
        bot = await (await self._ready()).lease(launch)
        self._leased[bot.log_path] = bot
        return Hosted(_reached(agent, bot), bot)

    async def release(self, hosted: _HasLog, room: str) -> None:
        """End the process and delete the room."""
        bot = self._leased.pop(hosted.log_path, None)
        if self._pool is not None and bot is not None:
            await self._pool.release(bot)
        await self.clean_room(room)

    async def clean_room(self, room: str) -> None:
        """Delete a room of our server."""
        if room and self._server is not None and self._server.alive:
            with contextlib.suppress(LiveKitStopped):
                await self._server.delete_room(room)

    async def has_room(self, room: str) -> bool:
        """Whether a room of our server is there."""
        if self._server is None or not self._server.alive:
            return False
        with contextlib.suppress(LiveKitStopped):
            return room in await self._server.rooms()
        return False

    async def trouble(self) -> RingbackError | None:
        """Whether the LiveKit server has ended by itself."""
        if self._server is None or self._server.alive:
            return None
        return await self._server.ended()

    async def stop(self) -> None:
        """End agents and server."""
        if self._pool is not None:
            await self._pool.close()
        if self._server is not None:
            await self._server.stop()

    def _launch(self, agent: Agent) -> BotLaunch:
        if agent.provider == "demo":
            return BotLaunch.plain(DEMO_BOT)
        config = Secrets(self._settings).resolve(agent.config)
        return BotFile(agent.model_copy(update={"config": config})).launch()

    async def _ready(self) -> BotPool:
        async with self._starting:
            if self._server is not None and not self._server.alive:
                await self.stop()
                self._server = self._pool = None
            if self._server is None or self._pool is None:
                self._server = await LiveKitServer.start(self._settings, progress=self._progress)
                self._pool = BotPool(self._server, self._settings, progress=self._progress)
            return self._pool


def _reached(agent: Agent, bot: RunningBot) -> Agent:
    """The agent as a worker reaches it: by the bot's runner, or in the room that it is in."""
    if bot.seat is not None:
        config = {"url": bot.seat.url, "token": bot.seat.token}
        return agent.model_copy(update={"provider": "room", "config": config, "body": {}})
    body = {"today": DEMO_TODAY} | agent.body if agent.provider == "demo" else agent.body
    return agent.model_copy(
        update={"provider": "dev_runner", "config": {"url": bot.url}, "body": body}
    )
