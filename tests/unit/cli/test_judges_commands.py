"""``ringback judges``: language models, and never their keys."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli._app import app
from harness.grade import RuleJudge, agreement_lines, measure_halves
from harness.local.openai_emulator import Faults
from tests.emulated_judge import KEY, EmulatedJudge, Says, emulated_judge
from tests.unit.cli.conftest import Run, the_object

LOCAL = ("--url", "http://localhost:11434/v1", "--model", "llama3.1")


@pytest.fixture(autouse=True)
def no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def judge() -> Iterator[EmulatedJudge]:
    with emulated_judge() as judge:
        yield judge


def test_none_is_there_at_first(run: Run) -> None:
    result = run("judges", "list")
    assert result.exit_code == 0 and "No language model is set up" in result.stdout
    assert the_object(run("judges", "list", "--json")) == {"judges": []}


def test_one_is_added_listed_and_removed(run: Run, data: Path) -> None:
    assert run("judges", "add", "local", *LOCAL).exit_code == 0
    assert run("judges", "add", "second", *LOCAL, "--usual", "--timeout", "5").exit_code == 0
    found = the_object(run("judges", "list", "--json"))["judges"]
    assert [(one["name"], one["timeout_s"]) for one in found] == [("second", 5.0), ("local", 20.0)]
    assert "second (usual)" in run("judges", "list").stdout
    assert run("judges", "remove", "second").exit_code == 0
    assert len(the_object(run("judges", "list", "--json"))["judges"]) == 1


def test_a_key_is_asked_for_and_never_shown(run: Run, data: Path) -> None:
    arguments = ["judges", "add", "paid", *LOCAL, "--ask-key", "--json"]
    added = CliRunner().invoke(app, arguments, input="swordfish-1234\n")
    assert added.exit_code == 0 and "swordfish" not in added.output
    assert the_object(added)["judges"][0]["key"] == "secret:llm.paid"
    assert "swordfish" not in run("judges", "list").output
    files = [path for path in data.rglob("*") if path.is_file() and path.name != "secrets.json"]
    assert not any(b"swordfish" in path.read_bytes() for path in files)


def test_openai_is_there_with_its_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-swordfish")
    listed = run("judges", "list")
    assert "openai (usual)" in listed.stdout and "swordfish" not in listed.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "x", *LOCAL, "--key", "sk-swordfish"), "given as an argument"),
        (("add", "x", *LOCAL, "--key", "env:A", "--ask-key"), "both given"),
        (("add", "x", *LOCAL, "--extra", "[1]"), "no JSON object"),
        (("add", "a b", *LOCAL), "cannot be used: name"),
        (("add", "x", "--url", "ftp://h", "--model", "m"), "cannot be used: url"),
        (("remove", "nobody"), "no language model 'nobody'"),
    ],
)
def test_what_cannot_be_saved_is_told(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run("judges", *arguments)
    assert result.exit_code == 2 and said in result.output
    assert "swordfish" not in result.output


def add(judge: EmulatedJudge, *more: str, model: str = "m-1") -> None:
    arguments = ["judges", "add", "one", "--url", judge.url, "--model", model, "--ask-key", *more]
    assert CliRunner().invoke(app, arguments, input=f"{KEY}\n").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--url", "http://user:hunter2pw@host/v1"),
        ("--url", "http://host/v1?api_key=hunter2pw"),
        ("--extra", '{"api_key": "hunter2pw"}'),
        ("--extra", '{"extra_headers": {"Authorization": "hunter2pw"}}'),
        ("--extra", '{"headers": ["Bearer hunter2pw-and-more"]}'),
        ("--extra", '{"messages": []}'),
    ],
)
@pytest.mark.parametrize("json_too", [(), ("--json",)])
def test_no_secret_is_taken_but_as_the_key(
    run: Run, data: Path, arguments: tuple[str, ...], json_too: tuple[str, ...]
) -> None:
    usual = ("--url", "http://localhost:1/v1") if "--url" not in arguments else ()
    result = run("judges", "add", "x", *usual, "--model", "m", *arguments, *json_too)

    assert result.exit_code == 2
    assert "hunter2pw" not in result.output
    assert not (data / "endpoints.yaml").exists()


def test_what_is_no_secret_is_taken_along(run: Run) -> None:
    extra = '{"max_tokens": 50, "reasoning_effort": "low", "prompt_cache_key": "clinic"}'
    url = "http://localhost:1/v1"
    assert run("judges", "add", "x", "--url", url, "--model", "m", "--extra", extra).exit_code == 0


def test_a_judge_that_is_there(run: Run, judge: EmulatedJudge) -> None:
    judge.says["clinic is open"] = Says("yes", "the clinic is open", 0)
    add(judge)
    told = the_object(run("judges", "test", "one", "--json"))
    assert told.pop("latency_s") > 0
    assert told == {
        "name": "one",
        "url": judge.url,
        "ok": True,
        "right": True,
        "model": "m-1",
        "tokens_in": 100,
        "tokens_out": 10,
        "exit_code": 0,
        "error": None,
    }
    text = run("judges", "test", "one")
    assert text.exit_code == 0 and "✓ Works" in text.stdout and "100 tokens in" in text.stdout
    judge.says["clinic is open"] = Says("yes", "the clinic has flown away", 0)
    assert the_object(run("judges", "test", "one", "--json"))["right"] is False
    assert "clearly a yes" in run("judges", "test", "one").stdout
    assert len(judge.requests) == 4


@pytest.mark.parametrize(
    ("faults", "more", "kind", "said"),
    [
        (Faults(wrong_key=True), (), "judge_key_refused", "refused the key (401)"),
        (Faults(status=403), (), "judge_key_refused", "refused the key (403)"),
        (Faults(silent=True), ("--timeout", "1"), "judge_too_slow", "within 1 s"),
        (Faults(bad_json=True), (), "judge_error", "JSON"),
        (Faults(status=429, retry_after_s=600), (), "judge_error", "429"),
    ],
)
def test_a_judge_that_does_not_answer(
    run: Run, faults: Faults, more: tuple[str, ...], kind: str, said: str
) -> None:
    with emulated_judge(faults) as judge:
        add(judge, *more)
        result = run("judges", "test", "one", "--json")
    told = the_object(result)
    assert result.exit_code == told["exit_code"] == 3
    assert (told["ok"], told["latency_s"], told["error"]["kind"]) == (False, None, kind)
    assert said in told["error"]["message"] and said in result.stderr
    assert KEY not in result.output


def test_a_model_or_a_server_that_is_not_there(run: Run) -> None:
    with emulated_judge(models=("big", "small")) as judge:
        add(judge, model="bigg")
        told = the_object(run("judges", "test", "one", "--json"))
        add(judge, model="big")
        assert the_object(run("judges", "test", "one", "--json"))["ok"] is True
    assert told["error"]["kind"] == "judge_model_unknown"
    assert "does not exist" in told["error"]["cause"] and "bigg" in told["error"]["message"]
    gone = run("judges", "test", "one")
    assert gone.exit_code == 3 and "could not be reached" in gone.stderr
    assert the_object(run("judges", "test", "one", "--json"))["error"]["kind"] == (
        "judge_unreachable"
    )
    assert the_object(run("judges", "test", "nobody", "--json"))["error"]["kind"] == "unknown_name"


def test_the_rule_judge_is_measured_as_the_bench_prints_it(run: Run) -> None:
    (tuned, held) = the_object(run("judges", "measure", "rules", "--json"))["halves"]
    assert (tuned["half"], held["half"]) == ("tuned", "held_back")
    assert held["n"] == held["decided"] + held["undecided"] == 36
    assert sum(cell["n"] for cell in held["confusion"]) == held["n"]
    low, high = held["accuracy_interval"]
    assert low < held["accuracy"] < high
    assert held["kappa_interval"][0] < held["kappa"] < held["kappa_interval"][1]
    assert (tuned["wrong"], tuned["kappa"], tuned["kappa_interval"]) == ([], 1.0, None)

    text = run("judges", "measure", "rules", "--half", "held_back").stdout
    spent = re.compile(r"\d+\.\d+ s$", re.MULTILINE)
    (same,) = asyncio.run(measure_halves(RuleJudge(), ["held_back"]))
    assert spent.sub("", text) == spent.sub("", "\n".join([*agreement_lines(same, wrong=True), ""]))


def test_a_language_model_is_measured(run: Run, judge: EmulatedJudge) -> None:
    """This one says no to everything, so it agrees with the labels by chance alone."""
    judge.says[""] = Says("no")
    add(judge)
    result = run("judges", "measure", "one", "--half", "tuned", "--json")
    (half,) = the_object(result)["halves"]
    assert (half["decided"], half["kappa"], half["tokens_in"]) == (37, 0.0, 3700)
    assert half["accuracy"] == pytest.approx(19 / 37)
    assert half["confusion"] == [
        {"holds": True, "verdict": "not_met", "n": 18},
        {"holds": False, "verdict": "not_met", "n": 19},
    ]


def test_a_language_model_that_never_answers_is_not_measured(run: Run) -> None:
    with emulated_judge(Faults(wrong_key=True)) as judge:
        add(judge)
        result = run("judges", "measure", "one", "--half", "tuned", "--json")
    assert result.exit_code == 3
    error = the_object(result)["error"]
    assert error["kind"] == "judge_error" and "refused the key" in error["message"]
    assert run("judges", "measure", "nobody").exit_code == 2
