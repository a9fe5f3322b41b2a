"""Plans of calls are stored: old ones are read as they were meant, new ones come back whole."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from harness.calls import CallRequest, build_view
from harness.calls._order import Order
from harness.nouns import (
    Agent,
    AgentSaid,
    Call,
    Caller,
    CallState,
    CheckResult,
    CheckSpec,
    CheckVerdict,
    Criterion,
    Evidence,
    Expectation,
    Expected,
    ExpectedCall,
    Grading,
    Habits,
    InOrder,
    Intent,
    Judgement,
    JudgePlan,
    LlmAccess,
    LlmEndpoint,
    Move,
    OrderedStep,
    Policy,
    RulesBrain,
    SaysDate,
    SaysNumber,
    Scenario,
    ScriptStep,
    SendAfter,
    SimMeasure,
    SimMetric,
    Simulation,
    State,
    Success,
    Verdict,
    Vote,
    from_json,
    to_json,
)
from harness.store import EventWriter, read_events

OLD = Path(__file__).with_name("old_plan.json")
"""The plan of a call as it was stored before there were simulations and judges."""

BRAIN = RulesBrain(
    kind="rules",
    seed=3,
    slots={"name": "Maria Lopez"},
    intents={"asks_name": Intent(any=("your name",)), "offers": Intent(pattern=r"\bo.clock\b")},
    start="ask",
    states={
        "ask": State(
            say=("I would like an appointment.",),
            when={"asks_name": Move(say=("My name is {name}.",)), "offers": Move(to="take")},
            otherwise=Move(say=("Could you say that again?",)),
        ),
        "take": State(say=("The first one.",), otherwise=Move(end=True, reason="booked")),
    },
)
METRIC = SimMetric("books", measure="function_calls", calls=(ExpectedCall("book", {"day": [1]}),))
CHECKS: tuple[CheckSpec, ...] = (
    Expected(rule="expected", name="Reply 1", step=1, index=0, event="response", within_s=2.5),
    Criterion(rule="criterion", name="Polite", text="Is polite", scope="turn", turn=1, weight=0.5),
    Success(rule="success", name="Booked", text="The appointment is booked."),
    SimMeasure(rule="metric", name="books", metric=METRIC),
    SaysNumber(rule="says_number", name="Price", min=10, max=20, unit="dollars"),
    SaysDate(rule="says_date", name="Day", date=date(2026, 11, 24), turn=2),
    InOrder(
        rule="in_order",
        name="Asks, then books",
        steps=(OrderedStep(said="your name"), OrderedStep(function="book")),
    ),
    Policy(rule="policy", name="Policy", always=("recorded",), never=("diagnosis",)),
)
SIMULATION = Simulation(
    persona="Maria, in a hurry.",
    goal="An appointment",
    success="The appointment is booked.",
    metrics=(METRIC, SimMetric("polite", criterion="Is it polite?", min_score=0.9)),
    brain=BRAIN,
    habits=Habits(fillers=("um",), cuts_in_after_s=1.5),
)
FULL = Scenario(
    "f/full",
    "Full",
    "f.yaml",
    kind="simulation",
    steps=(
        ScriptStep(
            "One two",
            parts=("One", 500, "2"),
            audio="/a.wav",
            image="/i.png",
            send_after=SendAfter("bot_started_speaking", 400),
            wait="written",
            expect=(
                Expectation(
                    ("Fri",),
                    within_s=2.5,
                    event="function_call",
                    calls=(ExpectedCall("book", {"a": {"b": [1, None, "x"]}}), ExpectedCall()),
                    eval="Books",
                    check_from="turn_start",
                ),
                Expectation(event="llm_marker", marker="short", markers=1, text_after=False),
                Expectation(event="tts_response", absent=True),
            ),
        ),
        ScriptStep(None, dtmf="12#"),
    ),
    caller=Caller(language="pt-BR", volume_db=-6, asks_again=False, persona="angry"),
    checks=CHECKS,
    simulation=SIMULATION,
    context=({"role": "user", "content": [{"type": "text"}]},),
    stop_on_failure=True,
    own_block=False,
    judge=JudgePlan(endpoints=("openai", "local"), repeats=3),
    source="name: f  # a comment\n",
)
AGENT = Agent(name="a", provider="dev_runner", config={"url": "http://h:1"})


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_an_old_plan_is_read_as_it_was_meant():
    plan = json.loads(OLD.read_text("utf-8"))
    request = CallRequest.model_validate(plan)
    scenario = request.scenario
    assert scenario is not None and request.caller is not None
    # Its caller went on whatever failed, asked again, and waited for a reply after each line.
    assert not scenario.stop_on_failure and scenario.own_block and scenario.caller.asks_again
    assert {step.wait for step in scenario.steps} == {"reply"}
    assert scenario.simulation is None and scenario.judge.endpoints == ()
    assert {check.weight for check in scenario.checks} == {1.0}
    assert len({check.rule for check in scenario.checks}) == 8
    assert scenario.steps[-1].expect[0].contains == ("goodbye",)

    def keeps(old: Any, new: Any) -> bool:
        if isinstance(old, dict):
            return all(keeps(value, new[key]) for key, value in old.items())
        if isinstance(old, list):
            return len(old) == len(new) and all(map(keeps, old, new))
        return bool(old == new)

    assert keeps(plan, request.model_dump(mode="json"))


def test_an_old_plan_can_be_shown_and_called_again():
    request = CallRequest.model_validate(json.loads(OLD.read_text("utf-8")))
    call = Call(
        "call_1", "run_1", "a", "dev_runner", "s", "heart", CallState.DONE, None, None,
        datetime.now(UTC),
    )  # fmt: skip
    view = build_view(call, request, ())
    assert len(view.checks) == 15 and view.scenario_title == "Book a follow-up"
    assert request.scenario is not None
    order = Order(
        call_id="call_1",
        agent=request.agent,
        caller=request.scenario.caller,
        scenario=request.scenario,
        limits=request.limits,
    )
    assert Order.model_validate(through_json(order.model_dump(mode="json"))) == order


def test_a_new_plan_comes_back_whole():
    request = CallRequest(agent=AGENT, scenario=FULL)
    again = CallRequest.model_validate(through_json(request.model_dump(mode="json")))
    assert again.scenario == FULL
    assert again.scenario.steps[0].parts == ("One", 500, "2")


@given(st.lists(st.text(max_size=5) | st.integers(0, 10_000), max_size=6))
def test_pauses_and_figures_are_told_apart(parts: list[str | int]):
    step = ScriptStep("x", parts=tuple(parts))
    assert from_json(ScriptStep, through_json(to_json(step))) == step


def test_keys_go_to_the_worker_and_into_no_text():
    access = LlmAccess(LlmEndpoint(name="x", url="http://h/v1", model="m"), "swordfish-key")
    order = Order(
        call_id="call_1",
        agent=AGENT,
        caller=FULL.caller,
        limits=CallRequest(agent=AGENT).limits,
        scenario=FULL,
        judges=(access,),
        brain=access,
    )
    assert "swordfish" not in repr(order) + str(order)
    again = Order.model_validate(through_json(order.model_dump(mode="json")))
    assert again == order and again.judges[0].key == "swordfish-key"


def grading() -> Grading:
    votes = (
        Vote("openai", "gpt", CheckVerdict.MET, "you are booked", 2, "It says so.", 120, 30),
        Vote("local", "small", CheckVerdict.ERROR, error="It did not answer.", tokens_in=120),
    )
    judgement = Judgement(
        "Booked", None, CheckVerdict.MET, votes, 1.0, "yes_no 1", Evidence("you are", 2, 4.5)
    )
    result = CheckResult(
        "Booked", "success", CheckVerdict.MET, judgements=(judgement,), heard_s=1.5, kind="judge_no"
    )
    return Grading(
        "grading_1", "call_1", datetime.now(UTC), "Second", JudgePlan(repeats=2), CHECKS,
        (result,), Verdict.PASSED, judgement.tokens_in, judgement.tokens_out,
    )  # fmt: skip


def test_a_grading_comes_back_whole():
    before = grading()
    assert from_json(Grading, through_json(to_json(before))) == before
    assert (before.tokens_in, before.tokens_out) == (240, 30)


def test_a_judgement_fits_into_an_event(tmp_path: Path):
    from harness.nouns import Event, EventKind

    judgement = grading().results[0].judgements[0]
    with EventWriter(tmp_path / "events.jsonl") as log:
        log.append(Event(1, 0.5, EventKind.JUDGE_VERDICT, to_json(judgement)))
    [event] = read_events(tmp_path / "events.jsonl")
    assert event.kind is not None and from_json(Judgement, event.data) == judgement


def test_results_of_before_are_read():
    old = {"name": "A", "rule": "agent_said", "verdict": "met", "required": True, "message": ""}
    result = from_json(CheckResult, old)
    assert (result.weight, result.kind, result.judgements) == (1.0, "", ())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.rule)
def test_each_check_is_told_by_its_rule(check: CheckSpec):
    adapter = TypeAdapter[CheckSpec](CheckSpec)
    assert adapter.validate_python(through_json(to_json(check))) == check


def test_a_check_of_the_old_kind_is_not_taken_for_a_new_one():
    check = AgentSaid(rule="agent_said", name="Greets", text="hello")
    assert TypeAdapter[CheckSpec](CheckSpec).validate_python(to_json(check)) == check
