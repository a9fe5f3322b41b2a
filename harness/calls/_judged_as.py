"""Whose word a check's verdict is: the judges, their models and the prompt."""

from __future__ import annotations

from collections.abc import Iterator

from harness.nouns import CheckResult, JudgedAs, Judgement

__all__ = ["judged_as", "judged_parts"]


def judged_as(check: CheckResult, turn: int | None = None, grading: str = "") -> JudgedAs | None:
    """What judges said of a check, as a grade keeps it.

    Args:
        check: As it came out.
        turn: Of this reply; None: of the check as a whole.
        grading: Id of the grading it is of; empty for what was judged while the call ran.

    Returns:
        None if no judge was asked, or not of this reply.
    """
    said = [one for one in check.judgements if turn is None or one.turn == turn]
    if not said:
        return None
    judges, models = _who(said)
    prompts = " + ".join(dict.fromkeys(one.prompt for one in said if one.prompt))
    verdict = check.verdict if turn is None else said[-1].verdict
    return JudgedAs(verdict, judges, models, prompts, grading)


def judged_parts(check: CheckResult, grading: str = "") -> Iterator[tuple[int | None, JudgedAs]]:
    """Everything of a check that judges were asked: as a whole (None), and reply by reply."""
    for turn in dict.fromkeys((None, *(one.turn for one in check.judgements))):
        if (judged := judged_as(check, turn, grading)) is not None:
            yield turn, judged


def _who(said: list[Judgement]) -> tuple[str, str]:
    """Names of those who voted and of their models, each once, joined by " + "."""
    votes = [vote for one in said for vote in one.votes]
    judges = dict.fromkeys(vote.judge for vote in votes)
    models = dict.fromkeys(vote.model for vote in votes if vote.model)
    return " + ".join(judges), " + ".join(models)
