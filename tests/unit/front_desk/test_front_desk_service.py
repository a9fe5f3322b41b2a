"""The brain as an LLM service in a real Pipecat pipeline, with Pipecat's own aggregators."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import rules_llm
from answers import FAREWELL, GREETING
from brain import OPENING, Brain
from desk import Desk
from faults import Fault
from front_desk_support import TODAY
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    LLMFullResponseEndFrame,
    LLMMessagesAppendFrame,
    LLMRunFrame,
    LLMTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner
from rules_llm import FrontDeskCrash, RulesLLMService

from tools import register, schemas

WAIT_S = 20.0
BOOK = "i would like to book an appointment with doctor osei on friday at ten"
DETAILS = ["maria lopez", "march fourth nineteen eighty five"]


class Recorder(FrameProcessor):
    """Notes replies as they are complete, and the functions called for them."""

    def __init__(self) -> None:
        super().__init__()
        self.replies: asyncio.Queue[str] = asyncio.Queue()
        self.tokens: list[str] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.results: list[dict[str, Any]] = []
        self._from = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        down = direction is FrameDirection.DOWNSTREAM
        if isinstance(frame, LLMTextFrame):
            self.tokens.append(frame.text)
        elif isinstance(frame, LLMFullResponseEndFrame) and self.tokens[self._from :]:
            self.replies.put_nowait("".join(self.tokens[self._from :]))
            self._from = len(self.tokens)
        elif isinstance(frame, FunctionCallInProgressFrame) and down:
            self.calls.append((frame.function_name, dict(frame.arguments)))
        elif isinstance(frame, FunctionCallResultFrame) and down:
            self.results.append(frame.result)
        await self.push_frame(frame, direction)


class Conversation:
    """A running pipeline to talk to in text."""

    def __init__(self, fault: Fault | None = None) -> None:
        self.recorder = Recorder()
        self.errors: asyncio.Queue[ErrorFrame] = asyncio.Queue()
        self.llm = RulesLLMService(Brain(TODAY), fault=fault)
        register(self.llm, Desk(TODAY))
        self.context = LLMContext(tools=schemas())
        users, assistants = LLMContextAggregatorPair(self.context)
        stages = [users, self.llm, self.recorder, assistants]
        self.worker = PipelineWorker(Pipeline(stages), enable_rtvi=False)
        self.runner = WorkerRunner()
        self.running: asyncio.Task[None] | None = None

        @self.worker.event_handler("on_pipeline_error")
        async def on_error(_worker: Any, frame: ErrorFrame) -> None:
            self.errors.put_nowait(frame)

    async def send(self, line: str) -> None:
        frame = LLMMessagesAppendFrame([{"role": "user", "content": line}], run_llm=True)
        await self.worker.queue_frame(frame)

    async def ask(self, line: str) -> str:
        """Say a line; the reply."""
        await self.send(line)
        return await self.reply()

    async def reply(self) -> str:
        return await asyncio.wait_for(self.recorder.replies.get(), WAIT_S)

    async def ended(self) -> None:
        """Wait until the pipeline has ended by itself."""
        assert self.running is not None
        await asyncio.wait_for(asyncio.shield(self.running), WAIT_S)


@asynccontextmanager
async def conversation(fault: Fault | None = None) -> AsyncIterator[Conversation]:
    talk = Conversation(fault)
    started = asyncio.Event()

    @talk.worker.event_handler("on_pipeline_started")
    async def on_started(_worker: Any, _frame: Frame) -> None:
        started.set()

    await talk.runner.add_workers(talk.worker)
    talk.running = asyncio.create_task(talk.runner.run())
    await asyncio.wait_for(started.wait(), WAIT_S)
    try:
        yield talk
    finally:
        if not talk.running.done():
            await talk.worker.queue_frame(EndFrame())
        await asyncio.wait_for(talk.running, WAIT_S)


async def test_greets_when_the_conversation_is_opened() -> None:
    async with conversation() as talk:
        talk.context.add_message({"role": "developer", "content": OPENING})
        await talk.worker.queue_frame(LLMRunFrame())
        assert await talk.reply() == GREETING


async def test_books_by_functions_that_pipecat_runs() -> None:
    async with conversation() as talk:
        assert "full name" in await talk.ask(BOOK)
        assert "date of birth" in await talk.ask(DETAILS[0])
        assert "You are booked with Doctor Osei" in await talk.ask(DETAILS[1])
    assert [name for name, _ in talk.recorder.calls] == ["hold_slot", "book_appointment"]
    assert talk.recorder.calls[1][1]["date_of_birth"] == "1985-03-04"
    assert talk.recorder.results[1]["booked"] is True
    roles = [message["role"] for message in talk.context.get_messages()]
    assert roles[:4] == ["user", "assistant", "tool", "assistant"]


async def test_streams_in_small_tokens() -> None:
    async with conversation() as talk:
        reply = await talk.ask("where can i park")
    assert "".join(talk.recorder.tokens) == reply
    assert len(talk.recorder.tokens) > 10
    assert max(len(token) for token in talk.recorder.tokens) <= 12


async def test_leaves_after_goodbye() -> None:
    async with conversation() as talk:
        assert await talk.ask("goodbye") == FAREWELL
        await talk.ended()
    assert talk.llm.leaving


async def test_slow_thinks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_llm, "_THINKS_S", 0.4)
    async with conversation(Fault.SLOW) as talk:
        begun = time.monotonic()
        await talk.ask("where can i park")
        assert time.monotonic() - begun >= 0.4


async def test_deaf_never_answers() -> None:
    async with conversation(Fault.DEAF) as talk:
        talk.context.add_message({"role": "developer", "content": OPENING})
        await talk.worker.queue_frame(LLMRunFrame())
        assert await talk.reply() == GREETING
        await talk.send("where can i park")
        await talk.worker.flush_pipeline()
    assert talk.recorder.replies.empty()


async def test_liar_books_another_day_than_it_says() -> None:
    async with conversation(Fault.LIAR) as talk:
        replies = [await talk.ask(line) for line in [BOOK, *DETAILS]]
    assert talk.recorder.calls[-1][0] == "book_appointment"
    assert talk.recorder.calls[-1][1]["day"] == "2026-12-04"
    assert talk.recorder.results[-1]["booked"] is True
    assert "Friday, November twenty-seventh" in replies[-1]


async def test_hangs_up_in_the_second_turn() -> None:
    async with conversation(Fault.HANGS_UP) as talk:
        assert "parking" in await talk.ask("where can i park")
        await talk.send("what are your opening hours")
        await talk.ended()
    assert talk.recorder.replies.empty()


async def test_crashes_in_the_second_turn() -> None:
    async with conversation(Fault.CRASH) as talk:
        assert "parking" in await talk.ask("where can i park")
        await talk.send("what are your opening hours")
        error = await asyncio.wait_for(talk.errors.get(), WAIT_S)
    assert isinstance(error.exception, FrontDeskCrash)
    assert error.processor is talk.llm


async def test_functions_have_json_schemas() -> None:
    functions = {each.name: each for each in schemas().standard_tools}
    assert set(functions) == {
        *("find_slots", "hold_slot", "book_appointment", "cancel_appointment", "receive_picture")
    }
    assert functions["find_slots"].required == []
    assert set(functions["book_appointment"].required) == {
        "doctor",
        "day",
        "time",
        "name",
        "date_of_birth",
    }


async def test_greets_in_a_conversation_that_was_given_and_goes_on_with_it() -> None:
    held = "I am holding ten o'clock on Friday with Doctor Osei. What is your full name, please?"
    async with conversation() as talk:
        talk.context.set_messages(
            [{"role": "user", "content": BOOK}, {"role": "assistant", "content": held}]
        )
        await talk.worker.queue_frames([LLMRunFrame()])  # nothing was said: nothing to answer
        await talk.worker.flush_pipeline()
        assert talk.recorder.replies.empty()
        talk.llm.opens = True
        await talk.worker.queue_frames([LLMRunFrame()])
        assert await talk.reply() == GREETING
        assert "date of birth" in await talk.ask(DETAILS[0])
    assert [name for name, _ in talk.recorder.calls] == ["hold_slot"]


async def test_a_caller_who_is_faster_than_the_greeting_is_answered() -> None:
    async with conversation() as talk:
        talk.llm.opens = True
        assert "parking" in await talk.ask("where can i park")
        assert not talk.llm.opens
