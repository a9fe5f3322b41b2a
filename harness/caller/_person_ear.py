"""PersonEar: a recogniser for whoever speaks in the caller's place, in a pipeline of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

from pipecat.frames.frames import EndFrame, ErrorFrame, Frame, StartFrame, TranscriptionFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from harness.caller._hearing import EAR_RATE
from harness.caller._person_words import PersonWords
from harness.caller._tap import CallTap
from harness.caller.speech import SpeechWatch, get_stack, people_ear
from harness.errors import RingbackError, SpeechFailed, redact
from harness.nouns import EventKind

__all__ = ["PersonEar", "ear_of"]

_READY_S = 60.0
"""How long a recogniser may take to be there: the first one may load its model."""
_END_S = 3.0
_MISSING = "What a person says in the caller's place may not be written down."


def ear_of(tap: CallTap, stack: str, language: str) -> PersonEar | None:
    """The ear of a stack for people; None without a stack, or if it has none."""
    by = people_ear(stack, language)
    if not by:
        return None
    make = partial(get_stack(stack).stt, sample_rate=EAR_RATE, language=language)
    return PersonEar(tap, by, make)


class PersonEar:
    """Writes down what a person says; whatever becomes of it, the call goes on.

    Nothing is connected or loaded before :meth:`start`. What goes wrong is told once, as a warning
    of the call: it is no failure of the agent.

    Args:
        tap: Takes the events.
        by: The recogniser's name.
        make: Makes it; may take long.

    Attributes:
        words: What it gets, and what it understood.
    """

    def __init__(self, tap: CallTap, by: str, make: Callable[[], FrameProcessor]) -> None:
        self._tap = tap
        self._make = make
        self.words = PersonWords(tap, by, self._feed)
        self.words.on_slow = lambda: self._warn(f"{by} is too slow for what is said.")
        self._worker: PipelineWorker | None = None
        self._task: asyncio.Task[None] | None = None
        self._warned = False

    def start(self) -> None:
        """Have it ready; what is said until then waits for it."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Wait a little for the last words, and end it."""
        if self._task is None:
            return
        await self.words.finish()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        running: asyncio.Task[Any] | None = None
        try:
            service = await asyncio.to_thread(self._make)
            self._worker = PipelineWorker(
                Pipeline([service, _Texts(self.words)]),
                params=PipelineParams(audio_in_sample_rate=EAR_RATE),
                enable_rtvi=False,
                enable_turn_tracking=False,
                cancel_on_idle_timeout=False,
            )
            runner = WorkerRunner(handle_sigint=False)
            started = self._watch(self._worker, SpeechWatch(service, self._failed))
            await runner.add_workers(self._worker)
            running = asyncio.create_task(runner.run())
            async with asyncio.timeout(_READY_S):
                await started.wait()
            await self.words.run()
        except TimeoutError:
            self._lose(f"The recogniser was not ready in {_READY_S:g} s.")
        except RingbackError as error:
            self._lose(f"{error.message} {error.cause}")
        except Exception as error:  # of a library: it must not end the call
            self._lose(f"The recogniser failed: {redact(str(error))[:200]}")
        finally:
            await self._end(running)

    def _watch(self, worker: PipelineWorker, watch: SpeechWatch) -> asyncio.Event:
        """Take what the pipeline tells; the event is set once it runs."""
        started = asyncio.Event()

        @worker.event_handler("on_pipeline_started")
        async def _on_started(_worker: PipelineWorker, _frame: StartFrame) -> None:
            started.set()

        @worker.event_handler("on_pipeline_error")
        async def _on_error(_worker: PipelineWorker, frame: ErrorFrame) -> None:
            watch.told(frame)
            if watch.hopeless is not None:
                self.words.lose()

        return started

    async def _end(self, running: asyncio.Task[Any] | None) -> None:
        if self._worker is None or running is None:
            return
        with contextlib.suppress(Exception):
            await self._worker.queue_frame(EndFrame())
            await asyncio.wait_for(asyncio.shield(running), _END_S)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    async def _feed(self, frame: Frame) -> None:
        assert self._worker is not None
        await self._worker.queue_frame(frame)

    def _failed(self, failure: SpeechFailed) -> None:
        self._warn(f"{failure.message} {failure.cause}")

    def _lose(self, why: str) -> None:
        self.words.lose()
        self._warn(why)

    def _warn(self, why: str) -> None:
        if not self._warned:
            self._warned = True
            self._tap.emit(
                EventKind.ROOM_WARNING, code="person_words_failed", message=f"{why} {_MISSING}"
            )


class _Texts(FrameProcessor):
    """Behind the recogniser: takes its final texts."""

    def __init__(self, words: PersonWords) -> None:
        super().__init__()
        self._words = words

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            self._words.recognised(frame.text, last=frame.finalized)
        await self.push_frame(frame, direction)
