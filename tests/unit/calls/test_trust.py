"""How far to trust a judge: grades of people become labels, and judges are held to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from harness.calls import (
    Archive,
    Judge,
    Trust,
    doubt_of,
    doubt_of_check,
    doubts_of_runs,
    judged_as,
    resting_on,
    trust_of,
)
from harness.calls._trust import GOOD_KAPPA, PROVEN_FROM, RULE
from harness.nouns import (
    CheckResult,
    CheckVerdict,
    Grading,
    JudgedCheck,
    Judgement,
    JudgePlan,
    Vote,
)
from harness.settings import Settings
from harness.store import Store
from tests.graded import BEGAN, JUDGED, Pair, grade, graded_calls, judge, said
from tests.unit.calls.stored_calls import BOOKS, keep_call

MET, NOT_MET = CheckVerdict.MET, CheckVerdict.NOT_MET
RIGHT: list[Pair] = [("met", "met"), ("not_met", "not_met")]
WRONG: list[Pair] = [("not_met", "met"), ("met", "not_met")]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    settings = Settings(data=tmp_path)
    store = Store.open(settings)
    yield Archive(store, settings)
    store.close()


def the_row(archive: Archive) -> Trust:
    (row,) = trust_of(archive).rows
    return row


def check(*votes: Vote, verdict: CheckVerdict = MET, prompt: str = JUDGED.prompt) -> CheckResult:
    judgement = Judgement(BOOKS.name, None, verdict, votes, prompt=prompt)
    return CheckResult(BOOKS.name, "criterion", verdict, judgements=(judgement,))


USUAL = Vote(JUDGED.judge, JUDGED.model, MET)


def test_labels_are_held_to_what_the_judge_had_said(archive: Archive) -> None:
    calls = graded_calls(archive.store, [*RIGHT, *WRONG, ("met", "met")])
    row = the_row(archive)
    assert (row.check, row.judge) == (BOOKS.name, Judge("local", "gemma3:12b", "call-1a2b"))
    count = row.agreement.confusion
    assert (count.both_met, count.both_failed, count.missed, count.false_alarm) == (2, 1, 1, 1)
    assert [one.label.call_id for one in row.disagreements] == [calls[3].id, calls[2].id]
    assert row.graders == ("Ann",) and row.agreement.kappa.groups == 5


def test_most_graders_decide_and_a_tie_decides_nothing(archive: Archive) -> None:
    store = archive.store
    one, two, three = graded_calls(store, [("met", "met")] * 3)
    grade(store, one.id, "not_met", grader="Ben")
    grade(store, one.id, "not_met", grader="Cat", blind=True)
    grade(store, two.id, "not_met", grader="Ben")
    grade(store, three.id, "unsure", grader="Ben")
    row = the_row(archive)
    assert {ex.label.call_id: ex.label.met for ex in row.examples} == {
        one.id: False, two.id: None, three.id: True,
    }  # fmt: skip
    assert (row.agreement.confusion.n, row.tied, row.unsure, row.blind) == (2, 1, 1, 1)
    assert row.graders == ("Ann", "Ben", "Cat")
    grade(store, two.id, "not_met", grader="Dan")
    assert the_row(archive).agreement.confusion.missed == 2, "the new grade is seen at once"


def test_who_is_unsure_alone_labels_nothing(archive: Archive) -> None:
    call = keep_call(archive.store)
    grade(archive.store, call.id, "unsure")
    row = the_row(archive)
    assert (row.agreement.confusion.n, row.unsure, row.tied) == (0, 1, 0)


def test_another_model_or_prompt_is_another_judge(archive: Archive) -> None:
    store = archive.store
    for at, judged in enumerate(
        (JUDGED, said("met", model="gemma3:27b"), said("not_met", prompt="call-3c4d"))
    ):
        grade(store, keep_call(store, call_id=f"call_{at}").id, "met", judged)
    rows = trust_of(archive).rows
    assert {(row.judge.models, row.judge.prompts) for row in rows} == {
        ("gemma3:12b", "call-1a2b"), ("gemma3:27b", "call-1a2b"), ("gemma3:12b", "call-3c4d"),
    }  # fmt: skip
    book = trust_of(archive)
    assert book.of(BOOKS.name, JUDGED) is not None and book.of("Polite", JUDGED) is None


def test_what_a_judge_leaves_undecided_is_counted_apart(archive: Archive) -> None:
    store = archive.store
    for at, verdict in enumerate(("not_proven", "error", "not_run", "met")):
        grade(store, keep_call(store, call_id=f"call_{at}").id, "met", said(verdict))
    row = the_row(archive)
    assert (row.agreement.confusion.n, row.undecided) == (1, 3)
    assert row.disagreements == ()


def test_a_grading_that_comes_later_is_held_to_the_same_labels(archive: Archive) -> None:
    store = archive.store
    call = keep_call(store)
    grade(store, call.id, "not_met")
    stricter = Vote("strict", "gpt-x", NOT_MET)
    result = check(stricter, verdict=NOT_MET)
    grading = Grading(
        "grading_1", call.id, BEGAN + timedelta(hours=1), "", JudgePlan(), (BOOKS,), (result,)
    )
    store.add_grading(grading)
    found = {row.judge.models: row.agreement.confusion for row in trust_of(archive).rows}
    assert found["gemma3:12b"].missed == 1 and found["gpt-x"].both_failed == 1

    again = replace(grading, id="grading_2", created_at=BEGAN + timedelta(hours=2))
    store.add_grading(replace(again, results=(check(stricter),)))
    found = {row.judge.models: row.agreement.confusion for row in trust_of(archive).rows}
    assert found["gpt-x"].missed == 1 and found["gpt-x"].n == 1, "a judge's newest word counts"


def test_what_was_graded_before_it_was_judged_counts_once_it_is(archive: Archive) -> None:
    call = keep_call(archive.store)
    grade(archive.store, call.id, "met", None)
    assert trust_of(archive).rows == () and len(trust_of(archive).labels) == 1
    judge(archive.store, call.id, "met")
    archive.store.update_call(call.id, ended_at=BEGAN)
    assert the_row(archive).agreement.confusion.both_met == 1


def test_grades_of_deleted_calls_are_left_out(archive: Archive) -> None:
    (call, *_) = graded_calls(archive.store, RIGHT)
    assert the_row(archive).agreement.confusion.n == 2
    archive.store.delete_call(call.id)
    assert the_row(archive).agreement.confusion.n == 1


@pytest.mark.parametrize(
    ("pairs", "level", "word", "told"),
    [
        (RIGHT * 9, "unproven", "Judge unproven", "18 examples of this judge; 20 are needed"),
        (RIGHT * 20, "proven", None, ""),
        ([("met", "met")] * 40, "unproven", "Judge unproven", "nothing shows that it knows a fail"),
        (RIGHT * 9 + WRONG, "unproven", "Judge unproven", "Not shown to agree"),
        (RIGHT * 15 + WRONG * 5, "weak", "Judge weak", "seems to agree too little"),
        (
            RIGHT * 20 + WRONG * 20,
            "weak",
            "Judge weak",
            "agrees too little with people: kappa 0.00",
        ),
    ],
)
def test_when_a_judge_is_proven(
    archive: Archive, pairs: list[Pair], level: str, word: str | None, told: str
) -> None:
    graded_calls(archive.store, pairs)
    row, book = the_row(archive), trust_of(archive)
    assert row.level == level and str(GOOD_KAPPA) in RULE and str(PROVEN_FROM) in RULE
    doubt = doubt_of(row)
    assert (doubt and doubt.word) == word
    if doubt is not None:
        assert told in doubt.sentence
    assert doubt_of_check(book, check(USUAL)) == doubt


def test_only_a_judges_verdict_is_in_doubt(archive: Archive) -> None:
    book = trust_of(archive)
    assert doubt_of_check(book, CheckResult("Greets", "agent_said", MET)) is None
    assert doubt_of_check(book, check(USUAL, verdict=CheckVerdict.PENDING)) is None
    doubt = doubt_of_check(book, check(USUAL))
    assert doubt is not None and "No person has graded" in doubt.sentence


def test_pass_rates_are_in_doubt_by_who_judged_what_they_rest_on(archive: Archive) -> None:
    store = archive.store
    call = keep_call(store, call_id="call_new")
    judge(store, call.id, "not_met")
    run = archive.summary(call.run_id).head.id
    found = doubts_of_runs(archive, [run])
    assert found[BOOKS.name].word == "Judge unproven"
    assert resting_on(found) == "The pass rate rests on “Books”, whose judge is not proven."
    assert doubts_of_runs(archive, [run], "Another scenario") == {}
    assert doubts_of_runs(archive, [run], "Book a visit") == found
    graded_calls(store, RIGHT * 20)
    assert doubts_of_runs(archive, [run]) == {} and resting_on({}) == "", "proven since"

    other = keep_call(store, call_id="call_other")
    judge(store, other.id, "met", model="unheard of")
    archive.summary(other.run_id)
    assert doubts_of_runs(archive, [run, other.run_id])[BOOKS.name].word == "Judge unproven"
    graded_calls(store, [("met", "not_met")] * 60, start=100)
    assert doubts_of_runs(archive, [run, other.run_id])[BOOKS.name].weak
    store.delete_call(call.id)
    assert not doubts_of_runs(archive, [run, other.run_id])[BOOKS.name].weak


def test_advisory_criteria_are_no_matter_of_a_pass_rate(archive: Archive) -> None:
    store = archive.store
    call = keep_call(store)
    judged = [JudgedCheck(name, 1.0, name == "A", judge="local") for name in "ABC"]
    store.put_judged(call.id, judged)
    assert list(doubts_of_runs(archive, [call.run_id])) == ["A"]
    every = doubts_of_runs(archive, [call.run_id], required=False)
    assert list(every) == ["A", "B", "C"]
    told = resting_on(every, "The checks rest")
    assert told == "The checks rest on 3 criteria whose judges are not proven."
    del every["C"]
    assert resting_on(every).endswith("on “A” and “B”, whose judges are not proven.")


def test_whose_word_a_verdict_is() -> None:
    two = check(USUAL, USUAL, Vote("second", "other", NOT_MET))
    assert judged_as(two, grading="g") == said(
        "met", judge="local + second", model="gemma3:12b + other", grading="g"
    )
    assert judged_as(two, 3) is None
    of_reply = Judgement(BOOKS.name, 3, NOT_MET, (USUAL,), prompt="turn-1")
    by_reply = replace(two, judgements=(of_reply, replace(of_reply, turn=4, verdict=MET)))
    assert judged_as(by_reply, 3) == said("not_met", prompt="turn-1")
    assert judged_as(by_reply) == said("met", prompt="turn-1")
    assert judged_as(CheckResult("Greets", "agent_said", MET)) is None
