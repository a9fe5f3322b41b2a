"""An agent that is likely to be called next is made ready, at once and without harm."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.calls import Engine
from harness.calls._dispatch import Dispatch
from harness.calls._host import NoHost
from harness.errors import BotDied
from harness.nouns import Agent
from harness.settings import Settings

BOT = Agent(name="bot", provider="bot_file", config={"file": "bot.py", "env": {"K": "env:NONE"}})
ELSEWHERE = Agent(name="far", provider="dev_runner", config={"url": "http://localhost:1"})


class Host(NoHost):
    """Runs bot files; what making them ready does is the test's."""

    def __init__(self) -> None:
        self.asked: queue.Queue[Agent] = queue.Queue()
        self.done: queue.Queue[str] = queue.Queue()
        self.error: Exception | None = None
        self.may_go_on = threading.Event()
        self.say: Callable[[str], None] = print

    def runs(self, agent: Agent) -> bool:
        return agent.provider == "bot_file"

    async def start(self, progress: Callable[[str], None]) -> None:
        self.say = progress

    async def prepare(self, agent: Agent) -> None:
        self.asked.put(agent)
        self.say("Starting LiveKit.")
        try:
            while not self.may_go_on.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            if self.error is not None:
                raise self.error
            self.done.put("ready")
        except asyncio.CancelledError:
            self.done.put("cancelled")
            raise


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def engine(tmp_path: Path, host: Host, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    async def no_worker(self: Dispatch) -> None:
        pass

    monkeypatch.setattr(Dispatch, "warm_up", no_worker)
    engine = Engine(Settings(data=tmp_path), host)
    engine.start()
    yield engine
    engine.stop()


def test_it_returns_while_the_host_still_works(engine: Engine, host: Host) -> None:
    engine.prepare(BOT)
    assert host.asked.get(timeout=30) == BOT, "with references: the host resolves them"
    assert host.done.empty() and engine.progress() == ["Starting LiveKit."]
    host.may_go_on.set()
    assert host.done.get(timeout=30) == "ready"


def test_an_agent_elsewhere_is_left_alone(engine: Engine, host: Host) -> None:
    engine.prepare(ELSEWHERE)
    engine.prepare(BOT)
    assert host.asked.get(timeout=30) == BOT and host.asked.empty()


@pytest.mark.parametrize("error", [BotDied("It died."), OSError("disk")])
def test_a_host_that_fails_harms_nobody(engine: Engine, host: Host, error: Exception) -> None:
    host.error = error
    host.may_go_on.set()
    engine.prepare(BOT)
    host.asked.get(timeout=30)
    host.error = None
    engine.prepare(BOT)
    assert host.done.get(timeout=30) == "ready"


def test_the_engine_ends_meanwhile_and_stays_ended(engine: Engine, host: Host) -> None:
    engine.prepare(BOT)
    host.asked.get(timeout=30)
    engine.stop()
    assert host.done.get(timeout=30) == "cancelled"
    engine.prepare(BOT)
    assert host.asked.empty()
