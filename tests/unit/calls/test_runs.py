"""How often a request is called, what differs between its calls, and how many passed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from harness.calls import CallRequest, pass_rate
from harness.calls._runs import calls_of_run, requests_of
from harness.errors import InputError
from harness.measure import wilson
from harness.nouns import (
    Agent,
    Call,
    Caller,
    CallState,
    OpenAiBrain,
    RulesBrain,
    Scenario,
    Simulation,
    State,
    Verdict,
    runs_of,
)

SCRIPT = Scenario(name="s", title="S", path="s")
RULES = RulesBrain(kind="rules", start="ask", states={"ask": State(say=("Hi",))}, seed=7)


def person(runs: int, brain: RulesBrain | OpenAiBrain = RULES) -> Scenario:
    simulation = Simulation("Ann", "hours", "told", runs=runs, brain=brain)
    return replace(SCRIPT, kind="simulation", simulation=simulation)


def call(number: int, run: str = "r", verdict: Verdict | None = None, **how: object) -> Call:
    state = how.pop("state", CallState.DONE)
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    return Call(f"c{number}", run, "a", "demo", "S", "heart", state, verdict, None, at)  # type: ignore[arg-type]


def test_a_script_is_called_once_and_a_person_as_it_says_unless_told() -> None:
    assert [calls_of_run(None), calls_of_run(SCRIPT), calls_of_run(person(5))] == [1, 1, 5]
    assert [calls_of_run(SCRIPT, 3), calls_of_run(person(5), 1)] == [3, 1]


@pytest.mark.parametrize(("scenario", "runs"), [(SCRIPT, 0), (SCRIPT, 101), (person(10**6), None)])
def test_a_run_has_a_limit(scenario: Scenario, runs: int | None) -> None:
    with pytest.raises(InputError) as error:
        calls_of_run(scenario, runs)
    assert "1 to 100" in error.value.cause and "--runs" in error.value.remedy


def test_each_call_of_a_person_by_rules_has_a_seed_of_its_own() -> None:
    request = CallRequest(agent=Agent(name="demo", provider="demo"), scenario=person(3))
    seeds = []
    for each in requests_of(request, 3):
        assert each.scenario is not None and each.scenario.simulation is not None
        brain = each.scenario.simulation.brain
        assert isinstance(brain, RulesBrain)
        seeds.append(brain.seed)
    assert seeds == [7, 8, 9]
    assert requests_of(request, 3)[0] == request


def test_a_person_by_a_language_model_has_other_habits_each_time_and_a_script_is_the_same() -> None:
    agent, caller = Agent(name="demo", provider="demo"), Caller(seed=4, voice="deep")
    modelled = person(2, OpenAiBrain())
    first, second = requests_of(CallRequest(agent=agent, scenario=modelled, caller=caller), 2)
    assert first.caller == caller
    assert second.caller == caller.model_copy(update={"seed": 5})
    script = CallRequest(agent=agent, scenario=SCRIPT, caller=caller)
    assert requests_of(script, 3) == [script] * 3


def test_what_passed_is_told_with_its_interval_and_without_what_has_no_verdict() -> None:
    passed, failed = Verdict.PASSED, Verdict.FAILED
    calls = [
        *(call(n, verdict=passed) for n in range(3)),
        call(4, verdict=failed),
        call(5, verdict=None, state=CallState.LOST),
        call(6, verdict=None, state=CallState.LIVE),
    ]
    rate = pass_rate(calls)
    assert (rate.calls, rate.passed, rate.failed, rate.undecided, rate.running) == (6, 3, 1, 1, 1)
    assert rate.interval == wilson(3, 4)
    assert rate.sentence == (
        "Passed 3 of 6, 95 % interval 30 to 95 %, 1 without a verdict, 1 still to end"
    )
    assert pass_rate(calls[4:5]).sentence == "Passed 0 of 1, 1 without a verdict"


def test_calls_belong_to_their_run_in_the_order_they_were_placed() -> None:
    runs = runs_of([call(3, "b"), call(2, "a"), call(1, "a")])
    assert [each.id for each in runs["a"].calls] == ["c1", "c2"]
    assert runs["a"].number("c2") == 2 and len(runs["b"].calls) == 1
    with pytest.raises(ValueError):
        runs["b"].number("c1")
