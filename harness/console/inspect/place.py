"""Where in a call to look: what the address says, else what failed first, else the worst turn."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from harness.calls import CallView
from harness.nouns import CheckResult, CheckVerdict, Outcome, Turn

__all__ = [
    "STEP_S",
    "Place",
    "failed_checks",
    "failures",
    "next_failure",
    "numbered",
    "opening_place",
    "told",
    "turn_at",
    "turn_of",
]


STEP_S = 0.1
"""An address tells tenths of seconds."""
_EXACT_S = 1e-6


@dataclass(frozen=True, slots=True)
class Place:
    """A second of a call.

    Attributes:
        t: Seconds on the call's clock.
        turn: Index of its turn; None in a call without turns.
        check: Name of the failed check that shows there, if it is one.
    """

    t: float
    turn: int | None
    check: str = ""


def numbered(view: CallView) -> list[Turn]:
    """The greeting and the caller's lines; what the agent said unasked has no number of its own."""
    return [turn for turn in view.turns if turn.outcome is not Outcome.SPURIOUS]


def turn_of(view: CallView, index: int | None) -> Turn | None:
    """The turn with this number."""
    return next((turn for turn in numbered(view) if turn.index == index), None)


def turn_at(view: CallView, t: float) -> int | None:
    """Number of the last turn that has begun at second `t`; of the first one before that."""
    begun = [(at, turn.index) for turn in numbered(view) if (at := _begins(turn)) is not None]
    before = [entry for entry in begun if entry[0] <= t]
    if before:
        return max(before)[1]
    return min(begun)[1] if begun else None


def failed_checks(view: CallView) -> list[CheckResult]:
    """The required checks that failed, without what another one says too."""
    return [
        check
        for check in view.checks
        if check.verdict is CheckVerdict.NOT_MET
        and check.required
        and check.name not in view.implied
    ]


def failures(view: CallView) -> list[Place]:
    """Where failed checks show, in the order of the call.

    What was never said, for instance, has no second of its own.
    """
    places = (_shown_at(view, check) for check in failed_checks(view))
    return sorted((place for place in places if place is not None), key=lambda place: place.t)


def next_failure(view: CallView, t: float) -> Place | None:
    """The first failed check after second `t`, and after the last the first again."""
    found = failures(view)
    return next((place for place in found if place.t > t + _EXACT_S), found[0] if found else None)


def opening_place(view: CallView, turn: str = "", t: str = "") -> Place:
    """Where a call is opened.

    Args:
        view: A call that has ended.
        turn: What the address says of the turn; what is no number of a turn is left aside.
        t: Of the second; likewise.
    """
    wanted = turn_of(view, int(turn)) if turn.isascii() and turn.isdigit() else None
    second = _number(t)
    if second is not None and 0 <= second <= view.t + STEP_S:
        index = wanted.index if wanted is not None else turn_at(view, second)
        shown = (place.check for place in failures(view) if -_EXACT_S < second - place.t < STEP_S)
        return Place(second, index, next(shown, ""))
    if wanted is not None:
        return Place(told(_begins(wanted) or 0.0), wanted.index)
    failed = failures(view)
    if failed:
        return replace(failed[0], t=told(failed[0].t))
    worst = _worst(view)
    if worst is not None:
        return Place(told(_begins(worst) or 0.0), worst.index)
    return Place(0.0, turn_at(view, 0.0))


def told(t: float) -> float:
    """A second as an address tells it: never less, so that what begins there has begun."""
    return math.ceil(round(t / STEP_S, 3)) / round(1 / STEP_S)


def _shown_at(view: CallView, check: CheckResult) -> Place | None:
    """Where its evidence is heard, else where the caller had ended in the turn it cites."""
    evidence = check.evidence
    if evidence is None:
        return None
    if evidence.at is not None:
        return Place(evidence.at, evidence.turn, check.name)
    turn = turn_of(view, evidence.turn)
    if turn is None or turn.caller is None or turn.caller.end is None:
        return None
    return Place(turn.caller.end, turn.index, check.name)


def _worst(view: CallView) -> Turn | None:
    """The first turn without an answer, else the slowest one this computer did not spoil."""
    turns = [turn for turn in numbered(view) if turn.index > 0]
    silent = next((turn for turn in turns if turn.outcome is Outcome.NO_ANSWER), None)
    answered = [t for t in turns if t.response_latency_s is not None and not t.flags]
    return silent or max(answered, key=lambda t: t.response_latency_s or 0.0, default=None)


def _begins(turn: Turn) -> float | None:
    if turn.caller is not None:
        return turn.caller.start
    return turn.agent[0].start if turn.agent else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
