"""A simulated person by voice: rules, habits and Pipecat Evals' own driver in a real room."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from evals_support import FrontDesk, play

from harness.local import LiveKitServer
from harness.nouns import Caller, EventKind, Habits, Outcome, Scenario
from harness.scenarios import load_scenarios
from harness.settings import ROOT, Settings

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


@pytest.fixture
def booking(tmp_path: Path) -> Scenario:
    """The simulation of docs/personas.md."""
    page = (ROOT / "docs" / "personas.md").read_text("utf-8")
    found = re.search(r"```yaml\n(name: .*?)```", page, re.DOTALL)
    assert found
    path = tmp_path / "my_desk.yaml"
    path.write_text(found[1], "utf-8")
    (scenario,) = load_scenarios(path)
    return scenario


async def test_a_person_in_a_hurry_books_and_hangs_up(desk: FrontDesk, booking: Scenario) -> None:
    assert booking.simulation is not None
    hurried = replace(booking.simulation, habits=Habits(cuts_in_after_s=4.5))
    scenario = replace(booking, simulation=hurried, caller=Caller(patience_s=0.3))
    tap, ending = await play(await desk.session(), scenario)

    assert (ending.by, ending.reason) == ("caller", "end_call")
    assert tap.of(EventKind.PERSONA_ENDED) == [
        {"ended_by": "end_call", "success": True, "reason": "It is booked."}
    ]
    # Every line was said by the person, heard by the agent, and made up its mind before.
    lines = tap.of(EventKind.CALLER_STARTED)
    assert {line["source"] for line in lines} == {"persona"}
    assert len(lines) == len(tap.of(EventKind.PERSONA_TURN))
    said = [line["text"] for line in lines]
    assert (
        said[0] == "I would like to see Doctor Osei on Friday."
        and said[-1] == "That is all, goodbye."
    )
    booked = [call for call in tap.of(EventKind.TOOL_CALLED) if call["name"] == "book_appointment"]
    assert len(booked) == 1 and booked[0]["arguments"]["name"] == "Maria Lopez"
    # The long list of free times was cut into, some seconds after it began.
    turns = tap.turns()
    cut = [turn for turn in turns if turn.outcome is Outcome.INTERRUPTED]
    assert cut, [(turn.outcome, turn.caller) for turn in turns]
