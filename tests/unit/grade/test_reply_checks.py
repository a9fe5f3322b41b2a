from __future__ import annotations

import pytest
from grade_turns import CRASH, LOST, ended, greeting, live, missed, turn

from harness.grade import CallFacts, evaluate
from harness.nouns import (
    CallEndedBy,
    CheckResult,
    CheckSpec,
    CheckVerdict,
    LatencyBudget,
    NoMissedTurn,
    NotAsked,
    Outcome,
)

WORST = LatencyBudget(rule="latency", name="Every reply within 2.0 s", within_s=2.0)
MEDIAN = LatencyBudget(rule="latency", name="Half within 1.5 s", within_s=1.5, of="median")
NO_MISSED = NoMissedTurn(rule="no_missed_turn", name="No missed turn")
BY_AGENT = CallEndedBy(rule="ended_by", name="The agent ends the call", who="agent")


def one(spec: CheckSpec, facts: CallFacts) -> CheckResult:
    (result,) = evaluate([spec], facts)
    return result


def test_every_reply_within_budget_is_met_only_at_the_end() -> None:
    turns = (greeting(), turn(1, latency=0.9), turn(2, latency=1.32), turn(3, latency=1.0))

    assert one(WORST, live(*turns)).verdict is CheckVerdict.PENDING
    result = one(WORST, ended(*turns))
    assert result.verdict is CheckVerdict.MET
    assert result.message == "The slowest reply, turn 2, took 1.32 s."


def test_a_slow_and_a_missing_reply_are_named() -> None:
    facts = live(greeting(), *(turn(i) for i in (1, 2, 3)), turn(4, latency=2.41), missed(6))

    result = one(WORST, facts)

    assert result.verdict is CheckVerdict.NOT_MET
    assert result.message == "Turn 4 took 2.41 s, turn 6 got no reply."
    assert result.evidence is not None
    assert (result.evidence.turn, result.evidence.at) == (6, 62.0)


def test_many_slow_replies_are_counted() -> None:
    facts = ended(greeting(), *(turn(i, latency=3.0) for i in range(1, 6)))

    assert one(WORST, facts).message == (
        "Turn 1 took 3.00 s, turn 2 took 3.00 s, turn 3 took 3.00 s and 2 more."
    )


def test_a_spoiled_turn_is_left_out() -> None:
    turns = (greeting(), turn(1), turn(2), turn(3, latency=9.0, flags=("loop_lag",)))

    result = one(WORST, ended(*turns))

    assert result.verdict is CheckVerdict.MET
    assert result.message == "The slowest reply, turn 1, took 1.00 s. 1 spoiled turn is left out."


def test_mostly_spoiled_turns_are_our_trouble() -> None:
    spoiled = [turn(i, flags=("loop_lag",)) for i in (2, 3)]

    result = one(WORST, ended(greeting(), turn(1), *spoiled))

    assert result.verdict is CheckVerdict.ERROR
    assert "2 of 3 replies" in result.message


def test_a_reply_over_budget_counts_even_if_others_are_spoiled() -> None:
    spoiled = [turn(i, flags=("loop_lag",)) for i in (2, 3)]

    result = one(WORST, ended(greeting(), turn(1, latency=4.0), *spoiled))

    assert result.verdict is CheckVerdict.NOT_MET


def test_median_counts_a_missing_reply_as_slower_than_any() -> None:
    fast = [turn(i, latency=1.0) for i in (1, 2)]

    met = one(MEDIAN, ended(greeting(), *fast, missed(3)))
    assert met.verdict is CheckVerdict.MET
    assert met.message == "The median of 3 turns is 1.00 s. 1 of them got no reply."
    lost = one(MEDIAN, ended(greeting(), turn(1), missed(2), missed(3)))
    assert lost.verdict is CheckVerdict.NOT_MET
    assert lost.message == "2 of 3 turns got no reply."
    assert one(MEDIAN, live(greeting(), *fast)).verdict is CheckVerdict.PENDING


def test_talking_over_the_caller_is_within_any_budget() -> None:
    facts = ended(greeting(), turn(1, latency=-0.4, outcome=Outcome.TALKED_OVER))

    assert one(WORST, facts).verdict is CheckVerdict.MET


def test_nothing_to_time() -> None:
    by_person = ended(greeting(), by="person", script_done=False)
    assert one(WORST, by_person).verdict is CheckVerdict.NOT_RUN
    assert one(WORST, ended(greeting(), by="agent")).verdict is CheckVerdict.NOT_MET
    crashed = ended(greeting(), by="agent", failure=CRASH)
    assert one(WORST, crashed).verdict is CheckVerdict.NOT_MET


def test_the_latency_of_one_line() -> None:
    spec = LatencyBudget(rule="latency", name="Reply 2 within 1 s", within_s=1.0, turn=2)
    facts = ended(greeting(), turn(1, latency=3.0), turn(2, latency=0.8))

    assert one(spec, facts).verdict is CheckVerdict.MET


def test_a_missed_turn_fails_at_once_and_quotes_the_caller() -> None:
    facts = live(greeting(), turn(1), missed(2, "Is there parking at the clinic?"))

    result = one(NO_MISSED, facts)

    assert result.verdict is CheckVerdict.NOT_MET
    assert result.message == "Turn 2 got no reply in 6.00 s."
    assert result.evidence is not None
    assert result.evidence.quote == "Is there parking at the clinic?"
    assert result.evidence.quote in (facts.turns[2].caller_text or "")
    assert result.evidence.at == 20.0


def test_no_missed_turn_is_met_at_the_end() -> None:
    turns = (greeting(), turn(1), turn(2))

    assert one(NO_MISSED, live(*turns)).verdict is CheckVerdict.PENDING
    result = one(NO_MISSED, ended(*turns))
    assert (result.verdict, result.message) == (CheckVerdict.MET, "2 lines answered.")


def test_an_agent_that_leaves_in_a_line_missed_it() -> None:
    waiting = turn(2, latency=None, outcome=None, is_open=True)
    turns = (greeting(), turn(1), waiting)

    result = one(NO_MISSED, ended(*turns, by="agent", failure=CRASH, script_done=False))

    assert result.verdict is CheckVerdict.NOT_MET
    assert "before it answered turn 2" in result.message
    assert one(NO_MISSED, ended(*turns, by="caller")).verdict is CheckVerdict.MET


@pytest.mark.parametrize(
    ("by", "verdict"),
    [
        ("agent", CheckVerdict.MET),
        ("caller", CheckVerdict.NOT_MET),
        ("limit", CheckVerdict.NOT_MET),
        ("person", CheckVerdict.NOT_RUN),
    ],
)
def test_who_ended_the_call(by: str, verdict: CheckVerdict) -> None:
    assert one(BY_AGENT, live(greeting())).verdict is CheckVerdict.PENDING
    facts = ended(greeting(), turn(1), by=by, script_done=False)
    assert one(BY_AGENT, facts).verdict is verdict


def test_a_crash_is_no_hanging_up() -> None:
    result = one(BY_AGENT, ended(greeting(), by="agent", failure=CRASH))

    assert result.verdict is CheckVerdict.NOT_MET


def test_a_call_that_was_never_taken_up() -> None:
    specs = [WORST, NO_MISSED, BY_AGENT]
    for result in evaluate(specs, CallFacts((), live=False, ended=True)):
        assert result.verdict is CheckVerdict.NOT_RUN
        assert result.message == "The call was never taken up."
        assert result.by_turn == ()
    for result in evaluate(specs, CallFacts((), live=False)):
        assert result.verdict is CheckVerdict.PENDING
    for result in evaluate(specs, CallFacts((), live=False, ended=True, failure=LOST)):
        assert result.verdict is CheckVerdict.ERROR


def test_what_nobody_can_ask_says_why() -> None:
    spec = NotAsked(rule="not_asked", name="Reply 1: is polite", reason="It needs a judge.")

    for facts in (live(greeting()), ended(greeting(), turn(1))):
        result = one(spec, facts)
        assert (result.verdict, result.message) == (CheckVerdict.NOT_RUN, "It needs a judge.")


def test_by_turn_is_the_verdict_as_it_stood() -> None:
    turns = (greeting(), turn(1), turn(2, latency=3.0), turn(3))

    result = one(WORST, ended(*turns))

    assert result.by_turn == (
        (0, CheckVerdict.PENDING),
        (1, CheckVerdict.PENDING),
        (2, CheckVerdict.NOT_MET),
        (3, CheckVerdict.NOT_MET),
    )


def test_the_same_facts_give_the_same_results() -> None:
    facts = ended(greeting(), turn(1), missed(2))

    assert evaluate([WORST, NO_MISSED], facts) == evaluate([WORST, NO_MISSED], facts)
