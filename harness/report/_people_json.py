"""What people did in a call, and what they thought of it afterwards, as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from harness.nouns import CheckVerdict, Event, EventKind, Grade, GradeValue, WhyBack
from harness.report._check_json import ReportPart, rounded
from harness.store import read_events

__all__ = [
    "GradeByPersonReport",
    "PersonReport",
    "WhisperReport",
    "grade_reports",
    "people_reports",
]


class PersonReport(ReportPart):
    """A person had the caller's side for a while. Seconds on the call's clock."""

    who: str = Field(description="What they call themselves; nobody checked it.")
    from_s: float
    to_s: float | None = Field(description="null: until the end of the call.")
    why: WhyBack | None = Field(
        description="handed_back, gone (their browser went away) or passed_on (to another person)."
    )
    instruction: str = Field(description="What the simulated caller was told with it, or empty.")


class WhisperReport(ReportPart):
    """A person told the simulated caller what to do."""

    who: str
    at: float
    text: str


class GradeByPersonReport(ReportPart):
    """What a person thinks of a check, a turn, a second or the whole of a call."""

    grader: str
    value: GradeValue = Field(
        description="met, not_met, unsure: of a check; up (good), down (bad): of all else."
    )
    check: str = Field(description="Name of the check; empty otherwise.")
    turn: int | None = Field(description="The turn, also where a check is graded by turn.")
    at: float | None = Field(description="The second on the call's clock.")
    note: str
    blind: bool = Field(description="Whether the judge's verdict was hidden until they graded.")
    judged: CheckVerdict | None = Field(description="What judges had said; null: nothing.")
    changed_at: str


def people_reports(log: Path) -> tuple[list[PersonReport], list[WhisperReport]]:
    """Who had the caller's side and when, and what was whispered, in order.

    Args:
        log: The event log; it may be missing.
    """
    # Nearly every call is without a person, and its log need not be read event by event.
    if not log.exists() or b'"person.' not in log.read_bytes():
        return [], []
    return _stays(read_events(log)), [
        WhisperReport(who=event.data["who"], at=round(event.t, 4), text=event.data["text"])
        for event in read_events(log)
        if event.kind == EventKind.PERSON_WHISPERED
    ]


def grade_reports(grades: Iterable[Grade]) -> list[GradeByPersonReport]:
    """People's grades of a call."""
    return [
        GradeByPersonReport(
            grader=grade.grader,
            value=grade.value,
            check=grade.check,
            turn=grade.turn,
            at=rounded(grade.at),
            note=grade.note,
            blind=grade.blind,
            judged=grade.judged.verdict if grade.judged is not None else None,
            changed_at=grade.changed_at.isoformat(timespec="seconds"),
        )
        for grade in grades
    ]


def _stays(events: Iterable[Event]) -> list[PersonReport]:
    found: list[PersonReport] = []
    for event in events:
        data = event.data
        if event.kind == EventKind.PERSON_TOOK:
            found.append(
                PersonReport(
                    who=data["who"],
                    from_s=round(data["at"], 4),
                    to_s=None,
                    why=None,
                    instruction="",
                )
            )
        elif event.kind == EventKind.PERSON_GAVE_BACK and found:
            found[-1] = found[-1].model_copy(
                update={
                    "to_s": round(data["at"], 4),
                    "why": data["why"],
                    "instruction": data["instruction"] or "",
                }
            )
    return found
