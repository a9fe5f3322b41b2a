from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.agents.library import AgentLibrary
from harness.calls import CallRequest
from harness.console import service
from harness.console.call.setup import DEMO, FAULTS, Setup, choose_scenario, of_call
from harness.errors import AgentConfigError, RingbackError, UnknownName
from harness.nouns import Agent, Caller
from harness.scenarios import library
from harness.settings import get_settings


@pytest.fixture(autouse=True)
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AgentLibrary]:
    """A saved agent, in a data folder of its own."""
    monkeypatch.setenv("RINGBACK_DATA", str(tmp_path / "data"))
    get_settings.cache_clear()
    agents = AgentLibrary(get_settings())
    agents.save(
        Agent(name="mine", provider="dev_runner", config={"url": "http://h:1"}, body={"tier": 1})
    )
    yield agents
    monkeypatch.undo()
    get_settings.cache_clear()


def test_the_demo_agent_takes_a_fault() -> None:
    agent = Setup(fault="deaf").agent()
    assert (agent.provider, agent.body) == ("demo", {"fault": "deaf"})
    assert Setup().agent().body == {}


def test_every_fault_of_the_issue_can_be_chosen() -> None:
    faults = [
        "slow",
        "deaf",
        "mumbler",
        "stubborn",
        "chatty",
        "liar",
        "unsafe",
        "hangs_up",
        "silent_start",
        "crash",
    ]
    assert set(FAULTS) == {"", *faults}


def test_a_saved_agent_keeps_its_body_unless_the_call_has_another() -> None:
    assert Setup(agent_name="mine").agent().body == {"tier": 1}
    assert Setup(agent_name="mine", body='{"tier": 2}').agent().body == {"tier": 2}
    assert Setup(agent_name="mine", body=" ").agent().body == {}
    assert Setup(agent_name="mine", fault="deaf").agent().body == {"tier": 1}


@pytest.mark.parametrize("body", ["{", "[1]", "5", "null", "[" * 100_000])
def test_a_body_that_is_no_object_is_told(body: str) -> None:
    with pytest.raises(AgentConfigError):
        Setup(agent_name="mine", body=body).request()


def test_an_agent_that_was_deleted_is_told(saved: AgentLibrary) -> None:
    saved.delete("mine")
    with pytest.raises(UnknownName, match="mine"):
        Setup(agent_name="mine").request()


def test_a_call_without_a_script() -> None:
    request = Setup(scenario=None, voice="deep", speed=1.2, patience_s=0.8).request()
    assert request.scenario is None and request.caller is not None
    assert (request.caller.voice, request.caller.speed, request.caller.patience_s) == (
        "deep",
        1.2,
        0.8,
    )


def test_a_text_call_sends_no_sound() -> None:
    request = Setup(agent_name="mine", by="text").request()
    assert request.caller is not None and request.caller.by == "text"


def test_the_caller_keeps_what_the_scenario_says_of_it() -> None:
    scenario = library()[0]
    request = Setup(scenario=scenario.name, voice="deep").request()
    assert request.scenario == scenario and request.caller is not None
    assert request.caller.name == scenario.caller.name
    assert request.caller.voice == "deep"


def test_a_scenario_is_called_as_often_as_it_says_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Setup] = {"setup": Setup(fault="slow", runs=7)}
    monkeypatch.setattr("streamlit.session_state", kept)
    assert choose_scenario(library()[0].name).runs is None
    assert kept["setup"].fault == "slow"


def test_who_is_called_is_told_in_a_few_words(saved: AgentLibrary) -> None:
    assert Setup().told == "the demo agent"
    assert Setup(fault="deaf").told == f"the demo agent, made to fail: {FAULTS['deaf']}"
    assert Setup(agent_name="mine").told == "mine"
    saved.delete("mine")
    assert Setup(agent_name="mine").told == ""


def test_a_scenario_that_is_gone_is_told() -> None:
    with pytest.raises(RingbackError):
        Setup(scenario="front_desk/none-of-that-name").request()


def test_any_saved_agent_can_be_called_again(replay, saved: AgentLibrary) -> None:
    asked = CallRequest(
        agent=saved.get("mine").model_copy(update={"body": {"tier": 3}}),
        caller=Caller(by="text", voice="deep"),
    )
    view = service().view(replay.place(asked).id)
    assert of_call(view) == asked
    saved.delete("mine")
    assert of_call(view) is None


def test_the_demo_agent_can_be_called_again_with_its_fault(replay) -> None:
    asked = Setup(agent_name=DEMO, fault="slow").request()
    assert of_call(service().view(replay.place(asked).id)) == asked
