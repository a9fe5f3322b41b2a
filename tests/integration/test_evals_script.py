"""Scripts of Pipecat Evals by voice: its own driver, unmodified, in a real room."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from evals_support import FrontDesk, play

from harness.local import LiveKitServer
from harness.nouns import (
    Caller,
    EventKind,
    Expectation,
    ExpectedCall,
    Outcome,
    Scenario,
    ScriptStep,
)
from harness.settings import Settings

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def desk(livekit: LiveKitServer, settings: Settings) -> AsyncIterator[FrontDesk]:
    desk = FrontDesk(livekit, settings)
    yield desk
    await desk.close()


def script(*steps: ScriptStep, **more: object) -> Scenario:
    return Scenario(name="test/evals", title="", path="test", steps=steps, **more)  # type: ignore[arg-type]


def says(text: str | None, *expect: Expectation, **more: object) -> ScriptStep:
    return ScriptStep(text, expect=expect, wait="written", **more)  # type: ignore[arg-type]


def response(*contains: str, **more: object) -> Expectation:
    return Expectation(contains=contains, **more)  # type: ignore[arg-type]


async def test_the_front_desk_by_pipecats_own_driver(desk: FrontDesk) -> None:
    osei = {"doctor": "Osei", "day": "2026-11-27"}
    scenario = script(
        says(None, response("Northgate Clinic")),
        says(
            "I would like to book a follow-up with Doctor Osei on Friday.",
            Expectation(event="user_started_speaking"),
            Expectation(event="user_transcription", contains=("friday",)),
            Expectation(event="function_call", calls=(ExpectedCall("find_slots", osei),)),
            Expectation(event="bot_started_speaking"),
            response("Osei", within_s=4.0),
        ),
        says("What are your opening hours?", response("from eight to six")),
        says("That is all, goodbye.", Expectation(event="response", excludes=("parking",))),
    )
    tap, ending = await play(await desk.session(), scenario, caller=Caller(answer_timeout_s=5.0))
    assert tap.statuses() == {place: "matched" for place in tap.expectations()}
    assert len(tap.expectations()) == 8
    assert (ending.by, ending.reason) in {("caller", "script_done"), ("agent", "left")}
    said = [each["text"] for each in tap.of(EventKind.CALLER_STARTED)]
    assert said == [step.say for step in scenario.steps if step.say]
    # Each line is said when the agent has really stopped.
    for turn in tap.turns():
        assert turn.index == 0 or turn.outcome is Outcome.ANSWERED, turn
