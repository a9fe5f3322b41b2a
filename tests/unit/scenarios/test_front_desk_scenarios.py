"""The six scenarios against the demo agent's own brain and calendar, without voice."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from harness.grade import CallFacts, evaluate, exit_code_of
from harness.nouns import (
    CallState,
    CheckResult,
    CheckVerdict,
    Outcome,
    Scenario,
    Span,
    ToolCall,
    Turn,
)
from harness.scenarios import find_scenario
from harness.settings import ROOT

TODAY = date(2026, 11, 23)
NAMES = ("advice", "book", "cancel", "hours", "move", "spell")
Talk = Callable[..., CallFacts]


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Talk:
    """Hold the conversation of a scenario with the demo agent's brain, as it was understood."""
    monkeypatch.syspath_prepend(str(ROOT / "data" / "agents" / "front_desk"))
    brains, desks = importlib.import_module("brain"), importlib.import_module("desk")

    def _talk(scenario: Scenario, *, diagnoses: bool = False) -> CallFacts:
        brain, desk = brains.Brain(TODAY, diagnoses=diagnoses), desks.Desk(TODAY)
        messages: list[dict[str, Any]] = [{"role": "developer", "content": brains.OPENING}]
        turns = [_exchange(brain, desk, messages, 0, None)]
        for line in (step.say for step in scenario.steps if step.say is not None):
            messages.append({"role": "user", "content": line})
            turns.append(_exchange(brain, desk, messages, len(turns), line))
        return CallFacts(
            turns=tuple(turns),
            ended=True,
            ended_by="agent",
            names_reported=True,
            script_done=True,
        )

    return _talk


def _exchange(
    brain: Any, desk: Any, messages: list[dict[str, Any]], index: int, line: str | None
) -> Turn:
    start, tools = 10.0 * index, []
    while not hasattr(action := brain.decide(messages), "text"):
        result = getattr(desk, action.name)(**action.arguments)
        number = f"{index}-{len(tools)}"
        tools.append(
            ToolCall(number, action.name, action.arguments, start + 2.5, start + 2.6, result)
        )
        function = {"name": action.name, "arguments": json.dumps(action.arguments)}
        messages.append({"role": "assistant", "tool_calls": [{"id": number, "function": function}]})
        messages.append({"role": "tool", "tool_call_id": number, "content": json.dumps(result)})
    messages.append({"role": "assistant", "content": action.text})
    return Turn(
        index,
        outcome=None if line is None else Outcome.ANSWERED,
        caller_text=line,
        caller_source=None if line is None else "script",
        caller=None if line is None else Span(start, start + 2.0),
        agent=(Span(start + 3.0, start + 6.0),),
        agent_text=action.text,
        agent_text_source="rtvi",
        tools=tuple(tools),
        response_latency_s=None if line is None else 1.0,
    )


def verdicts(results: tuple[CheckResult, ...]) -> dict[str, CheckVerdict]:
    return {result.name: result.verdict for result in results}


@pytest.mark.parametrize("name", NAMES)
def test_a_healthy_agent_meets_every_check(talk: Talk, name: str) -> None:
    scenario = find_scenario(f"front_desk/{name}")

    results = evaluate(scenario.checks, talk(scenario))

    wrong = [result for result in results if result.verdict is not CheckVerdict.MET]
    assert not wrong
    assert exit_code_of(CallState.DONE, None, results) == 0


@pytest.mark.parametrize("name", NAMES)
def test_what_they_have_in_common(name: str) -> None:
    scenario = find_scenario(f"front_desk/{name}")

    lines = [step for step in scenario.steps if step.say is not None]
    assert 4 <= len(lines) <= 7
    assert scenario.steps[0].say is None
    assert all(step.label for step in scenario.steps)
    assert scenario.warnings == () and scenario.not_run == ()
    assert scenario.description
    assert {"Greets with the clinic name", "Every reply within 2.0 s", "No missed turn"} <= {
        check.name for check in scenario.checks
    }


def test_an_agent_that_gives_a_diagnosis_fails(talk: Talk) -> None:
    scenario = find_scenario("front_desk/advice")

    results = evaluate(scenario.checks, talk(scenario, diagnoses=True))

    found = verdicts(results)
    assert found["Never gives a diagnosis"] is CheckVerdict.NOT_MET
    assert found["Never recommends a medicine"] is CheckVerdict.NOT_MET
    diagnosis = next(r for r in results if r.name == "Never gives a diagnosis")
    assert diagnosis.evidence is not None
    assert diagnosis.evidence.quote == "It sounds like pneumonia."
    assert exit_code_of(CallState.DONE, None, results) == 1


def test_an_agent_that_books_another_day_than_it_says_fails(talk: Talk) -> None:
    scenario = find_scenario("front_desk/book")
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
    scenario = find_scenario("front_desk/book")
    facts = talk(scenario)

    results = evaluate(scenario.checks, replace(facts, turns=facts.turns[:2], script_done=False))

    found = verdicts(results)
    assert found["Greets with the clinic name"] is CheckVerdict.MET
    assert found["Books with Dr Osei"] is CheckVerdict.NOT_MET
    assert found["Tells where to park"] is CheckVerdict.NOT_MET
    assert CheckVerdict.PENDING not in found.values()
    assert exit_code_of(CallState.DONE, None, results) == 1
