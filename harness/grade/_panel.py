"""Panel: several judges or repeats that decide together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from harness.grade._facts import CallFacts
from harness.grade._http_judge import HttpJudge
from harness.grade._judge import Asks, Question
from harness.grade._prompts import prompt_name
from harness.grade._votes import majority, verified
from harness.nouns import (
    CheckVerdict,
    Criterion,
    Expected,
    Judgement,
    SimMeasure,
    Success,
    Turn,
    Vote,
)

__all__ = ["OF_A_REPLY", "Panel"]

OF_A_REPLY = ("yes", "no", "not_applicable")
_AT_ONCE = 8
"""So many questions of one panel are open at a time."""


class Panel:
    """Asks each judge so often, all at once, and lets the majority decide."""

    def __init__(self, judges: Sequence[Asks], repeats: int = 1) -> None:
        self._judges = tuple(judges)
        self._repeats = repeats
        self._open = asyncio.Semaphore(_AT_ONCE)

    async def aclose(self) -> None:
        """Close the judges' connections."""
        for judge in self._judges:
            if isinstance(judge, HttpJudge):
                await judge.aclose()

    async def decide(
        self,
        spec: Criterion | Success | SimMeasure | Expected,
        facts: CallFacts,
        turn: int | None,
    ) -> Judgement:
        """What the judges say of a check.

        Args:
            spec: The check.
            facts: The call.
            turn: What :func:`due` gave with it.
        """
        asked = _asked(spec, facts, turn)
        return await self.put(asked.check, asked.question, turn)

    async def put(self, check: str, question: Question, turn: int | None) -> Judgement:
        """What the judges say of a question, told as of `check` and `turn`."""
        votes = await asyncio.gather(
            *(self._vote(judge, question) for judge in self._judges for _ in range(self._repeats))
        )
        held = [verified(vote, question.transcript, question.turn) for vote in votes]
        return majority(check, turn, question.prompt, held)

    async def _vote(self, judge: Asks, question: Question) -> Vote:
        async with self._open:
            try:
                return await judge.ask(question)
            except Exception as error:  # a judge that was brought along
                why = type(error).__name__
                return Vote(judge.name, "", CheckVerdict.ERROR, error=f"The judge failed: {why}.")


@dataclass(frozen=True, slots=True)
class _Asked:
    check: str
    question: Question


def _asked(
    spec: Criterion | Success | SimMeasure | Expected, facts: CallFacts, turn: int | None
) -> _Asked:
    if isinstance(spec, Expected):
        turns = facts.line(spec.line)
        index = turns[-1].index if turns else spec.line
        kind = "function" if spec.event == "function_call" else "reply"
        text = spec.eval or ""
        return _Asked(text, Question(prompt_name(kind), text, _until(facts, index), index))
    if turn is not None:
        text = (spec.metric.criterion or "") if isinstance(spec, SimMeasure) else spec.text
        question = Question(prompt_name("turn"), text, _until(facts, turn), turn, OF_A_REPLY)
        return _Asked(spec.name, question)
    if isinstance(spec, SimMeasure):
        raise ValueError(f"{spec.name} is asked turn by turn")
    kind = "goal" if isinstance(spec, Success) else "call"
    return _Asked(spec.name, Question(prompt_name(kind), spec.text, facts.turns))


def _until(facts: CallFacts, index: int) -> tuple[Turn, ...]:
    """What may be known about turn `index`: nothing that came after it."""
    return tuple(turn for turn in facts.turns if turn.index <= index)
