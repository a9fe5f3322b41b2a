"""Calls of a criterion that judges and people have graded, for pages that show trust in judges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from harness.nouns import Call, CheckVerdict, Criterion, Grade, JudgedAs
from harness.store import Store, new_id
from tests.seeded import seed_call, seed_judgements, seed_scenario

__all__ = ["seed_graded", "seed_judged"]

Pair = tuple[Literal["met", "not_met"], Literal["met", "not_met"]]


def seed_judged(store: Store, verdict: CheckVerdict, *, check: str, hours: float = 1.0) -> Call:
    """Store a call in which a judge decided one criterion, so many hours ago."""
    asked = (Criterion(rule="criterion", name=check, text=f"{check}."),)
    call = seed_call(
        store,
        scenario=replace(seed_scenario("Book a follow-up"), checks=asked),
        recording=False,
        created_at=datetime.now(UTC) - timedelta(hours=hours),
    )
    return seed_judgements(store, call, {check: (verdict,)}, reason="It said so.")


def seed_graded(
    store: Store,
    pairs: Iterable[Pair],
    *,
    check: str = "Is polite throughout",
    grader: str = "Ann Lee",
    days: float = 3.0,
) -> list[Call]:
    """Store a call for each pair: what people say of its criterion, and what its judge said.

    Args:
        store: Where.
        pairs: What is said.
        check: Name of the criterion.
        grader: Who graded it, blind.
        days: So long ago, the first; each further one a minute later.
    """
    made = []
    for number, (people, judge) in enumerate(pairs):
        verdict = CheckVerdict(judge)
        call = seed_judged(store, verdict, check=check, hours=24 * days - number / 60)
        now = datetime.now(UTC)
        judged = JudgedAs(verdict, "judge1", "gpt-4.1", "criterion-1a2b3c")
        grade = Grade(
            new_id("grade"), call.id, grader, people, now, now, check, blind=True, judged=judged
        )
        store.put_grade(grade)
        made.append(call)
    return made
