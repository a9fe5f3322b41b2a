"""Calls that judges and people have graded, in a store without a call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from harness.nouns import Call, CheckVerdict, Grade, GradeValue, JudgedAs
from harness.store import Store, new_id
from tests.unit.calls.stored_calls import BOOKS, keep_call

__all__ = ["BEGAN", "JUDGED", "grade", "graded_calls", "said"]

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


def graded_calls(store: Store, pairs: Iterable[Pair], start: int = 0) -> list[Call]:
    """A call for each pair: what Ann says of its criterion, and what the judge had said."""
    made = []
    for at, (people, judge) in enumerate(pairs, start):
        made.append(keep_call(store, call_id=f"call_{at}"))
        grade(store, made[-1].id, people, said(judge), minutes=at)
    return made
