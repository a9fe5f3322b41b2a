from __future__ import annotations

from typing import Any

import pytest
from grade_turns import ended, greeting, live, tool, turn

from harness.grade import CallFacts, evaluate
from harness.grade._functions import contains
from harness.nouns import CheckResult, CheckVerdict, FunctionCalled, ToolCall

BOOKED = tool(doctor="Osei", day="2026-11-27", time="10:00", name="Maria Lopez")


def check(facts: CallFacts, function: str = "book_appointment", **spec: Any) -> CheckResult:
    wanted = FunctionCalled(rule="function_called", name="Books", function=function, **spec)
    (result,) = evaluate([wanted], facts)
    return result


def test_met_by_the_arguments_it_names() -> None:
    facts = live(greeting(), turn(1, tools=(BOOKED,)), names_reported=True)

    result = check(facts, arguments={"doctor": "osei", "day": "2026-11-27"})

    assert result.verdict is CheckVerdict.MET
    assert result.message == "Called in turn 1."
    assert result.evidence is not None
    assert (result.evidence.quote, result.evidence.turn, result.evidence.at) == ("", 1, 12.5)


def test_wrong_arguments_are_named() -> None:
    facts = ended(greeting(), turn(1, tools=(BOOKED,)), names_reported=True)

    result = check(facts, arguments={"doctor": "Osei", "day": "2026-11-26", "phone": "1"})

    assert result.verdict is CheckVerdict.NOT_MET
    assert result.message == (
        "book_appointment was called in turn 1, but day was “2026-11-27”, not “2026-11-26”, "
        "phone was missing."
    )


def test_pending_while_a_right_call_may_come() -> None:
    facts = live(greeting(), turn(1, tools=(BOOKED,)), names_reported=True)

    assert check(facts, arguments={"doctor": "Marsh"}).verdict is CheckVerdict.PENDING
    assert check(facts, function="find_slots").verdict is CheckVerdict.PENDING


def test_never_called() -> None:
    facts = ended(greeting(), turn(1), names_reported=None)

    result = check(facts)

    assert result.verdict is CheckVerdict.NOT_MET
    assert result.message == "book_appointment was never called."


def test_calls_without_names_cannot_be_judged() -> None:
    unnamed = ToolCall("1", None, None, called_at=12.0)
    facts = ended(greeting(), turn(1, tools=(unnamed,)), names_reported=False)

    result = check(facts)

    assert result.verdict is CheckVerdict.NOT_RUN
    assert "without their names" in result.message


def test_an_agent_that_reports_no_calls_cannot_be_judged() -> None:
    result = check(ended(greeting(), turn(1), names_reported=False))

    assert result.verdict is CheckVerdict.NOT_RUN
    assert result.message == "The agent reports no function calls."


def test_names_without_arguments() -> None:
    named = ToolCall("1", "book_appointment", None, called_at=12.0)
    facts = ended(greeting(), turn(1, tools=(named,)), names_reported=True)

    assert check(facts).verdict is CheckVerdict.MET
    result = check(facts, arguments={"doctor": "Osei"})
    assert result.verdict is CheckVerdict.NOT_RUN
    assert result.message == "The agent does not report the arguments of book_appointment."


def test_a_cancelled_call_does_not_count() -> None:
    broken = ToolCall("1", "book_appointment", {}, called_at=12.0, cancelled=True)
    result = check(ended(greeting(), turn(1, tools=(broken,)), names_reported=True))

    assert result.verdict is CheckVerdict.NOT_MET
    assert result.message == "book_appointment was called in turn 1, but broken off."


def test_only_in_its_line() -> None:
    going_on = live(greeting(), turn(1), turn(2), names_reported=True)
    assert check(going_on, turn=1).verdict is CheckVerdict.NOT_MET
    assert check(going_on, turn=2).verdict is CheckVerdict.PENDING
    facts = ended(greeting(), turn(1, tools=(BOOKED,)), turn(2), names_reported=True)

    assert check(facts, turn=1).verdict is CheckVerdict.MET
    result = check(facts, turn=2)
    assert result.verdict is CheckVerdict.NOT_MET
    assert result.message == "book_appointment was never called in line 2."


@pytest.mark.parametrize(
    ("actual", "wanted", "holds"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1.0}, {"a": 1}, True),
        ({"a": True}, {"a": 1}, False),
        ({"a": 1}, {"a": True}, False),
        ({"a": None}, {"a": None}, True),
        ({}, {"a": None}, False),
        ({"a": {"b": [1, "X  y"]}}, {"a": {"b": [1, "x y"]}}, True),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": "1"}, {"a": 1}, False),
        ("text", {"a": 1}, False),
    ],
)
def test_subset_match(actual: Any, wanted: Any, holds: bool) -> None:
    assert contains(actual, wanted) is holds
