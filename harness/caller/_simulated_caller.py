"""SimulatedCaller: one Pipecat pipeline in the agent's room, from joining to hanging up."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any, Literal

from pipecat.frames.frames import EndFrame, Frame, InputTransportMessageFrame, TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from harness.caller._drivers import Hangup, Script
from harness.caller._floor import Floor
from harness.caller._health import HealthMonitor
from harness.caller._receiver import Receiver
from harness.caller._room import RoomLine
from harness.caller._rtvi import RtviEar, client_ready
from harness.caller._sender import PacedSender
from harness.caller._tap import CallTap
from harness.caller._transport import LineEnds, RoomTransport
from harness.caller.speech import get_stack
from harness.errors import InternalError
from harness.nouns import LANE_RATE, Caller, EventKind, ScriptStep, Session

__all__ = ["Ending", "SimulatedCaller"]

_HANDSHAKE_S = 5.0
_HANDSHAKES = 2
_VOICE_S = 20.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How the conversation ended: `by` (caller, agent, person, limit) and the `reason`."""

    by: Literal["caller", "agent", "person", "limit"]
    reason: str


class _Ear(FrameProcessor):
    """Hands the agent's messages to the RTVI ear; they go no further."""

    def __init__(self, rtvi: RtviEar) -> None:
        super().__init__()
        self._rtvi = rtvi

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputTransportMessageFrame):
            self._rtvi.hear(frame.message)
        else:
            await self.push_frame(frame, direction)


class SimulatedCaller:
    """Joins the agent's room as an ordinary participant and talks.

    Call :meth:`join`, then :meth:`talk`, and :meth:`leave` whatever happened.

    Args:
        tap: The call's clock, events and recording.
        session: The agent's started session.
        caller: Voice and manners.
        steps: The script; empty for a call that only a person's typing drives.
        clock_zero: `time.monotonic()` at second 0 of the call's clock.
    """

    def __init__(
        self,
        tap: CallTap,
        session: Session,
        caller: Caller,
        steps: tuple[ScriptStep, ...],
        clock_zero: float,
    ) -> None:
        self._tap = tap
        self._caller = caller
        self._zero = clock_zero
        self._line = RoomLine(tap, session)
        self._rtvi = RtviEar(tap, lambda: self._floor.wake())
        self._floor = Floor(tap.now, self._rtvi)
        self._script = Script(steps, caller, self, self._floor, tap)
        self._hung_up = asyncio.Event()
        self._lines = 0
        self._line_over: asyncio.Future[float] | None = None
        self._last_line_at = 0.0
        self._live_at = 0.0
        self._speaking = asyncio.Lock()
        self._tasks: list[asyncio.Task[Any]] = []
        self._worker: PipelineWorker | None = None
        self._sender: PacedSender | None = None

    async def join(self, timeout_s: float) -> None:
        """Enter the room, publish the caller's track and wait for the agent's audio.

        Raises:
            ConnectError: The room or the agent was not reached, and why.
        """
        await self._line.join()
        source = await self._line.publish()
        self._sender = PacedSender(self._tap, source)
        self._sender.on_line_over = self._on_line_over
        self._health = HealthMonitor(self._tap, self._sender)
        self._spawn(self._sender.run())
        self._spawn(self._health.run())
        await self._start_pipeline(self._sender)
        self._line.on_transcription = self._on_transcription
        await self._line.wait_for_agent(timeout_s)

    async def talk(self) -> Ending:
        """Hold the conversation until somebody ends it."""
        track = self._line.track
        assert track is not None
        self._live_at = self._tap.now()
        receiver = Receiver(self._tap, track, self._zero)
        receiver.on_change = self._floor.wake
        self._floor.receiver = self._health.receiver = receiver
        self._spawn(receiver.run())
        self._spawn(self._shake_hands())
        script = asyncio.create_task(self._script.run())
        gone = asyncio.create_task(self._line.agent_gone.wait())
        hung_up = asyncio.create_task(self._hung_up.wait())
        self._tasks += [script, gone, hung_up]
        await asyncio.wait({script, gone, hung_up}, return_when=asyncio.FIRST_COMPLETED)
        if hung_up.done():
            return Ending("person", "hung_up")
        if script.done():
            error = script.exception()
            if isinstance(error, Hangup):
                return Ending("caller", error.reason)
            if error is not None:
                raise error
        return Ending("agent", "left")

    def hang_up(self) -> None:
        """End the conversation now."""
        self._hung_up.set()

    def type_line(self, text: str) -> None:
        """Have `text` spoken at once."""
        self._script.type_line(text)

    @property
    def script_done(self) -> bool:
        """Whether every step was played."""
        return self._script.done

    @property
    def heard_agent(self) -> bool:
        """Whether any speech of the agent was heard."""
        return self._floor.spoke_since(0.0)

    @property
    def silent_since(self) -> float:
        """Second since which nobody speaks; now, while somebody does."""
        if self._floor.agent_speaking or (self._sender is not None and self._sender.speaking):
            return self._tap.now()
        return max(self._last_line_at, self._floor.quiet_since or 0.0, self._live_at)

    @property
    def awaits_answer(self) -> bool:
        """Whether the caller spoke last: the silence is the agent's."""
        return self._last_line_at > (self._floor.quiet_since or 0.0)

    async def say(self, text: str, source: Literal["script", "typed"]) -> float:
        """Speak one line; returns the second its last speech sample left."""
        assert self._worker is not None and self._sender is not None
        async with self._speaking:
            self._lines += 1
            over = self._line_over = asyncio.get_running_loop().create_future()
            self._sender.begin(self._lines, text, source)
            await self._worker.queue_frame(TTSSpeakFrame(text, append_to_context=False))
            longest = _VOICE_S + len(text) * 0.2 / self._caller.speed
            try:
                return await asyncio.wait_for(over, longest)
            except TimeoutError:
                raise InternalError(
                    "The caller's voice gave no sound for a line.",
                    cause="The speech stack failed; the log says more.",
                    remedy="Call again, or choose another stack for the caller.",
                ) from None

    async def leave(self) -> None:
        """Stop talking, end the pipeline and leave the room, in this order."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._sender is not None:
            self._sender.cut()
        if self._worker is not None:
            with contextlib.suppress(Exception):
                await self._worker.queue_frame(EndFrame())
                await asyncio.wait_for(self._running, 3.0)
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._line.leave()

    async def _start_pipeline(self, sender: PacedSender) -> None:
        transport = RoomTransport(self._line, sender)
        voice = get_stack(self._caller.stack).tts(
            self._caller.voice,
            speed=self._caller.speed,
            seed=self._caller.seed,
            sample_rate=LANE_RATE,
        )
        pipeline = Pipeline(
            [transport.input(), _Ear(self._rtvi), voice, transport.output(), LineEnds(sender)]
        )
        self._worker = PipelineWorker(
            pipeline,
            params=PipelineParams(audio_out_sample_rate=LANE_RATE),
            enable_rtvi=False,
            enable_turn_tracking=False,
            cancel_on_idle_timeout=False,
        )
        started = asyncio.Event()

        @self._worker.event_handler("on_pipeline_started")
        async def _on_started(_worker: PipelineWorker, _frame: Frame) -> None:
            started.set()

        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self._worker)
        self._running = asyncio.create_task(runner.run())
        await asyncio.wait_for(started.wait(), _VOICE_S)

    async def _shake_hands(self) -> None:
        """Say that we are there; again only in silence, since each time makes a stock bot greet."""
        for _ in range(_HANDSHAKES):
            await self._line.send(client_ready())
            deadline = self._tap.now() + _HANDSHAKE_S
            while self._tap.now() < deadline:
                if self._rtvi.spoke or self._floor.spoke_since(0.0):
                    return
                await asyncio.sleep(0.1)

    def _on_line_over(self, number: int, at: float) -> None:
        self._last_line_at = at
        if self._line_over is not None and not self._line_over.done():
            self._line_over.set_result(at)

    def _on_transcription(self, text: str) -> None:
        if not self._rtvi.ready:
            self._tap.emit(EventKind.AGENT_TEXT, text=text, source="lk.transcription")

    def _spawn(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))
