"""An engine whose calls are carried without audio: each agent answers with what its address says.

As a program it carries a suite until its second call, tells so on standard output, and then waits
to be killed.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any
from urllib.parse import urlsplit

from harness.calls import Engine
from harness.calls._dispatch import Dispatch
from harness.calls._live_call import LiveCall
from harness.nouns import Agent, CallState
from harness.scenarios import load_suite, plan_of
from harness.settings import get_settings
from harness.store import EventWriter
from tests.unit.cli.stub import line, reply, state, told


def agent_saying(word: str) -> Agent:
    return Agent(name=word, provider="dev_runner", config={"url": f"http://{word}:1"})


async def carry(dispatch: Dispatch, call_id: str, live: LiveCall) -> None:
    """In place of a worker: the events of a call in which the agent says one word."""
    word = urlsplit(live.request.agent.config["url"]).hostname
    events = told(
        state(0.0, CallState.STARTING),
        state(0.1, CallState.RINGING),
        state(0.2, CallState.LIVE),
        *line(1, "When are you open?", 0.5, 1.5),
        *reply(f"We open at {word}.", 2.2, 3.0),
        state(3.5, CallState.ENDING),
        state(3.6, CallState.DONE),
    )
    with EventWriter(dispatch._store.artifacts(call_id).events) as writer:
        for event in events:
            writer.append(event)


async def no_worker(dispatch: Dispatch) -> None:
    pass


def plug(monkeypatch: Any) -> None:
    monkeypatch.setattr(Dispatch, "warm_up", no_worker)
    monkeypatch.setattr(Dispatch, "_run", carry)


async def _carry_one(dispatch: Dispatch, call_id: str, live: LiveCall) -> None:
    if live.call.attempt == 1:
        await carry(dispatch, call_id, live)
        return
    print(live.call.run_id, flush=True)
    await asyncio.Event().wait()


def main(suite: str) -> None:
    Dispatch.warm_up = no_worker  # type: ignore[method-assign]
    Dispatch._run = _carry_one  # type: ignore[method-assign]
    engine = Engine(get_settings())
    engine.start()
    engine.start_run(plan_of(load_suite(suite), agent_saying, concurrency=1))
    engine._thread.join()


if __name__ == "__main__":
    main(sys.argv[1])
