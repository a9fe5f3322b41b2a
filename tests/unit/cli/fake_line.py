"""An engine whose calls are carried without audio: each agent answers with what its address says.

As a program it is ``ringback``: it carries the first attempts of a run, tells on standard error
when a second begins, with the run's id, and then waits for it to be hung up. With STUBBORN in its
environment it hears that, says so, and waits on.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any
from urllib.parse import urlsplit

from harness.calls import Engine
from harness.calls._dispatch import Dispatch
from harness.calls._live_call import LiveCall
from harness.cli._app import app
from harness.cli._surroundings import Surroundings
from harness.nouns import CallState
from harness.store import EventWriter
from tests.unit.cli.stub import line, reply, state, told


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
    print(f"waits {live.call.run_id}", file=sys.stderr, flush=True)
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if "STUBBORN" not in os.environ:
                raise
            print("asked to hang up", file=sys.stderr, flush=True)


def main() -> None:
    Dispatch.warm_up = no_worker  # type: ignore[method-assign]
    Dispatch._run = _carry_one  # type: ignore[method-assign]
    app(obj=Surroundings(engine=lambda settings, _: Engine(settings)), prog_name="ringback")


if __name__ == "__main__":
    main()
