from __future__ import annotations

from dataclasses import replace

import pytest
from replay_service import BOOK, ReplayService

from harness.calls import CallRequest, CallView
from harness.console.inspect.place import failures, next_failure, opening_place, turn_at
from harness.nouns import Agent, CheckResult, CheckVerdict, Evidence, Outcome, Span, Turn

TURNS = (
    Turn(0, agent=(Span(1, 3),)),
    Turn(1, Outcome.ANSWERED, caller=Span(5, 7), response_latency_s=0.9),
    Turn(2, Outcome.ANSWERED, caller=Span(15, 17), response_latency_s=2.5),
    Turn(3, Outcome.ANSWERED, caller=Span(25, 27), response_latency_s=4.0, flags=("late",)),
)


@pytest.fixture
def view(replay: ReplayService) -> CallView:
    call = replay._place(CallRequest(agent=Agent(name="demo", provider="demo")), BOOK, -1e6)
    return replace(replay.view(call.id), turns=TURNS, checks=(), implied={}, t=40.0)


def failed(name, turn, at=None, verdict=CheckVerdict.NOT_MET, required=True):
    return CheckResult(name, "agent_said", verdict, required, evidence=Evidence("", turn, at))


def test_the_address_comes_first(view):
    view = replace(view, checks=(failed("late", 2, 18.0),))
    assert (opening_place(view, t="26.5").t, opening_place(view, t="26.5").turn) == (26.5, 3)
    assert opening_place(view, turn="1") == replace(opening_place(view), t=5, turn=1, check="")
    assert opening_place(view, turn="2", t="18").check == "late"


@pytest.mark.parametrize(
    ("turn", "t"), [("9", ""), ("x", ""), ("", "nan"), ("", "inf"), ("-1", "-3"), ("²", "1e9")]
)
def test_an_address_that_makes_no_sense_is_left_aside(view, turn, t):
    assert opening_place(view, turn, t) == opening_place(view)


def test_then_the_first_failed_required_check_with_a_second(view):
    view = replace(
        view,
        checks=(
            failed("no place", 9),
            failed("advisory", 1, 5.5, required=False),
            failed("met", 1, 5.6, verdict=CheckVerdict.MET),
            failed("said too", 1, 5.7),
            failed("second", 2, 18.0),
            failed("first", 1),
        ),
        implied={"said too": "first"},
    )
    assert [(p.check, p.t, p.turn) for p in failures(view)] == [("first", 7, 1), ("second", 18, 2)]
    assert opening_place(view).check == "first"


def test_next_failure_goes_round(view):
    view = replace(view, checks=(failed("a", 1, 6.0), failed("b", 2, 18.0)))
    assert [next_failure(view, t).check for t in (0.0, 6.0, 10.0, 18.0)] == ["a", "b", "b", "a"]
    assert next_failure(replace(view, checks=()), 0.0) is None


def test_then_the_worst_turn_no_answer_before_slow_and_no_spoiled_one(view):
    assert opening_place(view).turn == 2
    assert opening_place(view).t == 15
    silent = Turn(4, Outcome.NO_ANSWER, caller=Span(35, 36))
    assert opening_place(replace(view, turns=(*TURNS, silent))).turn == 4


def test_else_the_beginning(view):
    nothing = opening_place(replace(view, turns=()))
    assert (nothing.t, nothing.turn) == (0.0, None)
    greeting = opening_place(replace(view, turns=TURNS[:1]))
    assert (greeting.t, greeting.turn) == (0.0, 0)


def test_the_turn_of_a_second(view):
    assert [turn_at(view, t) for t in (0.0, 2.0, 5.0, 14.9, 15.0, 39.0)] == [0, 0, 1, 1, 2, 3]
    unasked = Turn(3, Outcome.SPURIOUS, agent=(Span(30, 31),))
    assert turn_at(replace(view, turns=(*TURNS, unasked)), 31) == 3
