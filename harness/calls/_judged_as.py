"""Whose word a check's verdict is: the judges, their models, the prompt, and what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.nouns import (
    CheckResult,
    CheckSpec,
    Criterion,
    Expected,
    JudgedAs,
    SimMeasure,
    Success,
)

__all__ = ["criterion_texts", "judged_as", "judged_parts"]


def judged_as(check: CheckResult, turn: int | None = None, grading: str = "") -> JudgedAs | None:
    """What judges said of a check, as a grade keeps it.

    Of what was asked once it is the judges' own verdict, without what vetoes make of it; of what
    was asked of each reply it is the check's.

    Args:
        check: As it came out.
        turn: Of this reply; None: of the check as a whole.
        grading: Id of the grading it is of; empty for what was judged while the call ran.

    Returns:
        None if no judge was asked, or not of this reply.
    """
    said = [one for one in check.judgements if turn is None or one.turn == turn]
    votes = [vote for one in said for vote in one.votes]
    if not votes:
        return None
    return JudgedAs(
        verdict=said[0].verdict if len(said) == 1 else check.verdict,
        judge=_joined(vote.judge for vote in votes),
        model=_joined(vote.model for vote in votes),
        prompt=_joined(one.prompt for one in said),
        grading=grading,
    )


def judged_parts(check: CheckResult, grading: str = "") -> Iterator[tuple[int | None, JudgedAs]]:
    """Everything of a check that judges were asked: as a whole (None), and reply by reply."""
    for turn in dict.fromkeys((None, *(one.turn for one in check.judgements))):
        if (judged := judged_as(check, turn, grading)) is not None:
            yield turn, judged


def criterion_texts(asked: Iterable[CheckSpec]) -> dict[str, str]:
    """What judges are asked, in words, by name of the check; checks by rule have no words."""
    texts = {}
    for spec in asked:
        match spec:
            case Criterion() | Success():
                texts[spec.name] = spec.text
            case Expected() if spec.eval:
                texts[spec.name] = spec.eval
            case SimMeasure() if spec.metric.criterion:
                texts[spec.name] = spec.metric.criterion
    return texts


def _joined(names: Iterable[str]) -> str:
    """Each name once."""
    return " + ".join(dict.fromkeys(name for name in names if name))
