"""Each bad input in text and in JSON: the same three sentences, exit code 2, no call, no token."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from harness.report import call_schema
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


def save(data: Path, name: str, content: str) -> Path:
    """A file of a saved agent, as a person might write it."""
    path = data / "agents" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_a_misspelt_agent_gets_the_close_names(run: Run, scenario: str, data: Path) -> None:
    save(data, "clinic", "provider: dev_runner\nconfig: {url: 'http://localhost:7860'}\n")
    result = run("call", "--scenario", scenario, "--agent", "clinik")
    assert result.exit_code == 2
    assert "There is no agent 'clinik'." in result.stderr
    assert "Did you mean clinic?" in result.stderr
    assert "demo, clinic" in result.stderr


BROKEN = {
    "no YAML": ("provider: [", "line 1: it is no YAML"),
    "a list of text": ("- x", "line 1: it is no mapping"),
    "empty": ("", "it is no mapping"),
    "agents a list of text": ("agents: [a]", "line 1: it is no mapping"),
    "an agent a number": ("agents:\n  x: 1\n", "line 2: agent `x` is no mapping"),
    "no provider": ("title: X\n", "`provider`: is missing"),
    "unknown key": (
        "provider: room\nconfig: {url: 'wss://x.example'}\ncolour: red\n",
        "line 3: unknown key `colour`",
    ),
    "unknown field": (
        "provider: dev_runner\nconfig:\n  url: http://x\n  uurl: http://y\n",
        "line 4: unknown key `config.uurl`. Did you mean `url`?",
    ),
    "another agent": ("name: y\nprovider: demo\n", "does not hold the one agent x"),
    "two agents": (
        "agents: {x: {provider: demo}, y: {provider: demo}}",
        "does not hold the one agent x",
    ),
    "bytes": ("", "cannot be read"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_of_a_saved_agent_names_the_place(
    run: Run, scenario: str, data: Path, case: str
) -> None:
    content, names = BROKEN[case]
    path = save(data, "x", content)
    if case == "bytes":
        path.write_bytes(b"title: \xff\xfe")
    result = run("call", "--scenario", scenario, "--agent", "x")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert str(path) in result.stderr
    assert names in result.stderr
    as_json = the_object(run("call", "--scenario", scenario, "--agent", "x", "--json"))
    assert as_json["failure"] == "bad_agent"
    assert names in as_json["error"]["message"]


def test_a_saved_agent_is_called_by_its_name(run: Run, scenario: str, data: Path) -> None:
    save(
        data,
        "clinic",
        "provider: dev_runner\nconfig: {url: 'http://localhost:7860'}\nbody: {a: 1}\n"
        "title: Clinic\n",
    )
    save(data, "broken", "provider: [")  # keeps no other from being called
    engine = StubEngine()
    run("call", "--scenario", scenario, "--agent", "clinic", engine=engine)
    agent = engine.requests[0].agent
    assert (agent.name, agent.provider, agent.body) == ("clinic", "dev_runner", {"a": 1})
    assert (agent.title, agent.config) == ("Clinic", {"url": "http://localhost:7860"})
    changed = StubEngine()
    run("call", "--scenario", scenario, "--agent", "clinic", "--body", '{"b": 2}', engine=changed)
    assert changed.requests[0].agent.body == {"b": 2}


FILES = {
    "clinic.yaml": "provider: dev_runner\nconfig: {url: 'http://localhost:7860'}\n",
    "clinic.json": '{"provider": "dev_runner", "config": {"url": "http://localhost:7860"}}',
}


@pytest.mark.parametrize("name", FILES)
def test_an_agent_is_called_from_its_file(
    run: Run, scenario: str, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text(FILES[name])
    engine = StubEngine()
    run("call", "--scenario", scenario, "--agent", str(tmp_path / name), engine=engine)
    agent = engine.requests[0].agent
    assert (agent.name, agent.provider) == ("clinic", "dev_runner")
    assert agent.config == {"url": "http://localhost:7860"}


def test_a_bot_file_may_stand_beside_the_agents_file(
    run: Run, scenario: str, tmp_path: Path
) -> None:
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "bot.py").touch()
    file = tmp_path / "bots" / "clinic.yaml"
    file.write_text("provider: bot_file\nconfig: {file: bot.py, python: python3.11}\n")
    engine = StubEngine()
    run("call", "--scenario", scenario, "--agent", str(file), engine=engine)
    assert engine.requests[0].agent.config == {
        "file": str(tmp_path / "bots" / "bot.py"),
        "python": "python3.11",
    }


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (None, "cannot be read"),
        ("provider: [", "line 1: it is no YAML"),
        ("- {name: a, provider: demo}\n- {name: b, provider: demo}\n", "holds 2 agents: a, b"),
    ],
)
def test_a_file_that_is_no_agent_names_the_place(
    run: Run, scenario: str, tmp_path: Path, content: str | None, names: str
) -> None:
    file = tmp_path / "clinic.yaml"
    if content is not None:
        file.write_text(content)
    result = run("call", "--scenario", scenario, "--agent", str(file), "--json")
    assert result.exit_code == 2
    error = the_object(result)["error"]
    assert error["kind"] == "bad_agent"
    assert str(file) in error["message"] and names in error["message"]


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
