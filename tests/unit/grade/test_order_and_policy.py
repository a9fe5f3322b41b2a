from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from grade_turns import LOST, ended, greeting, live, tool, turn

from harness.grade import CallFacts, evaluate
from harness.nouns import CheckResult, CheckSpec, CheckVerdict, InOrder, Policy, Span

V = CheckVerdict


def one(spec: CheckSpec, facts: CallFacts) -> CheckResult:
    (result,) = evaluate([spec], facts)
    return result


def order(*steps: dict[str, str]) -> InOrder:
    return InOrder.model_validate({"rule": "in_order", "name": "Order", "steps": steps})


def test_words_and_calls_in_order() -> None:
    spec = order({"said": "your name"}, {"function": "book_appointment"}, {"pattern": r"booked"})
    asks = turn(1, "May I have your name?")
    books = turn(2, "You are booked.", tools=(tool(),))

    result = one(spec, ended(greeting(), asks, books))

    assert result.verdict is V.MET
    assert result.evidence is not None
    assert result.evidence.quote == "booked"


def test_the_wrong_order_says_what_came_too_early() -> None:
    spec = order({"said": "is that right"}, {"function": "book_appointment"})
    books = turn(1, "Booked.", tools=(tool(),))
    asks = turn(2, "Is that right?")

    result = one(spec, ended(greeting(), books, asks, names_reported=True))

    assert result.verdict is V.NOT_MET
    assert result.message == (
        "book_appointment came in turn 1, before “is that right”."
    )  # fmt: skip


def test_order_within_one_reply_goes_by_place_and_time() -> None:
    spoken = replace(turn(1, "One moment. You are booked."), agent=(Span(13.0, 15.0),))
    middle = replace(tool(), called_at=14.0)
    facts = ended(greeting(), replace(spoken, tools=(middle,)))
    booked, moment = {"said": "booked"}, {"said": "one moment"}
    call = {"function": "book_appointment"}

    assert one(order(moment, booked), facts).verdict is V.MET
    assert one(order(booked, moment), facts).verdict is V.NOT_MET
    assert one(order(moment, call, booked), facts).verdict is V.MET
    assert one(order(call, moment), facts).verdict is V.NOT_MET


def test_the_same_words_twice_need_two_places() -> None:
    spec = order({"said": "hello"}, {"said": "hello"})

    assert one(spec, ended(greeting("Hello."))).verdict is V.NOT_MET
    assert one(spec, ended(greeting("Hello, hello."))).verdict is V.MET


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"names_reported": False}, V.NOT_RUN),
        ({"names_reported": True}, V.NOT_MET),
        ({"names_reported": True, "failure": LOST}, V.ERROR),
    ],
)
def test_calls_nobody_tells(facts: dict[str, Any], verdict: CheckVerdict) -> None:
    spec = order({"said": "Ava"}, {"function": "book_appointment"})

    assert one(spec, ended(greeting(), turn(1), **facts)).verdict is verdict


def test_pending_while_more_may_come() -> None:
    spec = order({"said": "Ava"}, {"said": "of course"})

    assert one(spec, live(greeting())).verdict is V.PENDING
    assert one(spec, live(greeting(), turn(1, is_open=True))).verdict is V.PENDING
    assert one(spec, live(greeting(), turn(1), turn(2))).verdict is V.MET


def policy(**phrases: list[str]) -> Policy:
    return Policy.model_validate({"rule": "policy", "name": "Policy", **phrases})


def test_a_policy_needs_all_and_none() -> None:
    spec = policy(always=["this call is recorded"], never=["diagnosis"])
    good = turn(1, "This  call is recorded.")

    assert one(spec, ended(greeting(), good)).verdict is V.MET
    assert one(spec, live(greeting(), good)).verdict is V.PENDING
    assert one(spec, ended(greeting())).verdict is V.NOT_MET
    said = one(spec, live(greeting(), good, turn(2, "My diagnosis is flu.")))
    assert said.verdict is V.NOT_MET
    assert said.evidence is not None
    assert said.evidence.quote == "My diagnosis is flu."


def test_what_must_be_said_is_met_as_soon_as_it_is() -> None:
    spec = policy(always=["Ava", "of course"])

    assert one(spec, live(greeting())).verdict is V.PENDING
    assert one(spec, live(greeting(), turn(1))).verdict is V.MET


def test_a_call_that_broke_off_proves_no_silence() -> None:
    assert one(policy(never=["diagnosis"]), ended(greeting(), failure=LOST)).verdict is V.ERROR


def test_speech_without_words_proves_nothing() -> None:
    silent = replace(turn(1), agent_text="", agent_text_source=None)

    assert one(policy(never=["diagnosis"]), ended(greeting(), silent)).verdict is V.NOT_RUN
