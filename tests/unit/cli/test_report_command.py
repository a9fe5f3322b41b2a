"""``ringback report``: files of a run or a call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call, seed_run
from tests.unit.cli.conftest import Run, the_object


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    kept = Store.open(get_settings())
    yield kept
    kept.close()


def test_a_run_as_files(store: Store, run: Run, tmp_path: Path) -> None:
    made = seed_run(store, ("Book a follow-up",), 2, [0.5]).id
    out = tmp_path / "out"
    told = run("report", made, "--format", "html,junit", "--out", str(out), "--json")
    assert told.exit_code == 0
    assert the_object(told) == {
        "id": made,
        "reports": {"html": str(out / "report.html"), "junit": str(out / "junit.xml")},
    }
    assert {path.name for path in out.iterdir()} == {"report.html", "junit.xml"}
    root = ElementTree.parse(out / "junit.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("2", "1")


def test_names_are_hidden_unless_they_are_to_stay(store: Store, run: Run, tmp_path: Path) -> None:
    call = seed_call(store, recording=False).id
    page = tmp_path / "report.html"
    told = run("report", call, "--out", str(tmp_path), "--hide-name", "Osei")
    assert told.exit_code == 0 and "report.html" in told.stdout
    assert "Osei" not in page.read_text()
    run("report", call, "--out", str(tmp_path), "--hide-name", "Osei", "--keep-personal")
    assert "Osei" in page.read_text()


def test_what_is_wrong_is_told(store: Store, run: Run, tmp_path: Path) -> None:
    call = seed_call(store, recording=False).id
    told = run("report", call, "--format", "pdf", "--out", str(tmp_path / "out"))
    assert told.exit_code == 2 and "There is no report 'pdf'." in told.output
    told = run("report", "run_nowhere", "--out", str(tmp_path / "out"))
    assert told.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_a_call_goes_from_one_data_folder_to_another(
    store: Store, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = seed_call(store, recording=False).id
    shown = the_object(run("calls", call, "--json"))
    file = tmp_path / "one.ringback"
    told = the_object(run("export", call, "--out", str(file), "--json"))
    assert told == {"id": call, "bundle": str(file), "bytes": file.stat().st_size}
    there = the_object(run("import", str(file), "--json"))["imported"]
    assert [each["already_there"] for each in there] == [[call]]
    monkeypatch.setenv("RINGBACK_DATA", str(tmp_path / "elsewhere"))
    get_settings.cache_clear()
    assert run("calls", call).exit_code == 2
    assert "1 call imported into run_" in run("import", str(file)).stdout
    again = the_object(run("calls", call, "--json"))
    assert again | {"events": None} == shown | {"events": None}
    file.write_bytes(b"PK")
    assert the_object(run("import", str(file), "--json"))["error"]["kind"] == "bundle_error"
    told = run("report", call, "--format", "bundle", "--out", str(tmp_path / "out"))
    assert told.exit_code == 2 and "--keep-personal" in told.output
