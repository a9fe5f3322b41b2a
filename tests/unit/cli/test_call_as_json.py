from __future__ import annotations

import json
import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.errors import (
    AgentCrashed,
    AgentNeverJoined,
    CallLost,
    RingbackError,
    RunnerRefused,
)
from harness.measure import METRICS
from harness.nouns import (
    CallState,
    CheckVerdict,
    Event,
    EventKind,
    Evidence,
    Judgement,
    Vote,
    to_json,
)
from harness.report import call_schema
from harness.settings import ROOT
from tests.unit.cli.conftest import Run, the_object
from tests.unit.cli.stub import GOOD_CALL, StubEngine, begin, finish, line, reply, state, told

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
        "caller_source": "script",
        "caller_text_source": None,
        "caller_text_by": None,
        "by_person": False,
        "agent_text": "From eight to six.",
        "agent_text_source": "rtvi",
        "tools": [],
        "response_latency_s": 1.25,
        "first_answer_s": 1.25,
        "bot_reported_s": None,
        "latency_source": None,
        "gap_s": None,
        "backchannels": 0,
        "overlap_s": 0.0,
        "stop_s": None,
        "stages": [],
        "flagged": False,
    }
    says = next(one for one in report["checks"] if one["name"] == "Says when it opens")
    assert says["verdict"] == "met"
    assert says["evidence"]["quote"] in report["turns"][1]["agent_text"]
    assert says["evidence"]["turn"] == 1
    assert set(report["metrics"]) == set(METRICS)
    assert report["metrics"]["response_latency_p50"] == {
        **{"value": 1.0, "unit": "s", "n": 2, "low": None, "high": None, "of": None},
        **{"left_out": 0, "why": "", "turns": [1, 2]},
    }
    missed = report["metrics"]["missed_share"]
    assert (missed["value"], missed["of"], missed["low"]) == (0.0, 2, 0.0)
    assert report["metrics"]["stop_time_p50"]["why"] == "The caller did not cut in."
    assert report["metrics"]["agent_words_per_minute"]["unit"] == "per_minute"
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
    (tool,) = check(the_object(result))["turns"][-1]["tools"]
    assert (tool["name"], tool["arguments"], tool["at"]) == ("find_slots", {"d": "Tue"}, 3.5)


def test_what_the_script_expected_is_told_in_the_words_of_pipecat_evals(
    run: Run, scenario: str
) -> None:
    failed = {"step": 2, "index": 0, "event": "response", "status": "failed", "kind": "timeout"}
    events = told(
        *((event.t, EventKind(event.kind), event.data) for event in GOOD_CALL[:-4]),
        (11.0, EventKind.EXPECTATION, {**failed, "reason": "no response within 6 s"}),
        *finish(12.0),
    )
    result = run("call", "--scenario", scenario, "--json", engine=StubEngine(events))
    report = check(the_object(result))
    assert (report["kind"], report["simulation"], report["judging"]) == ("script", None, None)
    found = {
        (one["expectation"]["step"], one["expectation"]["index"]): one["expectation"]["verdict"]
        for one in report["checks"]
        if one["expectation"] is not None
    }
    assert found == {(0, 0): "passed", (1, 0): "passed", (2, 0): "failed"}
    (late,) = (one for one in report["checks"] if one["kind"] == "timeout")
    assert late["expectation"]["line"] == 2 and late["verdict"] == "not_met"


PERSON = """
name: book
scenarios:
  - name: visit
    persona: A caller in a hurry.
    goal: A visit on Friday.
    success: The visit is booked.
    metrics:
      - {name: polite, criterion: It is polite., min_score: 0.5}
      - {name: short, measure: words, max_value: 40}
      - {name: books, measure: function_calls, calls: [{name: book, args: {day: Friday}}]}
    ringback:
      caller: {persona: impatient}
      brain: {kind: rules, start: a, states: {a: {say: [Hello], otherwise: {end: true}}}}
"""


def judged_call() -> list[Event]:
    vote = Vote("one", "m-1", CheckVerdict.MET, "booked for Friday", 1, "It is so.", 100, 10)
    against = replace(vote, verdict=CheckVerdict.NOT_MET, quote="", turn=None, judge="two")
    booked = Judgement(
        "Success: The visit is booked.",
        None,
        CheckVerdict.MET,
        (vote, vote, against),
        2 / 3,
        "goal@abc",
        Evidence("booked for Friday", 1, 4.25),
        "It is so.",
    )
    return told(
        *begin(),
        *reply("Welcome.", 1.5, 2.0),
        *line(1, "A visit on Friday.", 2.5, 3.5),
        *reply("You are booked for Friday.", 4.0, 5.0),
        (6.0, EventKind.PERSONA_ENDED, {"ended_by": "end_call"}),
        (6.0, EventKind.GRADING, {"status": "started"}),
        *finish(6.5),
        (7.0, EventKind.JUDGE_VERDICT, to_json(booked)),
        (7.1, EventKind.GRADING, {"status": "done", "tokens_in": 300, "tokens_out": 30}),
    )


def test_a_simulated_call_tells_who_called_and_what_judges_said(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "person.yaml"
    file.write_text(PERSON)
    result = run("call", "--scenario", str(file), "--json", engine=StubEngine(judged_call()))
    report = check(the_object(result))
    assert report["kind"] == "simulation"
    person = report["simulation"]
    assert (person["goal"], person["success"]) == ("A visit on Friday.", "The visit is booked.")
    assert (person["library_persona"], person["brain"]) == ("impatient", "rules")
    assert person["persona"].startswith("A caller in a hurry.")
    checks = {one["name"]: one for one in report["checks"]}
    polite, short, books = person["metrics"]
    assert {one["check"] for one in person["metrics"]} <= checks.keys()
    assert (polite["criterion"], polite["min_score"]) == ("It is polite.", 0.5)
    assert (short["measure"], short["max_value"]) == ("words", 40)
    assert books["calls"] == [{"name": "book", "arguments": {"day": "Friday"}}]

    success = checks["Success: The visit is booked."]
    (judgement,) = success["judgements"]
    assert (success["rule"], success["verdict"], success["expectation"]) == ("success", "met", None)
    assert judgement["agreement"] == 0.6667 and judgement["prompt"] == "goal@abc"
    assert judgement["evidence"] == {"quote": "booked for Friday", "turn": 1, "at": 4.25}
    assert [(vote["judge"], vote["verdict"]) for vote in judgement["votes"]] == [
        ("one", "met"),
        ("one", "met"),
        ("two", "not_met"),
    ]
    assert report["judging"] == {
        "models": ["m-1"],
        "prompts": ["goal@abc"],
        "judgements": 1,
        "tokens_in": 300,
        "tokens_out": 30,
    }
    assert "Goal: A visit on Friday." in result.stderr
    assert "Judged by m-1: 330 tokens, prompts goal@abc" in result.stderr


def test_the_report_leaves_out_nothing_that_a_page_is_given_of_a_check(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "person.yaml"
    file.write_text(PERSON)
    engine = StubEngine(judged_call())
    report = check(the_object(run("call", "--scenario", str(file), "--json", engine=engine)))
    results = engine.view("call_1").checks
    assert [check.name for check in results] == [one["name"] for one in report["checks"]]
    for result, told_of in zip(results, report["checks"], strict=True):
        assert {field.name for field in fields(result)} <= told_of.keys()
        for judgement, one in zip(result.judgements, told_of["judgements"], strict=True):
            assert {field.name for field in fields(judgement)} - {"check"} <= one.keys()
            assert [to_json(vote) for vote in judgement.votes] == one["votes"]
