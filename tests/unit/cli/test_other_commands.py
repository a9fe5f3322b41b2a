from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harness import __version__
from harness.nouns import Call, CallState, Verdict
from harness.settings import Settings
from harness.store import Store
from tests.unit.cli.conftest import Run, the_object
from tests.unit.cli.stub import StubEngine

RINGBACK = [sys.executable, "-c", "from harness.cli import main; main()"]


def add_call(**values: Any) -> Call:
    call = Call(
        **{
            "id": "call_1",
            "run_id": "run_1",
            "agent": "Clinic [bold]front\x1b desk",
            "provider": "demo",
            "scenario": "hours",
            "voice": "heart",
            "state": CallState.DONE,
            "verdict": Verdict.PASSED,
            "failure": None,
            "created_at": datetime(2026, 5, 1, tzinfo=UTC),
            "duration_s": 42.5,
            "summary": {"p50_s": 1.25},
        }
        | values
    )
    store = Store.open(Settings())
    store.add_run(call.run_id, "Probe", call.created_at)
    store.add_call(call, {})
    store.close()
    return call


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"ringback {__version__}\n"


def test_no_command_shows_the_help(run: Run) -> None:
    assert "scenarios" in run().output


def test_help_is_quick_because_it_imports_nothing_heavy() -> None:
    code = """
import sys
sys.argv = ["ringback", "--help"]
from harness.cli import main
try:
    main()
except SystemExit as end:
    assert end.code == 0
heavy = {"pipecat", "streamlit", "sqlalchemy", "numpy", "livekit", "alembic", "pandas", "plotly"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Place a call" in done.stdout


def test_no_calls_yet_says_how_to_place_one(run: Run) -> None:
    assert "ringback call --agent demo" in run("calls").stdout
    assert the_object(run("calls", "--json")) == {"calls": []}


def test_calls_are_listed(run: Run) -> None:
    call = add_call()
    (row,) = run("calls").stdout.splitlines()[1:]
    for piece in (call.id, "Clinic [bold]front  desk", "hours", "done", "passed", "1.25 s"):
        assert piece in row
    (entry,) = the_object(run("calls", "--json"))["calls"]
    assert entry["id"] == call.id
    assert entry["created_at"] == "2026-05-01T00:00:00Z"


def test_calls_are_limited(run: Run) -> None:
    for number in range(3):
        add_call(id=f"call_{number}", run_id=f"run_{number}")
    assert len(the_object(run("calls", "--json", "--limit", "2"))["calls"]) == 2


def test_scenarios_are_listed_with_those_that_cannot_be_used(run: Run, data: Path) -> None:
    (data / "scenarios").mkdir(parents=True)
    (data / "scenarios" / "broken.yaml").write_text("name: [")
    text = run("scenarios")
    listed = the_object(run("scenarios", "--json"))
    assert text.exit_code == 0
    assert listed["scenarios"]
    for scenario in listed["scenarios"]:
        assert scenario["name"] in text.stdout
    (problem,) = listed["problems"]
    assert problem["path"].endswith("broken.yaml")
    assert "broken.yaml" in text.stderr


def test_the_doctor_speaks_both_ways(run: Run) -> None:
    text = run("doctor")
    findings = the_object(run("doctor", "--json"))["findings"]
    assert {"name", "status", "found", "fix"} == set(findings[0])
    for finding in findings:
        assert finding["name"] in text.stdout
    missing = any(finding["status"] == "missing" for finding in findings)
    assert text.exit_code == (2 if missing else 0)


class Executed(Exception):
    pass


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    commands: list[list[str]] = []

    def execv(_: str, command: list[str]) -> None:
        commands.append(command)

    monkeypatch.setattr("harness.cli._console.os.execv", execv)
    monkeypatch.setattr("harness.cli._console.os.chdir", lambda _: None)
    return commands


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


def test_the_console_listens_on_this_computer_only(run: Run, executed: list[list[str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        result = run("console", "--port", str(port))
    (command,) = executed
    taken = option(command, "--server.port")
    assert option(command, "--server.address") == "127.0.0.1"
    assert option(command, "--server.headless") == "true"
    assert int(taken) != port
    assert f"Port {port} is busy: using {taken}." in result.stdout
    assert f"http://127.0.0.1:{taken}" in result.stdout
    assert Path(command[4]).name == "app.py"


def test_the_console_takes_the_port_it_is_given_and_opens_the_browser(
    run: Run, executed: list[list[str]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    result = run("console", "--port", str(port), "--open")
    assert option(executed[0], "--server.port") == str(port)
    assert option(executed[0], "--server.headless") == "false"
    assert "busy" not in result.stdout


def test_a_console_without_its_pages_says_so(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.cli._console.ROOT", tmp_path)
    result = run("console")
    assert result.exit_code == 2
    assert "make run" in result.stderr


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_defect_leaves_a_log_and_no_traceback(
    run: Run, scenario: str, data: Path, form: list[str]
) -> None:
    def explode() -> None:
        raise ZeroDivisionError("access_token=SeCrEt")

    result = run("call", "--scenario", scenario, *form, engine=StubEngine(on_start=explode))
    assert result.exit_code == 3
    assert "Traceback" not in result.output
    assert "ZeroDivisionError" in result.stderr
    (log,) = (data / "logs").glob("error-*.log")
    assert str(log) in result.stderr
    assert "Traceback" in log.read_text()
    assert "SeCrEt" not in log.read_text() + result.output
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    if form:
        assert the_object(result)["error"]["kind"] == "internal"


def test_a_defect_on_a_machine_without_data_folder_leaves_a_log_too(
    run: Run, scenario: str, data: Path
) -> None:
    data.touch()

    def explode() -> None:
        raise ZeroDivisionError

    result = run("call", "--scenario", scenario, "--json", engine=StubEngine(on_start=explode))
    remedy = the_object(result)["error"]["remedy"]
    log = Path(remedy.split(" in ")[-1].rstrip("."))
    assert "ZeroDivisionError" in log.read_text()
    log.unlink()


def test_a_data_folder_that_cannot_be_written_is_told(run: Run, data: Path) -> None:
    data.touch()
    text, as_json = run("calls"), run("calls", "--json")
    assert text.exit_code == as_json.exit_code == 2
    assert "RINGBACK_DATA" in text.stderr
    assert the_object(as_json)["error"]["kind"] == "data_folder"


def test_a_reader_that_goes_away_is_no_reason_for_words(data: Path) -> None:
    for number in range(60):
        add_call(id=f"call_{number}", run_id=f"run_{number}")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*RINGBACK, "calls", "--limit", "60"], stdout=writing, stderr=subprocess.PIPE, text=True
    )
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 141


def test_the_object_on_standard_output_is_whole_in_a_real_process(data: Path) -> None:
    done = subprocess.run(
        [*RINGBACK, "call", "--scenario", "x", "--agent", "nobody", "--json"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["kind"] == "unknown_name"
    assert "Traceback" not in done.stderr
    assert "Pipecat" not in done.stderr
