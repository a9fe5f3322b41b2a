"""Our judges behind Pipecat Evals' own judge; and the one private name that needs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
from pipecat.classifiers.base_classifier import BaseClassifier
from pipecat.evals.judge import EvalJudge

from harness.grade import Panel, Question, eval_judge, judge_simulation
from harness.nouns import CheckVerdict, Judgement, SimMetric, Simulation, Vote

V = CheckVerdict


class Says:
    """A judge that answers by what the question says; remembers what it was asked."""

    name = "says"

    def __init__(self, **answers: tuple[CheckVerdict, str]) -> None:
        self._answers = answers
        self.asked: list[Question] = []

    async def ask(self, question: Question) -> Vote:
        self.asked.append(question)
        verdict, quote = self._answers[question.text.split()[0]]
        index = question.transcript[-1].index
        return Vote(self.name, "m", verdict, quote, index, reason=f"because {verdict.value}")


def test_the_private_name_is_there_as_we_bring_it_along() -> None:
    assert "_ask" in BaseClassifier.__abstractmethods__
    assert list(inspect.signature(BaseClassifier._ask).parameters) == [
        "self",
        "state",
        "questions",
        "images",
    ]


async def judged(judge: Says, criterion: str, *replies: str) -> tuple[EvalJudge, list[Judgement]]:
    said: list[Judgement] = []
    asked = eval_judge(Panel([judge]), said.append)
    asked.add_assistant_message("Northgate Clinic.")
    asked.add_user_message("I need an appointment.")
    for reply in replies:
        asked.add_assistant_message(reply)
    asked.verdict = await asked.evaluate(criterion)
    await asked.close()
    return asked, said


@pytest.mark.parametrize(
    ("answer", "verdict", "ours"),
    [
        ((V.MET, "on Friday"), "yes", V.MET),
        ((V.NOT_MET, ""), "no", V.NOT_MET),
        ((V.MET, "on Monday"), "no", V.NOT_PROVEN),
        ((V.PENDING, ""), "continue", V.PENDING),
        ((V.NOT_RUN, ""), "no", V.NOT_RUN),
    ],
)
async def test_a_reply(answer: tuple[CheckVerdict, str], verdict: str, ours: CheckVerdict) -> None:
    judge = Says(offers=answer)

    asked, said = await judged(judge, "offers a day", "Let me see.", "You could come on Friday.")

    assert asked.verdict.verdict == verdict
    assert "because" in asked.verdict.reason
    assert asked.last_error == ""
    (judgement,) = said
    assert (judgement.check, judgement.turn, judgement.verdict) == ("offers a day", 1, ours)
    (question,) = judge.asked
    assert question.choices == ("yes", "no", "continue")
    assert question.transcript[0].agent_text == "Northgate Clinic."
    assert question.transcript[1].caller_text == "I need an appointment."
    assert question.transcript[1].agent_text == "Let me see. You could come on Friday."


async def test_a_failed_judge_is_told_from_a_no() -> None:
    judge = Says(offers=(V.ERROR, ""))

    asked, said = await judged(judge, "offers a day", "On Friday.")

    assert asked.verdict.verdict == "no"
    assert asked.last_error
    assert asked.verdict.reason == asked.last_error
    assert [each.verdict for each in said] == [V.ERROR]
    assert len(judge.asked) == 1, "Pipecat asks again at once; the panel is asked once"


async def test_an_error_is_over_with_the_next_question() -> None:
    judge = Says(offers=(V.ERROR, ""), greets=(V.MET, "Friday"))
    asked, _ = await judged(judge, "offers a day", "On Friday.")

    verdict = await asked.evaluate("greets")

    assert verdict.passed
    assert asked.last_error == ""


async def test_a_function_call() -> None:
    said: list[Judgement] = []
    judge = Says(books=(V.MET, 'book({"day": "Friday"})'))
    asked = eval_judge(Panel([judge]), said.append)
    asked.add_user_message("Friday, please.")

    verdict = await asked.evaluate_call("book", {"day": "Friday"}, "books the day")

    assert verdict.passed
    assert (said[0].check, said[0].turn, said[0].prompt[:8]) == ("books the day", 1, "function")


@pytest.mark.parametrize("allow", [True, False])
async def test_a_reply_may_go_on_only_where_the_scenario_says_so(allow: bool) -> None:
    asked: list[Question] = []

    class Listens:
        name = "listens"

        async def ask(self, question: Question) -> Vote:
            asked.append(question)
            return Vote(self.name, "m", V.PENDING)

    judge = eval_judge(Panel([Listens()]), lambda _: None, allow_continue=allow)
    judge.add_user_message("When?")
    judge.add_assistant_message("One moment.")
    verdict = await judge.evaluate("offers a day")

    assert ("continue" in asked[0].choices) is allow
    assert verdict.verdict == ("continue" if allow else "no")


async def test_a_panel_that_hardly_agrees_is_still_a_yes() -> None:
    answers = iter([V.MET, V.MET, V.NOT_MET, V.PENDING, V.NOT_RUN])

    class Wavers:
        name = "wavers"

        async def ask(self, question: Question) -> Vote:
            return Vote(self.name, "m", next(answers), "Friday", question.transcript[-1].index)

    asked = eval_judge(Panel([Wavers()], repeats=5), lambda _: None)
    asked.add_user_message("When?")
    verdict = await asked.evaluate_call("book", {"day": "Friday"}, "books")

    assert verdict.passed


CONVERSATION = [
    {"role": "assistant", "content": "Northgate Clinic."},
    {"role": "user", "content": "Friday, please."},
    {"role": "tool_call", "name": "book", "arguments": {"day": "Friday"}, "cancelled": False},
    {"role": "assistant", "content": "You are booked on Friday."},
]


async def test_a_whole_conversation_as_pipecat_judges_it() -> None:
    judge = Says(booked=(V.MET, 'book({"day": "Friday"})'), short=(V.MET, "Northgate Clinic"))
    simulation = Simulation(
        "Maria",
        "an appointment",
        "booked on Friday",
        metrics=(
            SimMetric("answer", criterion="short replies", min_score=0.5),
            SimMetric("turns", measure="turns", max_value=5),
        ),
    )

    said = await judge_simulation(simulation, CONVERSATION, Panel([judge]))

    told = [(each.check, each.turn, each.verdict) for each in said]
    assert told == [
        ("success", None, V.MET),
        ("answer", 0, V.MET),
        ("answer", 1, V.NOT_PROVEN),
    ]  # fmt: skip


def test_the_package_itself_brings_in_no_pipecat() -> None:
    code = "import sys, harness.grade; sys.exit('pipecat' in sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
