from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from grade_turns import CRASH, LOST, ended, greeting, live, missed, turn

from harness.grade import CallFacts, ExpectationFact, evaluate, exit_code_of, facts_of, verdict_of
from harness.nouns import (
    AgentSaid,
    CallState,
    CheckResult,
    CheckVerdict,
    Criterion,
    Event,
    EventKind,
    Evidence,
    Expected,
    Judgement,
    NoMissedTurn,
    NotRun,
    Span,
    Verdict,
    to_json,
)

V = CheckVerdict


def spec(event: str = "response", **fields: Any) -> Expected:
    filled = {"name": "Reply 1", "step": 1, "index": 0, "line": 1, **fields}
    return Expected(rule="expected", event=event, **filled)


def fact(status: Any = "matched", event: str = "response", **fields: Any) -> ExpectationFact:
    filled = {"step": 1, "index": 0, "own_s": 0.4, "t": 13.0, **fields}
    return ExpectationFact(event=event, status=status, **filled)


def one(check: Expected, facts: CallFacts) -> CheckResult:
    (result,) = evaluate([check], facts)
    return result


def test_what_the_driver_matched_is_met_and_quoted_from_the_turn() -> None:
    matched = fact(matched="of  Course")

    result = one(spec(), live(greeting(), turn(1), expectations=(matched,)))

    assert result.verdict is V.MET
    assert result.evidence == Evidence("Of course", 1, 13.0)
    assert (result.own_s, result.heard_s, result.kind) == (0.4, None, "")


def test_pending_until_the_driver_says_something() -> None:
    assert one(spec(), live(greeting(), turn(1))).verdict is V.PENDING


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("timeout", V.NOT_MET),
        ("judge_no", V.NOT_MET),
        ("unexpected_event", V.NOT_MET),
        ("bot_ended", V.NOT_MET),
        ("judge_error", V.ERROR),
        ("error", V.ERROR),
        ("no_judge", V.NOT_RUN),
    ],
)
def test_kinds_of_failure(kind: str, verdict: CheckVerdict) -> None:
    failed = fact("failed", kind=kind, reason="no matching event arrived", own_s=None)

    result = one(spec(), ended(greeting(), turn(1), expectations=(failed,)))

    assert (result.verdict, result.kind) == (verdict, kind)
    assert result.message


def test_what_was_left_out_says_why() -> None:
    left_out = fact("not_run", kind="needs_eval_features", own_s=None)

    result = one(spec("llm_marker"), live(greeting(), turn(1), expectations=(left_out,)))

    assert result.verdict is V.NOT_RUN
    assert result.message == NotRun.NEEDS_EVAL_FEATURES.sentence


@pytest.mark.parametrize(
    ("facts", "verdict", "kind"),
    [
        (ended(greeting()), V.NOT_RUN, "not_reached"),
        (ended(greeting(), failure=CRASH), V.NOT_RUN, "not_reached"),
        (ended(greeting(), failure=LOST), V.ERROR, "error"),
    ],
)
def test_never_reached(facts: CallFacts, verdict: CheckVerdict, kind: str) -> None:
    result = one(spec(), facts)

    assert (result.verdict, result.kind) == (verdict, kind)


def test_a_budget_is_judged_by_what_was_heard() -> None:
    """Heard after 2.41 s, reported after 0.4 s: too late."""
    check = spec(within_s=2.0)
    facts = ended(greeting(), turn(1, latency=2.41), expectations=(fact(matched="Of course."),))

    late = one(check, facts)

    assert (late.verdict, late.kind) == (V.NOT_MET, "timeout")
    assert late.message == (
        "Heard after 2.41 s; the agent's own event came after 0.40 s. Allowed were 2 s."
    )
    assert (late.heard_s, late.own_s) == (2.41, 0.4)
    assert one(spec(within_s=2.41), facts).verdict is V.MET


def test_a_budget_waits_for_the_end_of_the_turn() -> None:
    facts = live(greeting(), turn(1, is_open=True), expectations=(fact(),))

    assert one(spec(within_s=2.0), facts).verdict is V.PENDING
    assert one(spec(), facts).verdict is V.MET


def test_a_spoiled_turn_cannot_be_timed_but_can_be_matched() -> None:
    facts = ended(greeting(), turn(1, flags=("loop lag 80 ms",)), expectations=(fact(),))

    assert one(spec(within_s=2.0), facts).verdict is V.ERROR
    assert one(spec(), facts).verdict is V.MET


def test_the_greeting_is_timed_from_ready() -> None:
    check = spec(step=0, line=0, within_s=0.6)
    matched = fact(step=0)
    facts = ended(greeting(), expectations=(matched,), ready_at=0.5)

    result = one(check, facts)

    assert (result.verdict, result.heard_s) == (V.MET, 0.5)
    assert one(check, replace(facts, ready_at=0.1)).verdict is V.NOT_MET


def test_without_a_voice_the_own_event_counts() -> None:
    silent = replace(turn(1), agent=(), response_latency_s=None)
    check = spec(within_s=0.5)

    result = one(check, ended(greeting(), silent, expectations=(fact(),)))

    assert result.verdict is V.MET
    assert "No voice" in result.message
    late = one(check, ended(greeting(), silent, expectations=(fact(own_s=0.9),)))
    assert late.verdict is V.NOT_MET
    untimed = one(check, ended(greeting(), silent, expectations=(fact(own_s=None),)))
    assert untimed.verdict is V.NOT_RUN


def test_the_end_of_speech_has_its_own_time() -> None:
    stopped = fact(event="bot_stopped_speaking", own_s=4.0)
    facts = ended(greeting(), turn(1), expectations=(stopped,))

    result = one(spec("bot_stopped_speaking", within_s=3.0), facts)

    assert result.heard_s == 4.0
    assert result.verdict is V.NOT_MET


def test_a_second_reply_has_its_own_onset() -> None:
    twice = replace(turn(1), agent=(Span(13.0, 14.0), Span(17.0, 18.0)))
    second = fact(index=1, own_s=4.7)
    facts = ended(greeting(), twice, expectations=(fact(), second))

    assert one(spec(within_s=2.0), facts).heard_s == 1.0
    assert one(spec(index=1, within_s=2.0), facts).heard_s == 5.0


def test_lost_messages_spoil_what_rests_on_their_absence() -> None:
    failed = fact("failed", kind="timeout", reason="nothing came", t=20.0)
    facts = ended(greeting(), turn(1), expectations=(failed,), dropped_at=(15.0,))

    assert one(spec(), facts).verdict is V.ERROR
    assert one(spec(), replace(facts, dropped_at=(5.0,))).verdict is V.NOT_MET
    quiet = replace(facts, expectations=(fact(t=20.0),))
    assert one(spec(absent=True), quiet).verdict is V.ERROR
    assert one(spec(), quiet).verdict is V.MET


def test_verdicts_by_turn_come_when_they_came() -> None:
    facts = ended(greeting(), turn(1), turn(2), expectations=(fact(t=24.0), fact(step=2, t=25.0)))

    late = one(spec(), facts)

    assert late.by_turn == ((0, V.PENDING), (1, V.PENDING), (2, V.MET))
    early = one(spec(), replace(facts, expectations=(fact(t=13.0),)))
    assert early.by_turn == ((0, V.PENDING), (1, V.MET), (2, V.MET))


def test_judgements_are_told_with_their_turn() -> None:
    """The driver's judge counts lines; a typed line before makes it another turn."""
    said = Judgement("it is polite", 1, V.MET, evidence=Evidence("of Course", 1))
    other = Judgement("it is polite", 2, V.NOT_MET)
    facts = ended(
        greeting(), turn(1, source="typed"), turn(2),
        expectations=(fact(),), judgements=(said, other), lines=(2,),
    )  # fmt: skip

    result = one(spec(eval="it is polite"), facts)

    (judgement,) = result.judgements
    assert judgement.turn == 2
    assert judgement.evidence == Evidence("Of course", 2, 23.0)


def test_facts_come_from_events_and_the_last_counts() -> None:
    def told(seq: int, **data: Any) -> Event:
        filled = {"step": 0, "index": 1, "event": "response", "kind": "", "reason": ""}
        filled |= {"matched": None, "own_s": None}
        return Event(seq, float(seq), EventKind.EXPECTATION, {**filled, **data})

    judgement = Judgement("Polite", None, V.MET)
    log = [
        Event(1, 0.5, EventKind.AGENT_READY, {}),
        Event(2, 0.6, EventKind.AGENT_FEATURES, {"eval": ["context"]}),
        told(3, status="not_run"),
        told(4, status="matched", own_s=0.3),
        told(5, status="of another version"),
        Event(6, 6.0, EventKind.JUDGE_VERDICT, to_json(Judgement("Polite", None, V.ERROR))),
        Event(7, 7.0, EventKind.JUDGE_VERDICT, to_json(judgement)),
        Event(8, 8.0, EventKind.GRADING, {"status": "started"}),
        Event(9, 9.0, EventKind.PERSONA_ENDED, {"ended_by": "end_call"}),
        Event(10, 10.0, EventKind.HEALTH, {"left_out": 3}),
        Event(11, 11.0, EventKind.HEALTH, {"left_out": 0}),
    ]

    facts = facts_of((), log)

    assert facts.expectations == (
        ExpectationFact(0, 1, "response", "matched", own_s=0.3, t=4.0),
    )  # fmt: skip
    assert facts.judgements == (judgement,)
    assert facts.features == frozenset({"context"})
    assert (facts.rtvi, facts.ready_at, facts.grading_open) == (True, 0.5, True)
    assert facts.simulation_end == "end_call"
    assert facts.dropped_at == (10.0,)


def test_what_an_agent_was_not_given_fails_no_check_of_what_it_says() -> None:
    said = AgentSaid(name="Ann", rule="agent_said", text="Ann")
    polite = Criterion(name="Polite", rule="criterion", text="is polite")
    answered = NoMissedTurn(name="Answers", rule="no_missed_turn")
    specs = (said, polite, answered, spec())
    log = [
        Event(1, 0.5, EventKind.STATE, {"state": "live"}),
        Event(
            2, 5.0, EventKind.INPUT_MISSING, {"step": 0, "kind": "no_dtmf", "message": "No keys."}
        ),
        Event(3, 6.0, EventKind.INPUT_MISSING, {"step": 1, "kind": "other", "message": "Other."}),
    ]
    facts = replace(
        facts_of((greeting(), turn(1)), log, ended=True),
        ended_by="caller",
        expectations=(fact(),),
        judgements=(Judgement("Polite", None, V.NOT_MET),),
    )

    results = evaluate(specs, facts)

    assert [result.verdict for result in results] == [V.NOT_RUN, V.NOT_RUN, V.MET, V.MET]
    assert [(result.kind, result.message) for result in results[:2]] == [
        ("no_dtmf", "No keys.")
    ] * 2
    assert verdict_of(results) is Verdict.NOT_RUN
    without = evaluate(specs, replace(facts, input_missing=None))
    assert [result.verdict for result in without[:2]] == [V.NOT_MET, V.NOT_MET]


def test_a_script_that_stops_at_its_first_failure_has_failed() -> None:
    failed = fact("failed", kind="timeout", reason="nothing came")
    results = evaluate(
        [spec(), spec(step=2, line=2)], ended(greeting(), missed(1), expectations=(failed,))
    )

    assert [result.verdict for result in results] == [V.NOT_MET, V.NOT_RUN]
    assert verdict_of(results) is Verdict.FAILED
    assert exit_code_of(CallState.DONE, None, results) == 1


def test_what_was_not_reached_without_a_failure_stays_open() -> None:
    results = evaluate([spec()], ended(greeting(), by="person", script_done=False))

    assert verdict_of(results) is Verdict.NOT_RUN


def test_a_repeat_is_no_line_even_while_a_step_only_waits() -> None:
    def started(seq: int, at: float, text: str) -> Event:
        data = {"at": at, "text": text, "source": "script"}
        return Event(seq, at, EventKind.CALLER_STARTED, data)

    def step(seq: int, number: int) -> Event:
        data = {"step": number, "of": 2, "status": "current"}
        return Event(seq, float(seq), EventKind.CALLER_STEP, data)

    log = [
        step(1, 0),
        Event(2, 9.0, EventKind.CALLER_GAVE_UP, {}),
        started(3, 10.0, "Hello? Are you still there?"),
        step(4, 1),
        started(5, 20.0, "I would like an appointment."),
    ]

    assert facts_of((greeting(), turn(1), turn(2)), log).lines == (2,)
