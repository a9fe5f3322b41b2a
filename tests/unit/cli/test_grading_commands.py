"""``ringback regrade`` and ``ringback conversation`` with an emulated judge, without an engine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from harness.nouns import Call
from harness.report import call_schema
from harness.settings import Settings, get_settings
from harness.store import Store
from tests.emulated_judge import KEY, EmulatedJudge, Says, emulated_judge
from tests.unit.calls.stored_calls import CONVERSATION, SCENARIO, keep_call, set_up
from tests.unit.cli.conftest import Run, the_object

SIMULATION = """
name: book
judge:
  eval: {{service: ollama, model: m, endpoint: "{url}"}}
scenarios:
  - name: visit
    persona: A caller in a hurry.
    goal: A visit on Friday.
    success: The visit is booked.
    metrics:
      - {{name: polite, criterion: It is polite., min_score: 0.5}}
"""


@pytest.fixture
def judge() -> Iterator[EmulatedJudge]:
    with emulated_judge(key=None) as judge:
        judge.says["booked"] = Says("yes", "You are booked for Friday", 1)
        judge.says["polite"] = Says("yes", "Welcome", 0)
        yield judge


@pytest.fixture
def settings(judge: EmulatedJudge, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    settings = get_settings()
    set_up(settings, judge, "one", "two")
    return settings


@pytest.fixture
def call(settings: Settings, judge: EmulatedJudge) -> Call:
    store = Store.open(settings)
    scenario = replace(SCENARIO, source=SIMULATION.format(url=judge.url))
    call = keep_call(store, scenario)
    store.close()
    return call


def test_a_call_is_judged_again(run: Run, call: Call) -> None:
    text = run("regrade", call.id, "--judge", "one,two", "--repeats", "2", "--label", "both")
    assert text.exit_code == 0, text.output
    assert "✓ Met" in text.stdout and "Judged by one-1, two-1, 100% agree" in text.stdout
    assert "Grading 1 of call_1" in text.stdout and "both" in text.stdout
    again = the_object(run("regrade", call.id, "--json"))
    assert again["exit_code"] == 0 and again["grading"]["judge"]["endpoints"] == ["one"]
    assert KEY not in text.output + json.dumps(again)


def test_a_call_of_the_past_is_shown_as_it_was_placed(run: Run, call: Call) -> None:
    run("regrade", call.id)
    report = the_object(run("calls", call.id, "--json"))
    jsonschema.validate(report, call_schema())
    assert (report["call_id"], report["kind"], report["state"]) == (call.id, "script", "done")
    assert [turn["agent_text"] for turn in report["turns"]] == [
        "Welcome to the clinic.",
        "You are booked for Friday.",
    ]
    assert report["turns"][1]["tools"][0]["name"] == "book"
    assert len(report["gradings"]) == 1
    text = run("calls", call.id)
    assert text.exit_code == 0 and "You are booked for Friday." in text.stdout
    assert run("calls", "call_none").exit_code == 2
    (listed,) = the_object(run("calls", "--json"))["calls"]
    assert listed["kind"] == "script"


def test_new_criteria_by_option_and_file(run: Run, call: Call, tmp_path: Path) -> None:
    file = tmp_path / "criteria.yaml"
    file.write_text(
        "checks:\n  - {name: Greets, rule: agent_said, text: welcome}\n"
        "  - {name: Kind, rule: criterion, text: It is polite., scope: turn}\n"
    )
    result = run(
        "regrade", call.id, "--criteria", str(file), "--criterion", "The visit is booked.", "--json"
    )
    report = the_object(result)
    names = [check["name"] for check in report["grading"]["results"]]
    assert names == ["Greets", "Kind", "The visit is booked."]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("checks:\n  - {name: X, rule: agent_sad, text: x}\n", "line 2"),
        ("checks: []\n", "no checks"),
        (
            "checks:\n  - {name: Grets, rule: agent_said, text: x}\n"
            "  - {name: X, rule: criterion, text: x, vetoes: [Greets]}\n",
            "line 3, key `checks[1].vetoes[0]`: there is no check by rule called `Greets`. Did you "
            "mean `Grets`?",
        ),
        ("scenarios: []\n", "unknown key"),
        ("- x\n", "mapping"),
    ],
)
def test_a_file_of_checks_that_cannot_be_used(
    run: Run, call: Call, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "criteria.yaml"
    file.write_text(text)
    result = run("regrade", call.id, "--criteria", str(file))
    assert result.exit_code == 2 and said in " ".join(result.output.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("regrade", "call_none"),
        ("regrade", "call_1", "--judge", "nobody"),
        ("regrade", "call_1", "--criterion", " "),
        ("regrade", "call_1", "--criterion", "a", "--criterion", "a"),
        ("conversation", "export", "call_none"),
        ("conversation", "import", "not_there.json"),
        ("conversation", "import", __file__),
    ],
)
def test_what_is_wrong_is_told_without_a_traceback(
    run: Run, call: Call, arguments: tuple[str, ...]
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2 and "Error: " in result.output
    assert "error" in the_object(run(*arguments, "--json"))


def test_a_conversation_goes_out_and_comes_in(
    run: Run, call: Call, judge: EmulatedJudge, tmp_path: Path
) -> None:
    printed = run("conversation", "export", call.id)
    assert json.loads(printed.stdout) == CONVERSATION
    out = the_object(run("conversation", "export", call.id, "--folder", str(tmp_path), "--json"))
    conversation, scenario = map(Path, out["files"])
    assert json.loads(conversation.read_text()) == CONVERSATION

    result = run("conversation", "import", str(conversation), "--scenario", str(scenario), "--json")
    report = the_object(result)
    assert result.exit_code == report["exit_code"] == 0, report
    (brought,) = report["calls"]
    jsonschema.validate(brought, call_schema())
    assert brought["verdict"] == "passed" and brought["kind"] == "import"
    assert brought["simulation"]["goal"] == "A visit on Friday."
    assert {check["rule"] for check in brought["checks"]} == {"success", "metric"}
    judge.says["booked"] = Says("no")
    result = run("conversation", "import", str(conversation), "--scenario", str(scenario))
    assert result.exit_code == 1 and "✗ Failed" in result.stdout


def test_all_files_are_brought_in_or_none(run: Run, settings: Settings, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(CONVERSATION))
    bad.write_text(json.dumps([*CONVERSATION, {"role": "system", "content": "x"}]))
    result = run("conversation", "import", str(good), str(bad))
    assert result.exit_code == 2 and "bad.json: Message 5" in result.output.replace("\n", " ")
    assert the_object(run("calls", "--json")) == {"calls": []}


def test_pipecat_judges_what_was_exported(
    run: Run, call: Call, judge: EmulatedJudge, tmp_path: Path
) -> None:
    run("conversation", "export", call.id, "--folder", str(tmp_path))
    pipecat = [str(Path(sys.executable).with_name("pipecat")), "eval", "judge"]
    files = [str(tmp_path / f"{call.id}.yaml"), str(tmp_path / f"{call.id}.conversation.json")]
    results = tmp_path / "judged.jsonl"

    def judged() -> tuple[int, dict[str, object]]:
        done = subprocess.run(
            [*pipecat, *files, "-o", str(results)], capture_output=True, timeout=120, check=False
        )
        assert results.exists(), done.stdout + done.stderr
        return done.returncode, json.loads(results.read_text())

    code, record = judged()
    assert (code, record["passed"], record["error"]) == (0, True, None)
    (metric,) = record["metrics"]  # type: ignore[misc]
    said = [verdict["text"] for verdict in metric["verdicts"]]
    assert said == [one["content"] for one in CONVERSATION if one["role"] == "assistant"]
    goal = next(request for request in judge.requests if "achieve this goal" in request.prompt)
    assert "book(" in goal.prompt, "it reads the function calls as well"

    judge.says["booked"] = Says("no")
    code, record = judged()
    assert (code, record["passed"]) == (1, False)
