"""``ringback scenarios generate`` and ``from-call``, with an emulated language model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from pipecat.evals.scenario import EvalScenarioFile
from typer.testing import CliRunner

from harness.cli._app import app
from harness.local.openai_emulator import ChatAnswer
from harness.scenarios import find_scenario, load_scenarios
from harness.settings import get_settings
from harness.store import Store
from tests.emulated_judge import EmulatedJudge, emulated_judge
from tests.unit.calls.stored_calls import SCENARIO, keep_call, set_up
from tests.unit.cli.conftest import Run, the_object

IDEAS = {
    "scenarios": [
        {"title": "Parking", "lines": [{"user": "Where can I park?", "says": ["garage"]}]},
        {"title": "Parking", "lines": [{"user": "👍"}]},
        {"title": "Parking", "lines": [{"user": "Is it free?", "expect": "the reply says so"}]},
    ]
}


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatedJudge]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    answer = ChatAnswer(json.dumps(IDEAS))
    monkeypatch.setattr(EmulatedJudge, "answer", lambda self, request: answer)
    with emulated_judge() as model:
        set_up(get_settings(), model, "other", "writer")
        yield model


@pytest.fixture
def procedure(tmp_path: Path) -> str:
    path = tmp_path / "procedure.txt"
    path.write_text("Callers ask where to park.")
    return str(path)


def test_scenarios_are_written_to_a_folder(
    run: Run, writer: EmulatedJudge, procedure: str, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    command = ("scenarios", "generate", procedure, "--kind", "goal", "--model", "writer")
    result = run(*command, "--folder", str(folder), "--json")
    told = the_object(result)
    assert result.exit_code == 1 and told["model"] == "writer"
    assert [one["ok"] for one in told["scenarios"]] == [True, False, True]
    files = [Path(one["file"]) if one["file"] else None for one in told["scenarios"]]
    assert files == [folder / "parking.yaml", None, folder / "parking_3.yaml"]
    assert "could say" in told["scenarios"][1]["problems"][0]["message"]
    (scenario,) = load_scenarios(folder / "parking.yaml")
    assert scenario.name == "parking/parking"
    assert scenario.steps[1].expect[0].contains == ("garage",)
    (request,) = writer.requests
    assert "Callers ask where to park." in request.prompt and request.model == "writer-1"
    assert "the caller wants something else" in request.prompt
    again = the_object(run(*command, "--folder", str(folder), "--json"))
    assert again["scenarios"][0]["name"] == "parking_2"


def test_they_are_printed_and_kept_only_where_that_is_asked(
    run: Run, writer: EmulatedJudge, procedure: str, data: Path
) -> None:
    printed = run("scenarios", "generate", procedure, "--count", "1")
    assert printed.exit_code == 0
    (written,) = yaml.safe_load_all(printed.stdout)
    assert written["scenarios"][0]["turns"][1]["user"] == "Where can I park?"
    assert not (data / "scenarios").exists()
    kept = run("scenarios", "generate", procedure, "--count", "1", "--save")
    assert str(data / "scenarios" / "parking.yaml") in kept.stdout.replace("\n", "")
    assert find_scenario("parking/parking").steps[1].say == "Where can I park?"


def test_a_text_may_come_from_standard_input(writer: EmulatedJudge) -> None:
    arguments = ["scenarios", "generate", "-", "--count", "1", "--way", "simulation", "--json"]
    result = CliRunner().invoke(app, arguments, input="They park cars.")
    assert "They park cars." in writer.requests[0].prompt
    assert "a person who calls" in writer.requests[0].prompt
    # What it answers are no people.
    assert (
        result.exit_code == 3 and "not what was asked for" in the_object(result)["error"]["message"]
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing.txt",), "cannot be read"),
        (("FILE", "--kind", "moods"), "There are: happy, goal"),
        (("FILE", "--model", "nobody"), "nobody"),
        (("FILE", "--folder", ".", "--save"), "Give one of the two"),
    ],
)
def test_what_cannot_be_asked_for_is_told(
    run: Run, writer: EmulatedJudge, procedure: str, arguments: tuple[str, ...], says: str
) -> None:
    given = [procedure if each == "FILE" else each for each in arguments]
    result = run("scenarios", "generate", *given, "--json")
    assert result.exit_code == 2 and says in json.dumps(the_object(result)["error"])
    assert not writer.requests


def test_without_a_language_model_it_is_told_how_to_add_one(
    run: Run, procedure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    error = the_object(run("scenarios", "generate", procedure, "--json"))["error"]
    assert error["kind"] == "no_judge" and "ringback judges add" in error["remedy"]


@pytest.fixture
def call() -> str:
    store = Store.open(get_settings())
    call = keep_call(store, replace(SCENARIO, name="clinic/book"))
    store.close()
    return call.id


def test_a_call_becomes_a_file_that_pipecat_reads(run: Run, call: str, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    told = the_object(run("scenarios", "from-call", call, "--folder", str(folder), "--json"))
    path = folder / "book_a_visit_recorded.yaml"
    assert told["file"] == str(path) and told["call_id"] == call and told["ok"]
    assert len(EvalScenarioFile.load(path).scenarios) == 1
    (scenario,) = load_scenarios(path)
    assert [step.say for step in scenario.steps] == [None, "A visit on Friday."]
    taken = {one["sentence"]: one["taken"] for one in told["proposals"]}
    assert taken["It calls book(day: Friday)"] and taken["Books (judged in words)"]
    assert not next(took for told, took in taken.items() if "has the words" in told)
    assert {check.rule for check in scenario.checks} == {"criterion", "expected"}


def test_how_much_is_expected_is_chosen(run: Run, call: str) -> None:
    none = run("scenarios", "from-call", call, "--expect", "none", "--title", "Mine: it")
    assert none.exit_code == 0
    entry = yaml.safe_load(none.stdout)["scenarios"][0]
    assert entry["ringback"]["title"] == "Mine: it" and entry["name"] == "mine_it"
    assert entry["turns"] == [{"user": "A visit on Friday."}] and "checks" not in entry["ringback"]
    everything = the_object(run("scenarios", "from-call", call, "--expect", "all", "--json"))
    assert all(one["taken"] for one in everything["proposals"])
    assert "text_contains" in everything["text"] and everything["file"] is None


def test_a_call_that_is_not_there(run: Run) -> None:
    result = run("scenarios", "from-call", "call_none", "--json")
    assert result.exit_code == 2 and the_object(result)["error"]["kind"] == "not_found"
