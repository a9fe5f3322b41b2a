"""CallerPipeline: the caller's ear and voice in one Pipecat pipeline, between room and room."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

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

from harness.caller._hearing import EAR_RATE, Hearing
from harness.caller._mouth import Mouth
from harness.caller._room import RoomLine
from harness.caller._rtvi import RtviEar
from harness.caller._tap import CallTap, Samples
from harness.caller._transport import LineEnds, RoomTransport
from harness.caller._words import Words, needs_ear
from harness.caller.speech import SpeechWatch, get_stack
from harness.errors import SpeechFailed
from harness.measure import Boundary
from harness.nouns import LANE_RATE, Agent, Caller, EventKind

__all__ = ["CallerPipeline"]

_VOICE_S = 20.0
"""How long ear and voice may take to be there."""

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


class CallerPipeline:
    """What the agent says goes in, what the caller says comes out.

    Call :meth:`start`, and :meth:`close` whatever happened.

    Args:
        tap: The call's clock and events.
        line: The room.
        words: Gets what the recogniser understands.
        rtvi: Gets the agent's messages.
    """

    def __init__(self, tap: CallTap, line: RoomLine, words: Words, rtvi: RtviEar) -> None:
        self._tap = tap
        self._line = line
        self._words = words
        self._rtvi = rtvi
        self._worker: PipelineWorker | None = None
        self._running: asyncio.Task[Any] | None = None
        self._hearing: Hearing | None = None
        self._voice: SpeechWatch | None = None
        self._ear_failed = False

    async def start(self, caller: Caller, agent: Agent, mouth: Mouth) -> None:
        """Have ear and voice ready, so far as caller and agent need them.

        Args:
            caller: Voice, language and stack.
            agent: Says whether its words are told, or must be recognised.
            mouth: Speaks with the voice, if it has a sender.

        Raises:
            SpeechFailed: One of them is not there in time.
        """
        transport = RoomTransport(self._line, mouth.sender)
        stack = get_stack(caller.stack)
        stages: list[FrameProcessor | None] = [transport.input()]
        ear: FrameProcessor | None = None
        watches: list[SpeechWatch] = []
        if needs_ear(caller, agent):
            # Made off the loop: the first one may load its model.
            ear = await asyncio.to_thread(stack.stt, sample_rate=EAR_RATE, language=caller.language)
            watches.append(SpeechWatch(ear, self._warn_of_ear))
        self._hearing = Hearing(self._tap, self._words, transport.input().hear if ear else None)
        stages += [ear, _Ear(self._rtvi, self._hearing)]
        if mouth.sender is not None:
            voice = stack.tts(
                caller.voice,
                speed=caller.speed,
                seed=caller.seed,
                sample_rate=LANE_RATE,
                language=caller.language,
            )
            stages += [voice, transport.output(), LineEnds(mouth.part_over)]
            self._voice = SpeechWatch(voice, mouth.voice_failed)
            watches.append(self._voice)
        self._worker = PipelineWorker(
            Pipeline([stage for stage in stages if stage is not None]),
            params=PipelineParams(audio_in_sample_rate=EAR_RATE, audio_out_sample_rate=LANE_RATE),
            enable_rtvi=False,
            enable_turn_tracking=False,
            cancel_on_idle_timeout=False,
        )
        mouth.speak = self._speak
        await self._run(self._worker, watches)

    def hear(self, samples: Samples, known: list[Boundary]) -> None:
        """Take what was heard of the agent, with the boundaries of speech that are known of it."""
        assert self._hearing is not None
        self._hearing.hear(samples, known)

    async def close(self) -> None:
        """End it; nothing is heard or said any more."""
        if self._hearing is not None:
            self._hearing.close()
        if self._worker is not None and self._running is not None:
            with contextlib.suppress(Exception):
                await self._worker.queue_frame(EndFrame())
                await asyncio.wait_for(self._running, 3.0)
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self, worker: PipelineWorker, watches: list[SpeechWatch]) -> None:
        started = asyncio.Event()

        @worker.event_handler("on_pipeline_started")
        async def _on_started(_worker: PipelineWorker, _frame: Frame) -> None:
            started.set()

        @worker.event_handler("on_pipeline_error")
        async def _on_error(_worker: PipelineWorker, frame: ErrorFrame) -> None:
            for watch in watches:
                watch.told(frame)

        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        self._running = asyncio.create_task(runner.run())
        try:
            await asyncio.wait_for(started.wait(), _VOICE_S)
        except TimeoutError:
            if not watches:
                raise
            # Whoever told of trouble is it; else whoever speaks.
            told = [watch for watch in watches if watch.failure is not None]
            raise (told or watches)[-1].late(_VOICE_S) from None

    async def _speak(self, text: str) -> None:
        assert self._worker is not None and self._voice is not None
        if (hopeless := self._voice.hopeless) is not None:
            raise hopeless
        await self._worker.queue_frame(TTSSpeakFrame(text, append_to_context=False))

    def _warn_of_ear(self, failure: SpeechFailed) -> None:
        self._words.ear_failed()
        if not self._ear_failed:
            self._ear_failed = True
            self._tap.emit(
                EventKind.ROOM_WARNING,
                code="recogniser_failed",
                message=f"{failure.message} {failure.cause} Words may be missing.",
            )
