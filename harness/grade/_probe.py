"""Trying a judge: one tiny question whose answer is known."""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx

from harness.grade._http_judge import HttpJudge
from harness.grade._judge import Question
from harness.grade._prompts import prompt_name
from harness.grade._votes import verified
from harness.nouns import CheckVerdict, LlmAccess, Turn

__all__ = ["JudgeProbe", "probe_judge"]


@dataclass(frozen=True, slots=True)
class JudgeProbe:
    """What a judge answered to a question whose answer is known.

    Attributes:
        model: The model that answered.
        latency_s: Seconds to the answer, the questions that had to be put again included.
        tokens_in: What was sent.
        tokens_out: What was answered.
        right: Whether it said yes with a quote that stands in the transcript.
        reason: In the judge's words.
    """

    model: str
    latency_s: float
    tokens_in: int
    tokens_out: int
    right: bool
    reason: str


_QUESTION = Question(
    prompt_name("call"),
    "The agent says that the clinic is open.",
    (Turn(0, agent_text="Hello, the clinic is open."),),
)


async def probe_judge(access: LlmAccess, client: httpx.AsyncClient | None = None) -> JudgeProbe:
    """Put one question to a language model, asked and read as in a call.

    Args:
        access: The language model with its key.
        client: In place of one of its own.

    Raises:
        JudgeUnreachable: Nothing answers at its address.
        JudgeKeyRefused: It does not take the key.
        JudgeModelUnknown: It does not have the model.
        JudgeTooSlow: It did not answer within the endpoint's time limit.
        JudgeError: It gave no usable answer.
    """
    judge = HttpJudge(access, client)
    began = time.perf_counter()
    try:
        vote = await judge.answer(_QUESTION)
    finally:
        await judge.aclose()
    took_s = time.perf_counter() - began
    held, _ = verified(vote, _QUESTION.transcript, None)
    right = held.verdict is CheckVerdict.MET
    return JudgeProbe(vote.model, took_s, vote.tokens_in, vote.tokens_out, right, vote.reason)
