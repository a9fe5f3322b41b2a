"""The processes at the other end of a calibration: the agent of known delay, and a plain caller.

Run as ``python -m harness.calibrate._child`` with its :class:`Job` in the environment. What it did
goes to a file, one JSON object a line.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from harness.calibrate._lines import RATE, Round, Samples, line_of, reply_of, voiced
from harness.calibrate._peer import Peer, Saying

__all__ = ["VARIABLE", "Job", "run"]

VARIABLE = "RINGBACK_CALIBRATION_JOB"
_GREETING = voiced(0.5, seed=1)
_SETTLED = 2 * RATE
"""Samples after which a receiver's clock is trusted."""
_BY_TAIL_S = 0.2
"""An answer that is due so long after the line's end waits for that end; one that is due before is
timed by the line's beginning."""
_AT_ONCE = 4
"""So many coming lines are known at a time: one may be lost on the way."""
_ANSWER_S = 8.0
_PAUSE_S = 0.3

Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What a process has to do.

    Attributes:
        role: agent, or plain: a caller of its own that shares nothing with Ringback's.
        url: The LiveKit server.
        token: Lets it into the room. Never on a command line.
        plan: What is said.
        told: File of what it did: for the agent `number`, `kind`, `skipped` (samples of the reply
            that left out their time), `said` (its samples); for the plain caller `number`,
            `latency_s`, `skipped`.
    """

    role: Literal["agent", "plain"]
    url: str
    token: str
    plan: tuple[Round, ...]
    told: str

    def to_text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Job:
        """The reverse of :meth:`to_text`."""
        data = json.loads(text)
        return cls(**data | {"plan": tuple(Round(**each) for each in data["plan"])})


async def run(job: Job) -> None:
    """Do the job; an agent goes on until its caller has left."""
    path = Path(job.told)

    def tell(what: dict[str, Any]) -> None:
        with path.open("a") as file:
            print(json.dumps(what), file=file)

    async with Peer(job.url, job.token) as peer:
        if job.role == "plain":
            await _call(peer, job.plan, tell)
            return
        answering = asyncio.create_task(_answer(peer, job.plan, tell))
        left = asyncio.create_task(peer.alone.wait())
        await asyncio.wait({answering, left}, return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            answering.result()
            await left
        answering.cancel()


async def _answer(peer: Peer, plan: Sequence[Round], tell: Tell) -> None:
    """Greet, then answer each line as the plan says."""
    await peer.hears.wait()
    await peer.heard(_SETTLED)
    await peer.say(time.monotonic() + 0.1, _GREETING).over.wait()
    held: Saying | None = None
    after, place = peer.total, 0
    while place < len(plan):
        ahead = [line_of(each) for each in plan[place : place + _AT_ONCE]]
        found = await peer.wait_for(ahead, after)
        place += found.which
        turn, line = plan[place], ahead[found.which]
        place += 1
        after = found.first + len(line)
        if turn.kind == "stop":
            if held is None:
                continue
            peer.stop(held, peer.time_of(found.first) + turn.delay_s)
            saying = held
        else:
            if turn.delay_s >= _BY_TAIL_S:
                after = await peer.end_of(line, found.first)
            saying = peer.say(peer.time_of(after) + turn.delay_s, reply_of(turn))
            held = saying if turn.kind == "held" else None
        if turn.kind != "held":
            await saying.over.wait()
            held = None
        tell(
            {
                "number": turn.number,
                "kind": turn.kind,
                "skipped": saying.skipped,
                "said": len(saying.samples),
            }
        )


async def _call(peer: Peer, plan: Sequence[Round], tell: Tell) -> None:
    """Say each line, and tell after which time its answer began."""
    await peer.hears.wait()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_ANSWER_S):
            found = await peer.wait_for([_GREETING], 0)
            await peer.heard(found.first + len(_GREETING))
    for turn in plan:
        line, reply = line_of(turn), reply_of(turn)
        at = time.monotonic() + _PAUSE_S
        saying = peer.say(at, line)
        await saying.over.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ANSWER_S):
                latency_s = await _latency(peer, reply, at + len(line) / RATE)
                told = {"latency_s": latency_s, "skipped": saying.skipped}
                tell({"number": turn.number} | told)


async def _latency(peer: Peer, reply: Samples, line_over_at: float) -> float:
    """How long after the line's end the reply began; returns when it is over."""
    found = await peer.wait_for([reply], peer.total)
    began = peer.time_of(found.first)
    await peer.heard(found.first + len(reply))
    return began - line_over_at


if __name__ == "__main__":
    asyncio.run(run(Job.from_text(os.environ.pop(VARIABLE))))
