"""What we rely on in Pipecat Evals; this fails loudly when a new version changes it."""

from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from pipecat.evals import scenario as evals
from pipecat.evals import script
from pipecat.evals.script import EvalExpectation, EvalFunctionCall, EvalScriptTurn, EvalSendAfter

from harness.scenarios._compat import EvalsError, read_evals
from harness.scenarios._keys import EVENTS, EXPECT


def test_the_names_we_use() -> None:
    assert {"EvalScenarioFile", "EvalScriptScenario"} <= set(evals.__all__)
    parameters = list(inspect.signature(evals._scenario_from_mapping).parameters)
    assert parameters == ["data", "path"]


def test_the_fields_we_read() -> None:
    def names(kind: type) -> set[str]:
        return {field.name for field in fields(kind)}

    assert names(EvalScriptTurn) == {
        "user", "expect", "parts", "audio", "dtmf", "send_after", "image",
    }  # fmt: skip
    assert names(EvalExpectation) == set(EXPECT) - {"name", "args"}
    assert names(EvalFunctionCall) == {"name", "args"}
    assert names(EvalSendAfter) == {"event", "delay_ms"}


def test_every_event_and_key_we_know_is_documented() -> None:
    documented = (script.__doc__ or "") + (evals.__doc__ or "") + inspect.getsource(script)
    documented += inspect.getsource(__import__("pipecat.evals.events", fromlist=["x"]))
    for word in (*EVENTS, *EXPECT):
        assert word in documented, word


def test_a_key_it_does_not_know_is_ignored_anywhere(tmp_path: Path) -> None:
    data = {
        "name": "x",
        "ringback": {"title": "A"},
        "scenarios": [
            {
                "name": "y",
                "ringback": {"title": "B"},
                "turns": [{"user": "Hi", "ringback": {"label": "C"}}],
            }
        ],
    }
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump(data))

    (scenario,) = read_evals(path, data)

    assert scenario.name == "x/y"
    assert scenario.turns is not None
    assert scenario.turns[0].user == "Hi"


@pytest.mark.parametrize(
    ("turn", "turn_at", "expectation_at", "key"),
    [
        ({"user": 5}, 0, None, "user"),
        ({"user": "Hi", "dtmf": "1"}, 0, None, "user"),
        ({"user": "Hi", "expect": [{"event": 3}]}, 0, 0, "event"),
        ({"user": "Hi", "send_after": {"delay_ms": -1}}, 0, None, "send_after.delay_ms"),
    ],
)
def test_the_places_in_its_errors(
    tmp_path: Path, turn: dict[str, object], turn_at: int, expectation_at: int | None, key: str
) -> None:
    data = {
        "name": "x",
        "scenarios": [{"name": "fine", "turns": []}, {"name": "wrong", "turns": [turn]}],
    }
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump(data))

    with pytest.raises(EvalsError) as caught:
        read_evals(path, data)

    error = caught.value
    assert (error.scenario, error.turn, error.expectation) == (1, turn_at, expectation_at)
    assert error.key == key
    assert str(tmp_path) not in error.problem
