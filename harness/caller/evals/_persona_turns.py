"""PersonaTurns: what plays the person, in a pipeline of its own, giving whole turns."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass
from typing import Any

from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    FunctionCallsStartedFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMTextFrame,
    LLMUpdateSettingsFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings
from pipecat.workers.runner import WorkerRunner

from harness.caller._text import clean
from harness.caller.evals._rules_brain import END_CALL, RulesBrainLLM
from harness.errors import InternalError, PersonaError

__all__ = ["PersonaTurns", "Reply"]

_START_S = 20.0
_STOP_S = 3.0
_ANSWER_S = 120.0
"""Longest a whole answer may take; how long each piece may is the language model's own affair."""
_LONGEST = 1000
"""Characters of a turn. More than a minute of speech is no turn of a caller."""

_THOUGHT = re.compile(r"<think>.*?(?:</think>|$)", re.DOTALL)
_MARKUP = re.compile(r"[*_`#]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """One turn of the person.

    Attributes:
        text: What it says; empty if nothing.
        hangs_up: Whether it called `end_call` with it.
        state: Of the brain `rules`; else None.
        intent: Of the brain `rules`; else None.
    """

    text: str
    hangs_up: bool
    state: str | None = None
    intent: str | None = None


class PersonaTurns:
    """Asks the language model for one turn at a time.

    It runs beside the caller's own pipeline, so that a slow model holds up nobody's line.

    Args:
        llm: Plays the person.
    """

    def __init__(self, llm: LLMService[Any]) -> None:
        self._llm = llm
        self._collector = _Collector()
        self._worker = PipelineWorker(
            Pipeline([llm, self._collector]),
            enable_rtvi=False,
            enable_turn_tracking=False,
            cancel_on_idle_timeout=False,
        )
        self._running: asyncio.Task[None] | None = None

    async def start(self, instruction: str) -> None:
        """Start the pipeline; the model plays by `instruction`."""
        started = asyncio.Event()

        @self._worker.event_handler("on_pipeline_started")
        async def _on_started(_worker: PipelineWorker, _frame: Frame) -> None:
            started.set()

        # The service tells its errors here before it ends the answer.
        @self._llm.event_handler("on_error")
        async def _on_error(_llm: LLMService[Any], frame: ErrorFrame) -> None:
            self._collector.fail(_error_of(self._llm, frame))

        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self._worker)
        self._running = asyncio.create_task(runner.run())
        try:
            await asyncio.wait_for(started.wait(), _START_S)
        except TimeoutError:
            raise InternalError(
                "What plays the caller did not start.",
                cause="This machine is overloaded; the log says more.",
                remedy="Call again with less going on beside it.",
            ) from None
        await self._worker.queue_frame(
            LLMUpdateSettingsFrame(delta=LLMSettings(system_instruction=instruction))
        )

    async def ask(self, frame: LLMContextFrame) -> Reply:
        """The person's turn after what is in the context.

        Raises:
            PersonaError: No usable answer came, and why.
        """
        answer = self._collector.open()
        await self._worker.queue_frame(frame)
        try:
            text, hangs_up = await asyncio.wait_for(answer, _ANSWER_S)
        except TimeoutError:
            raise PersonaError(
                "What plays the caller did not come to an end with its answer.",
                cause="The language model goes on and on.",
                remedy="Call again, or choose another model.",
            ) from None
        if isinstance(self._llm, RulesBrainLLM) and (move := self._llm.last_move) is not None:
            return Reply(text, hangs_up, move.state, move.intent)
        return Reply(text, hangs_up)

    async def close(self) -> None:
        """End the pipeline."""
        if self._running is None:
            return
        with contextlib.suppress(Exception):
            await self._worker.queue_frame(EndFrame())
            await asyncio.wait_for(asyncio.shield(self._running), _STOP_S)
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)


class _Collector(FrameProcessor):
    """Puts the pieces of an answer together."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._hangs_up = False
        self._answer: asyncio.Future[tuple[str, bool]] | None = None

    def open(self) -> asyncio.Future[tuple[str, bool]]:
        """Begin an answer: its words, and whether it hangs up."""
        self._pieces, self._hangs_up = [], False
        self._answer = asyncio.get_running_loop().create_future()
        return self._answer

    def fail(self, error: PersonaError) -> None:
        """The answer is not to be had."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMTextFrame):
            self._pieces.append(frame.text)
        elif isinstance(frame, FunctionCallsStartedFrame):
            # A system frame: it may overtake the text it comes with, but never the answer's end.
            self._hangs_up |= any(call.function_name == END_CALL for call in frame.function_calls)
        elif isinstance(frame, LLMFullResponseEndFrame):
            self._finish()
        await self.push_frame(frame, direction)

    def _finish(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((_spoken("".join(self._pieces)), self._hangs_up))


def _spoken(text: str) -> str:
    """A model's text as it can be said: without its thoughts, and without markup."""
    return clean(" ".join(_MARKUP.sub("", _THOUGHT.sub("", text)).split()), _LONGEST)


def _error_of(llm: LLMService[Any], frame: ErrorFrame) -> PersonaError:
    if isinstance(llm, RulesBrainLLM):
        return PersonaError(
            "The caller's rules could not be followed.",
            cause=frame.error[:300],
            remedy="Run `ringback scenarios check` on the scenario file.",
        )
    # Brought in here: it loads the client of OpenAI's API, which rules do not need.
    from harness.caller.evals._openai_brain import OpenAiBrainLLM

    assert isinstance(llm, OpenAiBrainLLM)
    return llm.fault(frame.exception, frame.error)
