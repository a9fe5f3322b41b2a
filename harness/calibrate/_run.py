"""A calibration from beginning to end: an agent of known delay, a plain caller, and Ringback's."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import json
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from harness import __version__
from harness.agents import RoomKeys
from harness.calibrate._child import VARIABLE, Job
from harness.calibrate._lines import CUT_IN_S, RATE, Round, line_of, plan_of
from harness.calibrate._result import Summary, summarise
from harness.calibrate._truth import compare
from harness.calls import CallRequest, CallView, Engine, Limits, read_lane
from harness.errors import CalibrationFailed, NotFound
from harness.local import GuardedProcess, LiveKitServer
from harness.nouns import (
    Agent,
    Calibration,
    Caller,
    CallState,
    Event,
    EventKind,
    Expectation,
    Scenario,
    ScriptStep,
    SendAfter,
    server_of,
)
from harness.settings import ROOT, Settings
from harness.store import new_id, read_events

__all__ = ["Progress", "calibrate"]

LOCAL = "local"
_PATIENCE_S = 0.3
_JOIN_S = 20.0
_PLAIN_TURN_S = 12.0
"""The longest that a turn of the plain caller takes."""
_LOOK_S = 0.5
_SEED = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a calibration is: `done` of `of` lines have been said."""

    done: int
    of: int
    sentence: str


def _silent(_: Progress) -> None:
    pass


async def calibrate(
    settings: Settings,
    engine: Engine,
    *,
    turns: int = 12,
    url: str | None = None,
    keys: RoomKeys | None = None,
    progress: Callable[[Progress], None] = _silent,
) -> Calibration:
    """Measure how accurate Ringback's caller is on this machine, and keep the result.

    An agent that answers exactly so long after a line's end, in a process of its own that shares no
    code with the caller, is rung by a plain caller, by Ringback's caller, and by the plain caller
    again. Both ends run here, on one clock.

    Args:
        settings: Data folder and LiveKit server.
        engine: Places the call; it has been started.
        turns: With a known delay. On top come those in which the caller cuts in, and those in which
            the agent starts too early: a twelfth each, at least two.
        url: Another LiveKit server than Ringback's own.
        keys: Its keys.
        progress: Is told how far it is, from the loop this runs on.

    Raises:
        CalibrationFailed: The agent could not be called.
        CalibrationSpoiled: More than half of the turns do not count.
        RingbackError: The server or its keys are of no use.
    """
    load = os.getloadavg()[0]
    others = max(2, turns // 12)
    plan = plan_of(turns, others, others, _SEED)
    async with contextlib.AsyncExitStack() as stack:
        if keys is None:
            progress(Progress(0, len(plan), "Starting the LiveKit server."))
            server = await LiveKitServer.start(settings)
            stack.push_async_callback(server.stop)
            keys = RoomKeys(server.url, server.api_key, server.api_secret)
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(dir=settings.folder("calibrations")))
        )
        lab = _Lab(settings, engine, keys, folder)
        control = tuple(Round(n, "delay", 0.3) for n in range(1, max(2, turns // 4) + 1))
        progress(Progress(0, len(plan), "A plain caller rings the agent first, for comparison."))
        plain = await lab.ring_plainly(control)
        view, told = await lab.ring(plan, progress)
        progress(Progress(len(plan), len(plan), "The plain caller rings once more."))
        plain += await lab.ring_plainly(control)
        summary = await asyncio.to_thread(lab.read, plan, view, told, plain)
        where = server_of(url) if url else LOCAL
        calibration = _calibration(summary, where, load, lab.loop_lag_ms(view.call_id))
    await asyncio.to_thread(engine.keep_calibration, calibration)
    return calibration


class _Lab:
    """One calibration's rooms and processes.

    Args:
        settings: For records of processes.
        engine: Carries Ringback's own call.
        keys: Of the LiveKit server.
        folder: For lines and what the processes tell; gone afterwards.
    """

    def __init__(self, settings: Settings, engine: Engine, keys: RoomKeys, folder: Path) -> None:
        self._settings = settings
        self._engine = engine
        self._keys = keys
        self._folder = folder

    async def ring_plainly(self, plan: Sequence[Round]) -> list[float]:
        """What the plain caller finds the way there and back to take, turn by turn, seconds."""
        longest_s = _JOIN_S + _PLAIN_TURN_S * len(plan)
        async with (
            self._room() as room,
            self._process("agent", room, plan),
            self._process("plain", room, plan) as caller,
        ):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(caller.process.wait(), longest_s)
        told = caller.told()
        if not told:
            raise _failed("The plain caller did not hear the agent.", caller.process)
        delays = {each.number: each.delay_s for each in plan}
        return [
            each["latency_s"] - delays[number]
            for number, each in told.items()
            if not each["skipped"]
        ]

    async def ring(
        self, plan: Sequence[Round], progress: Callable[[Progress], None]
    ) -> tuple[CallView, dict[int, dict[str, Any]]]:
        """Have Ringback's caller say the lines; what became of the call, and what the agent did."""
        steps = await asyncio.to_thread(self._steps, plan)
        async with self._room() as room, self._process("agent", room, plan) as agent:
            request = CallRequest(
                agent=Agent(
                    name="calibration",
                    title="Agent of known delay",
                    provider="room",
                    config={"url": self._keys.url, "token": self._token(room, "caller")},
                    transcript="rtvi",
                ),
                scenario=Scenario("calibration", "Calibration", "", steps=steps),
                caller=Caller(patience_s=_PATIENCE_S, answer_timeout_s=3.0, asks_again=False),
                limits=Limits(wall_clock_s=60.0 + sum(3.5 + abs(each.delay_s) for each in plan)),
                purpose="calibrate",
            )
            call = await asyncio.to_thread(self._engine.place, request)
            try:
                view = await self._follow(call.id, len(plan), progress)
            except BaseException:
                self._engine.hang_up(call.id)
                raise
            if view.state is not CallState.DONE or view.failure is not None:
                why = view.failure.message if view.failure else f"The call is {view.state}."
                raise _failed(f"Ringback's call of the agent failed: {why}", agent.process)
            return view, agent.told()

    def read(
        self,
        plan: Sequence[Round],
        view: CallView,
        told: Mapping[int, Mapping[str, Any]],
        plain: Sequence[float],
    ) -> Summary:
        """What the call comes to.

        Raises:
            CalibrationFailed: There is no recording.
            CalibrationSpoiled: Too many of its turns do not count.
        """
        try:
            path = self._engine.recording(view.call_id)
        except NotFound as error:
            raise _failed("The call of the agent has no recording.") from error
        caller, agent = read_lane(path, "caller"), read_lane(path, "agent")
        return summarise(compare(plan, view.turns, caller, agent, told), plain)

    def loop_lag_ms(self, call_id: str) -> float:
        """99th percentile of the caller's loop lag, ms."""
        events: list[Event] = read_events(self._engine.store.artifacts(call_id).events)
        lags = [each.data["loop_lag_ms"] for each in events if each.kind == EventKind.HEALTH]
        return float(np.percentile(lags, 99)) if lags else 0.0

    def _steps(self, plan: Sequence[Round]) -> tuple[ScriptStep, ...]:
        steps = []
        for each in plan:
            path = self._folder / f"line-{each.number}.wav"
            soundfile.write(path, line_of(each), RATE, subtype="PCM_16")
            # A reply that is to be cut into is not heard out.
            event = "bot_started_speaking" if each.kind == "held" else "bot_stopped_speaking"
            after = (
                SendAfter("bot_started_speaking", round(CUT_IN_S * 1000))
                if each.kind == "stop"
                else None
            )
            steps.append(
                ScriptStep(
                    say=each.text,
                    audio=str(path),
                    expect=(Expectation(event=event),),
                    send_after=after,
                )
            )
        return tuple(steps)

    async def _follow(
        self, call_id: str, of: int, progress: Callable[[Progress], None]
    ) -> CallView:
        """The call once it is over and stored; tells how many lines were said."""

        async def pump() -> None:
            async for _ in self._engine.follow(call_id):
                pass

        over = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(pump(), self._engine.loop))
        said = -1
        while not over.done():
            view = await asyncio.to_thread(self._engine.view, call_id)
            count = sum(step.status == "done" for step in view.plan)
            if count != said:
                said = count
                progress(Progress(said, of, "Ringback's caller talks to the agent."))
            await asyncio.wait({over}, timeout=_LOOK_S)
        over.result()
        return await asyncio.to_thread(self._engine.view, call_id)

    @contextlib.asynccontextmanager
    async def _room(self) -> AsyncIterator[str]:
        name = f"ringback-calibration-{secrets.token_hex(4)}"
        await self._keys.create(name)
        try:
            yield name
        finally:
            await self._keys.delete(name)

    @contextlib.asynccontextmanager
    async def _process(
        self, role: str, room: str, plan: Sequence[Round]
    ) -> AsyncIterator[_Process]:
        name = f"{role}-{secrets.token_hex(3)}"
        told = self._folder / f"{name}.jsonl"
        token = self._token(room, role)
        job = Job(
            "agent" if role == "agent" else "plain", self._keys.url, token, tuple(plan), str(told)
        )
        process = await GuardedProcess.start(
            self._settings,
            f"calibration's {role}",
            [sys.executable, "-m", "harness.calibrate._child"],
            log_path=self._folder / f"{name}.log",
            env=os.environ | {VARIABLE: job.to_text()},
            cwd=ROOT,
            grace_s=1.0,
            hide=(token,),
        )
        try:
            yield _Process(process, told)
        finally:
            await process.stop()

    def _token(self, room: str, identity: str) -> str:
        return self._keys.token(room, identity, agent=identity == "agent")


@dataclass(frozen=True, slots=True)
class _Process:
    process: GuardedProcess
    path: Path

    def told(self) -> dict[int, dict[str, Any]]:
        """What it told of each line, by its number."""
        if not self.path.exists():
            return {}
        lines = self.path.read_text().splitlines()
        return {each["number"]: each for each in map(json.loads, lines)}


def _failed(message: str, process: GuardedProcess | None = None) -> CalibrationFailed:
    last = process.last_lines(3) if process is not None else []
    return CalibrationFailed(
        message,
        cause="\n".join(["The agent's process wrote:", *last]) if last else "",
        remedy="Look at the LiveKit server's address and keys, and run: ringback doctor",
    )


def _calibration(summary: Summary, url: str, load: float, loop_lag_ms: float) -> Calibration:
    return Calibration(
        id=new_id("calibration"),
        created_at=datetime.now(UTC),
        url=url,
        host=socket.gethostname(),
        cores=os.cpu_count() or 1,
        turns=summary.turns,
        flagged=summary.flagged,
        floor_s=summary.floor_s,
        bias_s=summary.bias_s,
        sd_s=summary.sd_s,
        worst_s=summary.worst_s,
        p95_abs_s=summary.p95_abs_s,
        delays=summary.delays,
        stop=summary.stop,
        overlap=summary.overlap,
        load=load,
        loop_lag_p99_ms=loop_lag_ms,
        versions={
            "ringback": __version__,
            "livekit": importlib.metadata.version("livekit"),
            "pipecat": importlib.metadata.version("pipecat-ai"),
        },
        missed=summary.missed,
        floor_sd_s=summary.floor_sd_s,
    )
