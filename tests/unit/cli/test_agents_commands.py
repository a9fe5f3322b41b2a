"""`ringback agents`: what is saved, shown, tested and handed on, and that no secret gets out."""

from __future__ import annotations

import io
import json
import os
import signal
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.agents import agent_files
from harness.cli import _agent_values
from harness.errors import RingbackError, RunnerRefused
from harness.nouns import CallState, Event, EventKind
from harness.secrets import Secrets
from harness.settings import Settings
from tests.unit.cli.conftest import Run, the_object
from tests.unit.cli.stub import StubEngine, state, told

KEY = "pk-live-0123456789abcdef"
RUNNER = ["--provider", "dev_runner", "--set", "url=http://localhost:7860"]
CLOUD = ["--provider", "pipecat_cloud", "--set", "agent_name=front-desk"]


def saved(data: Path, name: str) -> Any:
    return yaml.safe_load((data / "agents" / f"{name}.yaml").read_text())


def everything(folder: Path) -> str:
    """All that is written in a folder, but for the file of secrets."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "secrets.json"]
    return "\n".join(path.read_text("utf-8", "replace") for path in files)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is piped into the command, line by line; it has no terminal."""
    lines: list[str] = []

    class Stdin(io.StringIO):
        def readline(self, *_: Any) -> str:
            return f"{lines.pop(0)}\n" if lines else ""

    class Sys:
        stdin = Stdin()

    monkeypatch.setattr(_agent_values, "sys", Sys)
    return lines


# Adding


def test_an_agent_is_added_and_listed(run: Run, data: Path) -> None:
    added = run("agents", "add", "clinic", *RUNNER, "--set", "timeout_s=20", "--title", "Clinic")
    assert added.exit_code == 0, added.output
    assert "ringback agents test clinic" in added.stdout
    assert saved(data, "clinic") == {
        "title": "Clinic",
        "provider": "dev_runner",
        "config": {"url": "http://localhost:7860", "timeout_s": 20},
    }
    listed = run("agents", "list")
    assert "Dev runner · localhost:7860" in listed.stdout
    demo, clinic = the_object(run("agents", "list", "--json"))["agents"]
    assert (demo["name"], demo["path"]) == ("demo", None)
    assert clinic == {
        "name": "clinic",
        "title": "Clinic",
        "provider": "dev_runner",
        "where": "Dev runner · localhost:7860",
        "path": str(data / "agents" / "clinic.yaml"),
    }


def test_no_agent_yet_says_how_to_add_one(run: Run) -> None:
    assert "ringback agents add" in run("agents", "list").stdout


def test_a_broken_file_is_told_beside_the_others(run: Run, data: Path) -> None:
    run("agents", "add", "clinic", *RUNNER)
    (data / "agents" / "bad.yaml").write_text("provider: [")
    listed = run("agents", "list")
    assert listed.exit_code == 0
    assert "clinic" in listed.stdout and "bad.yaml, line 1" in listed.stderr
    (problem,) = the_object(run("agents", "list", "--json"))["problems"]
    assert problem["name"] == "bad" and "bad.yaml" in problem["message"]


def test_values_are_what_their_field_takes(run: Run, data: Path, tmp_path: Path) -> None:
    bot = tmp_path / "bot.py"
    bot.touch()
    run(
        *("agents", "add", "clinic", "--provider", "bot_file", "--set", f"file={bot}"),
        *("--set", 'args=["--fast", "1"]', "--set", "env.PORT=env:HOME", "--set", "timeout_s=5"),
        *("--body", '{"a": [1, true]}', "--text-channel", "lk.chat"),
    )
    assert saved(data, "clinic") == {
        "provider": "bot_file",
        "config": {
            "file": str(bot),
            "args": ["--fast", "1"],
            "env": {"PORT": "env:HOME"},
            "timeout_s": 5,
        },
        "body": {"a": [1, True]},
        "text_channel": "lk.chat",
    }
    run("agents", "add", "cloud", *CLOUD, "--set", "api_key=env:K", "--set", "organization=42")
    assert saved(data, "cloud")["config"]["organization"] == "42"
    run("agents", "add", "c2", *CLOUD, "--set", "api_key=env:K", "--set", "body.n=42")
    assert saved(data, "c2")["config"]["body"] == {"n": 42}


def test_a_path_is_saved_so_that_it_is_found_from_everywhere(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot.py").touch()
    monkeypatch.chdir(tmp_path)
    run("agents", "add", "here", "--provider", "bot_file", "--set", "file=bot.py")
    assert saved(data, "here")["config"] == {"file": str(tmp_path / "bot.py")}
    (tmp_path / "agent.yaml").write_text("provider: bot_file\nconfig: {file: bot.py}\n")
    monkeypatch.chdir("/")
    run("agents", "import", str(tmp_path / "agent.yaml"))
    assert saved(data, "agent")["config"] == {"file": str(tmp_path / "bot.py")}


WRONG = {
    "no name": (["--provider", "demo"], "bad_input", "NAME is missing"),
    "no provider": (["x"], "bad_input", "--provider is missing"),
    "a bad name": (["a b", *RUNNER], "bad_agent", "cannot be the name"),
    "the demo's name": (["demo", *RUNNER], "bad_input", "already: demo"),
    "unknown provider": (["x", "--provider", "dev_runer"], "unknown_name", "dev_runer"),
    "unknown field": (["x", *RUNNER, "--set", "timout_s=3"], "bad_agent", "Did you mean"),
    "missing field": (["x", "--provider", "dev_runner"], "bad_agent", "`config.url`: is missing"),
    "wrong value": (["x", *RUNNER, "--set", "timeout_s=soon"], "bad_agent", "`config.timeout_s`"),
    "no equals sign": (["x", *RUNNER, "--set", KEY], "bad_input", "FIELD=VALUE"),
    "no field": (["x", *RUNNER, "--set", f"={KEY}"], "bad_input", "FIELD=VALUE"),
    "twice": (["x", *RUNNER, "--set", "url=http://y"], "bad_input", "twice"),
    "part of no mapping": (["x", *RUNNER, "--set", "url.a=b"], "bad_input", "twice"),
    "no address": (["x", "--provider", "dev_runner", "--set", "url=7860"], "bad_agent", "7860"),
    "no bot file": (
        ["x", "--provider", "bot_file", "--set", "file=/nowhere/bot.py"],
        "bad_agent",
        "/nowhere/bot.py",
    ),
    "body no JSON": (["x", *RUNNER, "--body", "{a: 1}"], "bad_agent", "not JSON"),
    "unknown channel": (["x", *RUNNER, "--text-channel", "sms"], "bad_agent", "`text_channel`"),
    "a key": (["x", *CLOUD, "--set", f"api_key={KEY}"], "bad_agent", "as an argument: api_key"),
    "a key that looks like none": (
        ["x", *CLOUD, "--set", "apiKey=open-sesame"],
        "bad_agent",
        "as an argument: api_key",
    ),
    "a header": (
        ["x", "--provider", "http_runner", "--set", "url=http://x", "--set", f"headers.A={KEY}"],
        "bad_agent",
        "as an argument: headers.A",
    ),
    "headers as JSON": (
        ["x", "--provider", "http_runner", "--set", "url=http://x"]
        + ["--set", json.dumps({"A": KEY}).join(["headers=", ""])],
        "bad_agent",
        "as an argument: headers.A",
    ),
    "a password": (
        ["x", "--provider", "dev_runner", "--set", "url=http://me:open-sesame@localhost"],
        "bad_agent",
        "as an argument: url",
    ),
    "a key in the body": (
        ["x", *RUNNER, "--body", json.dumps({"crm": KEY})],
        "bad_agent",
        "as an argument: body.crm",
    ),
    "a key as the field": (["x", *CLOUD, "--secret", KEY], "bad_input", "no secret field"),
    "no secret field": (["x", *RUNNER, "--secret", "url"], "bad_input", "no secret field"),
    "nothing entered": (["x", *CLOUD, "--secret", "api_key"], "bad_input", "Nothing was entered"),
    "file and options": (["x", "--file", "x.yaml", *RUNNER], "bad_input", "together"),
    "missing file": (["--file", "nowhere.yaml"], "bad_agent", "nowhere.yaml"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_added_is_told_and_not_saved(
    run: Run, data: Path, typed: list[str], case: str
) -> None:
    arguments, kind, names = WRONG[case]
    text = run("agents", "add", *arguments)
    assert text.exit_code == 2
    assert text.stdout == ""
    assert names in text.stderr
    as_json = run("agents", "add", *arguments, "--json")
    assert as_json.exit_code == 2
    error = the_object(as_json)["error"]
    assert error["kind"] == kind and names in error["message"]
    for said in (text.output, as_json.output, everything(data)):
        assert "Traceback" not in said
        assert KEY not in said and "open-sesame" not in said
    assert not list(data.glob("agents/*.yaml"))
    assert Secrets(Settings()).names() == ()


def test_a_secret_is_read_line_by_line_and_kept_apart(
    run: Run, data: Path, typed: list[str]
) -> None:
    typed += [KEY, "  another-secret  "]
    options = ["--secret", "api_key", "--secret", "private_api_key"]
    result = run("agents", "add", "clinic", *CLOUD, *options, "--json")
    assert result.exit_code == 0, result.output
    assert saved(data, "clinic")["config"] == {
        "agent_name": "front-desk",
        "api_key": "secret:clinic.api_key",
        "private_api_key": "secret:clinic.private_api_key",
    }
    secrets = Secrets(Settings())
    assert secrets.resolve("secret:clinic.api_key") == KEY
    assert secrets.resolve("secret:clinic.private_api_key") == "another-secret"
    assert stat.S_IMODE(secrets.path.stat().st_mode) == 0o600
    assert KEY not in result.output + everything(data)


def test_a_secret_is_asked_for_without_showing_it(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def getpass(prompt: str, stream: Any) -> str:
        asked.append(prompt)
        assert stream is not None
        return KEY

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    class Sys:
        stdin, stderr = Terminal(), io.StringIO()

    monkeypatch.setattr(_agent_values, "sys", Sys)
    monkeypatch.setattr("harness.cli._agent_values.getpass.getpass", getpass)
    url = ["--provider", "http_runner", "--set", "url=http://localhost:1/start"]
    result = run("agents", "add", "mine", *url, "--secret", "headers.Authorization")
    assert result.exit_code == 0, result.output
    assert len(asked) == 1 and "headers.Authorization" in asked[0]
    headers = saved(data, "mine")["config"]["headers"]
    assert headers == {"Authorization": "secret:mine.headers.Authorization"}
    assert KEY not in result.output


def test_a_name_that_is_taken_is_replaced_only_if_told(run: Run, data: Path) -> None:
    run("agents", "add", "Clinic", *RUNNER)
    refused = run("agents", "add", "clinic", *RUNNER, "--title", "New")
    assert refused.exit_code == 2 and "--replace" in refused.stderr
    assert "title" not in saved(data, "Clinic")
    assert run("agents", "add", "clinic", *RUNNER, "--title", "New", "--replace").exit_code == 0
    (only,) = the_object(run("agents", "list", "--json"))["agents"][1:]
    assert only["title"] == "New"


# Files

SEVERAL = f"""
agents:
  one: {{provider: room, config: {{url: 'wss://x.example', token: {KEY}}}}}
  two: {{provider: demo, body: {{fault: deaf}}}}
"""


def test_agents_are_imported_and_exported_without_a_secret(
    run: Run, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "several.yaml").write_text(SEVERAL)
    imported = run("agents", "import", str(tmp_path / "several.yaml"), "--json")
    assert [agent["name"] for agent in the_object(imported)["agents"]] == ["one", "two"]
    in_yaml, in_json = run("agents", "export"), run("agents", "export", "--json")
    assert yaml.safe_load(in_yaml.stdout) == the_object(in_json)
    assert the_object(in_json)["agents"]["one"]["config"]["token"] == "secret:one.token"
    assert "secret:one.token" in in_yaml.stderr
    for result in (imported, in_yaml, in_json, run("agents", "show", "one"), run("agents", "list")):
        assert KEY not in result.output
    assert yaml.safe_load(run("agents", "export", "two").stdout)["body"] == {"fault": "deaf"}
    again = tmp_path / "again.yaml"
    again.write_text(in_yaml.stdout)
    before = everything(data / "agents")
    assert run("agents", "import", str(again), "--replace").exit_code == 0
    assert everything(data / "agents") == before
    assert Secrets(Settings()).resolve("secret:one.token") == KEY


def test_agents_come_through_a_pipe(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Sys:
        stdin = io.StringIO(SEVERAL)

    monkeypatch.setattr(agent_files, "sys", Sys)
    assert run("agents", "import", "-").exit_code == 0
    assert saved(data, "two") == {"provider": "demo", "body": {"fault": "deaf"}}


def test_an_agent_of_preclinical_just_works(run: Run, data: Path, tmp_path: Path) -> None:
    theirs = {"provider": "pipecat", "config": {"apiKey": KEY, "agentName": "My Agent"}}
    (tmp_path / "theirs.json").write_text("\ufeff" + json.dumps(theirs))
    result = run("agents", "add", "mine", "--file", str(tmp_path / "theirs.json"))
    assert result.exit_code == 0, result.output
    assert saved(data, "mine") == {
        "provider": "pipecat_cloud",
        "config": {"api_key": "secret:mine.api_key", "agent_name": "My Agent"},
    }
    assert KEY not in result.output


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("agents: {a: {provider: demo}, one: {provider: nope}}", "no provider `nope`"),
        ("agents: {a: {provider: demo}, ONE: {provider: demo}}", "already: ONE"),
        ("- {name: a, provider: demo}\n- {name: A, provider: demo}\n", "two agents a"),
        ("{}", "provider"),
        ("[]", "no agent"),
    ],
)
def test_all_agents_of_a_file_are_imported_or_none(
    run: Run, data: Path, tmp_path: Path, content: str, names: str
) -> None:
    run("agents", "add", "one", *RUNNER)
    before = everything(data / "agents")
    (tmp_path / "more.yaml").write_text(content)
    result = run("agents", "import", str(tmp_path / "more.yaml"))
    assert result.exit_code == 2
    assert names in result.stderr
    assert everything(data / "agents") == before


def test_nothing_to_export_is_told(run: Run) -> None:
    assert run("agents", "export").exit_code == 2
    assert the_object(run("agents", "export", "nobody", "--json"))["error"]["kind"] == (
        "unknown_name"
    )


def test_a_broken_file_is_not_left_out_of_an_export_in_silence(run: Run, data: Path) -> None:
    run("agents", "add", "clinic", *RUNNER)
    (data / "agents" / "bad.yaml").write_text("provider: [")
    result = run("agents", "export")
    assert result.exit_code == 2 and "bad.yaml" in result.stderr and result.stdout == ""
    assert run("agents", "export", "clinic").exit_code == 0


# Removing


def test_an_agent_is_removed_and_comes_back_with_its_secret(
    run: Run, data: Path, typed: list[str]
) -> None:
    typed.append(KEY)
    run("agents", "add", "clinic", *CLOUD, "--secret", "api_key")
    before = saved(data, "clinic")
    removed = run("agents", "remove", "clinic")
    assert "ringback agents restore clinic" in removed.stdout
    assert len(the_object(run("agents", "list", "--json"))["agents"]) == 1
    again = the_object(run("agents", "remove", "clinic", "--json"))
    assert again["error"]["kind"] == "unknown_name"
    assert run("agents", "restore", "clinic").exit_code == 0
    assert saved(data, "clinic") == before
    assert Secrets(Settings()).resolve(before["config"])["api_key"] == KEY
    assert run("agents", "restore", "clinic").exit_code == 2


@pytest.mark.parametrize("command", ["remove", "restore", "export"])
def test_the_demo_agent_stays(run: Run, command: str) -> None:
    result = run("agents", command, "demo")
    assert result.exit_code == 2
    assert "comes with Ringback" in result.stderr


# Testing the connection


def step(name: str, status: str = "done", took_s: float = 0.0, note: str = "") -> Any:
    data = {"name": name, "status": status, "took_s": took_s, "note": note}
    return 0.5, EventKind.SESSION_STEP, data


WAY = ("resolve", "tls", "authorise", "ready", "start", "join", "agent_found", "agent_audio")
ALL = (*WAY, "rtvi_ready", "stop", "cleaned")
GOOD = told(
    state(0.0, CallState.STARTING),
    step("resolve", took_s=0.25, note="127.0.0.1"),
    step("tls", "skipped", note="not needed"),
    *(step(name, took_s=0.5) for name in ALL[2:8]),
    step("rtvi_ready", took_s=0.125, note="RTVI \x1b[2J2.1"),
    step("stop", took_s=0.5),
    step("cleaned", took_s=0.5),
    state(6.0, CallState.DONE),
)
REFUSED = RunnerRefused("Nothing listens there.", cause="It is not running.", remedy="Start it.")


def broken(error: RingbackError) -> list[Event]:
    return told(
        state(0.0, CallState.STARTING),
        step("resolve", "failed", 0.125, error.message),
        step("stop", "skipped", note="no session was started"),
        step("cleaned", "skipped", note="nothing to clean"),
        state(1.0, CallState.FAILED, error),
    )


def test_a_connection_test_tells_each_step_as_it_is_done(run: Run) -> None:
    engine = StubEngine(GOOD, has_recording=False)
    result = run("agents", "test", "demo", engine=engine)
    assert result.exit_code == 0, result.output
    (request,) = engine.requests
    assert (request.purpose, request.scenario, request.agent.name) == ("test", None, "demo")
    lines = result.stdout.splitlines()
    assert "Clinic front desk" in lines[0]
    marks = [line.split()[0] for line in lines[1:12]]
    assert marks == ["✓", "○", *"✓✓✓✓✓✓✓✓✓"]
    assert "0.25 s  127.0.0.1" in lines[1]
    assert " s " not in lines[2] and "not needed" in lines[2]
    assert "RTVI  [2J2.1" in lines[9] and "\x1b" not in result.stdout
    assert lines[-1] == "✓ Works in 4.38 s"
    assert result.stderr == ""
    assert engine.is_stopped


def test_a_step_that_failed_ends_with_its_error(run: Run) -> None:
    engine = StubEngine(broken(REFUSED), has_recording=False)
    result = run("agents", "test", "http://localhost:7860", engine=engine)
    assert result.exit_code == 2
    assert "  ✗ Find the address" in result.stdout
    assert "✗ Failed: Find the address in 0.12 s" in result.stdout
    assert "Join the room" not in result.stdout
    assert result.stdout.endswith(
        "Error: Nothing listens there.\n  It is not running.\n  Start it.\n"
    )
    assert result.stdout.count("Nothing listens there.") == 1


def test_a_connection_test_is_one_object(run: Run) -> None:
    result = run("agents", "test", "demo", "--json", engine=StubEngine(GOOD, has_recording=False))
    report = the_object(result)
    steps = report.pop("steps")
    assert report == {
        "call_id": "call_1",
        "state": "done",
        "ok": True,
        "exit_code": 0,
        "agent": "demo",
        "where": "Demo agent · this computer",
        "took_s": 4.375,
        "session": None,
        "waits": [],
        "warnings": [],
        "error": None,
    }
    assert [one["name"] for one in steps] == list(ALL)
    assert steps[0] == {
        "name": "resolve",
        "title": "Find the address",
        "status": "done",
        "took_s": 0.25,
        "note": "127.0.0.1",
    }
    assert "✓ Works" in result.stderr


def test_a_failed_connection_test_is_the_same_object(run: Run) -> None:
    engine = StubEngine(broken(REFUSED), has_recording=False)
    result = run("agents", "test", "http://localhost:7860", "--json", engine=engine)
    report = the_object(result)
    assert result.exit_code == report["exit_code"] == 2
    assert (report["ok"], report["state"]) == (False, "failed")
    statuses = {one["name"]: one["status"] for one in report["steps"]}
    assert statuses == dict.fromkeys(ALL, "pending") | {
        "resolve": "failed",
        "stop": "skipped",
        "cleaned": "skipped",
    }
    assert report["error"] == {
        "kind": "runner_refused",
        "message": "Nothing listens there.",
        "cause": "It is not running.",
        "remedy": "Start it.",
    }


def test_what_the_platform_tells_of_the_session_is_told(run: Run) -> None:
    details = {
        "cold_start": True,
        "boot_s": 3.5,
        "completion": "ended",
        "cpu": {"p50": 0.25},
        "memory": {"p50": 128e6},
    }
    events = [*GOOD[:-1]]
    events.append(Event(len(events) + 1, 5.0, str(EventKind.SESSION_DETAILS), details))
    events.append(Event(len(events) + 1, 6.0, GOOD[-1].kind, GOOD[-1].data))
    engine = StubEngine(events, has_recording=False)
    text = run("agents", "test", "demo", engine=engine).stdout
    assert "cold start, booted in 3.50 s, ended, cores p50 0.25, MB p50 128" in text
    engine = StubEngine(events, has_recording=False)
    assert the_object(run("agents", "test", "demo", "--json", engine=engine))["session"] == details


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_ctrl_c_cancels_in_good_order(run: Run, form: list[str]) -> None:
    cancelled = [*GOOD[:4]]
    cancelled.append(Event(5, 1.0, GOOD[-1].kind, {"state": "cancelled"}))
    engine = StubEngine(cancelled, has_recording=False, hold=4)

    def press() -> None:
        assert engine.held.wait(60)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    result = run("agents", "test", "demo", *form, engine=engine)
    thread.join()
    assert engine.hung_up == ["call_1"] and engine.is_stopped
    assert result.exit_code == 2
    said = result.stderr if form else result.stdout
    assert "Cancelling." in said and "○ Cancelled" in said
    if form:
        report = the_object(result)
        assert (report["state"], report["ok"]) == ("cancelled", False)
        assert report["error"]["kind"] == "interrupted"


BAD = {
    "no agent": ([], "bad_input", "NAME|FILE"),
    "unknown agent": (["demmo"], "unknown_name", "demmo"),
    "missing file": (["nowhere.yaml"], "bad_agent", "nowhere.yaml"),
    "no token": (["wss://x.example"], "bad_agent", "RINGBACK_ROOM_TOKEN"),
    "body no JSON": (["demo", "--body", "{"], "bad_agent", "not JSON"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_test_that_cannot_begin_has_the_same_object(run: Run, case: str) -> None:
    arguments, kind, names = BAD[case]
    result = run("agents", "test", *arguments, "--json")
    report = the_object(result)
    assert result.exit_code == report["exit_code"] == 2
    assert (report["call_id"], report["ok"], report["steps"]) == (None, False, [])
    assert report["error"]["kind"] == kind and names in report["error"]["message"]
    good = the_object(run("agents", "test", "demo", "--json", engine=StubEngine(GOOD)))
    assert set(report) == set(good)


def test_an_agent_is_tested_and_shown_from_its_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "waiting.json"
    config = {"url": "wss://x.example", "token": KEY}
    file.write_text(json.dumps({"provider": "room", "config": config}))
    engine = StubEngine(GOOD, has_recording=False)
    result = run("agents", "test", str(file), "--body", '{"a": 1}', engine=engine)
    agent = engine.requests[0].agent
    assert (agent.name, agent.provider, agent.body) == ("waiting", "room", {"a": 1})
    assert KEY not in result.output
    shown = run("agents", "show", str(file))
    assert yaml.safe_load(shown.stdout)["config"]["token"] == "secret:waiting.token"


def test_a_mistyped_command_says_where_its_help_is(run: Run) -> None:
    error = the_object(run("agents", "add", "x", "--provder", "demo", "--json"))["error"]
    assert error["remedy"] == "See: ringback agents add --help"
    error = the_object(run("agents", "tset", "x", "--json"))["error"]
    assert error["remedy"] == "See: ringback agents --help"
