"""The schema is in step with the code, our files keep to it, it refuses what loading refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from harness.scenarios import scenario_schema
from harness.settings import ROOT

SCHEMA = ROOT / "docs" / "schemas" / "scenario.schema.json"
FILES = sorted((ROOT / "data" / "scenarios").rglob("*.yaml"))


class _Text(yaml.SafeLoader):
    """Days and times stay text, as in loading."""


_Text.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def problems(data: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(scenario_schema()).iter_errors(data)]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(scenario_schema())


def test_the_file_in_docs_is_in_step() -> None:
    """Write it anew with: python -m harness.scenarios > docs/schemas/scenario.schema.json."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == scenario_schema()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_our_files_keep_to_it(path: Path) -> None:
    assert problems(yaml.load(path.read_text(encoding="utf-8"), _Text)) == []


def test_there_are_files() -> None:
    assert len(FILES) >= 6


BASE = {"name": "x", "scenarios": [{"name": "y", "turns": [{"user": "Hi"}]}]}


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"scenarios": []},
        {"scenarios": [{"turns": []}]},
        {"ringback": {"titel": "A"}},
        {"ringback": {"budget_s": 0}},
        {"ringback": {"caller": {"voise": "deep"}}},
        {"ringback": {"checks": [{"name": "A", "rule": "agent_sayd"}]}},
        {"ringback": {"checks": [{"name": "A", "rule": "latency"}]}},
        {"ringback": {"checks": [{"name": "A", "rule": "not_asked", "reason": "b"}]}},
        {"scenarios": [{"name": "y", "turns": [{"user": "Hi", "expect": [{"event": "no"}]}]}]},
        {"scenarios": [{"name": "y", "turns": [{"user": "Hi", "ringback": {"lable": "x"}}]}]},
        {"scenarios": [{"name": "y", "persona": "", "goal": "g", "success": "s"}]},
        {"scenarios": [{"name": "y", "persona": "p", "metrics": [{"name": "a"}]}]},
        {"scenarios": [{"name": "y", "persona": "p", "max_turns": 0}]},
        {"scenarios": [{"name": "y", "turns": [{"user": "Hi"}], "context": ["x"]}]},
        {"ringback": {"brain": {"kind": "rules", "start": "a"}}},
        {"ringback": {"brain": {"kind": "rules", "start": "a", "states": {"a": {"on": {}}}}}},
        {"ringback": {"judge": {"repeats": 0}}},
    ],
)
def test_it_refuses(change: dict[str, Any]) -> None:
    assert problems(BASE) == []
    assert problems({**BASE, **change})


def test_every_key_of_our_block_is_described() -> None:
    definitions = scenario_schema()["$defs"]
    for name in ("Block", "TurnBlock"):
        for key, schema in definitions[name]["properties"].items():
            assert schema.get("description"), f"{name}.{key}"
