"""Grade: what a person thinks of a check, a turn, a second or the whole of a call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from harness.nouns._evidence import CheckVerdict

__all__ = ["LONGEST_GRADE_NOTE", "Grade", "GradeValue", "JudgedAs"]

LONGEST_GRADE_NOTE = 2000
"""Characters of a grade's note."""

GradeValue: TypeAlias = Literal["met", "not_met", "unsure", "up", "down"]
"""`met`, `not_met` and `unsure` are of a check, `up` and `down` of a turn, a second or the call."""

_OF_CHECK = ("met", "not_met", "unsure")


@dataclass(frozen=True, slots=True)
class JudgedAs:
    """What a judge had said of a check when a person graded it.

    Attributes:
        judge: Name of its endpoint; several are joined by " + "; `rules` needs no language model.
        prompt: Name and version of the prompt.
        grading: The grading it is of; empty for what was judged while the call ran.
    """

    verdict: CheckVerdict
    judge: str
    model: str = ""
    prompt: str = ""
    grading: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """One person's grade of one thing. The same person's next one of it takes its place.

    Attributes:
        id: Sortable by time of creation.
        grader: Name of the person.
        value: See :data:`GradeValue`.
        check: Name of the check that is graded; empty otherwise.
        turn: Index of the turn that is graded, or that a check by turn is graded in.
        at: Second on the call's clock that is graded.
        note: Of the person.
        blind: Whether the judge's verdict was hidden from them until they had graded.
        judged: What the judge had said by then; None if none had.

    Raises:
        ValueError: `value` does not go with what is graded, or a second stands beside a check or a
            turn.
    """

    id: str
    call_id: str
    grader: str
    value: GradeValue
    created_at: datetime
    changed_at: datetime
    check: str = ""
    turn: int | None = None
    at: float | None = None
    note: str = ""
    blind: bool = False
    judged: JudgedAs | None = None

    def __post_init__(self) -> None:
        if (self.value in _OF_CHECK) != bool(self.check):
            raise ValueError(f"{self.value} is no grade of a {'check' if self.check else 'moment'}")
        if self.at is not None and (self.check or self.turn is not None):
            raise ValueError("a second is graded by itself")

    @property
    def target(self) -> str:
        """What is graded, as a key within its call."""
        if self.check:
            return f"check:{self.check}" if self.turn is None else f"check:{self.check}@{self.turn}"
        if self.turn is not None:
            return f"turn:{self.turn}"
        return "call" if self.at is None else f"second:{self.at:.3f}"
