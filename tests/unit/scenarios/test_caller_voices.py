"""The voices and speeds a file may name are those that the stacks have."""

from __future__ import annotations

import pytest
from scenario_files import WriteFile

from harness.caller.speech import get_stack, stack_names
from harness.caller.speech._cloud import _CARTESIA_SPEEDS
from harness.caller.speech._voice import SPEED_RANGE
from harness.errors import ScenarioError
from harness.nouns import SPEEDS, STACKS, Caller, speeds_of
from harness.scenarios import load_scenarios

FILE = "name: x\nringback:\n  caller: {}\nscenarios: [{{name: y, turns: [{{user: Hi}}]}}]\n"
UUID = "f786b574-daa5-4673-aa0c-cbe3e8534c02"


def test_the_table_is_what_the_stacks_say() -> None:
    assert tuple(STACKS) == stack_names()
    for name, stack in STACKS.items():
        assert stack.names == get_stack(name).voices
    assert speeds_of("offline", "heart") == SPEED_RANGE
    assert speeds_of("cloud", "katie") == _CARTESIA_SPEEDS
    assert speeds_of("cloud", "alloy") == speeds_of("local", "af_heart") == SPEEDS
    for speed in SPEEDS:
        assert Caller(speed=speed).speed == speed


@pytest.mark.parametrize(
    ("caller", "key", "says"),
    [
        ("{voice: haert}", "voice", "has no voice `haert`. Did you mean `heart`?"),
        ("{stack: cluod}", "stack", "no speech stack `cluod`. Did you mean `cloud`?"),
        ("{stack: local, voice: katie}", "voice", "the stack `local` has no voice `katie`."),
        (f"{{stack: local, voice: {UUID}}}", "voice", "the stack `local` has no voice"),
        ("{speed: 2.0}", "speed", "speaks at 0.5 to 1.5 of its own speed, not 2."),
        ("{stack: cloud, voice: katie, speed: 0.5}", "speed", "speaks at 0.6 to 1.5"),
        (f"{{stack: cloud, voice: {UUID}, speed: 2}}", "speed", "speaks at 0.6 to 1.5"),
    ],
)
def test_what_no_stack_can_do(write: WriteFile, caller: str, key: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenarios(write(FILE.format(caller)))

    assert f"case.yaml, line 3, key `ringback.caller.{key}`: " in caught.value.message
    assert says in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    "caller",
    [
        "{voice: deep, speed: 1.5}",
        "{stack: local, voice: bf_emma, speed: 2.0}",
        "{stack: cloud, voice: alloy, speed: 2.0}",
        f"{{stack: cloud, voice: {UUID}, speed: 0.6}}",
        "{persona: impatient}",
    ],
)
def test_what_they_can(write: WriteFile, caller: str) -> None:
    (scenario,) = load_scenarios(write(FILE.format(caller)))

    assert not [text for text in scenario.warnings if "voice" in text]


def test_another_stack_without_a_voice_is_warned_of(write: WriteFile) -> None:
    (scenario,) = load_scenarios(write(FILE.format("{stack: cloud}")))

    (warning,) = [text for text in scenario.warnings if "voice" in text]
    assert "line 3, key `ringback.caller.stack`: name a `voice` of the stack `cloud`" in warning
