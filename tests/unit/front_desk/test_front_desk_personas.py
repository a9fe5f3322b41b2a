"""Every persona of the library gets what it wants of the front desk, in text and by rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brain import OPENING, Brain
from desk import Desk
from dialogue import Call, Say
from front_desk_support import TODAY, exchange

from harness.caller.evals._habits import ASKS_TO_REPEAT, Mannered
from harness.caller.evals._rules import EndCall, next_move
from harness.nouns import Persona, RulesBrain, Simulation
from harness.scenarios import load_scenarios, personas
from harness.settings import ROOT

PAGE = ROOT / "docs" / "personas.md"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    """The simulation of the page, as a reader would save it."""
    found = re.search(r"```yaml\n(name: .*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found
    path: Path = tmp_path_factory.mktemp("page") / "my_desk.yaml"
    path.write_text(found[1], "utf-8")
    (scenario,) = load_scenarios(path)
    assert scenario.kind == "simulation" and scenario.simulation is not None
    assert not scenario.warnings and scenario.caller.persona == "patient"
    return scenario.simulation


class FrontDesk:
    """The demo agent, in text."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._brain, self._desk = Brain(TODAY), Desk(TODAY)
        self._messages: list[dict[str, Any]] = [{"role": "developer", "content": OPENING}]

    def hear(self, line: str | None) -> str:
        if line is not None:
            self._messages.append({"role": "user", "content": line})
        while isinstance(action := self._brain.decide(self._messages), Call):
            self.calls.append(action)
            result = getattr(self._desk, action.name)(**action.arguments)
            self._messages += exchange(action, result)
        assert isinstance(action, Say)
        self._messages.append({"role": "assistant", "content": action.text})
        return action.text


def conversation(brain: RulesBrain, persona: Persona, desk: FrontDesk) -> Iterator[str | EndCall]:
    """What the person says, and how it hangs up."""
    manners = Mannered(persona.habits, brain.seed)
    heard: list[str] = []
    line: str | None = None
    for turn in range(30):
        reply = desk.hear(line)
        if manners.asks_to_repeat(turn + 1):
            line = ASKS_TO_REPEAT
            yield line
            continue
        heard.append(reply)
        move = next_move(brain, heard)
        if isinstance(move, EndCall):
            yield move.text
            yield move
            return
        line = manners.dress(move.text, turn)
        yield line


def test_there_are_nine():
    assert len(personas()) >= 9


@pytest.mark.parametrize("name", sorted(personas()))
@pytest.mark.parametrize("seed", range(4))
def test_a_persona_books(name: str, seed: int, example: Simulation):
    assert isinstance(example.brain, RulesBrain)
    brain = example.brain.model_copy(update={"seed": seed})
    desk = FrontDesk()
    *said, end = conversation(brain, personas()[name], desk)
    assert end == EndCall(True, "It is booked.", "That is all, goodbye.", "take", "booked"), said
    booked = [call.arguments for call in desk.calls if call.name == "book_appointment"]
    assert len(booked) == 1 and booked[0]["name"] == "Maria Lopez"
    assert booked[0]["doctor"] == "Osei" and str(booked[0]["day"]) == "2026-11-27"
