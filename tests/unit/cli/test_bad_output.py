"""Each command that writes files, told to write where nothing can be: exit code 2 and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call
from tests.unit.cli.conftest import Run, the_object

COMMANDS = {
    "report": ("report", "CALL", "--format", "md,csv", "--out"),
    "export": ("export", "CALL", "--out"),
    "conversation": ("conversation", "export", "CALL", "--folder"),
    "scenario of a call": ("scenarios", "from-call", "CALL", "--folder"),
    "generated scenarios": ("scenarios", "generate", "TEXT", "--model", "nobody", "--folder"),
}
PLACES = ("taken", "taken/deeper", "x" * 300, "x" * 300 + "/deeper", "/dev/null/results")
"""A file, below it, names that are too long, and what can never be a folder."""


@pytest.fixture
def call(data: Path) -> Iterator[str]:
    store = Store.open(get_settings())
    yield seed_call(store, recording=False).id
    store.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bad_place_is_the_users_mistake(
    run: Run, call: str, tmp_path: Path, command: str
) -> None:
    (tmp_path / "taken").write_text("kept")
    (tmp_path / "text").write_text("The caller asks when the clinic opens.")
    if command == "generated scenarios":
        # Told before the language model is asked, which nobody could reach here.
        url = ("--url", "http://127.0.0.1:9/v1", "--model", "m")
        assert run("judges", "add", "nobody", *url).exit_code == 0
    named = {"CALL": call, "TEXT": str(tmp_path / "text")}
    for place in PLACES:
        # A bundle is a file, the others write into a folder.
        where = tmp_path / place / "x.ringback" if command == "export" else tmp_path / place
        told = run(*(named.get(word, word) for word in COMMANDS[command]), str(where), "--json")
        assert told.exit_code == 2, (place, told.output)
        error = the_object(told)["error"]
        assert error["kind"] == "data_folder" and error["cause"] and error["remedy"]
        assert str(where) in error["message"]
    assert (tmp_path / "taken").read_text() == "kept"
    assert not list(tmp_path.glob("**/.*"))


@pytest.mark.parametrize("where", [".", "/"])
def test_a_bundle_is_a_file_and_no_folder(run: Run, call: str, where: str) -> None:
    told = run("export", call, "--out", where, "--json")
    assert told.exit_code == 2 and the_object(told)["error"]["kind"] == "data_folder"
