"""The brain as a Pipecat LLM service: contexts in, streamed text and function calls out."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from answers import GREETING
from brain import Brain
from dialogue import Action, Call, Say, Wait
from faults import Fault
from loguru import logger
from pipecat.frames.frames import (
    EndWorkerFrame,
    Frame,
    FunctionCallFromLLM,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMMarkerResponseFrame,
    LLMTextFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings

__all__ = ["FrontDeskCrash", "RulesLLMService"]

_THINKS_S = 2.5
_MARKERS = {"complete": "●", "short": "◐", "long": "○"}
"""What says whether the caller's turn was over: Pipecat's own markers and their meanings."""


class FrontDeskCrash(RuntimeError):
    """The defect of the fault `crash`."""


class RulesLLMService(LLMService[Any]):
    """A rule-based stand-in for a language model.

    Answers every :class:`LLMContextFrame` from the messages in its context alone: streams the text
    word by word, or calls a function through Pipecat's own machinery and is run again with the
    result in the context. Ends the call after it has said goodbye.

    Args:
        brain: Decides what to say or call.
        fault: A defect to have.
    """

    def __init__(self, brain: Brain, *, fault: Fault | None = None, **kwargs: Any) -> None:
        super().__init__(settings=_settings(), **kwargs)
        self._brain = brain
        self._fault = fault
        self.leaving = False
        """Whether it has begun to say goodbye; what the caller says then is no longer answered."""
        self.opens = False
        """Whether its next answer is the greeting, even in a conversation that was given to it."""

    def can_generate_metrics(self) -> bool:
        """Time to first token and processing time are reported."""
        return True

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer contexts; let everything else through."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
        elif not self.leaving:
            await self._answer(frame.context)

    async def _answer(self, context: LLMContext) -> None:
        messages: list[Any] = context.get_messages()
        turn = sum(message.get("role") == "user" for message in messages)
        fresh = bool(messages) and messages[-1].get("role") == "user"
        # A caller who was faster than the greeting is answered instead.
        opens, self.opens = self.opens and not fresh, False
        if not opens and _answered(messages):
            return
        if turn and self._fault is Fault.DEAF and not opens:
            return
        if turn >= 2 and self._fault is Fault.HANGS_UP and not opens:
            logger.info("Hanging up on the caller.")
            await self._leave("hung up")
            return
        if fresh:
            logger.info(f"Caller: {messages[-1].get('content')}")
        await self.push_frame(LLMFullResponseStartFrame())
        await self.start_processing_metrics()
        await self.start_ttfb_metrics()
        try:
            if fresh and self._fault is Fault.SLOW:
                await asyncio.sleep(_THINKS_S)
            if turn >= 2 and self._fault is Fault.CRASH and not opens:
                raise FrontDeskCrash("The front desk lost its appointment book.")
            action = Say(GREETING) if opens else self._brain.decide(messages)
            self.leaving = isinstance(action, Say) and action.leave
            await self.stop_ttfb_metrics()
            if isinstance(action, Call):
                await self._call(action, context)
            elif isinstance(action, Say):
                await self._say(action)
            else:
                logger.info("The caller's turn is not over; waiting.")
            if fresh:
                await self._mark(action)
        finally:
            await self.stop_processing_metrics()
            await self.push_frame(LLMFullResponseEndFrame())
        if isinstance(action, Say) and action.leave:
            logger.info("The caller said goodbye; leaving when this has been heard.")
            await self._leave("goodbye")

    async def _say(self, action: Say) -> None:
        logger.info(f"Ava: {action.text}")
        for token in _tokens(action.text):
            await self.push_frame(LLMTextFrame(token))
            await asyncio.sleep(0)

    async def _mark(self, action: Action) -> None:
        """Report how the caller's line was read: over, cut off, or asking for time."""
        kind = action.kind if isinstance(action, Wait) else "complete"
        said = action.text if isinstance(action, Say) else ""
        marker = _MARKERS[kind]
        await self.push_frame(
            LLMMarkerResponseFrame(
                raw=f"{marker} {said}".strip(),
                marker=marker,
                kind=kind,
                markers=list(_MARKERS.values()),
            )
        )

    async def _call(self, action: Call, context: LLMContext) -> None:
        arguments = dict(action.arguments)
        if self._fault is Fault.LIAR and action.name == "book_appointment":
            wrong = date.fromisoformat(arguments["day"]) + timedelta(days=7)
            arguments["day"] = wrong.isoformat()
        await self.run_function_calls(
            [
                FunctionCallFromLLM(
                    function_name=action.name,
                    tool_call_id=f"call_{uuid.uuid4().hex[:12]}",
                    arguments=arguments,
                    context=context,
                )
            ]
        )

    async def _leave(self, reason: str) -> None:
        """End the call once everything said before has been played."""
        self.leaving = True
        await self.push_frame(EndWorkerFrame(reason=reason))


def _answered(messages: list[Any]) -> bool:
    """Whether nothing was said since our own last words: then there is nothing to answer."""
    last = messages[-1] if messages else {}
    return last.get("role") == "assistant" and bool(last.get("content"))


def _tokens(text: str) -> Iterator[str]:
    """The text in small pieces: words with the space before them, long ones in two."""
    for piece in re.findall(r"\s*\S+", text):
        middle = len(piece) // 2 if len(piece) > 7 else len(piece)
        yield piece[:middle]
        if piece[middle:]:
            yield piece[middle:]


def _settings() -> LLMSettings:
    return LLMSettings(
        model="northgate-rules",
        system_instruction=None,
        temperature=None,
        max_tokens=None,
        top_p=None,
        top_k=None,
        frequency_penalty=None,
        presence_penalty=None,
        seed=None,
        filter_incomplete_user_turns=False,
        user_turn_completion_config=None,
    )
