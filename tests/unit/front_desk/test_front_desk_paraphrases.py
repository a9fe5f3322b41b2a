"""How well the front desk understands people it was not written against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from dialogue import Call

HERE = Path(__file__).parent


def _lines(file: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = yaml.safe_load((HERE / file).read_text(encoding="utf-8"))
    return lines


def _right(talk: Any, entry: dict[str, Any]) -> bool:
    """Whether the line leads to the function and arguments it must lead to."""
    before = entry.get("before", [])
    made_before = len(talk(before)[0])
    calls: list[Call] = talk([*before, entry["line"]])[0][made_before:]
    ((name, arguments),) = entry["call"].items()
    if not calls or calls[0].name != name:
        return False
    given = {key: value for key, value in calls[0].arguments.items() if value is not None}
    return bool(given == arguments)


@pytest.mark.parametrize(
    ("file", "at_least", "of"), [("paraphrases.yaml", 44, 44), ("held_out.yaml", 18, 22)]
)
def test_the_right_function_with_the_right_arguments(
    file: str, at_least: int, of: int, talk: Any
) -> None:
    entries = _lines(file)
    assert len(entries) == of
    wrong = [entry["line"] for entry in entries if not _right(talk, entry)]
    assert of - len(wrong) >= at_least, wrong


@pytest.mark.parametrize("entry", _lines("paraphrases.yaml"), ids=lambda entry: entry["line"][:40])
def test_punctuation_and_case_make_no_difference(entry: dict[str, Any], talk: Any) -> None:
    """A recogniser writes lower case without punctuation, a person types as they like."""
    assert _right(talk, entry | {"line": f"{entry['line'].capitalize().rstrip('.')}."})
