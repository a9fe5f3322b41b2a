"""How accurate Ringback's caller is: `ringback calibrate` with a hundred turns, and a control.

The control is a plain caller and an agent whose code is neither Ringback's nor the calibration's:
what they find the way there and back to take stands beside what the calibration found. Run by
`make bench`; `python -m tests.bench.bench_latency 12` makes it twelve turns. Ends with 1 where the
goal is missed or too many turns were spoiled to tell.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from harness.calibrate import Progress, calibrate
from harness.calls import Engine
from harness.cli._calibrate import calibration_report, print_calibration
from harness.cli._terminal import Terminal
from harness.errors import CalibrationSpoiled
from harness.local import LiveKitServer
from harness.settings import Settings
from tests.bench.peer import RATE, Peer, burst

TURNS = 100
CONTROL_TURNS = 20
CONTROL_DELAY_S = 0.8
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


async def plain(server: LiveKitServer, delay: float, turns: int) -> list[float]:
    """Latencies a plain exact caller hears."""
    room = f"plain-{delay}"
    async with (
        Peer(server.url, server.token(room, "agent", kind="agent")) as agent,
        Peer(server.url, server.token(room, "caller")) as caller,
    ):
        lines = [burst(1.0, seed=turn) for turn in range(turns)]
        answering = asyncio.create_task(answer(agent, delay, lines))
        await asyncio.sleep(2.5)  # the receivers' start-up stretch
        latencies = []
        for turn in range(turns):
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


async def control(settings: Settings, turns: int) -> None:
    """Print what the way there and back takes by the control."""
    server = await LiveKitServer.start(settings)
    try:
        found = [each - CONTROL_DELAY_S for each in await plain(server, CONTROL_DELAY_S, turns)]
    finally:
        await server.stop()
    print(
        f"control: way there and back {statistics.median(found) * 1000:.1f} ms, "
        f"sd {statistics.stdev(found) * 1000:.1f} ms, n = {len(found)}"
    )


def tell(progress: Progress) -> None:
    """Print every tenth line's number."""
    if progress.done % 10 == 0:
        print(f"  {progress.done} of {progress.of}: {progress.sentence}", flush=True)


def main(turns: int) -> None:
    """Print the tables, and whether the goal is met."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        asyncio.run(control(settings, min(turns, CONTROL_TURNS)))
        engine = Engine(settings)
        engine.start()
        try:
            found = asyncio.run(calibrate(settings, engine, turns=turns, progress=tell))
        except CalibrationSpoiled as error:
            print(error.message, error.cause)
            sys.exit(1)
        finally:
            engine.stop()
    print_calibration(found, Terminal())
    goal = calibration_report(found)["goal"]
    print("goal met:", goal)
    sys.exit(0 if all(goal.values()) else 1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else TURNS)
