"""What tables of many calls need of one, so that they read no event log."""

from __future__ import annotations

from dataclasses import dataclass

from harness.nouns._evidence import CheckVerdict

__all__ = ["FIGURES_VERSION", "CallFigures", "JudgedCheck"]

FIGURES_VERSION = 2
"""Figures of an older version are made anew from the events."""


@dataclass(frozen=True, slots=True)
class CallFigures:
    """Figures of a call that has ended.

    Attributes:
        version: :data:`FIGURES_VERSION` when they were made.
        replies_s: Heard latency of each turn that has one and is not spoiled, seconds, rounded to
            milliseconds, in the order of turns.
        reply_turns: Their indexes; as long as `replies_s`.
        no_answer: Turns without an answer.
        talked_over: Turns in which the agent began before the caller had ended.
        spoiled: Turns with a latency that is left out: this computer spoiled it.
        turns: Lines of the caller; the greeting is none.
        failed: Names of required checks that were not met, those left out that follow from another
            one; then ``!`` and :attr:`Failure.kind` if the call failed as a call.
        checks: Verdict by name, in their order.
        budget_s: The scenario's latency budget, seconds.
        score: Weighted share of checks met, 0 to 1; None without any.
        exit_code: What ``ringback call`` ends with.
    """

    version: int
    replies_s: tuple[float, ...]
    reply_turns: tuple[int, ...]
    no_answer: int
    talked_over: int
    spoiled: int
    turns: int
    failed: tuple[str, ...]
    checks: dict[str, CheckVerdict]
    budget_s: float
    score: float | None
    exit_code: int


@dataclass(frozen=True, slots=True)
class JudgedCheck:
    """A check of a call that judges decided.

    Attributes:
        check: Its name.
        agreement: Share of the judges' votes that agree, 0 to 1, where it is least, when it was
            judged last.
        required: Whether the call's verdict rests on it.
        judge: Names of the judges in the call itself, as in :class:`harness.nouns.JudgedAs`;
            likewise `model` and `prompt`. All are empty if it was judged later only.
    """

    check: str
    agreement: float
    required: bool = True
    judge: str = ""
    model: str = ""
    prompt: str = ""
