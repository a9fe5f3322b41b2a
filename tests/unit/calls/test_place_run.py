"""The calls of a run as the engine enters them: one run, in order, each with its own plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.calls import CallRequest, Engine
from harness.calls._dispatch import Dispatch
from harness.errors import InputError, MissingKey
from harness.nouns import Agent, Caller, RulesBrain, Scenario, Simulation, State, runs_of
from harness.settings import Settings

AGENT = Agent(name="far", provider="dev_runner", config={"url": "http://localhost:1"})
BRAIN = RulesBrain(kind="rules", start="ask", states={"ask": State(say=("Hi",))}, seed=3)


def person(runs: int) -> Scenario:
    simulation = Simulation("Ann", "hours", "told", runs=runs, brain=BRAIN)
    caller = Caller(by="text")
    return Scenario("p", "Ann", "p.yaml", kind="simulation", simulation=simulation, caller=caller)


@pytest.fixture
def queued() -> list[str]:
    return []


@pytest.fixture
def engine(tmp_path: Path, queued: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    async def no_worker(self: Dispatch) -> None:
        pass

    monkeypatch.setattr(Dispatch, "warm_up", no_worker)
    monkeypatch.setattr(Dispatch, "queue", lambda self, call_id: queued.append(call_id))
    engine = Engine(Settings(data=tmp_path))
    engine.start()
    yield engine
    engine.stop()


def test_all_calls_are_queued_and_belong_to_one_run(engine: Engine, queued: list[str]) -> None:
    calls = engine.place_run(CallRequest(agent=AGENT, scenario=person(3)))

    assert [call.id for call in calls] == queued == sorted(queued)
    (run,) = runs_of(engine.history()).values()
    assert [call.id for call in run.calls] == queued
    assert [call.id for call in engine.store.calls(run_id=run.id)] == queued[::-1]
    plans = [CallRequest.model_validate(engine.store.plan(call_id)) for call_id in queued]
    seeds = [
        plan.scenario.simulation.brain.seed  # type: ignore[union-attr]
        for plan in plans
        if plan.scenario is not None and plan.scenario.simulation is not None
    ]
    assert seeds == [3, 4, 5]
    assert {plan.agent.config["url"] for plan in plans} == {"http://localhost:1"}


def test_one_call_is_a_run_of_its_own(engine: Engine, queued: list[str]) -> None:
    request = CallRequest(agent=AGENT, scenario=person(3))
    first, second = engine.place(request), *engine.place_run(request, 1)

    assert queued == [first.id, second.id] and first.run_id != second.run_id


def test_too_many_are_none(engine: Engine, queued: list[str]) -> None:
    with pytest.raises(InputError):
        engine.place_run(CallRequest(agent=AGENT, scenario=person(101)))

    assert not queued and not engine.history()


def test_a_recogniser_for_people_that_cannot_be_used_is_told_before_the_call(
    engine: Engine, queued: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("DEEPGRAM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(key, raising=False)
    request = CallRequest(agent=AGENT, caller=Caller(), person_ear="cloud")
    with pytest.raises(MissingKey, match="DEEPGRAM_API_KEY"):
        engine.place_run(request)
    assert not queued
    engine.place_run(request.model_copy(update={"caller": Caller(by="text")}))
    monkeypatch.setenv("DEEPGRAM_API_KEY", "key-test-0123456789")
    engine.place_run(request)
    assert len(queued) == 2
    assert CallRequest.model_validate(engine.store.plan(queued[1])).person_ear == "cloud"
