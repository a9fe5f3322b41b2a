"""Heard latency against truth: an agent that answers exactly D after the caller's last sound.

For each D a plain exact caller and Ringback's caller ring the same agent. The plain caller's figure
minus D is the transport's floor on this machine; Ringback's bias is its own figure minus that.
Run by `make bench`.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import soxr

from harness.caller.speech import synthesize
from harness.calls import CallRequest, Engine, Limits
from harness.local import LiveKitServer
from harness.measure import speech_bounds
from harness.nouns import LANE_RATE, Agent, Caller, Outcome, Scenario, ScriptStep
from harness.settings import Settings
from tests.bench.peer import RATE, Peer, burst
from tests.integration.calls_support import wait_for_end

TURNS = 20
DELAYS = (0.4, 0.8, 1.5)
REPLY_S = 0.8


async def answer(agent: Peer, delay: float, lines: list[np.ndarray]) -> None:
    """Answer each line `delay` after its last sample, found by what was said in what was heard."""
    for said in lines:
        while True:
            kind, _ = await agent.heard.get()
            if kind == "end":
                break
        # A voice fades out: where it ends is a matter of thresholds. So the agent knows the line
        # and looks for it, and its end is the last sample of the line.
        first, heard = agent.recent(len(said) / RATE + 1.0)
        lag = int(np.argmax(fit(heard, said)))
        agent.say(first + (lag + len(said)) / RATE + delay, burst(REPLY_S))


def fit(heard: np.ndarray, said: np.ndarray) -> np.ndarray:
    """How well `said` fits into `heard` at each lag."""
    size = 1 << (len(heard) + len(said)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size))
    return np.fft.irfft(spectrum, size)[: len(heard) - len(said) + 1]


def clean_line(text: str) -> np.ndarray:
    """A line as Ringback's caller says it, cut to its speech, at the peer's rate."""
    samples = synthesize(text, voice="heart", sample_rate=LANE_RATE)
    bounds = speech_bounds(samples, LANE_RATE)
    assert bounds is not None and bounds.end is not None
    cut = samples[round(bounds.start * LANE_RATE) : round(bounds.end * LANE_RATE)]
    return soxr.resample(cut, LANE_RATE, RATE)


async def plain(server: LiveKitServer, delay: float) -> list[float]:
    """Latencies a plain exact caller hears."""
    room = f"plain-{delay}"
    async with (
        Peer(server.url, server.token(room, "agent", kind="agent")) as agent,
        Peer(server.url, server.token(room, "caller")) as caller,
    ):
        lines = [burst(1.0, seed=turn) for turn in range(TURNS)]
        answering = asyncio.create_task(answer(agent, delay, lines))
        await asyncio.sleep(2.5)  # the receivers' start-up stretch
        latencies = []
        for turn in range(TURNS):
            at = time.monotonic() + 0.3
            caller.say(at, lines[turn])
            while True:
                kind, heard = await asyncio.wait_for(caller.heard.get(), 10)
                if kind == "start" and heard > at + 1.0:
                    break
            latencies.append(heard - (at + 1.0))
            await asyncio.sleep(REPLY_S + 0.5)
        answering.cancel()
    return latencies


async def ringback(server: LiveKitServer, engine: Engine, delay: float) -> tuple[list[float], int]:
    """Latencies Ringback reports, and how many turns it flagged."""
    room = f"ringback-{delay}"
    texts = [f"This is line number {n}." for n in range(1, TURNS + 1)]
    lines = [clean_line(text) for text in texts]
    steps = tuple(ScriptStep(text) for text in texts)
    scenario = Scenario("bench", "bench", "bench", steps=steps)
    agent_config = Agent(
        name="bench",
        provider="room",
        config={"url": server.url, "token": server.token(room, "caller")},
    )
    async with Peer(server.url, server.token(room, "agent", kind="agent")) as agent:
        answering = asyncio.create_task(answer(agent, delay, lines))
        call = await asyncio.to_thread(
            engine.place,
            CallRequest(
                agent=agent_config,
                scenario=scenario,
                caller=Caller(patience_s=0.5),
                limits=Limits(wall_clock_s=600),
            ),
        )
        view = await wait_for_end(engine, call.id, timeout_s=600)
        answering.cancel()
    answered = [turn for turn in view.turns if turn.outcome is Outcome.ANSWERED]
    kept = [turn.response_latency_s for turn in answered if not turn.flags]
    return [latency for latency in kept if latency is not None], len(view.turns) - len(kept)


def line(name: str, delay: float, latencies: list[float], floor: float | None) -> str:
    """One row of the table."""
    bias = statistics.median(latencies) - delay
    spread = statistics.stdev(latencies)
    after = "" if floor is None else f"{(bias - floor) * 1000:+9.1f}"
    return (
        f"{name:10}{delay * 1000:6.0f}{len(latencies):5d}{bias * 1000:+9.1f}{after:>9}"
        f"{spread * 1000:8.1f}{min(latencies) * 1000:9.1f}{max(latencies) * 1000:9.1f}"
    )


async def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        server = await LiveKitServer.start(settings, progress=print)
        engine = Engine(settings)
        await asyncio.to_thread(engine.start)
        print("caller     D/ms    n  bias/ms  -floor   sd/ms   min/ms   max/ms")
        try:
            for delay in DELAYS:
                by_plain = await plain(server, delay)
                floor = statistics.median(by_plain) - delay
                print(line("plain", delay, by_plain, None), flush=True)
                latencies, spoiled = await ringback(server, engine, delay)
                print(line("ringback", delay, latencies, floor), f" spoiled {spoiled}", flush=True)
        finally:
            await asyncio.to_thread(engine.stop)
            await server.stop()


if __name__ == "__main__":
    asyncio.run(main())
