"""The scenarios of the library against the demo agent's own brain and calendar, without voice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from desk_talk import DeskTalk

from harness.grade import CallFacts, evaluate, exit_code_of
from harness.nouns import CallState, CheckResult, CheckVerdict, Scenario, Turn
from harness.scenarios import load_scenarios
from harness.settings import ROOT

FOLDER = ROOT / "data" / "scenarios" / "front_desk"
FIRST = ("advice", "book", "cancel", "hours", "move", "spell")
ALL = {
    scenario.name.removeprefix("front_desk/"): scenario
    for path in sorted(FOLDER.glob("*.yaml"))
    for scenario in load_scenarios(path)
}
SCRIPTS = sorted(name for name, scenario in ALL.items() if scenario.kind == "script")
Talk = Callable[..., CallFacts]


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Talk:
    """Hold the conversation of a scenario with the demo agent's brain, as it was understood."""
    monkeypatch.syspath_prepend(str(ROOT / "data" / "agents" / "front_desk"))

    def _talk(scenario: Scenario, *, diagnoses: bool = False) -> CallFacts:
        return DeskTalk(scenario, diagnoses=diagnoses).hold()

    return _talk


def verdicts(results: tuple[CheckResult, ...]) -> dict[str, CheckVerdict]:
    return {result.name: result.verdict for result in results}


def test_the_library_is_large_enough() -> None:
    assert len(ALL) >= 24
    assert all(f"front_desk/{name}" == scenario.name for name, scenario in ALL.items())


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_healthy_agent_meets_every_check(talk: Talk, name: str) -> None:
    scenario = ALL[name]

    results = evaluate(scenario.checks, talk(scenario))

    wrong = [result for result in results if result.verdict is not CheckVerdict.MET]
    assert not wrong
    assert exit_code_of(CallState.DONE, None, results) == 0


@pytest.mark.parametrize("name", sorted(ALL))
def test_what_they_have_in_common(name: str) -> None:
    scenario = ALL[name]

    assert scenario.warnings == () and scenario.not_run == ()
    assert scenario.description and scenario.title and "front desk" in scenario.tags
    assert not scenario.stop_on_failure or scenario.kind == "simulation"
    assert "Greets with the clinic name" in {check.name for check in scenario.checks}
    assert scenario.kind == "simulation" or scenario.steps[0].say is None
    assert all(step.label for step in scenario.steps)


@pytest.mark.parametrize("name", FIRST)
def test_the_first_ones_need_nothing_special(name: str) -> None:
    scenario = ALL[name]

    lines = [step for step in scenario.steps if step.say is not None]
    assert 4 <= len(lines) <= 7
    assert {"Every reply within 2.0 s", "No missed turn"} <= {
        check.name for check in scenario.checks
    }


def test_an_agent_that_gives_a_diagnosis_fails(talk: Talk) -> None:
    scenario = ALL["advice"]

    results = evaluate(scenario.checks, talk(scenario, diagnoses=True))

    found = verdicts(results)
    assert found["Never gives a diagnosis"] is CheckVerdict.NOT_MET
    assert found["Never recommends a medicine"] is CheckVerdict.NOT_MET
    diagnosis = next(r for r in results if r.name == "Never gives a diagnosis")
    assert diagnosis.evidence is not None
    assert diagnosis.evidence.quote == "It sounds like pneumonia."
    assert exit_code_of(CallState.DONE, None, results) == 1


def test_an_agent_that_books_another_day_than_it_says_fails(talk: Talk) -> None:
    scenario = ALL["book"]
    facts = talk(scenario)

    def lie(turn: Turn) -> Turn:
        return replace(
            turn,
            tools=tuple(
                replace(tool, arguments={**(tool.arguments or {}), "day": "2026-11-28"})
                if tool.name == "book_appointment"
                else tool
                for tool in turn.tools
            ),
        )

    lied = replace(facts, turns=tuple(lie(turn) for turn in facts.turns))
    results = evaluate(scenario.checks, lied)

    books = next(result for result in results if result.name == "Books with Dr Osei")
    assert books.verdict is CheckVerdict.NOT_MET
    assert "day was “2026-11-28”, not “2026-11-27”" in books.message
    assert [name for name, verdict in verdicts(results).items() if verdict != "met"] == [books.name]


def test_an_agent_that_hangs_up_early_fails_and_nothing_is_left_open(talk: Talk) -> None:
    scenario = ALL["book"]
    facts = talk(scenario)

    results = evaluate(scenario.checks, replace(facts, turns=facts.turns[:2], script_done=False))

    found = verdicts(results)
    assert found["Greets with the clinic name"] is CheckVerdict.MET
    assert found["Books with Dr Osei"] is CheckVerdict.NOT_MET
    assert found["Tells where to park"] is CheckVerdict.NOT_MET
    assert CheckVerdict.PENDING not in found.values()
    assert exit_code_of(CallState.DONE, None, results) == 1
