"""Old calls: what a limit would remove, what it removes, and what stays whatever it says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.calls import free_space, keep_retention, kept_retention, retention_plan
from harness.calls._housekeeping import Housekeeping
from harness.calls._inheritance import Inheritance
from harness.errors import InputError, NotFound
from harness.nouns import CallQuery, CallState, Retention, RunState
from harness.settings import Settings
from harness.store import Store
from tests.seeded import seed_call, seed_run

NOW = datetime.now(UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    kept = Store.open(settings)
    yield kept
    kept.close()


def aged(store: Store, days: int, **options: object) -> str:
    at = NOW - timedelta(days=days)
    return seed_call(store, created_at=at, recording=False, **options).id  # type: ignore[arg-type]


def test_exactly_what_was_told_is_removed_rows_and_files(store: Store) -> None:
    old, young = aged(store, 100), aged(store, 1)
    dear = aged(store, 200)
    store.mark_call(dear, starred=True)
    live = aged(store, 300, state=CallState.LIVE)
    pinned = seed_run(store, ("A",), 1, [1.0], created_at=NOW - timedelta(days=400)).id
    store.pin_baseline("nightly", pinned)
    gone_already = aged(store, 150)
    store.delete_call(gone_already)
    limit = Retention(keep_days=30)
    told = retention_plan(store, limit)
    assert [call.id for call in told.calls] == [old] and told.kept_anyway == 3
    assert store.artifacts(old).events.exists()
    assert free_space(store, limit) == told
    assert not store.artifacts(old).folder.exists()
    with pytest.raises(NotFound):
        store.get_call(old)
    left = {call.id for call in store.calls()}
    assert left == {young, dear, live, *(call.id for call in store.calls(run_id=pinned))}
    assert (
        store.search(CallQuery(text="friday")).total == len(left) - 1
    )  # the live one has no words
    # What a person deleted can still be taken back.
    store.restore_call(gone_already)
    assert store.artifacts(gone_already).events.exists()


def test_a_run_that_loses_its_last_call_goes_too(store: Store) -> None:
    run = seed_run(store, ("A",), 2, [1.0], created_at=NOW - timedelta(days=90))
    assert len(free_space(store, Retention(keep_days=30)).calls) == 2
    with pytest.raises(NotFound):
        store.run(run.id)


def test_by_size_the_oldest_go_until_it_fits(store: Store) -> None:
    made = [aged(store, days) for days in (3, 2, 1)]
    sizes = store.storage_use().bytes
    assert [call.id for call in free_space(store, Retention(keep_bytes=sizes - 1)).calls] == made[
        :1
    ]
    assert free_space(store, Retention(keep_bytes=sizes)).calls == ()


def test_limits_are_kept_and_bad_ones_refused(store: Store) -> None:
    assert kept_retention(store) == Retention()
    limit = Retention(keep_days=90, keep_bytes=5_000_000_000)
    keep_retention(store, limit)
    assert kept_retention(store) == limit
    for wrong in (Retention(keep_days=0), Retention(keep_days=40_000), Retention(keep_bytes=-1)):
        with pytest.raises(InputError):
            keep_retention(store, wrong)
        with pytest.raises(InputError):
            free_space(store, wrong)
    assert kept_retention(store) == limit
    keep_retention(store, Retention())
    assert kept_retention(store) == Retention()


async def test_an_engine_that_starts_keeps_to_the_limits(store: Store, settings: Settings) -> None:
    class NoSessions:
        async def recover(self, orphans: object) -> None: ...

    old, young = aged(store, 100), aged(store, 1)
    await Inheritance(settings, store).settle(NoSessions())  # type: ignore[arg-type]
    assert {call.id for call in store.calls()} == {old, young}
    keep_retention(store, Retention(keep_days=30))
    await Inheritance(settings, store).settle(NoSessions())  # type: ignore[arg-type]
    assert {call.id for call in store.calls()} == {young}


async def test_a_console_that_runs_for_days_frees_space_once_a_day(
    store: Store, settings: Settings
) -> None:
    clock, hours = NOW, 0

    async def an_hour(seconds: float) -> None:
        nonlocal clock, hours
        if hours == 49:
            raise asyncio.CancelledError
        hours += 1
        clock += timedelta(seconds=seconds)
        if hours in (23, 24, 25, 47, 48):
            kept[hours] = {call.id for call in store.calls()}

    old, young = aged(store, 30), aged(store, 29)
    live = aged(store, 40, state=CallState.LIVE)
    running = seed_run(
        store, ("A",), 3, [1.0], created_at=NOW - timedelta(days=50), placed=2, live=1,
        state=RunState.RUNNING,
    )  # fmt: skip
    stay = {live, *(call.id for call in store.calls(run_id=running.id))}
    keep_retention(store, Retention(keep_days=30))
    kept: dict[int, set[str]] = {}
    keeping = Housekeeping(settings, store, now=lambda: clock, wait=an_hour)
    clock -= timedelta(hours=1)
    await keeping.clean()
    assert {call.id for call in store.calls()} == {old, young} | stay, "not quite 30 days"
    with pytest.raises(asyncio.CancelledError):
        await keeping.daily()
    assert kept[23] == kept[24] == {old, young} | stay
    assert kept[25] == kept[47] == {young} | stay
    assert kept[48] == {young} | stay and {call.id for call in store.calls()} == stay


async def test_words_of_older_calls_are_filled_in_but_for_unreadable_ones(
    store: Store, settings: Settings
) -> None:
    call, broken = aged(store, 2), aged(store, 1)
    with store._database.write() as connection:
        connection.exec_driver_sql("UPDATE calls SET figures = NULL")
        connection.exec_driver_sql("DELETE FROM call_texts")
        connection.exec_driver_sql(f"UPDATE calls SET plan = '[]' WHERE id = '{broken}'")
    assert store.search(CallQuery(text="friday")).total == 0
    await Inheritance(settings, store).fill_in()
    assert [one.id for one in store.search(CallQuery(text="friday")).calls] == [call]
    assert store.call_ids_without_figures(9) == [broken]
