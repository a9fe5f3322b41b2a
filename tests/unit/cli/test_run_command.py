"""``ringback run`` and ``ringback runs``, with an engine whose calls are carried without audio."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from harness.calls import Engine
from harness.cli._app import app
from harness.cli._surroundings import Surroundings
from harness.report import suite_schema
from harness.settings import ROOT, get_settings
from harness.store import Store
from tests.unit.cli.conftest import the_object
from tests.unit.cli.fake_line import plug

Ringback = Callable[..., Result]

SCENARIO = """
name: hours
scenarios:
  - name: ask
    turns:
      - user: "When are you open?"
    ringback:
      checks:
        - {name: Says eight, rule: agent_said, text: eight}
"""
AGENT = "{{name: {0}, provider: dev_runner, config: {{url: 'http://{0}:1'}}}}"


@pytest.fixture
def ringback(monkeypatch: pytest.MonkeyPatch) -> Ringback:
    plug(monkeypatch)
    around = Surroundings(engine=lambda settings, agent: Engine(settings))

    def ringback(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), obj=around, prog_name="ringback")

    return ringback


@pytest.fixture
def suite(tmp_path: Path) -> Callable[..., str]:
    def make(*words: str, more: str = "repeat: 2") -> str:
        (tmp_path / "hours.yaml").write_text(SCENARIO)
        agents = ", ".join(AGENT.format(word) for word in words)
        path = tmp_path / "nightly.yaml"
        path.write_text(f"agents: [{agents}]\nscenarios: [hours.yaml]\n{more}\n")
        return str(path)

    return make


def run_of(result: Result) -> dict[str, Any]:
    assert result.exit_code in (0, 1, 2, 3), result.output
    return the_object(result)


def test_a_suite_whose_calls_pass_ends_with_0(ringback: Ringback, suite: Any) -> None:
    result = ringback("run", suite("eight"), "--json", "--label", "first", "--agent-version", "v1")
    report = run_of(result)

    assert result.exit_code == report["exit_code"] == 0
    assert (report["state"], report["passed"], report["planned"]) == ("done", 2, 2)
    assert (report["suite"], report["label"]) == ("nightly", "first")
    assert report["versions"] == {"eight": "v1"}
    (cell,) = report["cells"]
    store = Store.open(get_settings())
    calls = store.calls(run_id=report["run_id"])
    store.close()
    assert sorted(call.id for call in calls) == sorted(cell["calls"])
    assert {(call.attempt, call.version and call.version.text) for call in calls} == {
        (1, "v1"),
        (2, "v1"),
    }


def test_a_failed_call_ends_with_1_and_is_called_again_in_a_run_of_its_own(
    ringback: Ringback, suite: Any
) -> None:
    first = ringback("run", suite("eight", "nine"), "--json")
    report = run_of(first)

    assert first.exit_code == 1 and (report["passed"], report["failed"]) == (2, 2)
    assert report["failures"] == {"Says eight": 2}
    again = run_of(ringback("run", "--rerun-failed", report["run_id"], "--json"))
    assert again["run_id"] != report["run_id"] and again["planned"] == 2
    assert [cell["agent"] for cell in again["cells"]] == ["nine"]
    listed = the_object(ringback("runs", "--json"))["runs"]
    assert [run["id"] for run in listed] == [again["run_id"], report["run_id"]]
    assert listed[0]["parent_id"] == report["run_id"]
    assert listed[1]["digest"]["rate"]["failed"] == 2


def test_rules_and_baseline_decide_the_code(ringback: Ringback, suite: Any) -> None:
    path = suite("eight", more="repeat: 8")
    missing = ringback("run", path, "--json", "--fail-on", "regression")
    assert missing.exit_code == 2 and run_of(missing)["gates"][0]["holds"] is None
    before = run_of(missing)["run_id"]
    good = run_of(ringback("run", path, "--json", "--fail-on", "flip", "--fail-on", "regression"))
    assert (good["exit_code"], good["baseline"]) == (0, before)
    Path(path).write_text(Path(path).read_text().replace("//eight", "//nine"))
    bad = run_of(
        ringback("run", path, "--json", "--fail-on", "flip,regression", "--baseline", before)
    )
    assert bad["exit_code"] == 1 and bad["baseline"] == before
    assert [gate["holds"] for gate in bad["gates"]] == [True, True]
    assert "Says eight (0 of 8)" in bad["gates"][0]["sentence"]
    assert run_of(ringback("run", path, "--json", "--fail-on", "never"))["exit_code"] == 0


def test_reports_are_written_once_the_rules_have_spoken(
    ringback: Ringback, suite: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = ("--fail-on", "pass-rate<0.5", "--report", "html,junit,json,csv,md", "--out")
    result = ringback("run", suite("nine"), *arguments, str(out), "--json")
    report = run_of(result)

    assert result.exit_code == 1 and sorted(report["reports"]) == [
        "csv", "html", "json", "junit", "md",
    ]  # fmt: skip
    for name, path in report["reports"].items():
        assert Path(path).parent == out and Path(path).is_file(), name
    assert "✗ pass-rate\\<0.5: 0 of 2 passed" in (out / "summary.md").read_text()
    assert "✗ <code>pass-rate&lt;0.5</code>" in (out / "report.html").read_text()
    told = json.loads((out / "report.json").read_text())["run"]
    assert told["gates"] == report["gates"] and told["run_id"] == report["run_id"]
    root = ElementTree.parse(out / "junit.xml").getroot()
    assert [root.get("tests"), root.get("failures")] == ["3", "3"]
    (gate,) = root.findall("testsuite[@name='Rules of the run']/testcase")
    failure = gate.find("failure")
    assert gate.get("name") == "pass-rate<0.5" and failure is not None
    assert failure.get("message") == report["gates"][0]["sentence"]


def test_what_cannot_be_written_is_told_before_anybody_calls(
    ringback: Ringback, suite: Any, tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    for arguments, kind in (("pdf",), "bad_input"), (("html", "--out", str(taken)), "data_folder"):
        told = ringback("run", suite("eight"), "--report", *arguments, "--json")
        assert told.exit_code == 2 and the_object(told)["error"]["kind"] == kind
    assert the_object(ringback("runs", "--json")) == {"runs": []}


def test_the_object_is_by_its_schema(ringback: Ringback, suite: Any) -> None:
    kept = json.loads((ROOT / "docs/schemas/run.schema.json").read_text())
    assert kept == suite_schema(), "run: ringback schema run > docs/schemas/run.schema.json"
    assert json.loads(ringback("schema", "run").stdout) == kept
    report = run_of(ringback("run", suite("eight"), "--json", "--fail-on", "regression"))
    jsonschema.validate(report, kept)
    jsonschema.validate(the_object(ringback("runs", report["run_id"], "--json")), kept)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report | {"exit_code": 4}, kept)


def test_a_stop_rule_stops_early(ringback: Ringback, suite: Any) -> None:
    path = suite("nine", more="repeat: 9\nconcurrency: 1\nstop: {failed_calls: 2}")
    report = run_of(ringback("run", path, "--json"))

    assert (report["state"], report["failed"], report["exit_code"]) == ("stopped", 2, 1)
    assert "2 calls failed" in report["stop_reason"]
    refused = ringback("run", "--rerun-failed", report["run_id"], "--repeat", "3", "--json")
    assert refused.exit_code == 2
    resumed = run_of(ringback("run", "--resume", report["run_id"], "--json"))
    assert resumed["run_id"] == report["run_id"] and resumed["failed"] == 4


@contextmanager
def in_second_call(
    path: str, data: Path, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``ringback run`` as a process, call after call, while its second goes on; and the run."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.unit.cli.fake_line", "run", path, "--json"],
        cwd=ROOT,
        env=os.environ | {"RINGBACK_DATA": str(data), "RINGBACK_CONCURRENCY": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process, told_by(process, "waits ")
        finally:
            process.kill()


def told_by(process: subprocess.Popen[str], words: str) -> str:
    """What stands after the words in the line that begins with them."""
    assert process.stderr is not None
    told = next((line for line in process.stderr if line.startswith(words)), None)
    assert told is not None, "it ended without it"
    return told.removeprefix(words).strip()


def test_ctrl_c_cancels_a_run(suite: Any, data: Path) -> None:
    with in_second_call(suite("eight", more="repeat: 3"), data) as (process, run_id):
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=120)
    report = json.loads(told)

    assert process.returncode == report["exit_code"] == 2
    assert (report["run_id"], report["state"]) == (run_id, "cancelled")
    assert (report["passed"], report["undecided"], report["planned"]) == (1, 1, 3)
    assert _states(run_id) == [(1, "done"), (2, "cancelled")]


def test_a_second_ctrl_c_ends_it_at_once(ringback: Ringback, suite: Any, data: Path) -> None:
    path = suite("eight", more="repeat: 2")
    with in_second_call(path, data, STUBBORN="1") as (process, run_id):
        process.send_signal(signal.SIGINT)
        told_by(process, "asked to hang up")
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == -signal.SIGINT
    assert _resumed(ringback, run_id)["state"] == "done"
    assert _states(run_id) == [(1, "done"), (2, "done"), (2, "lost")]


def test_a_run_whose_process_was_killed_is_resumed_without_repeating(
    ringback: Ringback, suite: Any, data: Path
) -> None:
    path = suite("eight", more="repeat: 3")
    with in_second_call(path, data) as (process, run_id):
        process.kill()
    report = _resumed(ringback, run_id)

    assert (report["state"], report["passed"], report["exit_code"]) == ("done", 3, 0)
    assert _states(run_id) == [(1, "done"), (2, "done"), (2, "lost"), (3, "done")]


def _states(run_id: str) -> list[tuple[int, str]]:
    """Attempt and state of each call of a run."""
    store = Store.open(get_settings())
    calls = store.calls(run_id=run_id)
    store.close()
    return sorted((call.attempt, call.state.value) for call in calls)


def _resumed(ringback: Ringback, run_id: str) -> dict[str, Any]:
    settings = get_settings()
    engine = Engine(settings)
    engine.start()  # somebody opens the console
    assert engine.recovered.wait(60)
    head = engine.store.run(run_id)
    engine.stop()
    assert head.state is not None and head.state.value == "interrupted"
    return run_of(ringback("run", "--resume", run_id, "--json"))


def test_text_names_scenario_rules_and_run(ringback: Ringback, suite: Any) -> None:
    result = ringback("run", suite("nine"), "--fail-on", "pass-rate<0.5")

    assert result.exit_code == 1
    for words in ("as written", "0 of 2", "Says eight (2)", "✗ pass-rate<0.5", "Finished."):
        assert words in result.output
    run_id = result.stdout.split()[-1]
    listed, shown = ringback("runs"), ringback("runs", run_id)
    assert "0 of 2" in listed.output and run_id in listed.output
    assert shown.exit_code == 0 and "Says eight (2)" in shown.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name a suite"),
        (("smoke", "--resume", "run_1"), "one of them"),
        (("smok",), "Did you mean `smoke`?"),
        (("smoke", "--fail-on", "p95<1"), "no rule"),
        (("smoke", "--only", "nothing"), "nothing to call"),
        (("--resume", "run_none"), "There is no run"),
    ],
)
def test_bad_input_ends_with_2(ringback: Ringback, arguments: tuple[str, ...], said: str) -> None:
    result = ringback("run", *arguments)

    assert result.exit_code == 2 and said in " ".join(result.output.split())


def test_a_dry_run_places_nothing(ringback: Ringback) -> None:
    planned = the_object(ringback("run", "smoke", "--repeat", "2", "--dry-run", "--json"))
    assert len(planned["planned"]) == 4
    assert "front_desk/hours" in ringback("suites", "check", "smoke").output
    assert the_object(ringback("runs", "--json")) == {"runs": []}
    names = {suite["name"] for suite in the_object(ringback("suites", "--json"))["suites"]}
    assert {"smoke", "front_desk", "faults"} <= names
