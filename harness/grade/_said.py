"""Rules about what the agent said."""

from __future__ import annotations

from collections.abc import Sequence

from harness.grade._facts import CallFacts
from harness.grade._finding import PENDING, Finding, is_over, name_of, spoken_s, unreached
from harness.grade._quote import TooSlow, find, shorten
from harness.nouns import AgentNeverSaid, AgentSaid, CheckVerdict, Evidence, SaidGoodbye, Turn

__all__ = ["never_said", "no_text", "not_said", "said", "said_goodbye", "untold"]

UNTOLD_S = 1.0
"""Agent speech without any text, longer than this in one turn (seconds), cannot be judged."""

GOODBYE = (
    r"(?<!\b(?:say|saying|says|said) )\b(?:good[- ]?bye|bye(?:[- ]?bye)?|farewell)\b"
    r"|\bsee you\b|\btake care\b|\btalk to you (?:soon|then)\b"
    r"|\bhave an? (?:\w+ ){1,3}(?:day|morning|afternoon|evening|night|weekend|week|one)\b"
    r"|\benjoy (?:your|the rest of your) (?:day|evening|weekend)\b"
)


def _at(turn: Turn) -> float | None:
    return turn.agent[0].start if turn.agent else None


def _too_slow(turn: Turn) -> Finding:
    return Finding(CheckVerdict.ERROR, f"The pattern took too long on {name_of(turn)}.")


def untold(turns: Sequence[Turn]) -> Turn | None:
    """A turn in which the agent spoke and nobody wrote down what."""
    return next((t for t in turns if not t.agent_text and spoken_s(t) > UNTOLD_S), None)


def _search(spec: AgentSaid | AgentNeverSaid, turns: Sequence[Turn]) -> tuple[Turn, str] | Finding:
    for turn in turns:
        try:
            found = find(spec.text, spec.pattern, turn.agent_text, whole_words=spec.whole_words)
        except TooSlow:
            return _too_slow(turn)
        if found:
            return turn, found.quote
    return PENDING


def said(spec: AgentSaid, facts: CallFacts) -> Finding:
    """Met as soon as the words come; not met once they can come no more."""
    turns = facts.turns if spec.turn is None else facts.line(spec.turn)
    hit = _search(spec, turns)
    if isinstance(hit, tuple):
        turn, quote = hit
        where = f"Said in {name_of(turn)}."
        return Finding(CheckVerdict.MET, where, Evidence(quote, turn.index, _at(turn)))
    if hit is not PENDING:
        return hit
    if not facts.ended and not (spec.turn is not None and is_over(turns, facts)):
        return PENDING
    if silent := untold(turns):
        return Finding(CheckVerdict.NOT_RUN, no_text(silent))
    return not_said(spec.turn, facts, turns)


def no_text(turn: Turn) -> str:
    where = "the greeting" if turn.index == 0 else f"turn {turn.index}"
    return f"What the agent said in {where} is not known: no text came with its speech."


def not_said(line: int | None, facts: CallFacts, turns: Sequence[Turn]) -> Finding:
    """The finding for words that never came, in the whole call or in the reply to one line."""
    told = [turn for turn in turns if turn.agent_text]
    if line is None:
        replies = "1 reply" if len(told) == 1 else f"{len(told)} replies"
        return unreached(facts, f"Not said in {replies}." if told else "The agent said nothing.")
    if not turns:
        what = "There was no greeting." if line == 0 else f"Line {line} was never reached."
        return unreached(facts, what)
    if not told:
        where = name_of(turns[0])
        if turns[0].index == 0:
            return unreached(facts, "There was no greeting.")
        return unreached(facts, f"{where[0].upper()}{where[1:]} got no reply.")
    turn = told[-1]
    evidence = Evidence(shorten(turn.agent_text), turn.index, _at(turn))
    return Finding(CheckVerdict.NOT_MET, f"Not said in {name_of(turn)}.", evidence)


def never_said(spec: AgentNeverSaid, facts: CallFacts) -> Finding:
    """Not met as soon as the words come; met only at the end."""
    turns = facts.turns if spec.turn is None else facts.line(spec.turn)
    hit = _search(spec, turns)
    if isinstance(hit, tuple):
        turn, quote = hit
        where = f"Said in {name_of(turn)}."
        return Finding(CheckVerdict.NOT_MET, where, Evidence(quote, turn.index, _at(turn)))
    if hit is not PENDING:
        return hit
    if not facts.ended:
        return PENDING
    if facts.harness_failed:
        return unreached(facts, "")
    if silent := untold(turns):
        return Finding(CheckVerdict.NOT_RUN, no_text(silent))
    told = sum(1 for turn in turns if turn.agent_text)
    if not told and spec.turn is not None:
        return not_said(spec.turn, facts, turns)
    if not told:
        return Finding(CheckVerdict.MET, "The agent said nothing.")
    return Finding(CheckVerdict.MET, f"Not said in {told} {'reply' if told == 1 else 'replies'}.")


def said_goodbye(spec: SaidGoodbye, facts: CallFacts) -> Finding:
    """Whether the last thing the agent said holds a goodbye (English)."""
    if not facts.ended:
        return PENDING
    told = [turn for turn in facts.turns if turn.agent_text]
    if not told:
        if silent := untold(facts.turns):
            return Finding(CheckVerdict.NOT_RUN, no_text(silent))
        return unreached(facts, "The agent said nothing.")
    last = told[-1]
    found = find(None, GOODBYE, last.agent_text)
    if found:
        evidence = Evidence(found.quote, last.index, _at(last))
        return Finding(CheckVerdict.MET, f"Said in {name_of(last)}.", evidence)
    if silent := untold([turn for turn in facts.turns if turn.index > last.index]):
        return Finding(CheckVerdict.NOT_RUN, no_text(silent))
    evidence = Evidence(shorten(last.agent_text), last.index, _at(last))
    return unreached(
        facts, f"The agent's last words, in {name_of(last)}, hold no goodbye.", evidence
    )
