"""The limits of a scenario file: one table that loader, schema, engine and docs keep to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from scenario_files import WriteFile

from harness.calls import MAX_RUNS
from harness.errors import ScenarioError
from harness.scenarios import (
    LIMITS,
    SIZES,
    Limit,
    find_persona,
    load_checks,
    load_scenarios,
    scenario_schema,
)
from harness.settings import ROOT

SCRIPT: dict[str, Any] = {"turns": [{"user": "Hi"}]}
PERSON: dict[str, Any] = {"persona": "Ann.", "goal": "Ask.", "success": "It told."}
RULES: dict[str, Any] = {"kind": "rules", "start": "a", "states": {"a": {"say": "Hi"}}}
LATENCY: dict[str, Any] = {"name": "Soon", "rule": "latency", "within_s": 2}
NUMBER: dict[str, Any] = {"name": "Fee", "rule": "says_number"}
SPOKEN = {"modality": "audio", "speech": {"service": "kokoro", "voice": "af_heart"}}

KEYS = [name for name in LIMITS if not name.startswith("persona.")]
NOT_A_NUMBER = float("nan")


def holding(name: str, value: Any) -> dict[str, Any]:
    """A scenario with a value at a key."""
    *around, key = name.split(".")
    own: dict[str, Any] = {key: value}
    match around:
        case []:
            return PERSON | own
        case ["metrics"]:
            kind = {"criterion": "polite"} if key == "min_score" else {"measure": "turns"}
            return PERSON | {"metrics": [{"name": "a"} | kind | own]}
        case ["turns", "user"]:
            return {"user": SPOKEN, "turns": [{"user": ["My name is", own, "Ann."]}]}
        case ["turns", "send_after"]:
            return {"turns": [{"user": "Hi", "send_after": {"event": "response"} | own}]}
        case ["turns", "expect"]:
            return {"turns": [{"user": "Hi", "expect": [{"event": "llm_marker"} | own]}]}
        case ["turns", "ringback"]:
            sound = {"sound": "cough"} if key == "into_reply_s" else {}
            return {"turns": [{"user": "Hi", "ringback": sound | own}]}
        case ["turns"]:
            return {"turns": [{"user": "Hi"}, own]}
        case ["ringback", "brain"]:
            return PERSON | {"ringback": {"brain": RULES | own}}
        case ["ringback", "checks"]:
            check = NUMBER if key in ("value", "min", "max") else LATENCY
            return SCRIPT | {"ringback": {"checks": [check | own]}}
        case ["ringback", inner]:
            return SCRIPT | {"ringback": {inner: own}}
    return SCRIPT | {"ringback": own}


def beyond(limit: Limit) -> list[Any]:
    if limit.length:
        return ["1" * (int(limit.most) + 1)]
    far = [int(limit.most) + 1, int(limit.most) * 10**6]
    return far if limit.whole else [*far, float("inf"), NOT_A_NUMBER]


def written(write: WriteFile, scenario: dict[str, Any]) -> Path:
    whole = {"name": "x", "scenarios": [{"name": "y"} | scenario]}
    return write(yaml.safe_dump(whole, sort_keys=False))


@pytest.mark.parametrize("name", KEYS)
def test_beyond_it_a_file_is_refused_where_it_stands(write: WriteFile, name: str) -> None:
    for value in beyond(LIMITS[name]):
        path = written(write, holding(name, value))
        key = name.rpartition(".")[2]
        text = path.read_text().splitlines()
        line = next(i for i, words in enumerate(text, 1) if re.search(rf"\b{key}: ", words))
        if name == "turns.user":
            line = next(i for i, words in enumerate(text, 1) if "1111" in words)

        with pytest.raises(ScenarioError) as caught:
            load_scenarios(path)

        assert re.search(rf"line {line}, key `scenarios\[0\]\S*{key}`: ", caught.value.message)
        assert caught.value.remedy, value


@pytest.mark.parametrize("name", KEYS)
def test_up_to_it_a_file_is_taken(write: WriteFile, name: str) -> None:
    limit = LIMITS[name]
    if limit.length:
        most: Any = "1" * int(limit.most)
    elif name == "ringback.caller.speed":
        most = 1.5  # this voice's own; see test_caller_voices
    elif name == "ringback.checks.turn":
        most = 1  # there are no more lines
    else:
        most = int(limit.most) if limit.whole or limit.most % 1 == 0 else limit.most

    assert load_scenarios(written(write, holding(name, most)))


@pytest.mark.parametrize("name", KEYS)
def test_the_schema_has_the_same(name: str) -> None:
    schema = Draft202012Validator(scenario_schema())

    def problems(value: Any) -> bool:
        whole = {"name": "x", "scenarios": [{"name": "y"} | holding(name, value)]}
        return any(schema.iter_errors(whole))

    limit = LIMITS[name]
    if limit.length:
        assert problems("1" * (int(limit.most) + 1)) and not problems("1" * int(limit.most))
        return
    whole = limit.whole
    assert problems(limit.most + 1) and problems(limit.least - 1)
    assert not problems(int(limit.most) if whole else limit.most)
    assert problems(limit.least) == limit.above


def test_what_stands_for_all_scenarios_is_looked_at_too(write: WriteFile) -> None:
    path = write(
        "name: x\nruns: 1_000_000\nscenarios:\n- {name: y, persona: p, goal: g, success: s}\n"
    )
    with pytest.raises(ScenarioError) as caught:
        load_scenarios(path)

    assert caught.value.message.endswith(
        "case.yaml, line 2, key `runs`: must be 1 to 100 calls, not 1,000,000."
    )
    assert caught.value.remedy == "Write `runs: 100` or less."


def test_an_included_part_is_named(write: WriteFile) -> None:
    write("# A part.\n- user: Hi\n  send_after:\n    delay_ms: 999999999\n", "part.yaml")
    path = write("name: x\nscenarios:\n- {name: y, turns: !include part.yaml}\n")

    with pytest.raises(ScenarioError, match=r"part\.yaml, line 4, key `scenarios\[0\]\.turns\[0\]"):
        load_scenarios(path)


def test_the_same_words_elsewhere_are_no_limit(write: WriteFile) -> None:
    path = write(
        "name: x\nx-notes: {runs: 5000, ringback: {caller: {seed: -1}}}\nscenarios:\n- name: y\n"
        "  turns:\n  - user: Hi\n    expect:\n"
        "    - {event: function_call, name: f, args: {runs: 5000, within_ms: -3}}\n"
    )
    assert load_scenarios(path)


@pytest.mark.parametrize("name", [name for name in LIMITS if name.startswith("persona.")])
def test_a_persona_keeps_to_them(name: str, people: Path) -> None:
    data: dict[str, Any] = {"name": "night", "title": "N", "description": "You are tired."}
    *around, key = name.split(".")[1:]
    value = LIMITS[name].most + 1
    data |= {around[0]: {key: value}} if around else {key: value}
    (people / "night.yaml").write_text(yaml.safe_dump(data, sort_keys=False))

    with pytest.raises(ScenarioError, match=rf"night\.yaml, line [45], key `\S*{key}`: ") as caught:
        find_persona("night")

    assert caught.value.remedy


def test_a_file_of_checks_keeps_to_them(write: WriteFile) -> None:
    path = write("checks:\n- {name: A, rule: said_goodbye,\n   weight: 1.0e+9}\n")
    with pytest.raises(ScenarioError, match=r"line 3, key `checks\[0\]\.weight`: must be 0 to 100"):
        load_checks(path)


def test_a_run_has_no_more_calls_than_a_file_may_want() -> None:
    assert LIMITS["runs"].most == MAX_RUNS


def test_the_documentation_lists_them_all() -> None:
    text = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    section = text.split("\n### Limits\n")[1].split("\n### ")[0]
    rows = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", section, re.MULTILINE))
    for name, limit in LIMITS.items():
        assert rows.pop(f"`{name}`") == str(limit)
    for name, limit in SIZES.items():
        assert rows.pop(name) == str(limit)
    assert rows == {"key": "may be"}
