"""What is due to be asked of judges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.grade._facts import CallFacts
from harness.grade._said import untold
from harness.nouns import CheckSpec, Criterion, Expected, SimMeasure, Success

__all__ = ["JUDGED_KINDS", "UNFINISHED", "due", "judged_turns"]

JUDGED_KINDS = frozenset({"", "judge_no", "judge_continue", "judge_error"})
"""How an expectation with a criterion may have come out for a judge to have been asked."""

UNFINISHED = frozenset({"max_turns", "max_duration", "silence", "error"})
"""Endings of a simulation that are no end of its conversation."""


def due(specs: Sequence[CheckSpec], facts: CallFacts) -> tuple[tuple[CheckSpec, int | None], ...]:
    """What judges can be asked now and have not been: (check, turn or None for the whole call).

    A turn is asked about once the next one has begun, the whole call when it has ended.
    """
    if not facts.live:
        return ()
    answered = {(judgement.check, judgement.turn) for judgement in facts.judgements}
    found = [
        (spec, key)
        for spec in specs
        for name, key in _keys(spec, facts)
        if (name, key) not in answered
    ]
    return tuple(found)


def _keys(spec: CheckSpec, facts: CallFacts) -> Iterator[tuple[str, int | None]]:
    """What can be asked of one check by now, as (name, turn) of its judgement."""
    match spec:
        case Criterion(scope="turn"):
            yield from ((spec.name, index) for index in judged_turns(facts, spec.turn))
        case SimMeasure() if spec.metric.criterion:
            yield from ((spec.name, index) for index in judged_turns(facts, None))
        case Criterion():
            if _can_be_judged(facts):
                yield spec.name, None
        case Success():
            # What a limit ended has not succeeded, whatever was said: nothing to ask.
            if _can_be_judged(facts) and facts.simulation_end not in UNFINISHED:
                yield spec.name, None
        case Expected() if spec.eval:
            fact = facts.expectation(spec.step, spec.index)
            asked = fact is not None and fact.status != "not_run" and fact.kind in JUDGED_KINDS
            if facts.ended and asked and facts.line(spec.line):
                yield spec.eval, spec.line


def _can_be_judged(facts: CallFacts) -> bool:
    told = any(turn.agent_text or turn.tools for turn in facts.turns)
    return facts.ended and told and not facts.harness_failed and untold(facts.turns) is None


def judged_turns(facts: CallFacts, line: int | None) -> tuple[int, ...]:
    """Turns with a reply in words that are over, all or those of one line of the script."""
    turns = facts.turns if line is None else facts.line(line)
    last = facts.turns[-1].index if facts.turns else 0
    over = [turn for turn in turns if turn.agent_text and (facts.ended or turn.index < last)]
    return tuple(dict.fromkeys(turn.index for turn in over))
