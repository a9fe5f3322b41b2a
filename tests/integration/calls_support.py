"""What the tests of calls share: short scenarios, and waiting for a call by its updates."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from harness.calls import CallRequest, CallView, Engine, Hold, Limits
from harness.local import demo_agent
from harness.nouns import (
    LANE_RATE,
    AgentSaid,
    Caller,
    FunctionCalled,
    LatencyBudget,
    NoMissedTurn,
    SaidGoodbye,
    Scenario,
    ScriptStep,
)

HOURS = Scenario(
    name="test/hours",
    title="Opening hours",
    path="test",
    steps=(
        ScriptStep(None),
        ScriptStep("What are your opening hours?"),
        ScriptStep("That is all, goodbye."),
    ),
    checks=(
        AgentSaid(rule="agent_said", name="Greets", text="Northgate Clinic", turn=0),
        NoMissedTurn(rule="no_missed_turn", name="No missed turn"),
        SaidGoodbye(rule="said_goodbye", name="Says goodbye"),
        # Advisory: the machine that runs the tests may be too busy to keep any budget.
        LatencyBudget(rule="latency", name="Quick", within_s=5.0, required=False),
    ),
)
FAREWELL = replace(
    HOURS,
    name="test/farewell",
    title="Greeting and farewell",
    steps=(HOURS.steps[0], HOURS.steps[-1]),
)
"""For tests of what a call leaves behind: the shortest that goes its whole way."""
SLOTS = Scenario(
    name="test/slots",
    title="Find a time",
    path="test",
    steps=(
        ScriptStep(None),
        ScriptStep("I would like to book a follow-up with Doctor Osei on Friday."),
        ScriptStep("That is all, goodbye."),
    ),
    checks=(
        FunctionCalled(
            rule="function_called",
            name="Looks for a time",
            function="find_slots",
            arguments={"doctor": "Osei", "day": "2026-11-27"},
        ),
    ),
)


def demo_call(
    scenario: Scenario | None = HOURS, *, fault: str | None = None, **limits: float
) -> CallRequest:
    """A call of the demo agent, with a fault if asked for."""
    return CallRequest(
        agent=demo_agent({"fault": fault} if fault else None),
        scenario=scenario,
        caller=Caller(answer_timeout_s=5.0),
        limits=Limits(wall_clock_s=limits.pop("wall_clock_s", 90.0), **limits),
    )


async def wait_for(
    engine: Engine, call_id: str, that: Callable[[CallView], bool], timeout_s: float = 90.0
) -> CallView:
    """Wait until a view of the call satisfies `that`, update by update."""

    async def follow() -> CallView:
        updates = engine.follow(call_id)
        async with contextlib.aclosing(updates):  # type: ignore[type-var]
            async for update in updates:
                if update["type"] == "view" and that(view := engine.view(call_id)):
                    return view
        view = engine.view(call_id)
        assert that(view), f"the call ended without it: {view}"
        return view

    future: Any = asyncio.run_coroutine_threadsafe(follow(), engine.loop)
    return await asyncio.wait_for(asyncio.wrap_future(future), timeout_s)


async def wait_for_end(engine: Engine, call_id: str, timeout_s: float = 120.0) -> CallView:
    """Wait until the call is over and stored."""

    async def follow() -> None:
        async for _ in engine.follow(call_id):
            pass

    future: Any = asyncio.run_coroutine_threadsafe(follow(), engine.loop)
    await asyncio.wait_for(asyncio.wrap_future(future), timeout_s)
    return engine.view(call_id)


async def speak(engine: Engine, hold: Hold, mic: np.ndarray, first: int = 0) -> None:
    """As a microphone does: a piece each 20 ms, silence after what it took up; until cancelled.

    Args:
        engine: Has the call.
        hold: On it.
        mic: What is said, int16 at LANE_RATE.
        first: The microphone's own count at the beginning.
    """
    clock = asyncio.get_running_loop().time
    began, at, size = clock(), 0, LANE_RATE // 50
    while True:
        piece = mic[at : at + size]
        piece = np.concatenate([piece, np.zeros(size - len(piece), np.int16)])
        engine.speak(hold, first + at, piece.astype("<i2").tobytes())
        at += size
        await asyncio.sleep(max(0.0, began + at / LANE_RATE - clock()))
