"""Checks that judges decide: what is asked when, and what the answers come to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from grade_turns import CRASH, LOST, ended, greeting, live, tool, turn

from harness.grade import CallFacts, ExpectationFact, Panel, Question, RuleJudge, due, evaluate
from harness.nouns import (
    AgentNeverSaid,
    CheckResult,
    CheckSpec,
    CheckVerdict,
    Criterion,
    Evidence,
    Expected,
    ExpectedCall,
    Judgement,
    NotRun,
    SimMeasure,
    SimMetric,
    Success,
    Vote,
)

V = CheckVerdict


def criterion(**fields: Any) -> Criterion:
    filled = {"rule": "criterion", "name": "Kind", "text": "The agent is kind.", **fields}
    return Criterion.model_validate(filled)


def judged(verdict: CheckVerdict, turn: int | None = None, check: str = "Kind") -> Judgement:
    evidence = Evidence("Of course", turn or 1, 13.0) if verdict is V.MET else None
    return Judgement(check, turn, verdict, evidence=evidence, reason=f"It is {verdict.value}.")


def one(spec: CheckSpec, facts: CallFacts) -> CheckResult:
    (result,) = evaluate([spec], facts)
    return result


CALL = (greeting(), turn(1), turn(2))


class Yes:
    """Answers yes with the words of the turn it is asked about."""

    name = "yes"

    def __init__(self) -> None:
        self.asked: list[Question] = []

    async def ask(self, question: Question) -> Vote:
        self.asked.append(question)
        last = question.transcript[-1]
        return Vote(self.name, "m", V.MET, last.agent_text, last.index)


def test_the_whole_call_is_asked_about_once_at_its_end() -> None:
    spec = criterion()

    assert due([spec], live(*CALL)) == ()
    assert due([spec], ended(*CALL)) == ((spec, None),)
    assert due([spec], ended(*CALL, judgements=(judged(V.NOT_MET),))) == ()
    assert due([spec], ended(*CALL, failure=LOST)) == ()
    assert due([spec], CallFacts(CALL, live=False, ended=True)) == ()


def test_a_reply_is_asked_about_when_the_next_turn_has_begun() -> None:
    spec = criterion(scope="turn")

    assert due([spec], live(*CALL)) == ((spec, 0), (spec, 1))
    assert due([spec], ended(*CALL)) == ((spec, 0), (spec, 1), (spec, 2))
    assert due([spec], ended(*CALL, judgements=(judged(V.MET, 1),))) == ((spec, 0), (spec, 2))
    assert due([criterion(scope="turn", turn=2)], ended(*CALL))[0][1] == 2


async def test_a_reply_is_judged_without_what_came_after() -> None:
    judge = Yes()

    said = await Panel([judge]).decide(criterion(scope="turn"), ended(*CALL), 1)

    assert (said.check, said.turn, said.verdict) == ("Kind", 1, V.MET)
    assert [each.index for each in judge.asked[0].transcript] == [0, 1]
    assert judge.asked[0].choices == ("yes", "no", "not_applicable")
    assert said.prompt.startswith("turn-")


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [(V.MET, ""), (V.NOT_MET, "judge_no"), (V.NOT_PROVEN, ""), (V.ERROR, "judge_error")],
)
def test_what_judges_say_of_the_call_counts(verdict: CheckVerdict, kind: str) -> None:
    said = judged(verdict)

    result = one(criterion(), ended(*CALL, judgements=(said,)))

    assert (result.verdict, result.kind, result.judgements) == (verdict, kind, (said,))
    assert result.by_turn[-1] == (2, verdict)
    assert result.by_turn[0] == (0, V.PENDING)


@pytest.mark.parametrize(
    ("facts", "verdict", "kind"),
    [
        ({"grading_open": True, "graded": True}, V.PENDING, ""),
        ({"graded": True}, V.ERROR, "judge_error"),
        ({}, V.NOT_RUN, "no_judge"),
        ({"failure": LOST}, V.ERROR, ""),
    ],
)
@pytest.mark.parametrize("scope", ["call", "turn"])
def test_without_a_judgement(
    scope: str, facts: dict[str, Any], verdict: CheckVerdict, kind: str
) -> None:
    result = one(criterion(scope=scope), ended(*CALL, **facts))

    assert (result.verdict, result.kind) == (verdict, kind)


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ((V.MET, V.MET, V.MET), V.MET),
        ((V.MET, V.NOT_RUN, V.NOT_RUN), V.MET),
        ((V.MET, V.NOT_MET, V.ERROR), V.NOT_MET),
        ((V.MET, V.NOT_PROVEN, V.MET), V.NOT_PROVEN),
        ((V.MET, V.NOT_PROVEN, V.ERROR), V.ERROR),
        ((V.NOT_RUN, V.NOT_RUN, V.NOT_RUN), V.NOT_RUN),
    ],
)
def test_replies_add_up(verdicts: tuple[CheckVerdict, ...], verdict: CheckVerdict) -> None:
    said = tuple(judged(each, index) for index, each in enumerate(verdicts))

    result = one(criterion(scope="turn"), ended(*CALL, judgements=said, graded=True))

    assert result.verdict is verdict
    assert len(result.judgements) == 3


def test_a_reply_that_fails_decides_while_the_call_goes_on() -> None:
    facts = live(*CALL, judgements=(judged(V.NOT_MET, 0),), graded=True, grading_open=True)

    assert one(criterion(scope="turn"), facts).verdict is V.NOT_MET
    met = replace(facts, judgements=(judged(V.MET, 0),))
    assert one(criterion(scope="turn"), met).verdict is V.PENDING


def test_speech_without_words_cannot_be_judged() -> None:
    silent = replace(turn(2), agent_text="", agent_text_source=None)
    facts = ended(greeting(), turn(1), silent, graded=True)

    assert due([criterion()], facts) == ()
    assert one(criterion(), facts).verdict is V.NOT_RUN


def test_an_agent_that_said_nothing_has_failed() -> None:
    facts = ended(greeting(""), failure=CRASH)
    nothing = replace(facts, turns=(replace(facts.turns[0], agent=()),))

    assert one(criterion(), nothing).verdict is V.NOT_MET


NEVER = AgentNeverSaid(rule="agent_never_said", name="No course", text="of course")


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (V.MET, V.NOT_MET),
        (V.NOT_PROVEN, V.NOT_MET),
        (V.NOT_MET, V.NOT_MET),
        (V.ERROR, V.ERROR),
    ],
)
def test_a_veto_goes_downwards(said: CheckVerdict, verdict: CheckVerdict) -> None:
    facts = ended(*CALL, judgements=(judged(said),))

    never, result = evaluate([NEVER, criterion(vetoes=["No course"])], facts)

    assert never.verdict is V.NOT_MET
    assert result.verdict is verdict
    if said is V.MET:
        assert result.kind == "vetoed"
        assert "No course" in result.message


def test_a_rule_that_holds_rescues_nothing() -> None:
    never = NEVER.model_copy(update={"text": "diagnosis"})
    facts = ended(*CALL, judgements=(judged(V.NOT_MET),))

    assert evaluate([never, criterion(vetoes=["No course"])], facts)[1].verdict is V.NOT_MET


def test_a_veto_by_nobody_is_told() -> None:
    facts = ended(*CALL, judgements=(judged(V.MET),))
    checks = [criterion(), criterion(name="Other", vetoes=["Kind"])]

    assert evaluate(checks, facts)[1].verdict is V.ERROR


SUCCESS = Success(rule="success", name="Goal", text="The appointment is booked.")


@pytest.mark.parametrize(
    ("end", "verdict"),
    [
        ("end_call", V.MET),
        ("bot", V.MET),
        (None, V.MET),
        ("max_turns", V.NOT_MET),
        ("silence", V.NOT_MET),
        ("max_duration", V.NOT_MET),
        ("error", V.ERROR),
    ],
)
def test_success_follows_the_judge_unless_a_limit_ended_it(
    end: str | None, verdict: CheckVerdict
) -> None:
    facts = ended(*CALL, simulation_end=end, judgements=(judged(V.MET, check="Goal"),))

    assert one(SUCCESS, facts).verdict is verdict
    asked = due([SUCCESS], replace(facts, judgements=()))
    assert bool(asked) is (verdict is V.MET)


def measure(**fields: Any) -> SimMeasure:
    metric = SimMetric(**{"name": "Metric", **fields})
    return SimMeasure(rule="metric", name="Metric", metric=metric)


@pytest.mark.parametrize(
    ("verdicts", "least", "verdict"),
    [
        ((V.MET, V.MET, V.NOT_RUN), 1.0, V.MET),
        ((V.MET, V.NOT_MET, V.MET), 0.6, V.MET),
        ((V.MET, V.NOT_MET, V.MET), 0.7, V.NOT_MET),
        ((V.MET, V.NOT_MET, V.MET), None, V.MET),
        ((V.MET, V.NOT_PROVEN, V.MET), 0.7, V.NOT_PROVEN),
        ((V.MET, V.ERROR, V.MET), 0.7, V.ERROR),
        ((V.ERROR, V.NOT_MET, V.NOT_MET), 0.7, V.NOT_MET),
    ],
)
def test_a_judged_metric_is_a_share_of_replies(
    verdicts: tuple[CheckVerdict, ...], least: float | None, verdict: CheckVerdict
) -> None:
    spec = measure(criterion="It is short.", min_score=least)
    said = tuple(judged(each, index, "Metric") for index, each in enumerate(verdicts))

    result = one(spec, ended(*CALL, judgements=said, graded=True))

    assert result.verdict is verdict
    assert due([spec], ended(*CALL)) == ((spec, 0), (spec, 1), (spec, 2))
    assert sum(each.score or 0 for each in result.judgements) == sum(
        each in (V.MET, V.NOT_RUN) for each in verdicts
    )


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"measure": "turns", "max_value": 2}, V.MET),
        ({"measure": "turns", "min_value": 3}, V.NOT_MET),
        ({"measure": "words", "max_value": 10}, V.MET),
        ({"measure": "words", "max_value": 9}, V.NOT_MET),
        ({"measure": "latency", "max_value": 1.5}, V.MET),
        ({"measure": "latency", "max_value": 0.9}, V.NOT_MET),
        ({"measure": "duration", "min_value": 25, "max_value": 25}, V.MET),
        ({"measure": "duration", "max_value": 24}, V.NOT_MET),
        ({"measure": "function_calls", "calls": ()}, V.NOT_MET),
        ({"measure": "function_calls", "calls": (ExpectedCall("book"),)}, V.MET),
        ({"measure": "function_calls", "calls": (ExpectedCall("book", {"day": "Fri"}),)}, V.MET),
        (
            {"measure": "function_calls", "calls": (ExpectedCall("book", {"day": "Mon"}),)},
            V.NOT_MET,
        ),
        (
            {"measure": "function_calls", "calls": (ExpectedCall("book"), ExpectedCall("find"))},
            V.NOT_MET,
        ),
    ],
)
def test_measured_metrics(fields: dict[str, Any], verdict: CheckVerdict) -> None:
    books = turn(1, tools=(tool("book", day="Fri", doctor="Osei"),))
    facts = ended(greeting(), books, turn(2), names_reported=True)

    assert one(measure(**fields), facts).verdict is verdict
    assert one(measure(**fields), replace(facts, ended=False)).verdict is V.PENDING
    assert one(measure(**fields), replace(facts, failure=LOST)).verdict is V.ERROR


def test_calls_without_names_cannot_be_counted() -> None:
    spec = measure(measure="function_calls", calls=())
    nameless = turn(1, tools=(replace(tool(), name=None),))

    assert one(spec, ended(greeting(), nameless)).kind == "nameless_calls"
    assert one(spec, ended(greeting(), turn(1), names_reported=False)).kind == "needs_rtvi"
    gone = turn(1, tools=(replace(tool(), cancelled=True),))
    assert one(spec, ended(greeting(), gone, names_reported=True)).verdict is V.MET


def test_spoiled_times_measure_nothing() -> None:
    spoiled = turn(1, flags=("loop lag 80 ms",))

    assert one(measure(measure="latency", max_value=9), ended(spoiled)).verdict is V.ERROR


async def test_the_rule_judge_says_what_it_cannot_judge() -> None:
    """Neither a reply it cannot judge nor a metric of such passes as one that does not apply."""
    panel = Panel([RuleJudge()])
    replies = criterion(scope="turn")
    metric = measure(criterion="It is kind.", min_score=1.0)
    for spec in (criterion(), replies, metric):
        facts = ended(*CALL, graded=True)
        said = [await panel.decide(each, facts, key) for each, key in due([spec], facts)]

        result = one(spec, replace(facts, judgements=tuple(said)))

        assert (result.verdict, result.kind) == (V.NOT_RUN, "no_judge")
        assert result.message == NotRun.NO_JUDGE.sentence


def expected(**fields: Any) -> Expected:
    filled = {"rule": "expected", "name": "Reply 1", "step": 1, "index": 0, "line": 1}
    return Expected.model_validate({**filled, "event": "response", "eval": "is kind", **fields})


@pytest.mark.parametrize(
    ("said", "status", "kind", "verdict"),
    [
        (V.MET, "matched", "", V.MET),
        (V.NOT_MET, "failed", "judge_no", V.NOT_MET),
        (V.NOT_PROVEN, "failed", "judge_no", V.NOT_PROVEN),
        (V.MET, "failed", "judge_no", V.MET),
        (V.NOT_MET, "matched", "", V.NOT_MET),
        (V.PENDING, "failed", "judge_continue", V.NOT_MET),
        (V.ERROR, "failed", "judge_error", V.ERROR),
        (V.MET, "failed", "text_mismatch", V.NOT_MET),
        (V.MET, "not_run", "no_judge", V.NOT_RUN),
    ],
)
def test_an_expectation_follows_its_last_judgement_where_a_judge_was_asked(
    said: CheckVerdict, status: Any, kind: str, verdict: CheckVerdict
) -> None:
    fact = ExpectationFact(1, 0, "response", status, kind, "reason", t=15.0)
    facts = ended(*CALL, expectations=(fact,), judgements=(judged(said, 1, "is kind"),))

    assert one(expected(), facts).verdict is verdict


async def test_an_expectation_that_this_judge_cannot_judge_is_not_run() -> None:
    fact = ExpectationFact(1, 0, "response", "matched", t=15.0)
    facts = ended(*CALL, expectations=(fact,))
    said = await Panel([RuleJudge()]).decide(expected(), facts, 1)

    result = one(expected(), replace(facts, judgements=(said,)))

    assert (result.verdict, result.kind) == (V.NOT_RUN, "no_judge")


async def test_an_expectation_can_be_judged_once_more() -> None:
    spec = expected()
    fact = ExpectationFact(1, 0, "response", "failed", "judge_error", "no answer", t=15.0)
    facts = ended(*CALL, expectations=(fact,))
    judge = Yes()

    assert due([spec], live(*CALL, expectations=(fact,))) == ()
    ((asked, line),) = due([spec], facts)
    said = await Panel([judge]).decide(spec, facts, line)

    assert asked is spec
    assert one(spec, replace(facts, judgements=(said,))).verdict is V.MET
    assert judge.asked[0].text == "is kind"
    assert judge.asked[0].transcript[-1].index == 1


def test_evaluating_is_a_function_of_the_facts() -> None:
    said = (judged(V.MET), judged(V.MET, 1), judged(V.NOT_MET, 2, "Metric"))
    facts = ended(*CALL, judgements=said, graded=True, simulation_end="end_call")
    checks: list[CheckSpec] = [
        criterion(),
        criterion(name="Each", scope="turn"),
        SUCCESS,
        measure(criterion="x", min_score=1.0),
        expected(),
    ]

    assert evaluate(checks, facts) == evaluate(checks, facts)
