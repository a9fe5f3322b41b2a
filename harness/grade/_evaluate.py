"""Evaluating checks, the same live and afterwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from harness.grade._expected import expected
from harness.grade._facts import CallFacts
from harness.grade._finding import Finding
from harness.grade._functions import function_called
from harness.grade._judged import criterion, success
from harness.grade._measured import metric
from harness.grade._order import in_order
from harness.grade._policy import policy
from harness.grade._replies import ended_by, latency, no_missed_turn
from harness.grade._said import never_said, said, said_goodbye
from harness.grade._says import says_date, says_number
from harness.grade._veto import vetoed
from harness.nouns import (
    AgentNeverSaid,
    AgentSaid,
    CallEndedBy,
    CheckResult,
    CheckSpec,
    CheckVerdict,
    Criterion,
    Expected,
    FunctionCalled,
    InOrder,
    LatencyBudget,
    NoMissedTurn,
    NotAsked,
    Policy,
    SaidGoodbye,
    SaysDate,
    SaysNumber,
    SimMeasure,
    Success,
    Turn,
)

__all__ = ["evaluate"]


def evaluate(specs: Sequence[CheckSpec], facts: CallFacts) -> tuple[CheckResult, ...]:
    """One result for each check, in their order.

    While the call goes on a check is `pending` as long as it could still change. The same facts
    give the same results.
    """
    cuts = _cuts(facts) if facts.live else ()
    return vetoed(specs, [_result(spec, facts, cuts) for spec in specs])


def _result(
    spec: CheckSpec, facts: CallFacts, cuts: Sequence[tuple[int, CallFacts]]
) -> CheckResult:
    found = _find(spec, facts)
    by_turn = tuple(
        (index, (found if cut is facts else _find(spec, cut)).verdict) for index, cut in cuts
    )
    return CheckResult(
        name=spec.name,
        rule=spec.rule,
        verdict=found.verdict,
        required=spec.required,
        message=found.message,
        evidence=found.evidence,
        by_turn=by_turn,
        weight=spec.weight,
        kind=found.kind,
        heard_s=found.heard_s,
        own_s=found.own_s,
        judgements=found.judgements,
    )


def _cuts(facts: CallFacts) -> tuple[tuple[int, CallFacts], ...]:
    """The facts as they stood after each turn; after the last one they are the facts themselves."""
    indices = list(dict.fromkeys(turn.index for turn in facts.turns))
    earlier = tuple((index, _as_after(facts, index)) for index in indices[:-1])
    return (*earlier, *((index, facts) for index in indices[-1:]))


def _as_after(facts: CallFacts, index: int) -> CallFacts:
    """The facts as they stood when turn `index` was over."""
    later = [turn for turn in facts.turns if turn.index > index]
    until = min((_begin(turn) for turn in later), default=math.inf)
    return replace(
        facts,
        turns=tuple(turn for turn in facts.turns if turn.index <= index),
        ended=False,
        ended_by=None,
        failure=None,
        expectations=tuple(fact for fact in facts.expectations if fact.t <= until),
        judgements=tuple(
            judgement
            for judgement in facts.judgements
            if judgement.turn is not None and judgement.turn <= index
        ),
        simulation_end=None,
    )


def _begin(turn: Turn) -> float:
    spans = (*((turn.caller,) if turn.caller else ()), *turn.agent)
    return min((span.start for span in spans), default=math.inf)


_OF_CONDUCT = (LatencyBudget, NoMissedTurn, SaidGoodbye, CallEndedBy)
"""Checks of how the agent behaves, whatever it was told."""


def _find(spec: CheckSpec, facts: CallFacts) -> Finding:
    if not facts.live and not isinstance(spec, NotAsked):
        return _never_live(facts)
    # What the driver expects is told by itself, from the step on at which the input was missing.
    if facts.input_missing is not None and not isinstance(spec, (*_OF_CONDUCT, Expected, NotAsked)):
        kind, sentence = facts.input_missing
        return Finding(CheckVerdict.NOT_RUN, sentence, kind=kind)
    match spec:
        case AgentSaid():
            return said(spec, facts)
        case AgentNeverSaid():
            return never_said(spec, facts)
        case FunctionCalled():
            return function_called(spec, facts)
        case LatencyBudget():
            return latency(spec, facts)
        case NoMissedTurn():
            return no_missed_turn(spec, facts)
        case SaidGoodbye():
            return said_goodbye(spec, facts)
        case CallEndedBy():
            return ended_by(spec, facts)
        case Expected():
            return expected(spec, facts)
        case Criterion():
            return criterion(spec, facts)
        case Success():
            return success(spec, facts)
        case SimMeasure():
            return metric(spec, facts)
        case SaysNumber():
            return says_number(spec, facts)
        case SaysDate():
            return says_date(spec, facts)
        case InOrder():
            return in_order(spec, facts)
        case Policy():
            return policy(spec, facts)
        case NotAsked():
            return Finding(CheckVerdict.NOT_RUN, spec.reason)


def _never_live(facts: CallFacts) -> Finding:
    if not facts.ended:
        return Finding(CheckVerdict.PENDING)
    why = f" {facts.failure.message}" if facts.failure else ""
    verdict = CheckVerdict.ERROR if facts.harness_failed else CheckVerdict.NOT_RUN
    return Finding(verdict, f"The call was never taken up.{why}")
