from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from harness.errors import DataFolderError, NotFound
from harness.nouns import CallState, Failure, Verdict
from harness.settings import Settings
from harness.store import Artifacts, Store
from tests.unit.store.make import make_call


def test_a_call_comes_back_as_it_was_entered(store: Store) -> None:
    call = replace(
        make_call(),
        verdict=Verdict.FAILED,
        failure=Failure("agent_left", "It left.", "Tired.", "Call again.", 1),
        state=CallState.DONE,
        created_at=datetime(2026, 5, 1, 12, tzinfo=timezone(timedelta(hours=2))),
        ended_at=datetime(2026, 5, 1, 10, 1, tzinfo=UTC),
        duration_s=59.25,
        summary={"turns": 4, "p50_s": 1.5, "p95_s": None},
    )
    store.add_call(call, {"agent": {"name": "demo"}})
    assert store.get_call(call.id) == call
    assert store.get_call(call.id).created_at.utcoffset() == timedelta(0)
    assert store.plan(call.id) == {"agent": {"name": "demo"}}


def test_everything_is_there_after_a_restart(store: Store, settings: Settings) -> None:
    call = make_call()
    store.add_call(call, {"n": 1})
    store.update_call(call.id, state=CallState.STARTING)
    store.close()
    again = Store.open(settings)
    assert again.calls() == [replace(call, state=CallState.STARTING)]
    assert again.plan(call.id) == {"n": 1}
    again.close()


def test_a_change_touches_only_its_fields(store: Store) -> None:
    call = make_call()
    other = make_call()
    for one in (call, other):
        store.add_call(one, {})
    failure = Failure("lost", "Gone.", exit_code=3)
    changed = store.update_call(
        call.id, state=CallState.LOST, verdict=Verdict.NOT_RUN, failure=failure
    )
    assert changed == replace(call, state=CallState.LOST, verdict=Verdict.NOT_RUN, failure=failure)
    assert store.update_call(call.id, failure=None).failure is None
    assert store.update_call(call.id).verdict is Verdict.NOT_RUN
    assert store.get_call(other.id) == other


def test_fields_that_never_change_are_refused(store: Store) -> None:
    call = make_call()
    store.add_call(call, {})
    with pytest.raises(TypeError, match="created_at"):
        store.update_call(call.id, created_at=datetime.now(UTC))  # type: ignore[call-arg]


def test_an_id_nobody_has_is_not_found(store: Store) -> None:
    for ask in (
        lambda: store.get_call("call_x"),
        lambda: store.plan("call_x"),
        lambda: store.update_call("call_x", state=CallState.LOST),
        lambda: store.update_call("call_x"),
        lambda: store.delete_call("call_x"),
        lambda: store.restore_call("call_x"),
    ):
        with pytest.raises(NotFound, match="call_x"):
            ask()


def test_calls_come_newest_first_and_limited(store: Store) -> None:
    store.add_run("run_2", "Suite", datetime.now(UTC))
    made = [make_call(run_id=run) for run in ("run_1", "run_2", "run_1")]
    for call in made:
        store.add_call(call, {})
    first, second, third = made
    assert store.calls() == [third, second, first]
    assert store.calls(limit=2) == [third, second]
    assert store.calls(run_id="run_1") == [third, first]
    assert store.calls(run_id="run_9") == []


def test_delete_and_undo(store: Store) -> None:
    call = make_call(state=CallState.DONE)
    store.add_call(call, {})
    store.delete_call(call.id)
    assert store.calls() == []
    (deleted,) = store.calls(include_deleted=True)
    assert deleted.deleted_at is not None
    assert store.get_call(call.id) == deleted
    store.restore_call(call.id)
    assert store.calls() == [call]


def test_a_purge_takes_what_was_deleted_long_enough_ago_with_its_files(
    store: Store, settings: Settings
) -> None:
    kept, deleted, going = (
        make_call(state=CallState.DONE),
        make_call(state=CallState.DONE),
        make_call(state=CallState.LIVE),
    )
    for call in (kept, deleted, going):
        store.add_call(call, {})
        store.artifacts(call.id).folder.mkdir(parents=True)
        store.artifacts(call.id).events.write_text("")
    store.add_session(deleted.id, "demo", "room", {})
    store.delete_call(deleted.id)
    store.delete_call(going.id)

    assert store.purge_deleted(timedelta(hours=1)) == []
    assert len(store.calls(include_deleted=True)) == 3

    assert store.purge_deleted(timedelta(0)) == [deleted.id]
    assert [call.id for call in store.calls(include_deleted=True)] == [going.id, kept.id]
    left = {path.name for path in (settings.data / "calls").iterdir()}
    assert left == {kept.id, going.id}
    store.add_call(make_call(), {})


def test_a_run_goes_with_its_last_call(store: Store, settings: Settings) -> None:
    store.add_run("run_2", "Suite", datetime.now(UTC))
    first, second = (make_call("run_2", CallState.DONE) for _ in range(2))
    for call in (first, second):
        store.add_call(call, {})

    def runs() -> set[str]:
        with sqlite3.connect(settings.data / "ringback.db") as connection:
            return {row[0] for row in connection.execute("SELECT id FROM runs")}

    store.delete_call(first.id)
    store.purge_deleted(timedelta(0))
    assert runs() == {"run_1", "run_2"}
    store.delete_call(second.id)
    store.purge_deleted(timedelta(0))
    assert runs() == {"run_1"}


def test_files_that_cannot_be_removed_are_told_and_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = make_call(state=CallState.DONE)
    store.add_call(call, {})
    store.delete_call(call.id)

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("harness.store._store.shutil.rmtree", refuse)
        with pytest.raises(DataFolderError, match="Permission denied"):
            store.purge_deleted(timedelta(0))
    assert store.purge_deleted(timedelta(0)) == [call.id]


def test_what_looks_like_a_secret_is_not_stored(store: Store, settings: Settings) -> None:
    call = make_call()
    store.add_call(call, {"config": {"url": "wss://x?access_token=SeCrEt1"}, "n": [1, None]})
    store.add_session(call.id, "room", "room", {"header": ["Bearer SeCrEt2-abcdef"]})
    assert store.plan(call.id)["n"] == [1, None]
    store.close()
    assert b"SeCrEt" not in b"".join(path.read_bytes() for path in settings.data.glob("*.db*"))


@pytest.mark.parametrize("name", ["../x", "", "a/b", "/etc", "..", "A", "x" * 65, "call_1\n"])
def test_an_id_never_leads_out_of_the_data_folder(settings: Settings, name: str) -> None:
    with pytest.raises(NotFound):
        Artifacts.of(settings, name)


def test_artifacts_are_named_by_the_call(store: Store, settings: Settings) -> None:
    files = store.artifacts("call_1")
    assert files.folder == settings.data / "calls" / "call_1"
    assert {
        path.relative_to(files.folder).as_posix()
        for path in (
            files.events,
            files.caller_pcm,
            files.agent_pcm,
            files.recording,
            files.agent_log,
        )
    } == {
        "events.jsonl",
        "caller.pcm",
        "agent.pcm",
        "recording.flac",
        "agent.log",
    }


def test_threads_share_a_store(store: Store) -> None:
    def one(_: int) -> None:
        call = make_call()
        store.add_call(call, {})
        store.update_call(call.id, state=CallState.STARTING)
        store.calls()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(80)))
    assert len(store.calls()) == 80
    assert {call.state for call in store.calls()} == {CallState.STARTING}


WRITE_CALLS = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from harness.nouns import CallState
    from harness.settings import Settings
    from harness.store import Store
    from tests.unit.store.make import make_call
    print("ready", flush=True)
    sys.stdin.readline()
    store = Store.open(Settings(data=Path(sys.argv[1])))
    run = sys.argv[2]
    store.add_run(run, run, datetime.now(UTC))
    lease = store.take_lease()
    for _ in range(60):
        call = make_call(run)
        store.add_call(call, {})
        store.update_call(call.id, state=CallState.FAILED)
        assert store.beat(lease)
    store.drop(lease)
    print("done", flush=True)
"""


def test_two_processes_open_a_new_folder_at_once_and_write_at_once(
    settings: Settings, python: Any
) -> None:
    children = [python(WRITE_CALLS, settings.data, f"run_{name}") for name in "abc"]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        assert child.stdout.readline() == "done\n"
        assert child.wait() == 0
    store = Store.open(settings)
    for name in "abc":
        calls = store.calls(run_id=f"run_{name}")
        assert len(calls) == 60
        assert {call.state for call in calls} == {CallState.FAILED}
    assert store.orphans() == []
    store.close()
