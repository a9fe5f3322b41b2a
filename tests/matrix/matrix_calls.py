"""Placing the calls of the matrix."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from matrix_pairs import HEALTHY, Pair, scenarios

from harness.calls import CallRequest, CallView, Engine, Limits
from harness.local import demo_agent
from harness.nouns import Event
from harness.store import read_events

__all__ = ["place"]

_CALL_S = 240.0


async def place(engine: Engine, pair: Pair) -> tuple[CallView, tuple[Event, ...]]:
    """Call the agent with this fault by this scenario, to the end; the view and all events."""
    body: dict[str, object] | None = None if pair.fault == HEALTHY else {"fault": pair.fault}
    call = engine.place(
        CallRequest(
            agent=demo_agent(body),
            scenario=scenarios()[pair.scenario],
            limits=Limits(wall_clock_s=_CALL_S),
        )
    )

    async def follow() -> None:
        async with contextlib.aclosing(engine.follow(call.id)) as updates:  # type: ignore[type-var]
            async for _ in updates:
                pass

    future: Any = asyncio.run_coroutine_threadsafe(follow(), engine.loop)
    await asyncio.wait_for(asyncio.wrap_future(future), _CALL_S + 120)
    return engine.view(call.id), read_events(engine.store.artifacts(call.id).events)
