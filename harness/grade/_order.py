"""The rule about things that happen in an order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.grade._facts import CallFacts
from harness.grade._finding import PENDING, Finding, name_of, unreached
from harness.grade._quote import TooSlow, first_span, shorten
from harness.grade._said import no_text, untold
from harness.grade._votes import heard_at
from harness.nouns import CheckVerdict, Evidence, InOrder, NotRun, OrderedStep, Turn

__all__ = ["in_order"]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something happened: in the order of turns, then calls by time and words by place."""

    turn: int
    place: float
    evidence: Evidence


def in_order(spec: InOrder, facts: CallFacts) -> Finding:
    """Met once all have happened in their order; others may come between, and earlier ones too."""
    after: _Place | None = None
    for number, step in enumerate(spec.steps):
        try:
            found = next((p for p in _places(step, facts) if _later(p, after)), None)
        except TooSlow:
            return Finding(CheckVerdict.ERROR, f"The pattern of {_name(step)} took too long.")
        if found is None:
            return _lacking(spec, number, after, facts)
        after = found
    assert after is not None
    if facts.turns[after.turn].open and not facts.ended:
        return PENDING  # what is said and called in an open turn has no order yet
    return Finding(CheckVerdict.MET, f"All {len(spec.steps)} in order.", after.evidence)


def _later(place: _Place, after: _Place | None) -> bool:
    return after is None or (place.turn, place.place) > (after.turn, after.place)


def _places(step: OrderedStep, facts: CallFacts) -> Iterator[_Place]:
    """Every place a step happens at, in their order."""
    for number, turn in enumerate(facts.turns):
        if step.function is not None:
            for tool in turn.tools:
                if tool.name == step.function and not tool.cancelled:
                    at = tool.called_at
                    yield _Place(number, _share_at(turn, at), Evidence("", turn.index, at))
            continue
        start = 0
        while (span := first_span(step.said, step.pattern, turn.agent_text, start)) is not None:
            words = turn.agent_text[slice(*span)]
            where = Evidence(shorten(words), turn.index, heard_at(turn, span[0]))
            yield _Place(number, span[0] / max(1, len(turn.agent_text)), where)
            start = max(span[1], start + 1)


def _share_at(turn: Turn, at: float) -> float:
    """How much of a turn's speech had been heard at a second, from below 0 to 1.

    A call that is made before the agent begins to speak comes before all its words.
    """
    total = sum((span.end or span.start) - span.start for span in turn.agent)
    if not turn.agent or at <= turn.agent[0].start or not total:
        return -1.0
    heard = sum(min(at, span.end or at) - span.start for span in turn.agent if span.start < at)
    return heard / total


def _lacking(spec: InOrder, number: int, after: _Place | None, facts: CallFacts) -> Finding:
    if not facts.ended:
        return PENDING
    step = spec.steps[number]
    if step.function is not None and facts.names_reported is False:
        calls = any(turn.tools for turn in facts.turns)
        why = NotRun.NAMELESS_CALLS if calls else NotRun.NEEDS_RTVI
        return Finding(CheckVerdict.NOT_RUN, why.sentence, kind=why.value)
    if step.function is None and (silent := untold(facts.turns)):
        return Finding(CheckVerdict.NOT_RUN, no_text(silent))
    early = next(_places(step, facts), None)
    if early is not None and after is not None:
        where = name_of(facts.turns[early.turn])
        message = f"{_name(step)} came in {where}, before {_name(spec.steps[number - 1])}."
        return unreached(facts, message, early.evidence)
    then = f" after {_name(spec.steps[number - 1])}" if number else ""
    return unreached(
        facts, f"{_name(step)} never came{then}.", None if after is None else after.evidence
    )


def _name(step: OrderedStep) -> str:
    return step.function or f"“{step.said or step.pattern}”"
