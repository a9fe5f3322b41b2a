"""Placing the calls of the matrix."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from matrix_pairs import HEALTHY, Pair, expected, scenarios
from matrix_spoiled import spoiled

from harness.calls import CallRequest, CallView, Engine, Limits
from harness.errors import RingbackError
from harness.local import demo_agent
from harness.nouns import CallState, CheckResult, Event
from harness.store import read_events

__all__ = ["Placed", "place"]

_CALL_S = 240.0
_END_S = 120.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A call that is over.

    Attributes:
        checks: Its verdicts.
        events: All its events.
        spoiled: How this machine spoiled it, in words; None if it can be kept.
        view: As it is stored; None if it could not be placed, or did not end.
    """

    checks: tuple[CheckResult, ...]
    events: tuple[Event, ...]
    spoiled: str | None
    view: CallView | None = None


async def place(engine: Engine, pair: Pair) -> Placed:
    """Call the agent with this fault by this scenario, to the end."""
    agent = demo_agent(None if pair.fault == HEALTHY else {"fault": pair.fault})
    try:
        call = engine.place(
            CallRequest(
                agent=agent,
                scenario=scenarios()[pair.scenario],
                limits=Limits(wall_clock_s=_CALL_S),
            )
        )
    except RingbackError as error:
        return Placed((), (), str(error))

    async def follow() -> None:
        spare = False
        async with contextlib.aclosing(engine.follow(call.id)) as updates:  # type: ignore[type-var]
            async for _ in updates:
                if not spare and engine.view(call.id).state is CallState.LIVE:
                    # Another process of the agent, with whatever fault, begins for the next call.
                    spare = True
                    engine.prepare(agent)

    future: Any = asyncio.run_coroutine_threadsafe(follow(), engine.loop)
    try:
        await asyncio.wait_for(asyncio.wrap_future(future), _CALL_S + _END_S)
    except TimeoutError:
        return Placed((), (), f"it did not end within {_CALL_S + _END_S:.0f} s")
    view = engine.view(call.id)
    events = read_events(engine.store.artifacts(call.id).events)
    flags = [flag for turn in view.turns for flag in turn.flags]
    must = expected().get(pair, frozenset())
    why = spoiled(view.state, view.failure, view.checks, flags, must)
    return Placed(view.checks, events, why, view)
