"""Calls that judges and people have graded, in a store without a call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from harness.calls._recovery import append_event
from harness.nouns import (
    Call,
    CheckVerdict,
    EventKind,
    Evidence,
    Grade,
    GradeValue,
    JudgedAs,
    Judgement,
    Vote,
    to_json,
)
from harness.store import Store, new_id
from tests.unit.calls.stored_calls import BOOKS, keep_call

__all__ = ["BEGAN", "JUDGED", "grade", "graded_calls", "judge", "said"]

BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)
JUDGED = JudgedAs(CheckVerdict.MET, "local", "gemma3:12b", "call-1a2b")

Pair = tuple[Literal["met", "not_met"], Literal["met", "not_met"]]


def said(verdict: CheckVerdict | str, **changes: str) -> JudgedAs:
    """What the usual judge says."""
    of = {"judge": JUDGED.judge, "model": JUDGED.model, "prompt": JUDGED.prompt} | changes
    return JudgedAs(CheckVerdict(verdict), **of)


def grade(
    store: Store,
    call_id: str,
    value: GradeValue,
    judged: JudgedAs | None = JUDGED,
    *,
    grader: str = "Ann",
    check: str = BOOKS.name,
    turn: int | None = None,
    minutes: float = 0,
    note: str = "",
    blind: bool = False,
) -> Grade:
    """Keep a grade of a check."""
    at = BEGAN + timedelta(minutes=minutes)
    return store.put_grade(
        Grade(
            new_id("grade"), call_id, grader, value, at, at, check, turn,
            note=note, blind=blind, judged=judged,
        )
    )  # fmt: skip


def judge(
    store: Store, call_id: str, verdict: str, check: str = BOOKS.name, model: str = JUDGED.model
) -> None:
    """Have the usual judge decide a check in the call itself."""
    decided = CheckVerdict(verdict)
    vote = Vote(JUDGED.judge, model, decided, "You are booked", 1)
    evidence = Evidence("You are booked", 1, 5.0)
    said = Judgement(check, None, decided, (vote,), prompt=JUDGED.prompt, evidence=evidence)
    append_event(store, call_id, EventKind.JUDGE_VERDICT, to_json(said))
    append_event(store, call_id, EventKind.GRADING, {"status": "done"})


def graded_calls(store: Store, pairs: Iterable[Pair], start: int = 0) -> list[Call]:
    """A call for each pair: what Ann says of its criterion, and what the judge had said."""
    made = []
    for at, (people, verdict) in enumerate(pairs, start):
        made.append(keep_call(store, call_id=f"call_{at}"))
        judge(store, made[-1].id, verdict)
        grade(store, made[-1].id, people, said(verdict), minutes=at)
    return made
