"""Checks that judges decide: what their judgements come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.grade._due import UNFINISHED, judged_turns
from harness.grade._facts import CallFacts
from harness.grade._finding import PENDING, Finding, unreached
from harness.grade._said import no_text, untold
from harness.nouns import CheckVerdict, Criterion, Judgement, NotRun, Success

__all__ = ["NOBODY", "criterion", "missing", "success", "unjudged"]

_V = CheckVerdict


NOBODY = Finding(_V.NOT_RUN, NotRun.NO_JUDGE.sentence, kind=NotRun.NO_JUDGE.value)
"""No judge, or none that can judge this."""


def unjudged(judgements: Sequence[Judgement]) -> bool:
    """Whether none of the judges could judge one of them; one that does not apply was judged."""
    return any(
        judgement.verdict is _V.NOT_RUN and judgement.reason == NotRun.NO_JUDGE.sentence
        for judgement in judgements
    )


def _judgement_of(check: str, turn: int | None, facts: CallFacts) -> Judgement | None:
    """What judges said last."""
    found = (j for j in facts.judgements if (j.check, j.turn) == (check, turn))
    return next(found, None)


def missing(facts: CallFacts) -> Finding:
    """The finding for what has no judgement in a call that has ended."""
    if facts.grading_open:
        return PENDING
    if facts.failure is not None and facts.harness_failed:
        return unreached(facts, "")
    if not facts.graded:
        return NOBODY
    return Finding(_V.ERROR, "The judges were not through with it.", kind="judge_error")


def criterion(spec: Criterion, facts: CallFacts) -> Finding:
    """What judges said of a criterion: of the whole call, or of each reply."""
    if spec.scope == "call":
        return _whole(spec.name, facts)
    turns = facts.turns if spec.turn is None else facts.line(spec.turn)
    judgements = tuple(j for j in facts.judgements if j.check == spec.name and j.turn is not None)
    worst = _first(judgements, _V.NOT_MET)
    if worst is not None:
        return _told(worst, judgements)
    if not facts.ended and not (
        spec.turn is not None and judgements and len(judgements) == len({t.index for t in turns})
    ):
        return PENDING
    if silent := untold(turns):
        return Finding(_V.NOT_RUN, no_text(silent))
    asked = judged_turns(facts, spec.turn)
    if not asked and not judgements:
        return unreached(facts, "There was no reply to judge.")
    if set(asked) - {judgement.turn for judgement in judgements}:
        return replace(missing(facts), judgements=judgements)
    for verdict in (_V.ERROR, _V.NOT_PROVEN, _V.MET):
        found = _first(judgements, verdict)
        if found is not None:
            return _told(found, judgements)
    if unjudged(judgements):
        return replace(NOBODY, judgements=judgements)
    message = "It applies to none of the replies."
    return Finding(_V.NOT_RUN, message, kind=NotRun.NOT_REACHED.value, judgements=judgements)


def success(spec: Success, facts: CallFacts) -> Finding:
    """Whether the agent did its job in a simulation: one that ran into a limit did not."""
    if facts.ended and facts.simulation_end in UNFINISHED:
        if facts.simulation_end == "error" or facts.harness_failed:
            message = facts.failure.message if facts.failure else "The simulation broke off."
            return Finding(_V.ERROR, message, kind="error")
        return Finding(_V.NOT_MET, _ENDINGS[facts.simulation_end], kind=facts.simulation_end)
    return _whole(spec.name, facts)


_ENDINGS = {
    "max_turns": "The caller had said as much as it may, and its goal was not reached.",
    "max_duration": "The time was up, and the caller's goal was not reached.",
    "silence": "Nobody said anything any more, and the caller's goal was not reached.",
}


def _whole(name: str, facts: CallFacts) -> Finding:
    if not facts.ended:
        return PENDING
    judgement = _judgement_of(name, None, facts)
    if judgement is not None:
        return _told(judgement, (judgement,))
    if facts.grading_open or facts.harness_failed:
        return missing(facts)
    if silent := untold(facts.turns):
        return Finding(_V.NOT_RUN, no_text(silent))
    if not any(turn.agent_text or turn.tools for turn in facts.turns):
        return unreached(facts, "The agent said nothing.")
    return missing(facts)


def _first(judgements: Sequence[Judgement], verdict: CheckVerdict) -> Judgement | None:
    return next((j for j in judgements if j.verdict is verdict), None)


def _told(judgement: Judgement, judgements: tuple[Judgement, ...]) -> Finding:
    verdict = judgement.verdict
    kind = {
        _V.NOT_MET: "judge_no",
        _V.ERROR: "judge_error",
        _V.NOT_RUN: NotRun.NO_JUDGE.value,
    }.get(verdict, "")
    if verdict is _V.NOT_PROVEN and not judgement.reason.startswith("The judges"):
        message = f"The quote is not in the cited turn. {judgement.reason}".strip()
    else:
        message = judgement.reason
    return Finding(verdict, message, judgement.evidence, kind, judgements=judgements)
