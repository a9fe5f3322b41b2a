"""Grading: a stored call judged once more, by other judges or other checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from harness.nouns._call import Verdict
from harness.nouns._check import CheckResult, CheckSpec
from harness.nouns._judge import JudgePlan

__all__ = ["Grading"]


@dataclass(frozen=True, slots=True)
class Grading:
    """One more grading of a call that is stored. What was graded live is in the call's events.

    Attributes:
        id: Sortable by time of creation.
        label: For people, to tell versions apart.
        judge: Who judged.
        checks: What was asked.
        results: What came of it, with votes, models and prompts.
        verdict: None if nothing was asked.
        tokens_in: What was sent to judges.
        tokens_out: What they answered.
    """

    id: str
    call_id: str
    created_at: datetime
    label: str
    judge: JudgePlan
    checks: tuple[CheckSpec, ...]
    results: tuple[CheckResult, ...]
    verdict: Verdict | None = None
    tokens_in: int = 0
    tokens_out: int = 0
