"""Rules about replies: how fast they came, whether they came, and how the call ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from harness.grade._facts import CallFacts
from harness.grade._finding import PENDING, UNTIMED, Finding, unreached
from harness.grade._quote import shorten
from harness.nouns import (
    CallEndedBy,
    CheckVerdict,
    Evidence,
    LatencyBudget,
    NoMissedTurn,
    Outcome,
    Turn,
)

__all__ = ["ended_by", "latency", "no_missed_turn"]

SPOILED_SHARE = 0.5
"""More flagged turns than this share of those with a reply, and no latency can be judged."""

_NAMED = 3
"""So many turns are named in a message, the others counted."""


def _answered_late(turn: Turn) -> str:
    if turn.outcome is Outcome.NO_ANSWER:
        return f"turn {turn.index} got no reply"
    return f"turn {turn.index} took {turn.response_latency_s:.2f} s"


def _list(parts: Sequence[str]) -> str:
    shown = ", ".join(parts[:_NAMED])
    more = len(parts) - _NAMED
    text = shown if more <= 0 else f"{shown} and {more} more"
    return f"{text[:1].upper()}{text[1:]}."


def _wait(turn: Turn) -> Evidence:
    """Where to listen to a wait: from the end of the caller's line."""
    at = turn.caller.end if turn.caller and turn.caller.end is not None else None
    return Evidence("", turn.index, at)


def _seconds(turn: Turn) -> float:
    return math.inf if turn.response_latency_s is None else turn.response_latency_s


def latency(spec: LatencyBudget, facts: CallFacts) -> Finding:
    """Worst or median heard latency.

    A turn without a reply counts as slower than any budget; a turn whose timing the harness
    spoiled is left out, and if most are spoiled, nothing can be said.
    """
    if facts.imported:
        return UNTIMED
    turns = facts.turns if spec.turn is None else facts.line(spec.turn)
    replied = [turn for turn in turns if turn.response_latency_s is not None]
    clean = [turn for turn in replied if not turn.flags]
    missed = [turn for turn in turns if turn.outcome is Outcome.NO_ANSWER]
    counted = sorted([*clean, *missed], key=lambda turn: turn.index)
    late = [turn for turn in counted if _seconds(turn) > spec.within_s]
    if late and spec.of == "worst":
        worst = max(late, key=_seconds)
        return Finding(
            CheckVerdict.NOT_MET, _list([_answered_late(turn) for turn in late]), _wait(worst)
        )
    if not facts.ended:
        return PENDING
    spoiled = len(replied) - len(clean)
    if facts.harness_failed:
        return unreached(facts, "")
    if replied and spoiled > SPOILED_SHARE * len(replied):
        message = (
            f"The timing of {spoiled} of {len(replied)} replies was spoiled by this machine: "
            "it was too busy to measure."
        )
        return Finding(CheckVerdict.ERROR, message)
    if not counted:
        return unreached(facts, "No reply could be timed.")
    return _worst_met(clean, spoiled) if spec.of == "worst" else _median(spec, counted, spoiled)


def _left_out(spoiled: int) -> str:
    if not spoiled:
        return ""
    turns = "1 spoiled turn is" if spoiled == 1 else f"{spoiled} spoiled turns are"
    return f" {turns} left out."


def _worst_met(clean: Sequence[Turn], spoiled: int) -> Finding:
    slowest = max(clean, key=_seconds)
    message = f"The slowest reply, turn {slowest.index}, took {_seconds(slowest):.2f} s."
    return Finding(CheckVerdict.MET, message + _left_out(spoiled), _wait(slowest))


def _median(spec: LatencyBudget, counted: Sequence[Turn], spoiled: int) -> Finding:
    middle = median(_seconds(turn) for turn in counted)
    unanswered = sum(1 for turn in counted if turn.outcome is Outcome.NO_ANSWER)
    if math.isinf(middle):
        message = f"{unanswered} of {len(counted)} turns got no reply."
    else:
        message = f"The median of {len(counted)} turns is {middle:.2f} s."
        if unanswered:
            message += f" {unanswered} of them got no reply."
    slowest = max(counted, key=_seconds)
    met = middle <= spec.within_s
    verdict = CheckVerdict.MET if met else CheckVerdict.NOT_MET
    return Finding(verdict, message + _left_out(spoiled), _wait(slowest))


def no_missed_turn(spec: NoMissedTurn, facts: CallFacts) -> Finding:
    """Every line got a reply; decided against the agent at the first that did not."""
    turns = facts.turns if spec.turn is None else facts.line(spec.turn)
    lines = [turn for turn in turns if turn.caller is not None]
    missed = [turn for turn in lines if turn.outcome is Outcome.NO_ANSWER]
    if missed:
        first = missed[0]
        evidence = Evidence(
            shorten(first.caller_text or ""),
            first.index,
            first.caller.start if first.caller else None,
        )
        parts = [
            f"turn {t.index} got no reply"
            + (f" in {t.waited_s:.2f} s" if t.waited_s is not None else "")
            for t in missed
        ]
        return Finding(CheckVerdict.NOT_MET, _list(parts), evidence)
    answered = [turn for turn in lines if turn.outcome not in (None, Outcome.SPURIOUS)]
    decided = spec.turn is not None and bool(answered) and not answered[-1].open
    if not facts.ended and not decided:
        return PENDING
    waiting = [turn for turn in lines if turn.outcome is None and not turn.agent]
    if waiting and (facts.agent_failed or facts.ended_by == "agent"):
        return unreached(facts, f"The agent left before it answered turn {waiting[0].index}.")
    if facts.harness_failed or (not answered and spec.turn is not None):
        return unreached(facts, f"Line {spec.turn} was never reached.")
    if not answered:
        return unreached(facts, "The caller's first line was never answered.")
    lines_text = "1 line" if len(answered) == 1 else f"{len(answered)} lines"
    return Finding(CheckVerdict.MET, f"{lines_text} answered.")


def ended_by(spec: CallEndedBy, facts: CallFacts) -> Finding:
    """Who hung up."""
    if not facts.ended:
        return PENDING
    if facts.imported:
        message = "An imported conversation does not tell who ended it."
        return Finding(CheckVerdict.NOT_RUN, message)
    if facts.failure is not None or facts.ended_by in (None, "person"):
        return unreached(facts, "It is not known who ended the call.")
    if facts.ended_by == spec.who:
        return Finding(CheckVerdict.MET, f"The {spec.who} hung up.")
    if facts.ended_by == "limit":
        return Finding(CheckVerdict.NOT_MET, "The call ran into its time limit.")
    return Finding(CheckVerdict.NOT_MET, f"The {facts.ended_by} hung up.")
