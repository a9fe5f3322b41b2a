"""The examples of docs/scenarios.md load, and nothing a user may write is left out of it."""

from __future__ import annotations

import re
import textwrap

import pytest
import yaml
from scenario_files import WriteFile

from harness.nouns import Caller, Habits, JudgePlan, Persona
from harness.scenarios import load_scenarios, personas
from harness.scenarios._block import RULES, Block, TurnBlock
from harness.scenarios._keys import EVENTS
from harness.settings import ROOT

TEXT = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
FILES = [example for example in EXAMPLES if example.startswith("name:")]
CHECKS = [example for example in EXAMPLES if example.startswith("- name:")]
TURNS = [example for example in EXAMPLES if example.lstrip().startswith("- user:")]


@pytest.mark.parametrize("example", FILES)
def test_a_whole_file(write: WriteFile, example: str) -> None:
    (scenario,) = load_scenarios(write(example))

    assert scenario.name == "clinic/parking"
    assert scenario.warnings == ()


@pytest.mark.parametrize("example", CHECKS, ids=lambda text: text.splitlines()[0])
def test_checks(write: WriteFile, example: str) -> None:
    checks = textwrap.indent(example, "  ")
    rule = "  - {name: Says the right day, rule: says_date, date: 2026-11-27}\n"
    path = write(
        f"name: x\nringback:\n  checks:\n{checks}{rule if 'vetoes' in checks else ''}"
        "scenarios:\n- {name: y, turns: [{user: Hi}]}\n"
    )

    (scenario,) = load_scenarios(path)

    named = [check.name for check in scenario.checks]
    assert named[: len(yaml.safe_load(example))] == [one["name"] for one in yaml.safe_load(example)]


@pytest.mark.parametrize("example", TURNS)
def test_a_turn(write: WriteFile, example: str) -> None:
    path = write(f"name: x\nscenarios:\n  - name: y\n    turns:\n{example}")

    assert load_scenarios(path)[0].steps[0].label == "Ask about parking"


def test_there_are_examples_of_everything() -> None:
    assert FILES and TURNS
    shown = "".join(CHECKS)
    for rule in RULES:
        assert f"rule: {rule}\n" in shown


def test_every_key_is_told() -> None:
    for kind in (Block, TurnBlock, Caller, JudgePlan):
        for key in kind.model_fields:
            assert f"`{key}`" in TEXT, f"{kind.__name__}.{key}"
    for kind in RULES.values():
        for key in kind.model_fields:
            assert re.search(rf"\b{key}\b", TEXT), f"{kind.__name__}.{key}"


def test_every_event_is_told() -> None:
    for event in EVENTS:
        family = event.split("_")[0]
        told = event in TEXT or f"`{family}_...`" in TEXT or "backchannel" in event
        assert told, event


def test_every_persona_and_every_key_of_one_is_told() -> None:
    for name in personas():
        assert f"| `{name}` |" in TEXT
    (example,) = [text for text in EXAMPLES if text.startswith("# personas/")]
    persona = Persona.model_validate(yaml.safe_load(example))
    assert persona.model_fields_set == set(Persona.model_fields)
    assert persona.habits.model_fields_set == set(Habits.model_fields)
