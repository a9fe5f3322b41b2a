"""The rule about phrases that must be said, and phrases that must never be."""

from __future__ import annotations

from harness.grade._facts import CallFacts
from harness.grade._finding import PENDING, Finding, name_of, unreached
from harness.grade._quote import find, first_span
from harness.grade._said import no_text, untold
from harness.grade._votes import heard_at
from harness.nouns import CheckVerdict, Evidence, Policy

__all__ = ["policy"]


def policy(spec: Policy, facts: CallFacts) -> Finding:
    """Not met at the first forbidden phrase; the required ones may come until the end."""
    for phrase in spec.never:
        where = _where(phrase, facts)
        if where is not None:
            message = f"“{phrase}” was said in {where[0]}."
            return Finding(CheckVerdict.NOT_MET, message, where[1])
    found = [(phrase, _where(phrase, facts)) for phrase in spec.always]
    lacking = [phrase for phrase, where in found if where is None]
    if not facts.ended and (lacking or spec.never):
        return PENDING
    if (lacking or spec.never) and (silent := untold(facts.turns)):
        return Finding(CheckVerdict.NOT_RUN, no_text(silent))
    if lacking:
        return unreached(facts, f"“{lacking[0]}” was never said.")
    if facts.harness_failed and spec.never:
        return unreached(facts, "")
    evidence = next((where[1] for _, where in found if where is not None), None)
    parts = [f"{len(found)} said"] if found else []
    parts += [f"{len(spec.never)} never said"] if spec.never else []
    return Finding(CheckVerdict.MET, f"Phrases: {', '.join(parts)}.", evidence)


def _where(phrase: str, facts: CallFacts) -> tuple[str, Evidence] | None:
    for turn in facts.turns:
        span = first_span(phrase, None, turn.agent_text)
        quote = find(phrase, None, turn.agent_text)
        if span is not None and quote is not None:
            return name_of(turn), Evidence(quote.quote, turn.index, heard_at(turn, span[0]))
    return None
