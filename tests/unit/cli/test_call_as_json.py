from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.cli._report import call_schema
from harness.errors import (
    AgentCrashed,
    AgentNeverJoined,
    CallLost,
    RingbackError,
    RunnerRefused,
)
from harness.nouns import CallState, Event, EventKind
from harness.settings import ROOT
from tests.unit.cli.conftest import Run, the_object
from tests.unit.cli.stub import StubEngine, begin, finish, line, reply, state, told

SCHEMA = ROOT / "docs" / "schemas" / "call.schema.json"


def check(report: dict[str, Any]) -> dict[str, Any]:
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    return report


def test_the_schema_in_docs_is_the_one_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text()) == call_schema(), (
        "run: ringback schema > docs/schemas/call.schema.json"
    )


def test_the_schema_is_a_schema_and_refuses_what_is_no_report() -> None:
    jsonschema.Draft202012Validator.check_schema(call_schema())
    with pytest.raises(jsonschema.ValidationError):
        check({"call_id": "call_1"})


def test_the_command_prints_the_schema(run: Run) -> None:
    assert json.loads(run("schema").stdout) == call_schema()


def test_a_good_call_is_one_object(run: Run, scenario: str, data: Path) -> None:
    result = run("call", "--scenario", scenario, "--json", engine=StubEngine())
    report = check(the_object(result))
    assert result.exit_code == report["exit_code"] == 0
    assert {key: report[key] for key in ("call_id", "state", "verdict", "failure", "error")} == {
        "call_id": "call_1",
        "state": "done",
        "verdict": "passed",
        "failure": None,
        "error": None,
    }
    assert report["turns"][1] == {
        "index": 1,
        "outcome": "answered",
        "caller_text": "When are you open?",
        "agent_text": "From eight to six.",
        "agent_text_source": "rtvi",
        "response_latency_s": 1.25,
        "bot_reported_s": None,
        "gap_s": None,
        "flagged": False,
    }
    says = next(one for one in report["checks"] if one["name"] == "Says when it opens")
    assert says["verdict"] == "met"
    assert says["evidence"]["quote"] in report["turns"][1]["agent_text"]
    assert says["evidence"]["turn"] == 1
    assert report["metrics"]["response_latency_p50"] == {"value": 1.0, "unit": "s", "n": 2}
    folder = data / "calls" / "call_1"
    assert report["recording"] == str(folder / "recording.flac")
    assert report["events"] == str(folder / "events.jsonl")


def test_the_transcript_goes_to_standard_error(run: Run, scenario: str) -> None:
    result = run("call", "--scenario", scenario, "--json", engine=StubEngine())
    assert "When are you open?" in result.stderr
    assert "Verdict" in result.stderr


def events_of(error: RingbackError) -> list[Event]:
    return told(*begin(), *reply("Hello.", 1.5, 2.0), state(3.0, CallState.FAILED, error))


@pytest.mark.parametrize(
    ("events", "code", "verdict", "failure"),
    [
        (
            told(*begin(), *reply("Hi.", 1, 2), *line(1, "Hello?", 3, 4), *finish(12)),
            1,
            "failed",
            None,
        ),
        (events_of(AgentCrashed("It crashed.", cause="A.", remedy="B.")), 1, None, "agent_crashed"),
        (
            told(
                state(0, CallState.STARTING),
                state(1, CallState.FAILED, AgentNeverJoined("Nobody.", cause="A.", remedy="B.")),
            ),
            2,
            "not_run",
            "agent_never_joined",
        ),
        (
            told(
                state(0, CallState.STARTING),
                state(1, CallState.FAILED, RunnerRefused("Refused.", cause="A.", remedy="B.")),
            ),
            2,
            "not_run",
            "runner_refused",
        ),
        (
            told(*begin(), state(5, CallState.LOST, CallLost("Killed.", cause="A.", remedy="B."))),
            3,
            None,
            "lost",
        ),
    ],
)
def test_every_end_of_a_call_has_its_code_and_its_error(
    run: Run,
    scenario: str,
    events: list[Event],
    code: int,
    verdict: str | None,
    failure: str | None,
) -> None:
    engine = StubEngine(events, has_recording=False)
    result = run("call", "--scenario", scenario, "--json", engine=engine)
    report = check(the_object(result))
    assert result.exit_code == report["exit_code"] == code
    assert report["failure"] == failure
    assert report["recording"] is None
    if verdict is not None:
        assert report["verdict"] == verdict
    if failure is None:
        assert report["error"] is None
    else:
        assert report["error"]["kind"] == failure
        assert (report["error"]["cause"], report["error"]["remedy"]) == ("A.", "B.")


def test_what_others_print_does_not_reach_standard_output(
    run: Run, scenario: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def chatter() -> None:
        print("from Python")
        os.write(1, b"from a native library\n")

    result = run("call", "--scenario", scenario, "--json", engine=StubEngine(on_start=chatter))
    check(the_object(result))
    assert "from Python" in result.stderr
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "from a native library" in captured.err


def test_odd_text_is_one_ascii_line(run: Run, scenario: str) -> None:
    text = "Grüß Gott \U0001f44b\u2028next\ud800"
    events = told(*begin(), *reply(text, 1.5, 2.0), *finish(4.0))
    result = run("call", "--scenario", scenario, "--json", engine=StubEngine(events))
    assert result.stdout.isascii()
    assert the_object(result)["turns"][0]["agent_text"].startswith("Grüß Gott \U0001f44b")


def test_tools_and_metrics_are_counted_in(run: Run, scenario: str) -> None:
    events = told(
        *begin(),
        *line(1, "Book Tuesday.", 2.0, 3.0),
        (3.5, EventKind.TOOL_CALLED, {"id": "1", "name": "find_slots", "arguments": {"d": "Tue"}}),
        *reply("Done.", 4.0, 5.0),
        *finish(6.0),
    )
    result = run("call", "--scenario", scenario, "--json", engine=StubEngine(events))
    assert 'calls find_slots({"d": "Tue"})' in result.stderr
    check(the_object(result))
