"""The schema of suites is in step with the code, takes our files and refuses what loading does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from harness.errors import SuiteError
from harness.scenarios import load_suite, suite_schema
from harness.settings import ROOT

SCHEMA = ROOT / "docs" / "schemas" / "suite.schema.json"
DOCS = (ROOT / "docs" / "suites.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"## The file\n\n```yaml\n(.*?)```", DOCS, re.S)
SMALL = {"agents": ["demo"], "scenarios": ["front_desk/hours"]}


def problems(data: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(suite_schema()).iter_errors(data)]


def test_the_file_in_docs_is_in_step() -> None:
    """Write it anew with: python -m harness.scenarios suite > docs/schemas/suite.schema.json."""
    Draft202012Validator.check_schema(suite_schema())
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == suite_schema()


def test_our_suites_and_the_one_in_docs_keep_to_it() -> None:
    assert EXAMPLE is not None
    texts = [path.read_text("utf-8") for path in (ROOT / "data" / "suites").glob("*.yaml")]
    assert len(texts) >= 3
    for text in (*texts, EXAMPLE[1]):
        assert problems(yaml.safe_load(text)) == []


def test_every_key_is_explained() -> None:
    schema = suite_schema()
    for part in (schema, schema["$defs"]["_Entry"]):
        assert all(key["description"] for key in part["properties"].values())


@pytest.mark.parametrize(
    "change",
    [
        {"repeats": 3},
        {"repeat": 0},
        {"repeat": 101},
        {"order": "random"},
        {"agents": []},
        {"agents": [""]},
        {"agents": [3]},
        {"scenarios": None},
        {"callers": [{"voice": "deep"}]},
        {"callers": [{"name": "fast", "speed": 3}]},
        {"stop": {"pass_rate_below": 2}},
        {"goal": {"p95": 2}},
        {"time_limit_s": 0},
        {"entries": [{"agents": ["demo"]}]},
        {"entries": [SMALL | {"name": "a|b"}]},
        {"redact": {"numbers": "sometimes"}},
    ],
    ids=str,
)
def test_it_refuses_what_loading_refuses(change: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(SMALL))
    assert load_suite(path).entries and problems(SMALL) == []
    path.write_text(yaml.safe_dump(SMALL | change))
    with pytest.raises(SuiteError):
        load_suite(path)
    assert problems(SMALL | change)


@pytest.mark.parametrize("data", [{}, {"agents": ["demo"]}, {"entries": []}, []], ids=str)
def test_something_is_to_be_called(data: Any, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(data))
    with pytest.raises(SuiteError):
        load_suite(path)
    assert problems(data)


def test_entries_alone_are_enough() -> None:
    written_out = {"name": "x", "provider": "room", "config": {}}
    assert problems({"entries": [SMALL | {"agents": [written_out]}]}) == []
