"""Having judges decide checks: one, or all that a stored call still needs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from loguru import logger

from harness.calls._judges import Judged
from harness.errors import redact
from harness.grade import CallFacts
from harness.nouns import CheckSpec, CheckVerdict, Judgement

if TYPE_CHECKING:
    from harness.grade import Panel

__all__ = ["Key", "as_asked", "judge_all", "judge_one"]

Key: TypeAlias = tuple[str, int | None]
"""The check and the turn it is asked of; None is the whole call."""

_AT_ONCE = 4


async def judge_one(panel: Panel, spec: Judged, facts: CallFacts, turn: int | None) -> Judgement:
    """What the judges say; our own trouble is a judgement `error` too."""
    try:
        return await panel.decide(spec, facts, turn)
    except Exception as error:
        logger.exception("the judges of {} failed", spec.name)
        reason = f"Ringback failed while it asked: {redact(str(error))[:200]}"
        return Judgement(spec.name, turn, CheckVerdict.ERROR, reason=reason)


async def judge_all(
    panel: Panel, specs: Sequence[CheckSpec], facts: CallFacts
) -> tuple[Judgement, ...]:
    """Everything that judges decide in a call that is over, whatever was said of it before."""
    from harness.grade import due

    slots = asyncio.Semaphore(_AT_ONCE)
    facts = replace(facts, judgements=(), grading_open=False)

    async def decide(spec: Judged, turn: int | None) -> Judgement:
        async with slots:
            return await judge_one(panel, spec, facts, turn)

    return tuple(await asyncio.gather(*(decide(spec, turn) for spec, turn in due(specs, facts))))


def as_asked(facts: CallFacts, turn: int | None) -> str:
    """What a judge gets to read, to tell whether more was said since."""
    return repr(
        [
            (one.index, one.caller_text, one.agent_text, [tool.name for tool in one.tools])
            for one in facts.turns
            if turn is None or one.index <= turn
        ]
    )
