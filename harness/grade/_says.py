"""Rules about numbers and days that the agent says."""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.grade._dates import find_date
from harness.grade._facts import CallFacts
from harness.grade._finding import PENDING, Finding, is_over, name_of
from harness.grade._numbers import has_unit, numbers_in
from harness.grade._quote import QUOTE_LIMIT, sentence
from harness.grade._said import no_text, not_said, untold
from harness.grade._votes import heard_at
from harness.nouns import CheckVerdict, Evidence, SaysDate, SaysNumber

__all__ = ["says_date", "says_number"]

_Find = Callable[[str], tuple[int, int] | None]


def says_number(spec: SaysNumber, facts: CallFacts) -> Finding:
    """Met at the first number that fits, in figures or words."""

    def find(text: str) -> tuple[int, int] | None:
        for number in numbers_in(text):
            if _fits(spec, number.value) and has_unit(number, spec.unit, text):
                return number.start, number.end
        return None

    return _says(spec, facts, find)


def _fits(spec: SaysNumber, value: float) -> bool:
    if spec.value is not None:
        return math.isclose(value, spec.value, rel_tol=1e-9, abs_tol=1e-9)
    above = spec.min is None or value >= spec.min
    return above and (spec.max is None or value <= spec.max)


def says_date(spec: SaysDate, facts: CallFacts) -> Finding:
    """Met as soon as the day is said in any form."""
    return _says(spec, facts, lambda text: find_date(text, spec.date))


def _says(spec: SaysNumber | SaysDate, facts: CallFacts, find: _Find) -> Finding:
    turns = facts.turns if spec.turn is None else facts.line(spec.turn)
    for turn in turns:
        # What is still being said may go on: twenty may become twenty-one.
        if turn.open and not facts.ended:
            continue
        span = find(turn.agent_text)
        if span is not None:
            quote = sentence(turn.agent_text, *span)[:QUOTE_LIMIT]
            evidence = Evidence(quote, turn.index, heard_at(turn, span[0]))
            return Finding(CheckVerdict.MET, f"Said in {name_of(turn)}.", evidence)
    if not facts.ended and not (spec.turn is not None and is_over(turns, facts)):
        return PENDING
    if silent := untold(turns):
        return Finding(CheckVerdict.NOT_RUN, no_text(silent))
    return not_said(spec.turn, facts, turns)
