"""``ringback judges trust`` and ``ringback judges export``: judges held to what people say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness.calls import Archive
from harness.cli._app import app
from harness.errors import hide
from harness.grade._judge import Question
from harness.grade._prompts import messages, prompt_name
from harness.nouns import Turn
from harness.report import ExampleReport, read_examples
from harness.settings import get_settings
from harness.store import Store
from tests.emulated_judge import KEY, Says, emulated_judge
from tests.graded import Pair, grade, graded_calls, said
from tests.unit.calls.stored_calls import BOOKS, keep_call
from tests.unit.cli.conftest import Run, the_object

PAIRS: list[Pair] = [("met", "met"), ("not_met", "not_met"), ("not_met", "met")]


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    store = Store.open(get_settings())
    yield store
    store.close()


def lines(path: Path) -> list[dict[str, Any]]:
    """Each line is one of the form that is told, and nothing else."""
    read = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for line in read:
        ExampleReport.model_validate(line)
    return read


def test_without_grades_it_says_how_to_grade(run: Run) -> None:
    result = run("judges", "trust")
    assert result.exit_code == 0 and "Inspect page" in result.stdout
    assert the_object(run("judges", "trust", "--json")) == {"judges": [], "labels": 0}


def test_each_judge_is_told_with_its_figures(run: Run, store: Store) -> None:
    calls = graded_calls(store, PAIRS)
    shown = run("judges", "trust")
    assert shown.exit_code == 0
    assert "gemma3:12b" in shown.stdout and "unproven" in shown.stdout
    assert "0.67 [0.21, 0.94]" in shown.stdout and "1 disagreement" in shown.stdout
    told = the_object(run("judges", "trust", "--json"))
    (row,) = told["judges"]
    assert told["labels"] == 3 and (row["check"], row["level"]) == (BOOKS.name, "unproven")
    assert row["confusion"] == {"both_met": 1, "false_alarm": 0, "missed": 1, "both_failed": 1}
    assert row["recall"]["value"] == 0.5 and row["precision"]["value"] == 1.0
    assert row["kappa"]["value"] == pytest.approx(0.4) and row["kappa"]["n"] == 3
    assert row["disagreements"] == [
        {"call_id": calls[2].id, "turn": None, "people": "not_met", "judge": "met"}
    ]
    assert the_object(run("judges", "trust", "--check", "Polite", "--json"))["judges"] == []


def test_examples_are_written_and_read_back(run: Run, store: Store, tmp_path: Path) -> None:
    (call, *_) = graded_calls(store, PAIRS)
    grade(store, call.id, "unsure", said("met", model="other"), grader="Ben", minutes=9)
    tied = keep_call(store, call_id="call_tied")
    grade(store, tied.id, "met")
    grade(store, tied.id, "not_met", grader="Ben")
    out = tmp_path / "new" / "examples.jsonl"
    told = the_object(run("judges", "export", "--out", str(out), "--keep-personal", "--json"))
    assert told == {"path": str(out), "examples": 3}
    first, *others = lines(out)
    assert (first["call_id"], first["label"], first["criterion"]) == (call.id, "met", BOOKS.text)
    assert {(each["model"], each["verdict"]) for each in first["judged"]} == {
        ("gemma3:12b", "met"), ("other", "met"),
    }  # fmt: skip
    assert [each["grader"] for each in first["grades"]] == ["Ben", "Ann"]
    assert [each["label"] for each in others] == ["not_met", "not_met"]
    assert first["transcript"] == [
        {"turn": 0, "caller": None, "agent": "Welcome to the clinic.", "functions": []},
        {
            "turn": 1,
            "caller": "A visit on Friday.",
            "agent": "You are booked for Friday.",
            "functions": [
                {
                    "name": "book",
                    "arguments": {"day": "Friday"},
                    "result": "ok",
                    "cancelled": False,
                }
            ],
        },
    ]


def test_personal_data_and_secrets_are_hidden(run: Run, store: Store, tmp_path: Path) -> None:
    hide("swordfish-1234")
    call = keep_call(store)
    note = "Ann Lee: he gave 0171 555 0123, and Welcome Smith the key swordfish-1234."
    grade(store, call.id, "not_met", grader="Ann Lee", note=note)
    out = tmp_path / "examples.jsonl"
    assert run("judges", "export", "--out", str(out), "--hide-name", "Welcome").exit_code == 0
    text = out.read_text("utf-8")
    for secret in ("Ann", "0123", "Welcome", "swordfish"):
        assert secret not in text
    (example,) = lines(out)
    assert example["grades"][0]["grader"] in example["grades"][0]["note"], "the same mark"
    assert run("judges", "export", "--out", str(out), "--keep-personal").exit_code == 0
    assert "Ann Lee" in out.read_text("utf-8") and "swordfish" not in out.read_text("utf-8")


def test_a_bad_path_is_told(run: Run, store: Store, tmp_path: Path) -> None:
    graded_calls(store, PAIRS[:1])
    file = tmp_path / "file"
    file.write_text("mine")
    for out in (tmp_path, file / "examples.jsonl"):
        result = run("judges", "export", "--out", str(out))
        assert result.exit_code == 2 and "cannot be written" in result.output
    assert file.read_text() == "mine"
    assert run("judges", "export").exit_code == 2


def questions(turns: Iterable[Turn]) -> list[dict[str, str]]:
    return messages(Question(prompt_name("call"), BOOKS.text, tuple(turns)))


def test_another_judge_is_measured_by_what_was_written(
    run: Run, store: Store, tmp_path: Path
) -> None:
    """It reads of each example word for word what the judges of the call read."""
    calls = graded_calls(store, PAIRS)
    grade(store, calls[0].id, "met", said("met"), turn=1)
    grade(store, calls[1].id, "met", said("met"), check="Forgotten")
    out = tmp_path / "examples.jsonl"
    assert run("judges", "export", "--out", str(out), "--keep-personal").exit_code == 0
    read = read_examples(out)
    assert read.left_out == 1 and list(read.by_check) == [BOOKS.name]
    cases = {case.id: case for case in read.by_check[BOOKS.name]}
    assert set(cases) == {*(call.id for call in calls), f"{calls[0].id}@1"}
    assert [cases[call.id].holds for call in calls] == [True, False, False]
    archive = Archive(store, get_settings())
    for call in calls:
        assert questions(cases[call.id].transcript) == questions(archive.view(call.id).turns)

    with emulated_judge() as judge:
        judge.says[""] = Says("no")
        adds = ["judges", "add", "one", "--url", judge.url, "--model", "m", "--ask-key"]
        assert CliRunner().invoke(app, adds, input=f"{KEY}\n").exit_code == 0
        told = the_object(run("judges", "measure", "one", "--examples", str(out), "--json"))
    (of_books,) = told["criteria"]
    assert (told["examples"], told["left_out"]) == (str(out), 1)
    assert (of_books["check"], of_books["n"], of_books["decided"]) == (BOOKS.name, 4, 4)
    assert of_books["accuracy"] == 0.5 and sorted(of_books["wrong"]) == sorted(
        [calls[0].id, f"{calls[0].id}@1"]
    )
    shown = run("judges", "measure", "rules", "--examples", str(out)).stdout
    assert f"rules on {BOOKS.name}: n 4" in shown and "Left out: 1 example" in shown


def test_examples_written_by_hand_are_measured_and_bad_ones_told(run: Run, tmp_path: Path) -> None:
    example = {
        "version": 1, "call_id": "mine", "agent": "", "scenario": None, "check": "Books",
        "criterion": "The agent books an appointment.", "turn": None, "label": "met",
        "grades": [], "judged": [],
        "transcript": [
            {"turn": 1, "caller": "Friday at ten?", "agent": "You are booked.", "functions": []}
        ],
    }  # fmt: skip
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(example) + "\n\n")
    told = the_object(run("judges", "measure", "rules", "--examples", str(path), "--json"))
    assert told["criteria"][0]["accuracy"] == 1.0
    assert (
        run("judges", "measure", "rules", "--examples", str(path), "--half", "tuned").exit_code == 2
    )
    for text, cause in (
        ("{", "Line 1"),
        (json.dumps(example | {"label": "maybe"}), "label"),
        (json.dumps(example | {"version": 2}), "version"),
        (json.dumps(example | {"turn": 7}), "no turn 7"),
        (json.dumps(example) + "\n" + json.dumps(example), "Line 2: mine is labelled twice"),
        (json.dumps(example | {"criterion": " "}), "no example with a criterion"),
        ("\xff", "utf-8"),
    ):
        path.write_text(text, "latin-1")
        result = run("judges", "measure", "rules", "--examples", str(path), "--json")
        assert result.exit_code == 2 and cause in the_object(result)["error"]["cause"], cause
    path.unlink()
    assert run("judges", "measure", "rules", "--examples", str(path)).exit_code == 2
