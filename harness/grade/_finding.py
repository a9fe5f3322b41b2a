"""Finding: what one rule says, and what it says of a call that was cut short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.grade._facts import CallFacts
from harness.nouns import CheckVerdict, Evidence, Judgement, Turn

__all__ = ["PENDING", "UNTIMED", "Finding", "is_over", "name_of", "spoken_s", "unreached"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, one sentence, and what shows it: the same as in a CheckResult."""

    verdict: CheckVerdict
    message: str = ""
    evidence: Evidence | None = None
    kind: str = ""
    heard_s: float | None = None
    own_s: float | None = None
    judgements: tuple[Judgement, ...] = ()


PENDING = Finding(CheckVerdict.PENDING)
UNTIMED = Finding(CheckVerdict.NOT_RUN, "An imported conversation has no times.")


def unreached(facts: CallFacts, message: str, evidence: Evidence | None = None) -> Finding:
    """The finding for something that did not happen in a call that has ended.

    `message` says what did not happen, for the case that nothing else explains it: the agent had
    its chance. If it was not the agent who cut the call short, the check was never reached.
    """
    failure = facts.failure
    if failure is not None and facts.harness_failed:
        return Finding(CheckVerdict.ERROR, f"The call broke off before this: {failure.message}")
    if failure is not None and facts.agent_failed:
        return Finding(CheckVerdict.NOT_MET, f"{message} {failure.message}", evidence)
    if failure is not None:
        return Finding(CheckVerdict.NOT_RUN, f"The call broke off before this: {failure.message}")
    if facts.ended_by == "person" and not facts.script_done:
        return Finding(CheckVerdict.NOT_RUN, "A person ended the call before this.")
    return Finding(CheckVerdict.NOT_MET, message, evidence)


def is_over(turns: Sequence[Turn], facts: CallFacts) -> bool:
    """Whether nothing more can come in the turns of one line: another turn has begun."""
    return bool(turns) and not turns[-1].open and turns[-1] is not facts.turns[-1]


def name_of(turn: Turn) -> str:
    """How a message calls a turn."""
    return "the greeting" if turn.index == 0 else f"turn {turn.index}"


def spoken_s(turn: Turn) -> float:
    """Seconds of agent speech heard in a turn, as far as they have ended."""
    return sum(span.end - span.start for span in turn.agent if span.end is not None)
