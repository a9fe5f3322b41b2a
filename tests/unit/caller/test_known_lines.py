"""What a caller will say is made ready before the call."""

from __future__ import annotations

import pytest
from hibari import Hibari

from harness.caller import known_lines
from harness.caller.evals._habits import Mannered
from harness.caller.evals._rules import next_move
from harness.nouns import Caller, Habits, RulesBrain, Scenario, ScriptStep, Simulation

BRAIN = RulesBrain.model_validate(
    {
        "kind": "rules",
        "seed": 3,
        "slots": {"day": "Friday", "name": "Ada Osei"},
        "intents": {"day": {"any": ["what day"]}, "name": {"any": ["your name"]}},
        "start": "open",
        "states": {
            "details": {
                "say": ["It is {name}. Is {day} free?"],
                "when": {"day": {"say": "{day}, please.", "to": "open"}},
                "otherwise": {"say": "Goodbye. Thank you!", "end": True},
            },
            "open": {
                "say": ["I need an appointment on {day}.", "Is there room on {day}?"],
                "when": {"name": {"to": "details"}},
            },
        },
    }
)
HABITS = Habits(
    fillers=("um", "well,"),
    extra_lines=("It rains here. Does it there?",),
    repeats_question=0.5,
    asks_to_repeat_every=2,
)
HEARD = ["Hello.", "Your name?", "What day?", "Your name, please?", "Fine.", "Bye."]


def scenario(habits: Habits = Habits()) -> Scenario:  # noqa: B008
    simulation = Simulation("A person.", "To book.", "Booked.", brain=BRAIN, habits=habits)
    return Scenario(name="test/person", title="", path="", simulation=simulation)


def sentences(texts: list[str]) -> set[str]:
    return {part.strip() for text in texts for part in Hibari.split_sentences(text)}


@pytest.mark.parametrize("habits", [Habits(), HABITS])
@pytest.mark.parametrize("seed", range(8))
def test_whatever_a_person_by_rules_says_is_ready(habits: Habits, seed: int):
    ready = sentences(known_lines(scenario(habits), Caller()))
    said = []
    for turn in range(len(HEARD)):
        move = next_move(BRAIN, HEARD[: turn + 1])
        said.append(Mannered(habits, seed).dress(move.text, turn))
    assert "Friday, please." in " ".join(said) and "Ada Osei" in " ".join(said)
    assert sentences(said) <= ready


def test_what_it_opens_with_comes_first_and_no_slot_is_left():
    lines = known_lines(scenario(), Caller())
    assert lines[:2] == ["I need an appointment on Friday.", "Is there room on Friday?"]
    assert not any("{" in line for line in lines) and len(lines) == len(set(lines))


def test_only_who_asks_again_needs_the_question():
    steps = (ScriptStep("One."), ScriptStep("Two.", audio="two.wav"), ScriptStep(None, dtmf="1"))
    plan = Scenario(name="test/script", title="", path="", steps=steps)
    assert known_lines(plan, Caller(asks_again=False)) == ["One."]
    assert known_lines(plan, Caller()) == ["One.", "Hello? Are you still there?"]
    assert known_lines(None, Caller()) == []


def test_a_person_of_a_thousand_lines_is_not_waited_for():
    many = tuple(f"Number {number}." for number in range(1000))
    brain = BRAIN.model_copy(update={"states": {"open": BRAIN.states["open"].model_copy()}})
    state = brain.states["open"].model_copy(update={"say": many, "when": {}})
    brain = brain.model_copy(update={"states": {"open": state}})
    plan = Scenario(
        name="x", title="", path="", simulation=Simulation("A.", "B.", "C.", brain=brain)
    )
    lines = known_lines(plan, Caller(asks_again=False))
    assert lines[0] == "Number 0." and 100 <= len(lines) < 500
