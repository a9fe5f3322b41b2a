"""A real call of ten minutes: do recording, events and timeline agree, and does the clock hold?

An agent says a known utterance every 6 s by a clock of its own, the caller a line now and then.
Run by `make bench`; `python -m tests.bench.bench_timeline 60` makes it a minute.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from harness.caller import silero
from harness.calls import CallRequest, Engine, Limits, read_lane
from harness.local import LiveKitServer
from harness.measure import find_speech
from harness.nouns import LANE_RATE, Agent, Caller, CallState, Event, EventKind
from harness.settings import Settings
from harness.store import read_events
from tests.bench.peer import RATE, Peer
from tests.integration.calls_support import wait_for, wait_for_end

sys.path.append(str(Path(__file__).parents[1] / "unit" / "measure"))
import speech_truth

EVERY_S = 6.0
LINE_EVERY_S = 20.0


async def carry(server: LiveKitServer, engine: Engine, seconds: float) -> tuple[str, list[float]]:
    """Place the call; gives its id and when the agent's utterances left (monotonic)."""
    agent_config = Agent(
        name="bench",
        provider="room",
        config={"url": server.url, "token": server.token("timeline", "caller")},
    )
    request = CallRequest(
        agent=agent_config, caller=Caller(), limits=Limits(wall_clock_s=seconds + 60)
    )
    async with Peer(server.url, server.token("timeline", "agent", kind="agent")) as agent:
        call = await asyncio.to_thread(engine.place, request)
        await wait_for(engine, call.id, lambda view: view.state is CallState.LIVE)
        begun = time.monotonic() + 3.0  # after the receivers' start-up stretch
        left = []
        for number in range(int(seconds / EVERY_S)):
            said = speech_truth.burst(RATE, number)
            left.append(begun + number * EVERY_S)
            samples = np.rint(said.wave[said.start : said.end] * 32767).astype(np.int16)
            agent.say(left[-1], samples)
        for number in range(int(seconds / LINE_EVERY_S)):
            # Between two utterances of the agent.
            await asyncio.sleep(max(0.0, begun + number * LINE_EVERY_S + 3.0 - time.monotonic()))
            engine.type_line(call.id, f"This is line {number + 1}.")
        await asyncio.sleep(max(0.0, begun + seconds - time.monotonic()))
        engine.hang_up(call.id)
        await wait_for_end(engine, call.id)
    return call.id, left


def disagreement(events: list[Event], lane: np.ndarray) -> tuple[int, int]:
    """Boundaries that events tell, and how many of them the recording does not tell as well."""
    kinds = (EventKind.AGENT_STARTED, EventKind.AGENT_STOPPED)
    told = {(event.kind, event.data["at"]) for event in events if event.kind in kinds}
    (first,) = (
        event.data["first"]
        for event in events
        if event.kind == EventKind.LANE_STARTED and event.data["lane"] == "agent"
    )
    found = set()
    for span in find_speech(lane[first:], LANE_RATE, silero()):
        assert span.end is not None
        for kind, at in zip(kinds, (span.start, span.end), strict=True):
            found.add((str(kind), round(first / LANE_RATE + at, 6)))
    return len(told), len(told ^ found)


def report(events: list[Event], lane: np.ndarray, left: list[float]) -> None:
    """Print the figures."""
    told, apart = disagreement(events, lane)
    print(f"boundaries told {told}, not the same in the recording {apart}")
    onsets = [e.data["at"] for e in events if e.kind == EventKind.AGENT_STARTED]
    # The call's clock and ours are one but for a constant, which the median takes away.
    zero = statistics.median(left) - statistics.median(onsets)
    errors = [min((onset - (at - zero) for onset in onsets), key=abs) for at in left]
    middle = statistics.median(errors)
    heard = [(error - middle) * 1000 for error in errors if abs(error - middle) < 1.0]
    low, high = np.percentile(heard, (5, 95))
    tenth = max(1, len(heard) // 10)
    drift = statistics.median(heard[-tenth:]) - statistics.median(heard[:tenth])
    print(f"onsets heard {len(heard)} of {len(left)}")
    print(
        f"heard - sent, about its median: p5 {low:+.1f}, p95 {high:+.1f}, end-begin {drift:+.1f} ms"
    )
    shifts = [e.data["by"] / LANE_RATE * 1000 for e in events if e.kind == EventKind.LANE_SHIFTED]
    print(f"lane laid anew {len(shifts)} times: {', '.join(f'{by:+.1f}' for by in shifts)} ms")
    health = [event.data for event in events if event.kind == EventKind.HEALTH]
    for key in ("loop_lag_ms", "late_ms", "frame_gap_ms", "jitter_buffer_ms", "underrun_ms"):
        values = [data[key] or 0.0 for data in health]
        print(f"{key:17} p50 {np.median(values):6.1f}  worst {max(values):6.1f}")
    rtts = [e.data["rtt_s"] for e in events if e.kind == EventKind.TRANSPORT and e.data["rtt_s"]]
    if rtts:
        usual = statistics.median(rtts) * 1000
        print(f"round trip        p50 {usual:6.1f} ms, told {len(rtts)} times")


async def main(seconds: float) -> None:
    """Carry the call and print what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        server = await LiveKitServer.start(settings, progress=print)
        engine = Engine(settings)
        await asyncio.to_thread(engine.start)
        try:
            print(engine.machine().sentence or "The machine is not busy.")
            call_id, left = await carry(server, engine, seconds)
            files = engine.store.artifacts(call_id)
            report(list(read_events(files.events)), read_lane(files.recording, "agent"), left)
        finally:
            await asyncio.to_thread(engine.stop)
            await server.stop()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 600.0))
