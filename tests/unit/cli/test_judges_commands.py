"""``ringback judges``: language models, and never their keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli._app import app
from tests.unit.cli.conftest import Run, the_object

LOCAL = ("--url", "http://localhost:11434/v1", "--model", "llama3.1")


@pytest.fixture(autouse=True)
def no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


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
