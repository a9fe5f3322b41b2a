"""Which language models a call needs is told before it is placed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.calls._judges import helpers_of, is_judged, judges_of
from harness.errors import MissingSecret, NoJudge, UnknownName
from harness.nouns import (
    AgentSaid,
    Criterion,
    Expected,
    JudgePlan,
    LlmEndpoint,
    OpenAiBrain,
    RulesBrain,
    Scenario,
    SimMeasure,
    SimMetric,
    Simulation,
    State,
    Success,
)
from harness.settings import Settings
from harness.store import EndpointLibrary

POLITE = Criterion(rule="criterion", name="Polite", text="It is polite.")
GREETS = AgentSaid(rule="agent_said", name="Greets", text="welcome")


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EndpointLibrary:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return EndpointLibrary(Settings(data=tmp_path))


def put(library: EndpointLibrary, name: str, key: str = "") -> None:
    library.put(LlmEndpoint(name=name, url="http://h:1/v1", model="m", key=key))


def simulated(brain: OpenAiBrain | RulesBrain) -> Scenario:
    simulation = Simulation("A caller", "Book", "It is booked", brain=brain)
    return Scenario("s", "Booking", "s.yaml", kind="simulation", simulation=simulation)


def test_what_judges_decide() -> None:
    judged = SimMeasure(rule="metric", name="m", metric=SimMetric("m", criterion="Is brief."))
    measured = SimMeasure(rule="metric", name="m", metric=SimMetric("m", measure="turns"))
    asked = Expected(rule="expected", name="e", step=0, index=0, event="response", eval="Is kind.")
    plain = Expected(rule="expected", name="e", step=0, index=0, event="response")
    goal = Success(rule="success", name="s", text="It is booked.")
    assert all(is_judged(spec) for spec in (POLITE, judged, asked, goal))
    assert not any(is_judged(spec) for spec in (GREETS, measured, plain))


def test_nobody_is_needed_where_nothing_is_judged(library: EndpointLibrary) -> None:
    put(library, "local")
    assert helpers_of(None, library).judges == ()
    assert helpers_of(Scenario("s", "S", "s", checks=(GREETS,)), library).judges == ()


def test_the_usual_one_judges_unless_others_are_named(library: EndpointLibrary) -> None:
    assert judges_of(JudgePlan(), library) == ()
    put(library, "first")
    put(library, "second", key="swordfish")
    scenario = Scenario("s", "S", "s", checks=(POLITE,))
    assert [one.endpoint.name for one in helpers_of(scenario, library).judges] == ["first"]
    both = judges_of(JudgePlan(endpoints=("second", "first")), library)
    assert [one.endpoint.name for one in both] == ["second", "first"]
    assert both[0].key == "swordfish" and "swordfish" not in repr(both)


def test_what_is_missing_is_told(library: EndpointLibrary) -> None:
    with pytest.raises(UnknownName):
        judges_of(JudgePlan(endpoints=("nobody",)), library)
    put(library, "paid", key="env:RINGBACK_NOT_SET")
    with pytest.raises(MissingSecret):
        judges_of(JudgePlan(endpoints=("paid",)), library)


def test_a_person_by_language_model_needs_one(library: EndpointLibrary) -> None:
    with pytest.raises(NoJudge) as caught:
        helpers_of(simulated(OpenAiBrain(kind="openai")), library)
    assert "Booking" in caught.value.message and "judges add" in caught.value.remedy
    put(library, "usual")
    put(library, "other")
    brain = helpers_of(simulated(OpenAiBrain(kind="openai")), library).brain
    assert brain is not None and brain.endpoint.name == "usual"
    named = helpers_of(simulated(OpenAiBrain(kind="openai", endpoint="other")), library).brain
    assert named is not None and named.endpoint.name == "other"


def test_a_person_by_rules_needs_none(library: EndpointLibrary) -> None:
    brain = RulesBrain(kind="rules", start="ask", states={"ask": State(say="Hello?")})
    assert helpers_of(simulated(brain), library).brain is None
