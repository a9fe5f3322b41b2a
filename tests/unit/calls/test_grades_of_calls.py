"""Grading by hand: what is graded, what is kept of the judge, what a blind grader may see."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.calls import (
    CallRequest,
    CallView,
    GradeTarget,
    blinded,
    blinded_update,
    build_view,
    criteria_of,
    hidden_from,
    put_down,
    shown_to,
)
from harness.calls._live_call import view_update
from harness.nouns import (
    Call,
    CallState,
    CheckResult,
    CheckVerdict,
    Criterion,
    Evidence,
    Expected,
    Grade,
    Grading,
    JudgedAs,
    Judgement,
    JudgePlan,
    Verdict,
    Vote,
    to_json,
)
from tests.unit.calls.stored_calls import AGENT

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
MET, NOT_MET = CheckVerdict.MET, CheckVerdict.NOT_MET
SECRET = "Zebra"
"""Stands in all that a judge said, and nowhere else."""


def judged(
    name: str,
    *said: CheckVerdict,
    turn: int | None = None,
    rule: str = "criterion",
    verdict: CheckVerdict | None = None,
) -> CheckResult:
    """A check that judges decided, the majority first."""
    votes = tuple(Vote(f"judge{n}", "gpt", each, reason=SECRET) for n, each in enumerate(said, 1))
    agreement = said.count(said[0]) / len(said)
    one = Judgement(name, turn, said[0], votes, agreement, "yes_no 1", reason=SECRET)
    return CheckResult(
        name,
        rule,
        verdict or said[0],
        message=SECRET,
        evidence=Evidence(SECRET, 1, 2.0),
        by_turn=((1, said[0]),),
        judgements=(one,),
    )


def grade(grader: str = "Ann", value: str | None = None, **of: Any) -> Grade:
    value = value or ("met" if of.get("check") else "up")
    return Grade("grade_1", "call_1", grader, value, AT, AT, **of)  # type: ignore[arg-type]


def view_of(*checks: CheckResult) -> CallView:
    call = Call(
        "call_1", "run_1", "An agent", "dev_runner", "Book", "heart", CallState.DONE,
        Verdict.FAILED, None, AT,
    )  # fmt: skip
    view = build_view(call, CallRequest(agent=AGENT), [])
    return replace(view, checks=checks, verdict=Verdict.FAILED, exit_code=1, gradings=("g",))


def test_what_people_grade_is_what_is_said_in_words_or_judged() -> None:
    by_rule = CheckResult("Says a price", "agent_said", MET)
    unjudged = CheckResult("Kind", "criterion", CheckVerdict.NOT_RUN)
    expected = judged("Books", MET, rule="expected", turn=2)
    asked = (
        Criterion(rule="criterion", name="Kind", text="The agent is kind."),
        Expected(rule="expected", name="Books", step=0, index=0, event="response", eval="It books"),
    )
    found = criteria_of((by_rule, unjudged, expected), (), asked)
    assert [(one.name, one.text) for one in found] == [
        ("Kind", "The agent is kind."),
        ("Books", "It books"),
    ]
    assert found[0].judged() is None
    assert found[1].judged() == JudgedAs(MET, "judge1", "gpt", "yes_no 1")


def test_what_was_judged_last_is_what_a_grade_keeps() -> None:
    newer = judged("Polite", NOT_MET, NOT_MET, MET)
    own = judged("Spells the name", MET)
    nobody = CheckResult("Polite", "criterion", CheckVerdict.NOT_RUN)
    plan = JudgePlan()
    gradings = [
        Grading("grading_1", "call_1", AT, "", plan, (), (newer, own)),
        Grading("grading_2", "call_1", AT, "", plan, (), (nobody,)),
    ]
    polite, spells = criteria_of((judged("Polite", MET),), gradings)
    said = polite.judged()
    assert said == JudgedAs(
        NOT_MET, "judge1 + judge2 + judge3", "gpt", "yes_no 1", grading="grading_1"
    )
    assert spells.judged() == JudgedAs(MET, "judge1", "gpt", "yes_no 1", grading="grading_1")


def test_a_veto_is_not_what_the_judge_said() -> None:
    (one,) = criteria_of((judged("Polite", MET, verdict=NOT_MET),))
    said = one.judged()
    assert said is not None and said.verdict is MET


def test_a_criterion_of_each_reply_has_a_verdict_of_its_own_for_a_turn() -> None:
    first, second = judged("Short", MET, turn=1), judged("Short", NOT_MET, turn=2)
    both = replace(second, judgements=first.judgements + second.judgements)
    (one,) = criteria_of((both,))
    assert one.turns == (1, 2)
    said = [one.judged(1), one.judged(2), one.judged()]
    assert [each and each.verdict for each in said] == [MET, NOT_MET, NOT_MET]
    assert one.judged(3) is None


def test_only_a_grade_of_the_whole_uncovers() -> None:
    criteria = criteria_of((judged("Short", MET), judged("Polite", MET)))
    assert hidden_from(criteria, [], "Ann") == {"Short", "Polite"}
    grades = [grade(check="Short", turn=2), grade("Ben", check="Polite"), grade(turn=1)]
    assert hidden_from(criteria, grades, "Ann") == {"Short", "Polite"}
    assert hidden_from(criteria, [*grades, grade(check="Short")], "Ann") == {"Polite"}


@given(st.sets(st.sampled_from(["Short", "Polite", "Books", "Asks"])))
def test_nothing_of_what_is_hidden_is_left_in_a_view(hidden: set[str]) -> None:
    view = view_of(
        judged("Short", MET),
        judged("Polite", NOT_MET),
        judged("Books", NOT_MET, rule="expected", turn=1),
        judged("Asks", MET, MET, NOT_MET),
        CheckResult("After it", "expected", CheckVerdict.NOT_RUN, message="Never reached."),
        CheckResult("Price", "agent_said", NOT_MET),
    )
    shown = blinded(replace(view, implied={"After it": "Books"}), hidden)
    assert not {check.name for check in shown.checks} & hidden
    told = json.dumps(to_json(shown))
    assert (SECRET in told) == any(check.judgements for check in shown.checks)
    assert "Price" in {check.name for check in shown.checks}
    assert all(name not in told for name in hidden)
    if hidden:
        assert (shown.verdict, shown.exit_code, shown.gradings) == (None, None, ())
    else:
        assert shown.verdict is Verdict.FAILED
    update = view_update(replace(view, implied={"After it": "Books"}), 0)
    graded = {"Short", "Polite", "Books", "Asks"} - hidden
    streamed = blinded_update(update, graded)["view"]
    assert streamed.pop("hidden", False) == bool(hidden)
    assert streamed == view_update(shown, 0)["view"], "what a live call's page is sent is the same"
    assert blinded_update({"type": "end"}, ()) == {"type": "end"}
    # What a failed expectation keeps from being reached tells that it failed.
    assert ("After it" in {c.name for c in shown.checks}) == ("Books" not in hidden)
    assert ("After it" in shown.implied) == ("Books" not in hidden)


def test_a_blind_grader_sees_others_after_their_own() -> None:
    mine = [grade(check="Polite"), grade(turn=1)]
    others = {
        "polite": grade("Ben", check="Polite"),
        "polite here": grade("Ben", check="Polite", turn=1),
        "short": grade("Ben", check="Short"),
        "turn 1": grade("Ben", turn=1),
        "turn 2": grade("Ben", turn=2),
        "second": grade("Ben", at=3.0),
        "call": grade("Ben"),
    }
    every = [*mine, *others.values()]

    def seen(hidden: set[str], blind: bool = True) -> set[str]:
        shown = shown_to(every, "Ann", blind=blind, hidden=hidden)
        assert shown[:2] == mine
        return {name for name, each in others.items() if each in shown}

    assert seen({"Short"}) == {"polite", "polite here"}
    assert seen(set()) == {"polite", "polite here", "short", "turn 1", "second"}
    assert seen({"Short"}, blind=False) == set(others)


def test_a_target_finds_its_own_grades() -> None:
    ann, ben = grade(check="Polite"), grade("Ben", check="Polite")
    every = [ann, ben, grade(check="Polite", turn=1), grade(), grade(at=1.5), grade(turn=1)]
    assert GradeTarget(check="Polite").all_of(every) == [ann, ben]
    assert GradeTarget(check="Polite").of(every, "Ben") is ben
    assert GradeTarget(at=1.5).of(every, "Ben") is None
    for each in every:
        target = GradeTarget(each.check, each.turn, each.at)
        assert target.of(every, each.grader) is each


JUDGED = JudgedAs(MET, "judge1", "gpt", "yes_no 1")
LATER = JudgedAs(NOT_MET, "judge2", "gpt", "yes_no 2", "grading_1")


def test_a_first_grade_is_blind_if_nothing_was_seen() -> None:
    new = grade(check="Polite", judged=JUDGED)
    assert put_down(None, new, unseen=True) == replace(new, blind=True)
    assert put_down(None, new, unseen=False) == new


def test_a_note_leaves_what_the_judge_said_then() -> None:
    before = grade(check="Polite", judged=JUDGED, blind=True)
    noted = put_down(before, grade(check="Polite", note="So it was.", judged=LATER), unseen=False)
    assert noted == replace(before, note="So it was.")


@pytest.mark.parametrize("unseen", [True, False])
def test_a_changed_mind_is_not_blind(unseen: bool) -> None:
    before = grade(check="Polite", judged=JUDGED, blind=True)
    changed = put_down(before, grade(value="not_met", check="Polite", judged=LATER), unseen=unseen)
    assert (changed.value, changed.blind, changed.judged) == ("not_met", False, LATER)
