from __future__ import annotations

import pytest

from harness.console.setup import FAULTS, Setup
from harness.errors import AgentConfigError, RingbackError
from harness.scenarios import library


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


def test_a_runner_has_its_address_and_body() -> None:
    agent = Setup(kind="dev_runner", runner_url=" http://h:1 ", body='{"a": 1}').agent()
    assert agent.provider == "dev_runner"
    assert (agent.name, agent.config, agent.body) == ("h:1", {"url": "http://h:1"}, {"a": 1})


def test_a_room_has_address_and_token() -> None:
    agent = Setup(kind="room", room_url="wss://h", room_token=" t ").agent()
    assert (agent.provider, agent.config) == ("room", {"url": "wss://h", "token": "t"})


@pytest.mark.parametrize("body", ["{", "[1]", "5", "null"])
def test_a_body_that_is_no_object_is_told(body: str) -> None:
    with pytest.raises(AgentConfigError):
        Setup(kind="dev_runner", body=body).request()


@pytest.mark.parametrize("kind", ["dev_runner", "room"])
def test_an_empty_address_is_told(kind: str) -> None:
    with pytest.raises(AgentConfigError):
        Setup(kind=kind, runner_url=" ", room_url=" ").request()  # type: ignore[arg-type]


def test_a_call_without_a_script() -> None:
    request = Setup(scenario=None, voice="deep", speed=1.2, patience_s=0.8).request()
    assert request.scenario is None and request.caller is not None
    assert (request.caller.voice, request.caller.speed, request.caller.patience_s) == (
        "deep",
        1.2,
        0.8,
    )


def test_the_caller_keeps_what_the_scenario_says_of_it() -> None:
    scenario = library()[0]
    request = Setup(scenario=scenario.name, voice="deep").request()
    assert request.scenario == scenario and request.caller is not None
    assert request.caller.name == scenario.caller.name
    assert request.caller.voice == "deep"


def test_a_scenario_that_is_gone_is_told() -> None:
    with pytest.raises(RingbackError):
        Setup(scenario="front_desk/none-of-that-name").request()
