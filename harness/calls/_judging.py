"""Having judges decide checks: one, or all that a stored call still needs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from loguru import logger

from harness.errors import redact
from harness.grade import CallFacts, HttpJudge, Panel, RuleJudge, due
from harness.nouns import (
    CheckSpec,
    CheckVerdict,
    Criterion,
    Expected,
    Judgement,
    JudgePlan,
    LlmAccess,
    SimMeasure,
    Success,
)

__all__ = ["Key", "as_asked", "judge_all", "judge_one", "panel_of", "spent"]

Key: TypeAlias = tuple[str, int | None]
"""The check and the turn it is asked of; None is the whole call."""


def panel_of(judges: Sequence[LlmAccess], plan: JudgePlan) -> Panel:
    """Judges that vote; without a language model the one by rules, which knows few criteria."""
    if not judges:
        return Panel([RuleJudge()])
    return Panel([HttpJudge(access) for access in judges], plan.repeats)


async def judge_one(panel: Panel, spec: CheckSpec, facts: CallFacts, turn: int | None) -> Judgement:
    """What the judges say; our own trouble is a judgement `error` too."""
    assert isinstance(spec, Criterion | Success | SimMeasure | Expected)
    try:
        return await panel.decide(spec, facts, turn)
    except Exception as error:
        logger.exception("the judges of {} failed", spec.name)
        reason = f"Ringback failed while it asked: {redact(str(error))[:200]}"
        return Judgement(spec.name, turn, CheckVerdict.ERROR, reason=reason)


async def judge_all(
    judges: Sequence[LlmAccess], plan: JudgePlan, specs: Sequence[CheckSpec], facts: CallFacts
) -> tuple[Judgement, ...]:
    """Everything that judges decide in a call that is over, whatever was said of it before."""
    panel = panel_of(judges, plan)
    facts = replace(facts, judgements=(), grading_open=False)
    try:
        asking = [judge_one(panel, spec, facts, turn) for spec, turn in due(specs, facts)]
        return tuple(await asyncio.gather(*asking))
    finally:
        await panel.aclose()


def spent(said: Iterable[Judgement]) -> dict[str, int]:
    """What judges read and wrote, and how often they failed."""
    said = tuple(said)
    return {
        "tokens_in": sum(one.tokens_in for one in said),
        "tokens_out": sum(one.tokens_out for one in said),
        "failed": sum(one.verdict is CheckVerdict.ERROR for one in said),
    }


def as_asked(facts: CallFacts, turn: int | None) -> str:
    """What a judge gets to read, to tell whether more was said since."""
    return repr(
        [
            (one.index, one.caller_text, one.agent_text, [tool.name for tool in one.tools])
            for one in facts.turns
            if turn is None or one.index <= turn
        ]
    )
