"""``ringback find`` and ``ringback clean``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.calls import keep_retention
from harness.nouns import Retention, Verdict
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call
from tests.unit.cli.conftest import Run, the_object

NOW = datetime.now(UTC)


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    kept = Store.open(get_settings())
    yield kept
    kept.close()


def seed(store: Store, days: float = 0, **options: object) -> str:
    at = NOW - timedelta(days=days)
    return seed_call(store, created_at=at, recording=False, **options).id  # type: ignore[arg-type]


def test_calls_are_found_by_words_and_figures(store: Store, run: Run) -> None:
    passed = seed(store, 3)
    failed = seed(store, 1, verdict=Verdict.FAILED, latency=2.5, scenario="Slow one")
    store.tag_call(failed, "v12")
    store.mark_call(failed, starred=True)
    told = the_object(run("find", "friday", "--json"))
    assert told["total"] == 2 and [call["id"] for call in told["calls"]] == [failed, passed]
    assert told["calls"][0]["tags"] == ["v12"] and told["calls"][0]["kind"] == "script"
    day = f"{(NOW - timedelta(days=2)).astimezone():%Y-%m-%d}"
    for options in (
        ("--outcome", "failed"), ("--p95-over", "2"), ("--tag", "V12"), ("--starred",),
        ("--failure", "Reads back the time"), ("--scenario", "Slow one"), ("--since", day),
        ("slow", "friday"[:3]), ("--sort", "slowest", "--limit", "1"),
    ):  # fmt: skip
        if options[0] == "slow":
            options = (" ".join(options),)
        found = the_object(run("find", *options, "--json"))["calls"]
        assert [call["id"] for call in found] == [failed], options
    assert passed in run("find", "--until", day).stdout
    assert "No call matches." in run("find", "zebra").stdout
    assert run("find", "--outcome", "excellent").exit_code == 2


def test_cleaning_tells_first_and_removes_only_when_told_to(store: Store, run: Run) -> None:
    old, young = seed(store, 100), seed(store)
    dear = seed(store, 200)
    store.mark_call(dear, starred=True)
    told = run("clean", "--keep-days", "30")
    assert told.exit_code == 0 and old in told.stdout and young not in told.stdout
    assert "1 call" in told.stdout and "--yes" in told.stdout and "1 beyond" in told.stdout
    assert len(store.calls()) == 3
    done = the_object(run("clean", "--keep-days", "30", "--yes", "--json"))
    assert done["calls"] == [old] and done["removed"] and done["kept_anyway"] == 1
    assert {call.id for call in store.calls()} == {young, dear}
    assert "Nothing is beyond the limit." in run("clean", "--keep-days", "30", "--yes").stdout


def test_without_a_limit_what_settings_say_counts(store: Store, run: Run) -> None:
    old = seed(store, 100)
    refused = run("clean")
    assert refused.exit_code == 2 and "no limit to clean by" in refused.output
    keep_retention(store, Retention(keep_bytes=0))
    told = the_object(run("clean", "--json"))
    assert (told["calls"], told["keep_bytes"], told["removed"]) == ([old], 0, False)
    assert run("clean", "--keep-days", "0").exit_code == 2
