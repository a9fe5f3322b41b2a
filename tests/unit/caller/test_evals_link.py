"""Pipecat Evals' own messages to the agent: sent where a scenario needs them."""

from __future__ import annotations

from typing import Any

import pytest
from taps import KeptTap

from harness.caller.evals._link import EvalsLink
from harness.nouns import (
    EventKind,
    Expectation,
    Scenario,
    ScriptStep,
    SimMetric,
    Simulation,
)

CALLS = SimMetric("calls", measure="function_calls", calls=())
JUDGED = SimMetric("polite", criterion="is polite")


def person(*metrics: SimMetric) -> Scenario:
    simulation = Simulation("A person.", "To book.", "Booked.", metrics)
    return Scenario(name="x", title="", path="", kind="simulation", simulation=simulation)


def script(event: str) -> Scenario:
    step = ScriptStep("Hello.", expect=(Expectation(event=event),))
    return Scenario(name="x", title="", path="", steps=(step,))


@pytest.mark.parametrize(
    ("scenario", "asks"),
    [
        (person(CALLS, JUDGED), True),
        (person(JUDGED), False),
        (script("function_call"), True),
        (script("response"), False),
    ],
)
async def test_a_person_asks_for_what_is_measured_as_a_script_for_what_it_expects(
    scenario: Scenario, asks: bool
) -> None:
    sent: list[dict[str, Any]] = []
    tap = KeptTap()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["data"])
        if message["data"]["t"] == "eval-connect":
            link.take({"type": "server-response", "data": {"d": {"features": ["context"]}}})

    link = EvalsLink(send, tap)
    await link.connect(scenario)
    assert [each["t"] for each in sent] == (["eval-connect", "eval-configure"] if asks else [])
    assert tap.of(EventKind.AGENT_FEATURES) == ([{"eval": ["context"]}] if asks else [])
    if asks:
        assert sent[1]["d"] == {"function_call_report_level": {"*": "full"}}
