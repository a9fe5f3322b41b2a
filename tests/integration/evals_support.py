"""A script played by Pipecat Evals' driver in a real room, and what was told of it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import numpy as np

from harness.caller import Ending, SimulatedCaller
from harness.local import BotPool, LiveKitServer, RunningBot
from harness.measure import derive_turns
from harness.nouns import Agent, Caller, Event, EventKind, Lane, Scenario, Session, Turn
from harness.settings import ROOT, Settings

FRONT_DESK = ROOT / "data" / "agents" / "front_desk" / "bot.py"


class ClockedTap:
    """A call's clock, with everything that was told and recorded kept."""

    def __init__(self) -> None:
        self.zero = time.monotonic()
        self.events: list[Event] = []
        self.lanes: dict[Lane, list[tuple[int, np.ndarray]]] = {"caller": [], "agent": []}

    def now(self) -> float:
        return time.monotonic() - self.zero

    def emit(self, kind: EventKind, /, **data: Any) -> None:
        self.events.append(Event(len(self.events) + 1, self.now(), str(kind), data))

    def audio(self, lane: Lane, first: int, samples: np.ndarray) -> None:
        self.lanes[lane].append((first, samples.copy()))

    def of(self, kind: EventKind) -> list[dict[str, Any]]:
        """The data of all events of a kind."""
        return [event.data for event in self.events if event.kind == kind]

    def expectations(self) -> dict[tuple[int, int], dict[str, Any]]:
        """What became of each expectation, the latest of each."""
        return {(each["step"], each["index"]): each for each in self.of(EventKind.EXPECTATION)}

    def statuses(self) -> dict[tuple[int, int], str]:
        """Status of each expectation, with the kind of what did not match."""
        return {
            place: " ".join(filter(None, (each["status"], each["kind"])))
            for place, each in self.expectations().items()
        }

    def turns(self) -> tuple[Turn, ...]:
        """The turns as they are measured."""
        return derive_turns(self.events)

    def story(self) -> str:
        """What happened, for whoever looks into a test that failed."""
        quiet = (EventKind.HEALTH, EventKind.AGENT_METRICS)
        shown = (event for event in self.events if event.kind not in quiet)
        return "\n".join(f"{e.t:8.3f} {e.kind} {str(e.data)[:240]}" for e in shown)

    def lane(self, name: Lane) -> np.ndarray:
        """A lane as the recording has it."""
        end = max(first + len(samples) for first, samples in self.lanes[name])
        whole = np.zeros(end, np.int16)
        for first, samples in self.lanes[name]:
            whole[first : first + len(samples)] = samples
        return whole


async def play(
    session: Session,
    scenario: Scenario,
    *,
    caller: Caller | None = None,
    agent: Agent | None = None,
    judge: Any = None,
    limit_s: float = 120.0,
    meanwhile: Any = None,
) -> tuple[ClockedTap, Ending]:
    """Hold the call that `scenario` describes; `meanwhile` gets the caller and the tap."""
    tap = ClockedTap()
    agent = agent or Agent(name="A room", provider="room", config={})
    simulated = SimulatedCaller(
        tap, session, caller or scenario.caller, scenario, tap.zero, agent, judge
    )
    beside = None
    try:
        await simulated.join(30.0)
        if meanwhile is not None:
            beside = asyncio.create_task(meanwhile(simulated, tap))
        return tap, await asyncio.wait_for(simulated.talk(), limit_s)
    finally:
        if beside is not None:
            beside.cancel()
        await simulated.leave()
        print(tap.story())


class FrontDesk:
    """The demo agent in one process, by Pipecat's runner, for sessions one after the other."""

    def __init__(self, livekit: LiveKitServer, settings: Settings) -> None:
        self._pool = BotPool(livekit, settings, warm=0)
        self._bot: RunningBot | None = None

    async def session(self, **body: Any) -> Session:
        """A new session."""
        if self._bot is None:
            self._bot = await self._pool.lease(FRONT_DESK, timeout_s=120)
        order = {"transport": "livekit", "body": {"today": "2026-11-23", **body}}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            answer = (
                (await client.post(f"{self._bot.url}/start", json=order)).raise_for_status().json()
            )
        return Session.with_token(answer["url"], answer["token"])

    async def close(self) -> None:
        """End it."""
        await self._pool.close()
