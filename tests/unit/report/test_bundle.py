"""Bundles: what comes out in another data folder is what went in; what harms is refused."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.calls import Archive
from harness.errors import BundleError, InputError, hide
from harness.nouns import CallState, CheckSpec, Grade, Grading, JudgePlan, RunState, Verdict
from harness.report import ReportOptions, estimate_size, read_bundle, write_bundle, write_reports
from harness.settings import Settings
from harness.store import Store
from tests.seeded import seed_call, seed_plan, seed_run

Files = dict[str, bytes]
GRADE = {
    "id": "grade_1", "grader": "Ann", "value": "up", "turn": 1,
    "created_at": "2026-03-01T10:00:00Z", "changed_at": "2026-03-01T10:00:00Z",
}  # fmt: skip


@pytest.fixture
def archives(tmp_path: Path) -> Iterator[tuple[Archive, Archive]]:
    """Two consoles, each with a data folder of its own."""
    settings = [Settings(data=tmp_path / name) for name in ("here", "there")]
    stores = [Store.open(each) for each in settings]
    here, there = map(Archive, stores, settings)
    yield here, there
    for store in stores:
        store.close()


def bundle(archive: Archive, id: str) -> io.BytesIO:
    path = archive.settings.data / "out.ringback"
    write_bundle(archive, id, path)
    return io.BytesIO(path.read_bytes())


def unpacked(file: io.BytesIO) -> Files:
    with zipfile.ZipFile(file) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(files: Files, *, hashed: bool = True) -> io.BytesIO:
    """Files as a bundle, by default with the hashes that they have now."""
    if hashed:
        told = json.loads(files["manifest.json"])
        told["files"] = {
            name: hashlib.sha256(content).hexdigest()
            for name, content in files.items()
            if name != "manifest.json"
        }
        files = files | {"manifest.json": json.dumps(told).encode()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    out.seek(0)
    return out


def test_a_run_looks_the_same_in_another_console(archives: tuple[Archive, Archive]) -> None:
    here, there = archives
    run = seed_run(here.store, ("Book a follow-up", "Hours"), 2, [0.5, 1.0], label="v12").id
    calls = here.calls_of(run)
    first = calls[0].id
    checks: tuple[CheckSpec, ...] = here.plan(run).scenarios["front_desk/hours"].checks  # type: ignore[union-attr]
    grading = Grading(
        "grading_1", first, datetime.now(UTC), "again", JudgePlan(), checks, (), Verdict.PASSED
    )
    here.store.add_grading(grading)
    here.store.artifacts(first).agent_log.write_text("INFO ready\n")
    here.forget()
    found = read_bundle(there, bundle(here, run), "nightly")
    assert found.run_id == run and set(found.calls) == {call.id for call in calls}
    assert there.run(run) == here.run(run) and there.plan(run) == here.plan(run)
    for call in calls:
        assert there.view(call.id) == here.view(call.id)
        assert there.events(call.id) == here.events(call.id)
        assert there.store.get_call(call.id) == replace(call, origin="bundle:nightly")
    assert there.store.gradings_of(first) == [grading]
    assert there.agent_log(first) == ["INFO ready"]
    mine, theirs = here.digest(run), there.digest(run)
    assert mine == theirs
    again = read_bundle(there, bundle(here, run))
    assert again.calls == () and set(again.there) == set(found.calls)
    assert again.sentence == "0 calls imported; 4 already here."
    there.store.delete_runs([run])
    read_bundle(there, bundle(here, run))
    assert len(there.calls_of(run)) == 4 and there.run(run).deleted_at is None


def test_a_call_comes_with_its_sound_into_a_run_of_its_own(
    archives: tuple[Archive, Archive],
) -> None:
    here, there = archives
    call = seed_call(here.store, turns=5, minutes=0.5, latency=0.4)
    made = bundle(here, call.id)
    assert len(made.getvalue()) / 2 < estimate_size(here, call.id, "bundle")
    found = read_bundle(there, made)
    assert found.calls == (call.id,) and found.run_id not in (None, call.run_id)
    assert there.recording(call.id).read_bytes() == here.recording(call.id).read_bytes()
    seen = replace(there.view(call.id), run_id=call.run_id)
    assert seen == here.view(call.id)
    text = here.view(call.id).turns[1].caller_text
    assert text is not None
    # What was taken in can be searched for.
    from harness.nouns import CallQuery

    assert [one.id for one in there.search(CallQuery(text=text.split()[-1])).calls] == [call.id]


def test_an_id_that_another_call_has_is_not_taken(archives: tuple[Archive, Archive]) -> None:
    here, there = archives
    call = seed_call(here.store, recording=False)
    made = bundle(here, call.id)
    files = unpacked(made)
    log = files[f"calls/{call.id}/events.jsonl"]
    read_bundle(there, made)
    files[f"calls/{call.id}/events.jsonl"] = log.replace(b"Friday", b"Monday")
    found = read_bundle(there, packed(files))
    assert len(found.calls) == 1 and found.calls[0] != call.id
    assert "Monday" in str(there.view(found.calls[0]).turns)
    assert "Monday" not in str(there.view(call.id).turns)


def test_what_people_added_goes_along_and_is_put_to_what_is_there(
    archives: tuple[Archive, Archive],
) -> None:
    here, there = archives
    suite = seed_plan(("Hours",), 2, suite="nightly")
    run = seed_run(here.store, ("Hours",), 2, [1.0], plan=suite).id
    first, second = (call.id for call in here.calls_of(run))
    here.store.update_run(run, starred=True)
    here.store.pin_baseline("nightly", run)
    here.store.mark_call(first, starred=True, note="Listen at 0:12.")
    here.store.tag_call(first, "Odd voice")
    now = datetime.now(UTC)
    ann = Grade("grade_1", first, "Ann", "not_met", now, now, check="Polite", note="Rude.")
    ben = Grade("grade_2", second, "Ben", "up", now, now, turn=2, blind=True)
    for grade in (ann, ben):
        here.store.put_grade(grade)

    found = read_bundle(there, bundle(here, run))
    assert found.sentence == f"2 calls imported into {run}; 2 grades by people."
    assert there.run(run).starred and there.store.baseline("nightly") == run
    kept = there.store.get_call(first)
    assert (kept.starred, kept.note) == (True, "Listen at 0:12.")
    assert there.store.tags_of(first) == ("odd voice",) and there.store.tags_of(second) == ()
    assert there.store.grades_of(first) == [ann] and there.store.grades_of(second) == [ben]

    # Both go on: what was said here stays, what is newer there comes.
    there.store.mark_call(first, starred=False, note="Mine.")
    mine = there.store.put_grade(replace(ben, value="down", changed_at=now + timedelta(hours=1)))
    changed = here.store.put_grade(replace(ann, value="met", changed_at=now + timedelta(hours=1)))
    here.store.tag_call(first, "slow")
    again = read_bundle(there, bundle(here, run))
    assert again.sentence == "0 calls imported; 2 already here; 1 grade by people."
    assert there.store.get_call(first).note == "Mine." and there.store.get_call(first).starred
    assert there.store.tags_of(first) == ("odd voice", "slow")
    assert there.store.grades_of(first) == [changed] and there.store.grades_of(second) == [mine]
    assert read_bundle(there, bundle(here, run)).grades == 0

    # Under another id the call has grades of its own; a baseline that was chosen here stays.
    files = unpacked(bundle(here, run))
    log = f"calls/{first}/events.jsonl"
    files[log] = files[log].replace(b"Friday", b"Monday")
    other = seed_run(there.store, ("Hours",), 1, [1.0], plan=suite).id
    there.store.pin_baseline("nightly", other)
    (copy,) = read_bundle(there, packed(files)).calls
    (grade,) = there.store.grades_of(copy)
    assert replace(grade, id=changed.id, call_id=first) == changed and grade.id != changed.id
    assert there.store.grades_of(first) == [changed]
    assert there.store.baseline("nightly") == other


def test_a_bundle_of_the_first_format_is_still_read(archives: tuple[Archive, Archive]) -> None:
    here, there = archives
    call = seed_call(here.store, recording=False).id
    files = {
        name: content
        for name, content in unpacked(bundle(here, call)).items()
        if not name.endswith(("/grades.json", "/tags.json"))
    }
    for name, changes in ("manifest.json", {"format": 1}), ("run.json", {"baseline": None}):
        told = json.loads(files[name]) | changes
        files[name] = json.dumps({k: v for k, v in told.items() if v is not None}).encode()
    assert read_bundle(there, packed(files)).calls == (call,)
    assert there.view(call).turns == here.view(call).turns


def test_what_goes_on_is_not_handed_on(archives: tuple[Archive, Archive]) -> None:
    here, _ = archives
    live = seed_call(here.store, state=CallState.LIVE).id
    run = seed_run(here.store, ("Hours",), 2, [1.0], placed=1, state=RunState.RUNNING).id
    for each in (live, run):
        with pytest.raises(InputError, match="still goes on"):
            bundle(here, each)
    assert not list(here.settings.data.glob("*.part"))


def test_secrets_are_taken_out_and_hiding_more_is_refused(
    archives: tuple[Archive, Archive], tmp_path: Path
) -> None:
    here, there = archives
    call = seed_call(here.store, recording=False)
    here.store.artifacts(call.id).agent_log.write_text("key zq9-planted-87 used\n")
    hide("zq9-planted-87")
    hide("Thursday")
    files = unpacked(bundle(here, call.id))
    for name, content in files.items():
        assert b"zq9-planted-87" not in content and b"Thursday" not in content, name
    read_bundle(there, packed(files))
    assert "Thursday" in str(here.events(call.id))
    with pytest.raises(InputError, match="hides no personal data"):
        write_reports(here, call.id, ["html", "bundle"], tmp_path / "out")
    written = write_reports(
        here, call.id, ["md", "bundle"], tmp_path / "out", ReportOptions(personal=False)
    )
    assert zipfile.is_zipfile(written["bundle"])


def changed(name: str, change: Callable[[Any], Any]) -> Callable[[Files, str], Files]:
    def apply(files: Files, call: str) -> Files:
        path = name.format(call)
        return files | {path: json.dumps(change(json.loads(files[path]))).encode()}

    return apply


BAD: dict[str, tuple[Callable[[Files, str], Files], str]] = {
    "a way out of the folder": (lambda files, call: files | {"../../evil": b"x"}, "name that none"),
    "a way out below a call": (
        lambda files, call: files | {f"calls/{call}/../../../evil": b"x"},
        "name that none",
    ),
    "an absolute path": (lambda files, call: files | {"/etc/evil": b"x"}, "name that none"),
    "a strange file": (lambda files, call: files | {f"calls/{call}/a.py": b"x"}, "name that none"),
    "a newer format": (changed("manifest.json", lambda told: told | {"format": 3}), "format is 3"),
    "a grade of another call": (
        lambda files, call: (
            files | {f"calls/{call}/grades.json": json.dumps([GRADE | {"call_id": "x"}]).encode()}
        ),
        "not the form",
    ),
    "a grade by nobody": (
        lambda files, call: (
            files
            | {
                f"calls/{call}/grades.json": json.dumps(
                    [GRADE | {"call_id": call, "grader": " "}]
                ).encode()
            }
        ),
        "not the form",
    ),
    "a tag that is none": (
        lambda files, call: files | {f"calls/{call}/tags.json": b'["a,b"]'},
        "not the form",
    ),
    "no manifest": (
        lambda files, call: {k: v for k, v in files.items() if k != "manifest.json"} or {},
        "no manifest",
    ),
    "no run": (lambda files, call: {k: v for k, v in files.items() if k != "run.json"}, "names"),
    "no events": (
        lambda files, call: {k: v for k, v in files.items() if not k.endswith("jsonl")},
        "lacks events.jsonl",
    ),
    "torn events": (
        lambda files, call: files | {f"calls/{call}/events.jsonl": b'{"seq": 1}\n{"se'},
        "events of",
    ),
    "another call's row": (
        changed("calls/{}/call.json", lambda told: told | {"id": "call_other"}),
        "another call",
    ),
    "a call that goes on": (
        changed("calls/{}/call.json", lambda told: told | {"state": "live"}),
        "had not ended",
    ),
    "a row of another form": (
        changed("calls/{}/call.json", lambda told: [told]),
        "not the form",
    ),
    "a plan of another form": (
        changed("calls/{}/plan.json", lambda told: {"agent": 3}),
        "not the form",
    ),
    "another run": (
        changed("run.json", lambda told: told | {"head": told["head"] | {"id": "run_x"}}),
        "another run",
    ),
    "deep JSON": (
        lambda files, call: files | {f"calls/{call}/gradings.json": b"[" * 200_000},
        "not the form",
    ),
    "no sound": (
        lambda files, call: files | {f"calls/{call}/recording.flac": b"fLaC" + b"\0" * 99},
        "not the form",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_harms_is_refused_and_nothing_is_kept(
    archives: tuple[Archive, Archive], name: str
) -> None:
    here, there = archives
    call = seed_call(here.store, recording=False).id
    change, cause = BAD[name]
    files = change(unpacked(bundle(here, call)), call)
    with pytest.raises(BundleError) as refused:
        read_bundle(there, packed(files, hashed="manifest.json" in files))
    assert cause in refused.value.cause
    assert there.store.calls() == [] and there.runs() == []
    assert not any(there.settings.data.glob(".import-*"))
    assert not any(path.name == "evil" for path in there.settings.data.parent.rglob("*"))


def test_a_changed_file_a_huge_header_and_no_zip_at_all_are_refused(
    archives: tuple[Archive, Archive],
) -> None:
    here, there = archives
    call = seed_call(here.store, recording=False).id
    files = unpacked(bundle(here, call))
    name = f"calls/{call}/events.jsonl"
    with pytest.raises(BundleError, match="cannot be imported") as refused:
        read_bundle(there, packed(files | {name: files[name] + b" "}, hashed=False))
    assert "not what the manifest says" in refused.value.cause
    huge = packed(files).getvalue()
    entry = huge.index(b"PK\x01\x02")  # the first entry of the central directory
    huge = huge[: entry + 24] + struct.pack("<I", 3_000_000_000) + huge[entry + 28 :]
    with pytest.raises(BundleError) as refused:
        read_bundle(there, io.BytesIO(huge))
    assert "larger than such a file can be" in refused.value.cause
    for rubbish in (b"", b"PK\x03\x04" + b"\0" * 99, packed(files).getvalue()[:-40]):
        with pytest.raises(BundleError):
            read_bundle(there, io.BytesIO(rubbish))
    with pytest.raises(BundleError):
        read_bundle(there, there.settings.data / "nowhere.ringback")
