"""SimulatedCaller: one Pipecat pipeline in the agent's room, from joining to hanging up."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Literal

from livekit import rtc
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InputTransportMessageFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from harness.caller._channel import TextChannel
from harness.caller._drivers import Hangup, Script
from harness.caller._ending import Ending
from harness.caller._floor import Floor
from harness.caller._health import HealthMonitor
from harness.caller._hearing import EAR_RATE, Hearing
from harness.caller._receiver import Receiver
from harness.caller._room import RoomLine
from harness.caller._rtvi import RtviEar, client_ready
from harness.caller._sender import PacedSender
from harness.caller._tap import CallTap
from harness.caller._transport import LineEnds, RoomTransport
from harness.caller._words import Words, needs_ear
from harness.caller.speech import get_stack
from harness.errors import InternalError, redact
from harness.nouns import LANE_RATE, Agent, Caller, EventKind, ScriptStep, Session

__all__ = ["SimulatedCaller"]

_HANDSHAKE_S = 5.0
_HANDSHAKES = 2
_VOICE_S = 20.0
_HOW_AGENTS_HANG_UP = ("room_deleted", "room_closed")
"""What an agent does who ends its calls by deleting the room."""


_HEARD = (
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)


class _Ear(FrameProcessor):
    """Takes the agent's messages and the recogniser's texts; what was heard goes no further."""

    def __init__(self, rtvi: RtviEar, hearing: Hearing) -> None:
        super().__init__()
        self._rtvi = rtvi
        self._hearing = hearing

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputTransportMessageFrame):
            self._rtvi.hear(frame.message)
        elif isinstance(frame, TranscriptionFrame):
            self._hearing.recognised(frame.text)
        elif not isinstance(frame, _HEARD):
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
        agent: How its text is sent, and where its words come from.
    """

    def __init__(
        self,
        tap: CallTap,
        session: Session,
        caller: Caller,
        steps: tuple[ScriptStep, ...],
        clock_zero: float,
        agent: Agent,
    ) -> None:
        self._tap = tap
        self._caller = caller
        self._zero = clock_zero
        self._agent = agent
        self._steps = steps
        self._words = Words(tap, agent.transcript, lambda: self._floor.wake())
        self._line = RoomLine(tap, session, self._words, caller.by)
        self._rtvi = RtviEar(tap, lambda: self._floor.wake(), self._words)
        self._line.inbox.on_stream = self._rtvi.notice
        self._floor = Floor(tap.now, self._rtvi, self._words)
        self._channel = TextChannel(self._line, self._rtvi, agent)
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
        self._hearing: Hearing | None = None
        self._ear_failed = False

    async def join(self, timeout_s: float) -> None:
        """Enter the room and wait for the agent's audio; who types needs none and sends none.

        Raises:
            ConnectError: The room or the agent was not reached, and why.
        """
        if self._caller.by == "voice":
            self._sender = PacedSender(self._tap, self._line.open_source())
            self._sender.on_line_over = self._on_line_over
        self._health = HealthMonitor(self._tap, self._sender, self._line.inbox)
        # Everything is ready before: some agents greet as soon as somebody comes.
        await self._start_pipeline()
        self._line.on_track = self._listen
        await self._line.join()
        self._spawn(self._health.run())
        if self._sender is not None:
            await self._line.publish()
            self._spawn(self._sender.run())
        await self._line.wait_for_agent(timeout_s)

    async def talk(self) -> Ending:
        """Hold the conversation until somebody ends it."""
        self._live_at = self._tap.now()
        self._spawn(self._shake_hands())
        script = asyncio.create_task(self._script.run())
        gone = asyncio.create_task(self._line.agent_gone.wait())
        hung_up = asyncio.create_task(self._hung_up.wait())
        self._tasks += [script, gone, hung_up]
        await asyncio.wait({script, gone, hung_up}, return_when=asyncio.FIRST_COMPLETED)
        if self._line.trouble is not None:
            raise self._line.trouble
        if hung_up.done():
            return Ending("person", "hung_up")
        if script.done():
            error = script.exception()
            if isinstance(error, Hangup):
                return Ending("caller", error.reason)
            if error is not None:
                raise error
        if self._line.removed is None:
            return Ending("agent", "left")
        through = self._script.done or not self._steps
        if through and self._line.removed in _HOW_AGENTS_HANG_UP:
            return Ending("agent", self._line.removed)
        return Ending("server", self._line.removed)

    def hang_up(self) -> None:
        """End the conversation now."""
        self._hung_up.set()

    def type_line(self, text: str, *, as_text: bool = False) -> None:
        """Have `text` spoken at once, or sent by the agent's text channel."""
        self._script.type_line(text, as_text=as_text)

    @property
    def script_done(self) -> bool:
        """Whether every step was played."""
        return self._script.done

    @property
    def heard_agent(self) -> bool:
        """Whether the agent was heard, or told any text."""
        return self._floor.spoke_since(0.0) or self._words.any

    @property
    def silent_since(self) -> float:
        """Second since which nobody speaks; now, while somebody does."""
        if self._floor.agent_speaking or (self._sender is not None and self._sender.speaking):
            return self._tap.now()
        return max(self._last_line_at, self._floor.last_sign or 0.0, self._live_at)

    @property
    def awaits_answer(self) -> bool:
        """Whether the caller spoke last: the silence is the agent's."""
        return self._last_line_at > (self._floor.last_sign or 0.0)

    async def say(
        self, text: str, source: Literal["script", "typed"], *, as_text: bool = False
    ) -> float:
        """Speak or send one line; returns the second it was out."""
        async with self._speaking:
            self._lines += 1
            self._line.begun = True
            if as_text or self._sender is None:
                return await self._send_line(text, source)
            assert self._worker is not None
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
        if self._hearing is not None:
            self._hearing.close()
        if self._worker is not None:
            with contextlib.suppress(Exception):
                await self._worker.queue_frame(EndFrame())
                await asyncio.wait_for(self._running, 3.0)
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._line.leave()

    async def _send_line(self, text: str, source: Literal["script", "typed"]) -> float:
        """Send a line by the text channel: it takes no time, so it starts and ends at once."""
        channel = await self._channel.choose()
        at = self._tap.now()
        try:
            await self._channel.send(text, channel)
        except Exception as error:
            self._tap.emit(
                EventKind.ROOM_WARNING,
                code="text_not_sent",
                message=f"A line could not be sent by {channel}: {redact(str(error))[:200]}",
            )
            return at
        said = {"line": self._lines, "at": round(at, 6)}
        self._tap.emit(EventKind.CALLER_STARTED, text=text, source=source, sent_as=channel, **said)
        self._tap.emit(EventKind.CALLER_STOPPED, cut=False, **said)
        self._last_line_at = at
        return at

    async def _start_pipeline(self) -> None:
        transport = RoomTransport(self._line, self._sender)
        stack = get_stack(self._caller.stack)
        stages: list[FrameProcessor | None] = [transport.input()]
        ear: FrameProcessor | None = None
        if needs_ear(self._caller, self._agent):
            # Made off the loop: the first one may load its model.
            ear = await asyncio.to_thread(stack.stt, sample_rate=EAR_RATE)
        self._hearing = Hearing(self._tap, self._words, transport.input().hear if ear else None)
        stages += [ear, _Ear(self._rtvi, self._hearing)]
        if self._sender is not None:
            voice = stack.tts(
                self._caller.voice,
                speed=self._caller.speed,
                seed=self._caller.seed,
                sample_rate=LANE_RATE,
            )
            stages += [voice, transport.output(), LineEnds(self._sender)]
        self._worker = PipelineWorker(
            Pipeline([stage for stage in stages if stage is not None]),
            params=PipelineParams(audio_in_sample_rate=EAR_RATE, audio_out_sample_rate=LANE_RATE),
            enable_rtvi=False,
            enable_turn_tracking=False,
            cancel_on_idle_timeout=False,
        )
        started = asyncio.Event()

        @self._worker.event_handler("on_pipeline_started")
        async def _on_started(_worker: PipelineWorker, _frame: Frame) -> None:
            started.set()

        @self._worker.event_handler("on_pipeline_error")
        async def _on_error(_worker: PipelineWorker, frame: ErrorFrame) -> None:
            if ear is not None and frame.processor is ear:
                self._warn_of_ear(frame.error)

        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self._worker)
        self._running = asyncio.create_task(runner.run())
        await asyncio.wait_for(started.wait(), _VOICE_S)

    async def _shake_hands(self) -> None:
        """Say that we are there; again only in silence, since each time makes a stock bot greet."""
        for _ in range(_HANDSHAKES):
            await self._line.send(client_ready())
            self._channel.asked.set()
            deadline = self._tap.now() + _HANDSHAKE_S
            while self._tap.now() < deadline:
                if self._rtvi.spoke or self._rtvi.echoed or self._floor.spoke_since(0.0):
                    return await self._rtvi.wait_for_answer(_HANDSHAKE_S)
                await asyncio.sleep(0.1)

    def _on_line_over(self, number: int, at: float) -> None:
        self._last_line_at = at
        if self._line_over is not None and not self._line_over.done():
            self._line_over.set_result(at)

    def _listen(self, track: rtc.Track) -> None:
        """Hear the agent's track."""
        assert self._hearing is not None
        receiver = Receiver(self._tap, track, self._zero)
        receiver.on_change = self._floor.wake
        receiver.on_heard = self._hearing.hear
        self._floor.receiver = self._health.receiver = receiver
        self._spawn(receiver.run())

    def _warn_of_ear(self, error: str) -> None:
        if not self._ear_failed:
            self._ear_failed = True
            self._tap.emit(
                EventKind.ROOM_WARNING,
                code="recogniser_failed",
                message=f"The recogniser failed, words may be missing: {redact(error)[:200]}",
            )

    def _spawn(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))
