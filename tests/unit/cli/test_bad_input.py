"""Each bad input in text and in JSON: the same three sentences, exit code 2, no call, no token."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from harness.cli._report import call_schema
from tests.unit.cli.conftest import Run, the_object
from tests.unit.cli.stub import StubEngine

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2VjcmV0"

GIVEN = ["--scenario", "SCENARIO"]
CASES = {
    "no scenario": ([], "bad_input", "--scenario"),
    "unknown option": ([*GIVEN, "--agnet", "demo"], "bad_input", "--agnet"),
    "unknown scenario": (["--scenario", "huors"], "unknown_name", "huors"),
    "missing file": (["--scenario", "nowhere/x.yaml"], "bad_scenario", "x.yaml"),
    "broken file": (["--scenario", "BROKEN"], "bad_scenario", "broken.yaml"),
    "unknown agent": ([*GIVEN, "--agent", "demmo"], "unknown_name", "demmo"),
    "body no JSON": ([*GIVEN, "--body", "{fault: deaf}"], "bad_agent", "not JSON"),
    "body no object": ([*GIVEN, "--body", "[1]"], "bad_agent", "not an object"),
    "body with NaN": ([*GIVEN, "--body", '{"a": NaN}'], "bad_agent", "not JSON"),
    "body too deep": ([*GIVEN, "--body", "[" * 100_000], "bad_agent", "not JSON"),
    "speed no number": ([*GIVEN, "--speed", "fast"], "bad_input", "--speed"),
    "speed out of range": ([*GIVEN, "--speed", "9"], "bad_input", "--speed"),
    "no token": ([*GIVEN, "--agent", "wss://x.example"], "bad_agent", "RINGBACK_ROOM_TOKEN"),
    "named token not set": (
        [*GIVEN, "--agent", "wss://x.example", "--token-env", "MY_TOKEN"],
        "bad_agent",
        "MY_TOKEN",
    ),
    "token as argument": (
        [*GIVEN, "--agent", "wss://x.example", "--token-env", TOKEN],
        "bad_agent",
        "not the name",
    ),
    "token for no room": ([*GIVEN, "--token-env", "MY_TOKEN"], "bad_input", "--token-env"),
    "body for a room": (
        [*GIVEN, "--agent", "ws://x.example", "--body", "{}"],
        "bad_agent",
        "session body",
    ),
}


@pytest.fixture
def broken(tmp_path: Path) -> str:
    path = tmp_path / "broken.yaml"
    path.write_text("name: [")
    return str(path)


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_told_in_text_and_in_json(
    run: Run, scenario: str, broken: str, case: str
) -> None:
    arguments, kind, names = CASES[case]
    names_of = {"SCENARIO": scenario, "BROKEN": broken}
    arguments = [names_of.get(one, one) for one in arguments]

    text = run("call", *arguments)
    assert text.exit_code == 2
    assert text.stdout == ""
    assert names in text.stderr

    as_json = run("call", *arguments, "--json")
    assert as_json.exit_code == 2
    report = the_object(as_json)
    jsonschema.validate(report, call_schema())
    assert report["call_id"] is None
    assert report["verdict"] == "not_run"
    assert report["failure"] == report["error"]["kind"] == kind
    assert names in report["error"]["message"]
    if kind != "bad_scenario":  # names file, line and key instead
        assert report["error"]["remedy"]
    for said in (text.output, as_json.output):
        assert "Traceback" not in said
        assert TOKEN not in said


def test_a_misspelt_agent_gets_the_close_names(run: Run, scenario: str, data: Path) -> None:
    data.mkdir()
    (data / "agents.yaml").write_text(
        "agents: {clinic: {provider: dev_runner, config: {url: 'http://localhost:7860'}}}"
    )
    result = run("call", "--scenario", scenario, "--agent", "clinik")
    assert "Did you mean clinic?" in result.stderr
    assert "demo, clinic" in result.stderr


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("agents: [", "agents.yaml"),
        ("- x", "no mapping `agents`"),
        ("agents: [a]", "no mapping `agents`"),
        ("agents: {x: 1}", "agent `x`"),
        ("agents: {x: {}}", "agent `x`, key `provider`"),
        ("agents: {x: {provider: room, colour: red}}", "agent `x`, key `colour`"),
    ],
)
def test_a_broken_file_of_agents_names_the_place(
    run: Run, scenario: str, data: Path, content: str, names: str
) -> None:
    data.mkdir()
    (data / "agents.yaml").write_text(content)
    result = run("call", "--scenario", scenario, "--agent", "x")
    assert result.exit_code == 2
    assert names in result.stderr


def test_a_saved_agent_is_called_by_its_name(run: Run, scenario: str, data: Path) -> None:
    data.mkdir()
    (data / "agents.yaml").write_text(
        "agents: {clinic: {provider: dev_runner, config: {url: 'http://localhost:7860'}, "
        "body: {a: 1}, title: Clinic}}"
    )
    engine = StubEngine()
    run("call", "--scenario", scenario, "--agent", "clinic", engine=engine)
    agent = engine.requests[0].agent
    assert (agent.name, agent.provider, agent.body) == ("clinic", "dev_runner", {"a": 1})
    changed = StubEngine()
    run("call", "--scenario", scenario, "--agent", "clinic", "--body", '{"b": 2}', engine=changed)
    assert changed.requests[0].agent.body == {"b": 2}


def test_an_address_of_a_runner_is_an_agent(run: Run, scenario: str) -> None:
    engine = StubEngine()
    url = "http://user:secret@localhost:7860/"
    run("call", "--scenario", scenario, "--agent", url, engine=engine)
    agent = engine.requests[0].agent
    assert (agent.provider, agent.config) == ("dev_runner", {"url": url})
    assert agent.name == "localhost:7860"


@pytest.mark.parametrize("variable", ["RINGBACK_ROOM_TOKEN", "MY_TOKEN"])
def test_a_rooms_token_stays_in_its_variable(
    run: Run, scenario: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, TOKEN)
    engine = StubEngine()
    named = ["--token-env", variable] if variable == "MY_TOKEN" else []
    result = run(
        "call", "--scenario", scenario, "--agent", "wss://x.example", *named, engine=engine
    )
    agent = engine.requests[0].agent
    assert agent.provider == "room"
    assert agent.config == {"url": "wss://x.example", "token": f"env:{variable}"}
    assert TOKEN not in result.output


def test_a_bad_setting_is_told(run: Run, scenario: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGBACK_CONCURRENCY", "many")
    result = run("calls", "--json")
    assert result.exit_code == 2
    assert "RINGBACK_CONCURRENCY" in json.loads(result.stdout)["error"]["message"]
