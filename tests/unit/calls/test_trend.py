"""Trends, regressions and what a plan will take, on seeded runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.calls import (
    Archive,
    RunComparison,
    compare_runs,
    expected_of,
    regressions_of,
    single_calls,
    trend_of_calls,
    trends_of,
)
from harness.nouns import AgentVersion, CallState, RunState, Verdict
from harness.settings import Settings
from harness.store import Store
from tests.seeded import seed_call, seed_plan, seed_run

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TWO = ("Book a follow-up", "Opening hours")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    settings = Settings(data=tmp_path)
    store = Store.open(settings)
    yield Archive(store, settings)
    store.close()


def run(archive, days_ago, rates, *, repeats=1, scenarios=TWO, **more):
    return seed_run(
        archive.store, scenarios, repeats, rates, turns=5,
        created_at=NOW - timedelta(days=days_ago), **more,
    )  # fmt: skip


def test_a_suite_is_drawn_over_its_finished_runs_oldest_first_together_and_by_scenario(archive):
    old = run(archive, 2, [1.0, 1.0], version=AgentVersion(git_commit="3f2a91c0"))
    new = run(archive, 1, [0.0, 1.0], label="prompt v12", version=AgentVersion("9be04d17"))
    run(archive, 0, [1.0, 1.0], state=RunState.STOPPED)
    together, *each = trends_of(archive)
    assert together.scenario == ""
    assert [point.run_id for point in together.points] == [old.id, new.id]
    assert [point.rate.passed for point in together.points] == [2, 1]
    assert [point.version for point in together.points] == ["3f2a91c", "prompt v12 · 9be04d1"]
    assert {trend.scenario: [p.rate.value for p in trend.points] for trend in each} == {
        "Book a follow-up": [1.0, 0.0],
        "Opening hours": [1.0, 1.0],
    }


def test_a_run_of_picked_calls_is_no_point(archive):
    first = run(archive, 1, [0.0, 1.0])
    again = run(archive, 0, [1.0, 1.0])
    assert len(trends_of(archive)[0].points) == 2
    with archive.store._database.write() as connection:
        connection.exec_driver_sql(
            "update runs set parent_id = ? where id = ?", (first.id, again.id)
        )
    assert [point.run_id for point in trends_of(archive)[0].points] == [first.id]


def test_single_calls_have_a_trend_by_day_and_version(archive):
    def placed(days_ago, hour, **more):
        at = datetime(2026, 11, 21 - days_ago, hour).astimezone()
        return seed_call(
            archive.store, scenario="Ask the way", turns=5, created_at=at, recording=False, **more
        )  # fmt: skip

    old, new = AgentVersion("3f2a91c0"), AgentVersion("9be04d17", label="prompt v12")
    placed(1, 14, version=old, verdict=Verdict.FAILED)
    placed(1, 9, version=old)
    placed(1, 16, version=new, latency=2.0)
    placed(0, 9, version=new, verdict=Verdict.NOT_RUN)
    placed(0, 10, state=CallState.LIVE)
    gone = placed(0, 11, version=new)
    archive.store.delete_call(gone.id)
    other = seed_call(archive.store, verdict=None, turns=5, recording=False)
    run(archive, 0, [1.0, 1.0])

    found = single_calls(archive)
    assert list(found) == [("Clinic front desk", "Ask the way"), (other.agent, other.scenario)]
    trend = trend_of_calls(archive, found["Clinic front desk", "Ask the way"])
    assert (trend.suite, trend.scenario) == ("", "Ask the way")
    assert [(p.name, p.version) for p in trend.points] == [
        ("2026-11-20", "3f2a91c"), ("2026-11-20", "prompt v12 · 9be04d1"),
        ("2026-11-21", "prompt v12 · 9be04d1"),
    ]  # fmt: skip
    assert [(p.rate.passed, p.rate.failed, p.rate.not_run) for p in trend.points] == [
        (1, 1, 0), (1, 0, 0), (0, 0, 1),
    ]  # fmt: skip
    both, slow, none = (point.p50 for point in trend.points)
    assert both.n == 10 and both.value < 1.5 < slow.value
    assert slow.low is None, "one call tells nothing of what others would"
    assert (none.value, none.n) == (None, 0) and not any(p.run_id for p in trend.points)


def test_only_what_is_surely_worse_is_a_regression(archive):
    one = ("Book a follow-up",)
    base = run(archive, 2, [1.0], repeats=12, scenarios=one)
    run(archive, 1, [11 / 12], repeats=12, scenarios=one, seed=1)
    assert regressions_of(archive) == ((), 1)
    worse = run(archive, 0, [0.25], repeats=12, scenarios=one, seed=2)
    archive.store.pin_baseline("nightly", base.id)
    found, compared = regressions_of(archive)
    assert compared == 1
    assert {each.what for each in found} == {"", "Book a follow-up"}
    assert all(each.run.id == worse.id and each.baseline.id == base.id for each in found)
    assert all(each.figure == "pass_rate" and each.by.by.high < 0 for each in found)


def test_what_became_worse_is_found_once_and_anew_when_a_run_has_other_calls(archive, monkeypatch):
    one = ("Book a follow-up",)
    run(archive, 2, [1.0], repeats=12, scenarios=one)
    worse = run(archive, 1, [0.25], repeats=12, scenarios=one, seed=2)
    compared: list[str] = []

    def noticed(archive: Archive, a: str, b: str) -> RunComparison:
        compared.append(b)
        return compare_runs(archive, a, b)

    monkeypatch.setattr("harness.calls._regressions.compare_runs", noticed)
    first = regressions_of(archive)
    another = Archive(archive.store, archive.settings)
    assert regressions_of(another) == first and len(first[0]) == 2
    assert compared == [worse.id], "what is kept is read, by another process too"
    failed = [call.id for call in archive.calls_of(worse.id) if call.verdict is Verdict.FAILED]
    archive.store.delete_calls(failed)
    assert regressions_of(another) == ((), 1)
    archive.store.restore_calls(failed)
    assert regressions_of(another) == first
    assert compared == [worse.id] * 3


def test_one_run_is_compared_with_nothing(archive):
    run(archive, 1, [0.0, 0.0])
    assert regressions_of(archive) == ((), 0)


def test_a_plan_takes_what_its_calls_took_so_far(archive):
    plan = seed_plan(TWO, 3)
    nothing = expected_of(archive, plan, 2)
    assert (nothing.calls, nothing.took_s, nothing.unknown) == (6, None, 2)
    known = seed_call(archive.store, scenario=TWO[0], turns=5)
    some = expected_of(archive, plan, 2)
    assert some.unknown == 1 and some.took_s == pytest.approx(6 * known.duration_s / 2)
    alone = expected_of(archive, plan.model_copy(update={"concurrency": 1}), 2)
    assert alone.took_s == pytest.approx(6 * known.duration_s)
    wide = expected_of(archive, plan, 32)
    assert wide.took_s == pytest.approx(known.duration_s)
