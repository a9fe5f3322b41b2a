"""Measuring judges, the rule judge, and the labelled calls themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from grade_turns import greeting, turn

from harness.grade import (
    Case,
    Question,
    RuleJudge,
    labelled_cases,
    measure_judge,
    read_cases,
)
from harness.grade._prompts import prompt_name
from harness.nouns import CheckVerdict, Vote

V = CheckVerdict


class Fixed:
    """Answers the cases in their order."""

    name = "fixed"

    def __init__(self, *verdicts: CheckVerdict) -> None:
        self._verdicts = list(verdicts)

    async def ask(self, question: Question) -> Vote:
        return Vote(self.name, "m", self._verdicts.pop(0), "Of course", 1, tokens_in=10)


def labelled(*labels: bool) -> list[Case]:
    talk = (greeting(), turn(1))
    return [Case(f"case {number}", "x", holds, talk) for number, holds in enumerate(labels)]


async def test_kappa_of_a_table_from_a_textbook() -> None:
    """20 and 15 agreed, 5 and 10 not: observed 0.7, by chance 0.5, so kappa is 0.4."""
    labels = [True] * 25 + [False] * 25
    answers = [V.MET] * 20 + [V.NOT_MET] * 5 + [V.MET] * 10 + [V.NOT_MET] * 15

    found = await measure_judge(Fixed(*answers), labelled(*labels))

    assert (found.n, found.decided, found.accuracy) == (50, 50, 0.7)
    assert found.kappa == pytest.approx(0.4)
    assert found.confusion[True, V.NOT_MET] == 5
    assert len(found.wrong) == 15
    assert found.tokens_in == 500


async def test_the_interval_of_kappa_is_as_wide_as_chance_makes_it() -> None:
    """Against many tables drawn with the same shares."""
    labels = [True] * 250 + [False] * 250
    answers = [V.MET] * 200 + [V.NOT_MET] * 50 + [V.MET] * 100 + [V.NOT_MET] * 150
    found = await measure_judge(Fixed(*answers), labelled(*labels))

    tables = np.random.default_rng(7).multinomial(500, [0.4, 0.1, 0.2, 0.3], size=20_000) / 500
    both, missed, invented, neither = tables.T
    chance = (both + missed) * (both + invented) + (neither + invented) * (neither + missed)
    kappas = (both + neither - chance) / (1 - chance)
    assert found.kappa_interval is not None
    assert found.kappa_interval == pytest.approx(np.percentile(kappas, [2.5, 97.5]), abs=0.01)
    assert found.accuracy_interval == pytest.approx((0.6584, 0.7385), abs=0.001)


async def test_what_goes_wrong_is_counted() -> None:
    class Fails(Fixed):
        async def ask(self, question: Question) -> Vote:
            return Vote(self.name, "m", V.ERROR, error="It is gone.")

    found = await measure_judge(Fails(), labelled(True, False))

    assert found.errors == {"It is gone.": 2}
    assert (found.decided, found.kappa_interval) == (0, None)


async def test_what_is_not_decided_counts_against_the_accuracy_alone() -> None:
    answers = [V.MET, V.NOT_MET, V.NOT_RUN, V.ERROR]

    found = await measure_judge(Fixed(*answers), labelled(True, False, True, False))

    assert (found.decided, found.accuracy, found.accuracy_decided) == (2, 0.5, 1.0)
    assert found.kappa == 1.0
    nothing = await measure_judge(Fixed(V.NOT_RUN), labelled(True))
    assert (nothing.kappa, nothing.accuracy_decided) == (None, None)


async def test_a_quote_that_was_made_up_is_no_yes() -> None:
    class Invents(Fixed):
        async def ask(self, question: Question) -> Vote:
            return Vote(self.name, "m", V.MET, "made up", 1)

    found = await measure_judge(Invents(), labelled(True))

    assert found.confusion == {(True, V.NOT_PROVEN): 1}


async def test_no_cases_measure_nothing() -> None:
    with pytest.raises(ValueError, match="no cases"):
        await measure_judge(Fixed(), [])


@pytest.mark.parametrize("half", ["tuned", "held_back"])
def test_the_labelled_calls_are_balanced(half: str) -> None:
    found = labelled_cases(half)
    holding = sum(case.holds for case in found)

    assert len(found) >= 30
    assert abs(holding - (len(found) - holding)) <= 2
    for case in found:
        assert any(turn.agent_text for turn in case.transcript), case.id


def test_the_halves_share_no_call() -> None:
    told = [
        "|".join(turn.agent_text for turn in case.transcript)
        for half in ("tuned", "held_back")
        for case in labelled_cases(half)
    ]
    assert len(set(told)) == len(told)


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "a", "criterion": "x", "holds": True},
        {"id": "a", "criterion": "x", "holds": "yes", "talk": [{"a": "Hello."}]},
        {"id": "a", "criterion": "x", "holds": True, "talk": [{"z": "Hello."}]},
    ],
)
def test_a_broken_case_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"lacks|neither"):
        read_cases([entry])


async def test_the_rule_judge_agrees_with_what_its_rules_were_made_for() -> None:
    found = await measure_judge(RuleJudge(), labelled_cases("tuned"))

    assert found.wrong == ()
    assert found.decided >= 0.9 * found.n
    assert found.confusion.get((True, V.NOT_PROVEN), 0) == 0, "its quotes stand in the turn"


async def test_the_rule_judge_is_better_than_chance_on_what_was_held_back() -> None:
    found = await measure_judge(RuleJudge(), labelled_cases("held_back"))

    assert found.kappa is not None
    assert found.kappa > 0.5


async def answer(criterion: str, *replies: str) -> Vote:
    turns = [greeting(), *(turn(number, text) for number, text in enumerate(replies, 1))]
    return await RuleJudge().ask(Question(prompt_name("call"), criterion, tuple(turns)))


@pytest.mark.parametrize(
    "criterion",
    [
        "The agent is polite.",
        "The agent never books an appointment.",
        "The agent does not apologise.",
        "The agent apologises when the caller is angry.",
        "The agent books an appointment with Doctor Osei.",
        "The agent books an appointment and says goodbye.",
        'The agent says "hello" twice.',
        "",
    ],
)
async def test_a_criterion_that_says_more_than_a_rule_is_not_run(criterion: str) -> None:
    vote = await answer(criterion, "You are booked. I am sorry. Hello. Goodbye.")

    assert vote.verdict is V.NOT_RUN


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("You are booked for Friday.", V.MET),
        ("You are not booked for Friday.", V.NOT_MET),
        ("It isn't booked.", V.NOT_MET),
        ("Shall I get you booked?", V.NOT_MET),
        ("Once you pay, it is booked.", V.NOT_MET),
        ("I did not find it. You are booked now.", V.MET),
    ],
)
async def test_negation_questions_and_conditions(reply: str, verdict: CheckVerdict) -> None:
    vote = await answer("The agent books an appointment.", reply)

    assert vote.verdict is verdict
