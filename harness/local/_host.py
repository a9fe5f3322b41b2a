"""LocalHost: the LiveKit server and the agents that run on this machine, for the engine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.errors import LiveKitStopped, RingbackError
from harness.local._bots import BotPool, RunningBot
from harness.local._livekit import LiveKitServer
from harness.local._registry import reap_leftovers
from harness.nouns import Agent
from harness.settings import ROOT, Settings

__all__ = ["DEMO_BOT", "LocalHost", "demo_agent"]

DEMO_TODAY = "2026-11-23"
"""The demo clinic's calendar stands still, on a Monday, so that its scenarios can name days."""
DEMO_BOT = ROOT / "data" / "agents" / "front_desk" / "bot.py"


def demo_agent(body: dict[str, object] | None = None) -> Agent:
    """The clinic front desk, with a session body."""
    return Agent(name="demo", provider="demo", title="Clinic front desk", body=body or {})


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


class LocalHost:
    """Runs the demo agent on a LiveKit server of our own, started when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
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
        """Whether it is the demo agent."""
        return agent.provider == "demo"

    async def start(self, progress: Callable[[str], None]) -> None:
        """Reap what a crash left, start the server, and begin to warm the demo agent."""
        self._progress = progress
        await reap_leftovers(self._settings)
        pool = await self._ready()
        await pool.prepare(DEMO_BOT)

    async def lease(self, agent: Agent) -> Hosted:
        """A process of the demo agent for one call; a stopped LiveKit server is started again."""
        pool = await self._ready()
        bot = await pool.lease(DEMO_BOT)
        reached = agent.model_copy(
            update={
                "provider": "dev_runner",
                "config": {"url": bot.url},
                "body": {"today": DEMO_TODAY} | agent.body,
            }
        )
        self._leased[bot.log_path] = bot
        return Hosted(reached, bot)

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

    async def _ready(self) -> BotPool:
        async with self._starting:
            if self._server is not None and not self._server.alive:
                await self.stop()
                self._server = self._pool = None
            if self._server is None or self._pool is None:
                self._server = await LiveKitServer.start(self._settings, progress=self._progress)
                self._pool = BotPool(self._server, self._settings, progress=self._progress)
            return self._pool
