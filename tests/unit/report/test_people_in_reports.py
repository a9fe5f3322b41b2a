"""Reports of calls that people took part in, or graded: who is named, and who is not."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from harness.calls import Archive
from harness.nouns import WORDS_NOT_KNOWN, CheckVerdict, Grade, JudgedAs
from harness.report import FORMATS, ReportOptions, write_reports
from tests.seeded import seed_call

NAMED = ReportOptions(personal=False)


@pytest.fixture
def call(archive: Archive) -> str:
    """Mallory spoke lines 2 and 3, of which a recogniser knows the words of 3; line 4 was typed."""
    id = seed_call(archive.store, recording=False, turns=6).id
    log = archive.store.artifacts(id).events
    told: list[dict[str, Any]] = []
    for event in map(json.loads, log.read_text().splitlines()):
        data, line = event["data"], event["data"].get("line")
        if event["kind"] == "caller.started" and line in (2, 3, 4):
            data["source"] = "typed" if line == 4 else "person"
            if line == 2:
                told.append({"t": event["t"], "kind": "person.took", "data": {
                    "who": "Mallory", "at": event["t"] - 0.5, "cut": None}})  # fmt: skip
            if line in (2, 3):
                data["text"] = None
        told.append(event)
        if event["kind"] == "caller.stopped" and line == 3:
            told += [
                {"t": event["t"], "kind": "caller.text",
                 "data": {"line": 3, "text": "Make it Friday.", "source": "stt", "by": "Deepgram"}},
                {"t": event["t"], "kind": "person.gave_back", "data": {
                    "who": "Mallory", "at": event["t"] + 0.5, "why": "gone",
                    "instruction": "Say goodbye.", "step": None}},
                {"t": event["t"] + 1, "kind": "person.whispered",
                 "data": {"who": "Trent", "text": "Ask for the price."}},
            ]  # fmt: skip
    lines = [json.dumps(event | {"seq": seq}) for seq, event in enumerate(told, start=1)]
    log.write_text("\n".join(lines) + "\n")
    archive.forget()
    now = datetime(2026, 3, 1, tzinfo=UTC)
    judged = JudgedAs(CheckVerdict.MET, "local")
    for grade in (
        Grade("grade_1", id, "Mallory", "not_met", now, now, check="Polite", note="Curt with Osei.",
              blind=True, judged=judged),
        Grade("grade_2", id, "Peggy", "up", now, now, turn=3),
        Grade("grade_3", id, "Peggy", "down", now, now, at=12.25),
    ):  # fmt: skip
        archive.store.put_grade(grade)
    return id


def written(archive: Archive, id: str, folder: Path, options: ReportOptions) -> dict[str, str]:
    formats = [name for name in FORMATS if name != "bundle"]
    write_reports(archive, id, formats, folder, options)
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_persons_lines_are_told_as_such(archive: Archive, call: str, tmp_path: Path) -> None:
    files = written(archive, call, tmp_path / "out", NAMED)
    report = json.loads(files["report.json"])["calls"][0]["report"]
    turns = {turn["index"]: turn for turn in report["turns"]}
    keys = ("caller_source", "caller_text", "caller_text_source", "by_person")
    assert [turns[2][key] for key in keys] == ["person", None, None, True]
    assert [turns[3][key] for key in keys] == ["person", "Make it Friday.", "stt", True]
    assert turns[3]["caller_text_by"] == "Deepgram"
    assert [turns[4][key] for key in keys][::3] == ["typed", True]
    assert [turns[1][key] for key in keys][::3] == ["script", False]
    (stay,) = report["people"]
    assert (stay["who"], stay["why"], stay["instruction"]) == ("Mallory", "gone", "Say goodbye.")
    assert 0 < stay["from_s"] < stay["to_s"]
    assert [each["text"] for each in report["whispers"]] == ["Ask for the price."]

    page = files["report.html"]
    assert page.count("<b>Person</b>") == 2 and page.count(WORDS_NOT_KNOWN) == 1
    assert "as Deepgram heard it" in page and "typed by a person" in page
    assert "Mallory spoke in the caller&#39;s place from 0:" in page
    assert "when their page went away" in page and "Trent whispered" in page
    out = ElementTree.fromstring(files["junit.xml"]).findtext(".//system-out") or ""
    assert f"Person: {WORDS_NOT_KNOWN}" in out and "Person: Make it Friday." in out
    rows = list(csv.DictReader(io.StringIO(files["turns.csv"])))
    assert [row["caller_source"] for row in rows][:5] == ["", "script", "person", "person", "typed"]


def test_grades_stand_with_what_is_graded(archive: Archive, call: str, tmp_path: Path) -> None:
    files = written(archive, call, tmp_path / "out", NAMED)
    report = json.loads(files["report.json"])["calls"][0]["report"]
    assert [(each["grader"], each["value"], each["judged"]) for each in report["grades"]] == [
        ("Mallory", "not_met", "met"), ("Peggy", "up", None), ("Peggy", "down", None),
    ]  # fmt: skip
    page = files["report.html"]
    for told in ("◆ Not met", "judged: met, unseen", "Turn 3", "At 0:12.2", "Curt with Osei."):
        assert told in page, told
    assert "By 2 people: 1 ◆ Not met, 1 ● Good, 1 ◆ Bad." in files["summary.md"]
    assert "- ● Good `" in files["summary.md"]
    rows = list(csv.DictReader(io.StringIO(files["grades.csv"])))
    assert [(row["check"], row["turn"], row["at_s"]) for row in rows] == [
        ("Polite", "", ""), ("", "3", ""), ("", "", "12.25"),
    ]  # fmt: skip


def test_their_names_are_hidden_and_told_apart(archive: Archive, call: str, tmp_path: Path) -> None:
    files = written(archive, call, tmp_path / "out", ReportOptions())
    for name, text in files.items():
        assert not any(person in text for person in ("Mallory", "Trent", "Peggy")), name
    report = json.loads(files["report.json"])["calls"][0]["report"]
    (stay,) = report["people"]
    first, second, third = (each["grader"] for each in report["grades"])
    assert first == stay["who"] != second == third and first.startswith("[name ")
    # The name of a tester is hidden where it is one, not wherever its letters stand.
    assert report["turns"][3]["caller_text"] == "Make it Friday."


def test_words_nobody_knows_are_silenced_where_personal_data_is_hidden(
    archive: Archive, call: str, tmp_path: Path
) -> None:
    hidden = json.loads(written(archive, call, tmp_path / "a", ReportOptions())["report.json"])
    shown = json.loads(written(archive, call, tmp_path / "b", NAMED)["report.json"])
    start = hidden["calls"][0]["spoken"][2]["caller"][0]
    assert any(a <= start <= b for a, b in hidden["calls"][0]["silenced"])
    assert shown["calls"][0]["silenced"] == []
