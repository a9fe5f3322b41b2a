"""What checks, brains, callers and language models may look like."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from harness.nouns import (
    Brain,
    Caller,
    CheckSpec,
    JudgePlan,
    LlmEndpoint,
    NotRun,
    OpenAiBrain,
    Persona,
    RulesBrain,
)

CHECK = TypeAdapter[Any](CheckSpec)
BRAIN = TypeAdapter[Any](Brain)

RULES = """
kind: rules
seed: 3
slots: {name: Maria Lopez}
intents:
  asks_name: {any: [your name, who is calling]}
  booked: {pattern: '\\bbooked\\b'}
start: ask
states:
  ask:
    say: I would like an appointment.
    when:
      asks_name: {say: ["My name is {name}.", "It is {name}."]}
      booked: {say: "Thank you, goodbye.", end: true, reason: booked}
    otherwise: {say: "Sorry?"}
"""


def test_a_brain_is_written_as_plain_yaml():
    brain = BRAIN.validate_python(yaml.safe_load(RULES))
    assert isinstance(brain, RulesBrain)
    ask = brain.states["ask"]
    # A single text is one way to say it. The key is `when`: YAML takes `on` for true.
    assert ask.say == ("I would like an appointment.",)
    assert len(ask.when["asks_name"].say) == 2
    assert ask.when["asks_name"].end is None and ask.when["booked"].end is True
    assert BRAIN.validate_python({"kind": "openai"}) == OpenAiBrain()


def test_the_schema_of_a_line_knows_both_forms():
    schema = TypeAdapter(RulesBrain).json_schema()
    kinds = [option["type"] for option in schema["$defs"]["State"]["properties"]["say"]["anyOf"]]
    assert kinds == ["string", "array"]


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("kind",), "magic"),
        (("states",), {}),
        (("start",), None),
        (("slots", "age"), 41),
        (("intents", "asks_name"), {}),
        (("intents", "asks_name", "any"), [""]),
        (("intents", "booked", "pattern"), "(a|aa)+!"),
        (("intents", "booked", "pattern"), "("),
        (("states", "ask", "say"), ""),
        (("states", "ask", "at_most"), 0),
        (("states", "ask", "whenn"), {}),
        (("states", "ask", "otherwise", "end"), "maybe"),
    ],
)
def test_a_brain_that_cannot_work_is_refused(keys: tuple[str, ...], value: Any):
    data = yaml.safe_load(RULES)
    inside = data
    for key in keys[:-1]:
        inside = inside[key]
    inside[keys[-1]] = value
    with pytest.raises(ValidationError):
        BRAIN.validate_python(data)


@pytest.mark.parametrize(
    "check",
    [
        {"rule": "criterion", "text": ""},
        {"rule": "criterion", "text": "Is polite", "turn": 1},
        {"rule": "criterion", "text": "Is polite", "scope": "day"},
        {"rule": "says_number"},
        {"rule": "says_number", "value": 3, "max": 4},
        {"rule": "says_number", "min": 5, "max": 4},
        {"rule": "says_number", "value": float("nan")},
        {"rule": "says_date", "date": "Friday"},
        {"rule": "in_order", "steps": [{"said": "a"}]},
        {"rule": "in_order", "steps": [{"said": "a"}, {}]},
        {"rule": "in_order", "steps": [{"said": "a"}, {"said": "b", "function": "c"}]},
        {"rule": "in_order", "steps": [{"said": "a"}, {"pattern": "("}]},
        {"rule": "policy"},
        {"rule": "policy", "never": [" "]},
        {"rule": "expected", "step": -1, "index": 0, "event": "response"},
        {"rule": "agent_said", "text": "a", "weight": -1},
        {"rule": "agent_said", "text": "a", "weight": float("inf")},
    ],
)
def test_a_check_that_cannot_be_decided_is_refused(check: dict[str, Any]):
    with pytest.raises(ValidationError):
        CHECK.validate_python({"name": "A"} | check)


@pytest.mark.parametrize(
    "check",
    [
        {"rule": "says_number", "value": 0},
        {"rule": "says_number", "min": 0},
        {"rule": "says_date", "date": "2026-11-24"},
        {"rule": "criterion", "text": "Is polite", "scope": "turn", "turn": 0},
        {"rule": "agent_said", "text": "a", "weight": 0},
    ],
)
def test_what_looks_like_nothing_is_taken(check: dict[str, Any]):
    CHECK.validate_python({"name": "A"} | check)


@pytest.mark.parametrize(
    "caller",
    [{"language": "English"}, {"volume_db": 13}, {"volume_db": float("nan")}, {"asks_agian": 1}],
)
def test_a_caller_that_cannot_be_is_refused(caller: dict[str, Any]):
    with pytest.raises(ValidationError):
        Caller.model_validate(caller)


@pytest.mark.parametrize(
    "change",
    [{"url": "localhost:11434"}, {"name": "a b"}, {"model": ""}, {"timeout_s": 0}, {"api_key": ""}],
)
def test_a_language_model_that_cannot_be_asked_is_refused(change: dict[str, Any]):
    good = {"name": "x", "url": "http://localhost:11434/v1", "model": "m"}
    LlmEndpoint.model_validate(good)
    with pytest.raises(ValidationError):
        LlmEndpoint.model_validate(good | change)


@pytest.mark.parametrize("repeats", [0, 10])
def test_a_judge_is_asked_a_few_times(repeats: int):
    with pytest.raises(ValidationError):
        JudgePlan(repeats=repeats)


def test_a_persona_leaves_to_the_scenario_what_it_does_not_say():
    persona = Persona(name="slow", title="Slow", description="Speaks slowly.", speed=0.8)
    assert (persona.speed, persona.voice, persona.patience_s) == (0.8, None, None)
    assert persona.habits.cuts_in_after_s is None


def test_every_reason_has_a_sentence_of_its_own():
    sentences = [reason.sentence for reason in NotRun]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith(".") for sentence in sentences)
