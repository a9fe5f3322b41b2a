"""A run of several calls, from the command line."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path

import jsonschema
import pytest

from harness.errors import CallLost, RunnerRefused
from harness.nouns import CallState
from harness.report import run_schema
from tests.unit.cli.conftest import Run, the_object
from tests.unit.cli.stub import GOOD_CALL, StubEngine, begin, finish, reply, state, told

SILENT = told(*begin(), *reply("Riverside Clinic.", 1.5, 3.5), *finish(12.0))
"""A call in which what is asked for is never said."""
REFUSED = told(
    state(0.0, CallState.STARTING),
    state(0.2, CallState.FAILED, RunnerRefused("Refused.", cause="c", remedy="r")),
)
LOST = told(*begin(), state(2.0, CallState.LOST, CallLost("Lost.", cause="c", remedy="r")))

PERSON = """
name: person
scenarios:
  - name: hours
    persona: Ann, in a hurry.
    goal: Learn when the clinic opens.
    success: It said when it opens.
    runs: 3
    ringback:
      brain:
        kind: rules
        start: ask
        states: {ask: {say: "When are you open?"}}
"""


@pytest.fixture
def person(tmp_path: Path) -> str:
    path = tmp_path / "person.yaml"
    path.write_text(PERSON)
    return str(path)


def test_the_command_prints_the_schema_of_a_run(run: Run) -> None:
    assert json.loads(run("schema", "--run").stdout) == run_schema()
    jsonschema.Draft202012Validator.check_schema(run_schema())


@pytest.mark.parametrize(
    ("others", "exit_code", "passed", "undecided"),
    [
        ((GOOD_CALL, GOOD_CALL), 0, 3, 0),
        ((SILENT, GOOD_CALL), 1, 2, 0),
        ((SILENT, REFUSED), 2, 1, 1),
        ((LOST, SILENT), 3, 1, 1),
    ],
)
def test_the_exit_code_is_that_of_the_worst_call(
    run: Run, scenario: str, others: tuple, exit_code: int, passed: int, undecided: int
) -> None:
    engine = StubEngine(GOOD_CALL, *others)
    result = run("call", "--scenario", scenario, "--runs", "3", "--json", engine=engine)
    report = the_object(result)
    jsonschema.validate(report, run_schema())
    assert (result.exit_code, report["exit_code"]) == (exit_code, exit_code)
    assert (report["runs"], report["passed"], report["undecided"]) == (3, passed, undecided)
    assert report["failed"] == 3 - passed - undecided
    assert [call["call_id"] for call in report["calls"]] == ["call_1", "call_2", "call_3"]
    assert engine.is_stopped


def test_the_calls_are_told_one_after_the_other_and_then_counted(run: Run, scenario: str) -> None:
    engine = StubEngine(GOOD_CALL, SILENT)
    result = run("call", "--scenario", scenario, "--runs", "2", engine=engine)
    out = result.stdout
    pieces = [
        "Call 1 of 2",
        "Live",
        "When are you open?",
        "Verdict  ✓ Passed   call_1",
        "Call 2 of 2",
        "Live",
        "call_2",
    ]
    place = 0
    for piece in pieces:
        place = out.index(piece, place)
    # Wilson of 1 in 2, as R's binom::binom.wilson has it: 0.0945 to 0.9055.
    assert out.splitlines()[-1] == "Run  Passed 1 of 2, 95 % interval 9 to 91 %   run_1"
    assert result.exit_code == 1


def test_a_person_is_called_as_often_as_the_scenario_says(run: Run, person: str) -> None:
    said, fewer = StubEngine(SILENT), StubEngine(SILENT)
    of_scenario = the_object(run("call", "--scenario", person, "--json", engine=said))
    assert of_scenario["runs"] == 3 and said.wanted_runs is None
    one = the_object(run("call", "--scenario", person, "--runs", "1", "--json", engine=fewer))
    assert one["call_id"] == "call_1" and fewer.wanted_runs == 1


@pytest.mark.parametrize("runs", ["0", "101", "many"])
def test_a_number_of_calls_that_cannot_be(run: Run, scenario: str, runs: str) -> None:
    assert run("call", "--scenario", scenario, "--runs", runs).exit_code == 2


def test_hanging_up_ends_all_calls_of_the_run(run: Run, scenario: str) -> None:
    engine = StubEngine(hold=5)

    def interrupt() -> None:
        engine.held.wait(10)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    result = run("call", "--scenario", scenario, "--runs", "2", engine=engine)
    assert sorted(engine.hung_up) == ["call_1", "call_2"]
    assert "Hanging up. Press Ctrl-C" in result.stdout
