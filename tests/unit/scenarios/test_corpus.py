"""All the format can say becomes nouns, and from those Pipecat's own objects can be built again."""

from __future__ import annotations

import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml
from corpus import CORPUS, PICTURE, RECORDING
from jsonschema import Draft202012Validator
from PIL import Image
from pipecat.evals.scenario import EvalScenarioFile

from harness.nouns import (
    Expectation,
    Expected,
    ExpectedCall,
    Scenario,
    ScriptStep,
    SimMeasure,
    Success,
    from_json,
    to_json,
)
from harness.scenarios import load_scenarios, scenario_schema

NAMES = sorted(CORPUS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    soundfile.write(folder / RECORDING, np.zeros(1600, np.int16), 16000)
    Image.new("RGB", (8, 8)).save(folder / PICTURE)
    for name, data in CORPUS.items():
        text = yaml.safe_dump({"name": "file", **data}, sort_keys=False, allow_unicode=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def calls(expected: tuple[ExpectedCall, ...] | None) -> list[dict[str, Any]]:
    return [{"name": call.name, "args": call.arguments} for call in expected or ()]


def as_pipecat(expectation: Expectation) -> dict[str, Any]:
    within_s = expectation.within_s
    return {
        "event": expectation.event,
        "within_ms": None if within_s is None else round(within_s * 1000),
        "text_contains": expectation.contains[0] if expectation.contains else None,
        "text_excludes": expectation.excludes[0] if expectation.excludes else None,
        "calls": calls(expectation.calls),
        "eval": expectation.eval,
        "marker": expectation.marker,
        "marker_first": expectation.marker_first,
        "markers": expectation.markers,
        "text_after": expectation.text_after,
        "check_from": expectation.check_from,
        "absent": expectation.absent,
    }


def turn_of(step: ScriptStep) -> dict[str, Any]:
    after = step.send_after
    return {
        "user": step.say,
        "parts": list(step.parts) or None,
        "audio": step.audio,
        "dtmf": step.dtmf,
        "image": step.image,
        "send_after": None if after is None else {"event": after.event, "delay_ms": after.delay_ms},
        "expect": [as_pipecat(expectation) for expectation in step.expect],
    }


def ours(scenario: Scenario) -> dict[str, Any]:
    if scenario.simulation is None:
        return {
            "turns": [turn_of(step) for step in scenario.steps],
            "context": list(scenario.context),
            "stop_on_failure": scenario.stop_on_failure,
        }
    sim = scenario.simulation
    kept = ("persona", "goal", "success", "max_turns", "max_duration_s", "max_silence_s", "runs")
    metrics = []
    for metric in sim.metrics:
        plain = asdict(metric)
        plain["calls"] = None if metric.calls is None else calls(metric.calls)
        metrics.append(plain)
    return {**{name: getattr(sim, name) for name in kept}, "metrics": metrics}


def theirs(scenario: Any, keys: dict[str, Any]) -> dict[str, Any]:
    plain = asdict(scenario)
    for turn, written in zip(plain.get("turns", ()), keys.get("turns", ()), strict=True):
        for expectation, as_written in zip(turn["expect"], written.get("expect", ()), strict=True):
            expectation["event"] = as_written["event"]
            expectation["calls"] = expectation["calls"] or []
    return plain


def written(name: str, index: int) -> dict[str, Any]:
    data = CORPUS[name]
    return {**data, **data["scenarios"][index]}


def test_it_is_large_enough_and_holds_every_key() -> None:
    assert len(CORPUS) >= 89


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost(folder: Path, name: str) -> None:
    path = folder / f"{name}.yaml"
    scenarios = load_scenarios(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = EvalScenarioFile.load(path)

    assert [scenario.name for scenario in scenarios] == [scenario.name for scenario in loaded]
    for index, (scenario, evals) in enumerate(zip(scenarios, loaded, strict=True)):
        mine = ours(scenario)
        assert mine == {key: theirs(evals, written(name, index))[key] for key in mine}
        assert not scenario.own_block
        assert from_json(Scenario, to_json(scenario)) == scenario


@pytest.mark.parametrize("name", NAMES)
def test_there_is_a_check_for_each_thing_asked(folder: Path, name: str) -> None:
    for scenario in load_scenarios(folder / f"{name}.yaml"):
        places = [
            (number, index)
            for number, step in enumerate(scenario.steps)
            for index, _ in enumerate(step.expect)
        ]
        checks = [check for check in scenario.checks if isinstance(check, Expected)]
        assert [(check.step, check.index) for check in checks] == places
        made = [check for check in scenario.checks if not isinstance(check, Expected)]
        wanted = (
            [Success, *[SimMeasure] * len(scenario.simulation.metrics)]
            if (scenario.simulation)
            else []
        )
        assert [type(check) for check in made] == wanted
        assert len({check.name for check in scenario.checks}) == len(scenario.checks)
        assert all(step.wait == "written" and step.label for step in scenario.steps)
        assert scenario.not_run == ()


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_takes_it(name: str) -> None:
    data = {"name": "file", **CORPUS[name]}
    errors = Draft202012Validator(scenario_schema()).iter_errors(data)
    assert [error.message for error in errors] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_key_of_it_is_unknown(folder: Path, name: str) -> None:
    for scenario in load_scenarios(folder / f"{name}.yaml"):
        assert [text for text in scenario.warnings if "no effect here" not in text] == []
