"""Steps of a connection test that the engine takes itself, for an agent that we run."""

from __future__ import annotations

import asyncio
import time

from harness.agents import PROVIDERS, provider_for
from harness.calls._connection_steps import StepTeller
from harness.calls._host import AgentHost
from harness.nouns import Agent

__all__ = ["finish_here", "try_before"]

_WAIT_S = 4.0
_PAUSE_S = 0.1


async def try_before(agent: Agent, steps: StepTeller) -> None:
    """What can be tried before the agent's process is started.

    Raises:
        RingbackError: It cannot be started, and why.
    """
    if agent.provider in PROVIDERS:
        async for step in provider_for(agent).preflight():
            steps.take(step)
    steps.preflight_over("the agent runs on this computer")


async def finish_here(steps: StepTeller, host: AgentHost, room: str, *, hosted: bool) -> None:
    """Tell the last two steps, unless a worker did: the process is ended and the room deleted."""
    began = time.monotonic()
    if not room:
        steps.tell("stop", note="no session was started", done=False)
        note = "its process is ended" if hosted else "nothing to clean"
        steps.tell("cleaned", note=note, done=hosted)
        return
    steps.tell("stop", note="stopped by the engine, since its worker died")
    if not hosted:
        steps.tell("cleaned", note="not asked, since the worker died", done=False)
        return
    gone = False
    while not gone and time.monotonic() - began < _WAIT_S:
        gone = not await host.has_room(room)
        await asyncio.sleep(0 if gone else _PAUSE_S)
    note = "its process is ended, the room is gone" if gone else f"the room {room} is still there"
    steps.tell("cleaned", time.monotonic() - began, note, done=gone)
