"""One check an idea in lists, and never a trouble behind another check."""

from __future__ import annotations

import pytest

from harness.grade import implied_by
from harness.nouns import (
    AgentSaid,
    CheckResult,
    CheckSpec,
    CheckVerdict,
    Expectation,
    Expected,
    NoMissedTurn,
    Scenario,
    ScriptStep,
)

V = CheckVerdict
MISSED = NoMissedTurn(rule="no_missed_turn", name="No missed turn")
GREETS = AgentSaid(rule="agent_said", name="Greets", text="clinic", turn=0)


def expects(line: int, *expectations: Expectation) -> tuple[ScriptStep, list[Expected]]:
    return ScriptStep(say="Hi" if line else None, expect=expectations), [
        Expected(
            rule="expected",
            name=f"{line}.{index}",
            step=line,
            index=index,
            event=expectation.event,
            line=line,
            absent=expectation.absent,
        )
        for index, expectation in enumerate(expectations)
    ]


def scenario(*others: CheckSpec, second: tuple[Expectation, ...] = (Expectation(),)) -> Scenario:
    steps = [expects(0, Expectation()), expects(1, *second)]
    checks = [*others, *(check for _, found in steps for check in found)]
    return Scenario("x", "X", "", steps=tuple(step for step, _ in steps), checks=tuple(checks))


def results(asked: Scenario, **verdicts: CheckVerdict) -> list[CheckResult]:
    found = {name.replace("_", "."): verdict for name, verdict in verdicts.items()}
    return [CheckResult(c.name, c.rule, found.get(c.name, V.MET)) for c in asked.checks]


def test_that_a_reply_comes_is_said_by_what_says_more() -> None:
    asked = scenario(GREETS, MISSED)
    assert implied_by(asked, results(asked)) == {"0.0": "Greets", "1.0": "No missed turn"}
    alone = scenario()
    assert implied_by(alone, results(alone)) == {}


def test_a_later_reply_of_the_step_says_that_one_came() -> None:
    asked = scenario(MISSED, second=(Expectation(), Expectation(contains=("Friday",))))
    assert implied_by(asked, results(asked)) == {"1.0": "1.1"}


@pytest.mark.parametrize(
    "expectation",
    [
        Expectation(contains=("a",)),
        Expectation(excludes=("a",)),
        Expectation(eval="It is kind."),
        Expectation(within_s=2.0),
        Expectation(absent=True),
        Expectation(event="bot_started_speaking"),
    ],
)
def test_what_asks_for_more_stands_for_itself(expectation: Expectation) -> None:
    asked = scenario(MISSED, second=(expectation,))
    assert "1.0" not in implied_by(asked, results(asked))


@pytest.mark.parametrize("verdict", [V.NOT_MET, V.NOT_RUN, V.ERROR])
def test_no_trouble_is_hidden(verdict: CheckVerdict) -> None:
    asked = scenario(GREETS)
    assert implied_by(asked, results(asked, **{"0_0": verdict})) == {}
    both = results(asked, **{"0_0": V.NOT_MET, "Greets": V.NOT_MET})
    assert implied_by(asked, both) == {"0.0": "Greets"}


def test_an_advisory_check_hides_no_required_one() -> None:
    asked = scenario(GREETS.model_copy(update={"required": False}))
    assert implied_by(asked, results(asked)) == {}
