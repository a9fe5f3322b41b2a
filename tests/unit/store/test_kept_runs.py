"""Runs: their row, who owns them, what is left of those of dead engines, baselines, digests."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from harness.errors import NotFound
from harness.nouns import (
    DIGEST_VERSION,
    Band,
    CallState,
    RunDigest,
    RunHead,
    RunState,
    Share,
)
from harness.settings import Settings
from harness.store import Store, new_id
from tests.unit.store.make import make_call

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def head(run_id: str = "run_s", state: RunState | None = RunState.RUNNING) -> RunHead:
    return RunHead(
        run_id, "Nightly", NOW, "suite", state, "nightly", "v12", planned=4, seed=7, note="x"
    )


def add(store: Store, run_id: str = "run_s", state: RunState | None = RunState.RUNNING) -> RunHead:
    made = head(run_id, state)
    store.add_run(made.id, made.name, made.created_at, head=made, plan={"name": "Nightly"})
    return made


def kill(settings: Settings, lease: str) -> None:
    """Let an engine have been silent for an hour."""
    with sqlite3.connect(settings.data / "ringback.db") as connection:
        connection.execute("UPDATE engines SET heartbeat = heartbeat - 3600 WHERE id = ?", (lease,))


def digest(passed: int) -> RunDigest:
    band = Band(1.0, 0.9, 1.1, 40)
    return RunDigest(
        DIGEST_VERSION, Share(passed, 1, 0, 0.5, 0.9), band, band, 0, 41, 0, 60.0, {}, (), {}
    )


def test_a_run_comes_back_whole(store: Store) -> None:
    assert store.run(add(store).id) == head()
    assert store.run_plan("run_s") == {"name": "Nightly"}
    assert store.run("run_1").state is None and store.run_plan("run_1") is None
    with pytest.raises(NotFound):
        store.run("run_none")
    with pytest.raises(NotFound):
        store.run_plan("run_none")


def test_a_plan_of_a_run_holds_no_secret(store: Store, settings: Settings) -> None:
    store.add_run("run_x", "X", NOW, plan={"url": "wss://x?access_token=SeCrEt1"})
    store.update_run("run_x", plan={"url": "wss://x?access_token=SeCrEt2"}, note="api_key=SeCrEt3x")
    store.close()
    assert b"SeCrEt" not in b"".join(path.read_bytes() for path in settings.data.glob("*.db*"))


def test_runs_are_listed_by_suite_and_kind(store: Store) -> None:
    add(store)
    for purpose in ("call", "test"):
        store.add_run(f"run_{purpose}", purpose, NOW + timedelta(hours=1))
        store.add_call(replace(make_call(f"run_{purpose}"), purpose=purpose), {})
    assert [run.id for run in store.runs()] == ["run_call", "run_s"]
    assert [run.id for run in store.runs(limit=1, offset=1)] == ["run_s"]
    assert [run.id for run in store.runs(suite="nightly")] == ["run_s"]
    assert [run.id for run in store.runs(kind="probe")] == ["run_call"]


def test_what_changes_is_named(store: Store) -> None:
    add(store)
    changed = store.update_run("run_s", label="v13", starred=True, stop_reason="Enough.")
    assert (changed.label, changed.starred, changed.stop_reason) == ("v13", True, "Enough.")
    with pytest.raises(TypeError, match="planed"):
        store.update_run("run_s", planed=3)  # type: ignore[call-arg]
    with pytest.raises(NotFound):
        store.update_run("run_none", label="x")


def test_a_run_belongs_to_one_engine(store: Store, settings: Settings) -> None:
    mine = store.take_lease()
    add(store)
    other = Store.open(settings)
    theirs = other.take_lease()
    assert not other.claim_run("run_s", theirs)
    assert store.claim_run("run_s", mine)
    assert store.interrupt_dead_runs() == []
    kill(settings, mine)
    assert other.claim_run("run_s", theirs) and not store.claim_run("run_s", mine)
    other.close()


def test_a_run_that_is_over_belongs_to_nobody(store: Store, settings: Settings) -> None:
    store.take_lease()
    add(store)
    store.update_run("run_s", state=RunState.CANCELLED)
    other = Store.open(settings)
    assert other.claim_run("run_s", other.take_lease())
    other.close()


def test_runs_of_dead_engines_are_interrupted_and_no_others(
    store: Store, settings: Settings
) -> None:
    dead = store.take_lease()
    for state in RunState:
        add(store, f"run_{state}", state)
    living = Store.open(settings)
    lease = living.take_lease()
    add(living, "run_living")
    assert living.interrupt_dead_runs() == []
    kill(settings, dead)
    living.adopt(lease)
    assert living.interrupt_dead_runs() == ["run_running", "run_stopping"]
    assert living.run("run_running").state is RunState.INTERRUPTED
    assert living.run("run_running").stop_reason
    assert living.run("run_living").state is RunState.RUNNING
    assert living.run("run_done").state is RunState.DONE
    living.close()


def test_an_engine_that_was_taken_for_dead_claims_its_run_again(
    store: Store, settings: Settings
) -> None:
    first = store.take_lease()
    add(store)
    kill(settings, first)
    other = Store.open(settings)
    other.adopt(other.take_lease())
    assert not store.beat(first)
    assert store.claim_run("run_s", store.take_lease())
    assert other.interrupt_dead_runs() == []
    other.close()


def test_the_newest_call_of_each_place_is_told(store: Store) -> None:
    add(store)
    for slot, state in (("a|1", CallState.LOST), ("a|1", CallState.DONE), ("a|2", CallState.LIVE)):
        store.add_call(replace(make_call("run_s", state), slot=slot, attempt=1), {})
    store.add_call(make_call("run_s"), {})
    done = store.slots_done("run_s")
    assert {slot: call.state for slot, call in done.items()} == {
        "a|1": CallState.DONE,
        "a|2": CallState.LIVE,
    }


def test_a_run_is_deleted_with_its_calls_and_comes_back_with_them(store: Store) -> None:
    add(store, state=RunState.DONE)
    first, second = (make_call("run_s", CallState.DONE) for _ in range(2))
    for call in (first, second):
        store.add_call(call, {})
    store.delete_call(first.id)
    assert store.delete_runs(["run_s", "run_unknown"]) == ["run_s"]
    assert store.delete_runs(["run_s"]) == []
    assert store.runs(suite="nightly") == [] and store.calls() == []
    assert [run.id for run in store.runs(suite="nightly", include_deleted=True)] == ["run_s"]
    store.restore_runs(["run_s"])
    assert [run.id for run in store.runs(suite="nightly")] == ["run_s"]
    assert [call.id for call in store.calls()] == [second.id]


def test_what_goes_on_is_not_deleted(store: Store) -> None:
    add(store, "run_on", RunState.RUNNING)
    add(store, "run_late", RunState.CANCELLED)
    store.add_call(make_call("run_late", CallState.LIVE), {})
    assert store.delete_runs(["run_on", "run_late"]) == []
    assert len(store.runs(suite="nightly")) == 2 and len(store.calls()) == 1


def test_a_purge_takes_deleted_runs_and_leaves_what_goes_on(store: Store) -> None:
    for state in (RunState.DONE, RunState.RUNNING):
        call = make_call(add(store, f"run_{state}", state).id, CallState.DONE)
        store.add_call(call, {})
        store.delete_call(call.id)
    add(store, "run_empty", RunState.CANCELLED)
    store.pin_baseline("nightly", "run_running")
    store.delete_runs(["run_empty"])
    store.purge_deleted(timedelta(0))
    left = {run.id for run in store.runs(include_deleted=True)}
    assert left == {"run_running"}
    assert store.baseline("nightly") == "run_running"


def test_a_suite_has_one_baseline(store: Store) -> None:
    add(store, "run_a", RunState.DONE), add(store, "run_b", RunState.DONE)
    assert store.baseline("nightly") is None
    store.pin_baseline("nightly", "run_a")
    store.pin_baseline("nightly", "run_b")
    assert store.baseline("nightly") == "run_b" and store.baseline("other") is None
    store.delete_runs(["run_b"])
    assert store.baseline("nightly") is None
    store.restore_runs(["run_b"])
    store.unpin_baseline("nightly")
    assert store.baseline("nightly") is None
    with pytest.raises(NotFound):
        store.pin_baseline("nightly", new_id("run"))


def test_digests_are_kept_unless_they_are_old(store: Store) -> None:
    add(store, "run_a"), add(store, "run_b")
    store.put_digest("run_a", digest(3))
    store.put_digest("run_b", replace(digest(4), version=DIGEST_VERSION - 1))
    assert store.digests(["run_a", "run_b", "run_1"]) == {"run_a": digest(3)}
