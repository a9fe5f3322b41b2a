"""RulesBrainLLM: the rules brain as one of Pipecat's language models."""

from __future__ import annotations

import uuid
from typing import Any

from pipecat.frames.frames import (
    Frame,
    FunctionCallFromLLM,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings

from harness.caller.evals._rules import EndCall, Said, next_move
from harness.nouns import RulesBrain

__all__ = ["END_CALL", "EndCall", "RulesBrainLLM", "Said", "next_move"]

END_CALL = "end_call"
"""The one function Pipecat Evals gives to whoever plays the caller."""


class RulesBrainLLM(LLMService[Any]):
    """Answers each context from what the agent said in it (its `user` messages), by rule.

    Hangs up as a language model does: by calling `end_call`.

    Args:
        brain: States, intents and slots.
    """

    def __init__(self, brain: RulesBrain) -> None:
        super().__init__(settings=_settings())
        self._brain = brain
        self.last_move: Said | EndCall | None = None
        """Its latest move; None before the first."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer contexts; let everything else through."""
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            await self._answer(frame.context)
        else:
            await self.push_frame(frame, direction)

    async def _answer(self, context: LLMContext) -> None:
        messages: list[Any] = context.get_messages()
        heard = [str(said["content"]) for said in messages if said.get("role") == "user"]
        move = self.last_move = next_move(self._brain, heard)
        await self.push_frame(LLMFullResponseStartFrame())
        if move.text:
            await self.push_frame(LLMTextFrame(move.text))
        if isinstance(move, EndCall):
            hang_up = FunctionCallFromLLM(
                function_name=END_CALL,
                tool_call_id=uuid.uuid4().hex,
                arguments={"success": move.success, "reason": move.reason},
                context=context,
            )
            await self.run_function_calls([hang_up])
        await self.push_frame(LLMFullResponseEndFrame())


def _settings() -> LLMSettings:
    return LLMSettings(
        model="rules",
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
