"""The other side: the same file as a call by LiveKit, with real audio."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from parity_case import ENDED, Key, place_of

from harness.calls import CallRequest, CallView, Engine, Limits
from harness.nouns import Agent, CheckSpec, CheckVerdict, Event, EventKind
from harness.scenarios import load_scenarios
from harness.store import read_events

__all__ = ["run_ours", "verdicts_of"]

_CALL_S = 300.0
_WORDS = {
    CheckVerdict.MET: "passed",
    CheckVerdict.NOT_MET: "failed",
    CheckVerdict.NOT_RUN: "not_run",
}


async def run_ours(paths: Sequence[Path], engine: Engine, agent: Agent) -> dict[Key, str]:
    """Call an agent with each scenario of the files, as many at once as the engine carries.

    Returns:
        For each expectation ``passed``, ``failed`` and its failure kind, or ``not_run`` and the
        reason; those that were never reached are left out. For the end of a simulation what ended
        it.
    """
    limits = Limits(wall_clock_s=_CALL_S)
    placed = [
        (scenario, engine.place(CallRequest(agent=agent, scenario=scenario, limits=limits)).id)
        for path in paths
        for scenario in load_scenarios(path)
    ]
    found: dict[Key, str] = {}
    for scenario, call_id in placed:
        view = await _end(engine, call_id)
        found |= verdicts_of(scenario.name, scenario.checks, view)
        if scenario.simulation is not None:
            events = read_events(engine.store.artifacts(call_id).events)
            found[scenario.name, ENDED] = _ending(events)
    return found


async def _end(engine: Engine, call_id: str) -> CallView:
    async def follow() -> None:
        async with contextlib.aclosing(engine.follow(call_id)) as updates:  # type: ignore[type-var]
            async for _ in updates:
                pass

    future: Any = asyncio.run_coroutine_threadsafe(follow(), engine.loop)
    await asyncio.wait_for(asyncio.wrap_future(future), _CALL_S + 60)
    return engine.view(call_id)


def _ending(events: Sequence[Event]) -> str:
    told = [event.data["ended_by"] for event in events if event.kind == EventKind.PERSONA_ENDED]
    return str(told[-1]) if told else "never"


def verdicts_of(scenario: str, expected: Sequence[CheckSpec], view: CallView) -> dict[Key, str]:
    """The verdicts of what a file expects of a call, in Pipecat's words."""
    results = {result.name: result for result in view.checks}
    found = {}
    for spec in expected:
        place, result = place_of(spec), results[spec.name]
        if place is None or result.kind == "not_reached":
            continue
        word = _WORDS.get(result.verdict, str(result.verdict))
        found[scenario, place] = f"{word} {result.kind}".strip()
    return found
