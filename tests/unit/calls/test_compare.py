"""Runs and calls side by side: what differs, and what the data cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.calls import Archive, baseline_of, call_before, compare_calls, compare_runs
from harness.errors import NotFound
from harness.nouns import Agent, Call, CallState, RunState, Verdict
from harness.settings import Settings
from harness.store import Store
from tests.seeded import seed_call, seed_run

SCENARIOS = ("Book a follow-up", "Ask for the opening hours")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    settings = Settings(data=tmp_path / "data")
    store = Store.open(settings)
    yield Archive(store, settings)
    store.close()


def run(archive: Archive, rate: float, latency: float, **more: object) -> str:
    head = seed_run(
        archive.store,
        SCENARIOS,
        6,
        [rate, rate],
        latency=latency,
        seed=more.pop("seed", 1),  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )
    return head.id


def test_a_run_against_itself_differs_in_nothing(archive: Archive) -> None:
    one = run(archive, 0.5, 0.9)
    found = compare_runs(archive, one, one)
    assert found.rate.by.value == 0
    assert found.p95.by.value == 0
    assert found.sentence.startswith("The data cannot tell")
    assert {row.scenario for row in found.scenarios} == set(SCENARIOS)
    assert all(check.by.conclusion == "cannot_tell" for check in found.checks)


def test_a_comparison_is_kept_until_a_run_changes(archive: Archive) -> None:
    one, two = run(archive, 1.0, 0.8), run(archive, 1.0, 1.6, seed=2)
    first = compare_runs(archive, one, two)
    assert compare_runs(archive, one, two).p50 is first.p50
    seed_call(archive.store, run=two, recording=False, turns=6)
    after = compare_runs(archive, one, two)
    assert after.b is not first.b and after.p50 is not first.p50


def test_slower_and_fewer_passed_is_worse(archive: Archive) -> None:
    found = compare_runs(archive, run(archive, 1.0, 0.8), run(archive, 0.0, 1.6, seed=2))
    assert found.rate.conclusion == "worse"
    assert found.p50.conclusion == "worse"
    assert found.sentence.startswith("B is worse: fewer calls pass")
    worst = found.checks[0]
    assert worst.a[0] > worst.b[0]
    assert worst.by.conclusion == "worse"


def test_scenarios_have_intervals_and_a_conclusion_of_all_their_figures(archive: Archive) -> None:
    one, two = run(archive, 1.0, 0.8), run(archive, 1.0, 1.6, seed=2)
    for row in compare_runs(archive, one, two).scenarios:
        assert row.rate.conclusion == "cannot_tell" and row.p50.conclusion == "worse"
        by = row.p50.by
        assert by.low is not None and by.high is not None and 0 < by.low <= by.value <= by.high
        assert row.conclusion == "slower"
    assert {row.conclusion for row in compare_runs(archive, two, one).scenarios} == {"faster"}
    assert {row.conclusion for row in compare_runs(archive, one, one).scenarios} == {"cannot tell"}


@pytest.mark.parametrize(
    ("p50", "p95", "told"),
    [
        ("worse", "worse", "slower"),
        ("worse", "cannot_tell", "slower"),
        ("cannot_tell", "worse", "p95 slower"),
        ("better", "worse", "p50 faster, p95 slower"),
        ("cannot_tell", "cannot_tell", "cannot tell"),
    ],
)
def test_a_row_never_hides_what_its_detail_says(
    archive: Archive, p50: Any, p95: Any, told: str
) -> None:
    one = run(archive, 1.0, 0.8)
    row = compare_runs(archive, one, one).scenarios[0]
    made = replace(row, p50=replace(row.p50, conclusion=p50), p95=replace(row.p95, conclusion=p95))
    assert made.conclusion == told


def test_a_scenario_that_one_run_never_reached_weighs_on_neither_side(archive: Archive) -> None:
    one = seed_run(archive.store, SCENARIOS, 4, [1.0, 0.0], latency=(0.8, 5.0), seed=1).id
    two = seed_run(archive.store, SCENARIOS, 4, [1.0, None], latency=0.8, seed=1).id
    found = compare_runs(archive, one, two)
    assert (found.rate.a.value, found.rate.b.value, found.rate.a.n) == (1.0, 1.0, 4)
    assert found.p95.a.value is not None and found.p95.a.value < 2
    assert max(map(max, found.replies_s)) < 2
    assert [row.conclusion for row in found.scenarios] == ["cannot tell", "not run in B"]
    assert found.left_out.startswith(f"Not compared: not run in B: {SCENARIOS[1]} · ")


def test_calls_are_drawn_in_pairs_and_those_of_one_scenario_apart(archive: Archive) -> None:
    one, two = run(archive, 1.0, 0.8), run(archive, 1.0, 0.8, seed=2)
    found = compare_runs(archive, one, two)
    assert found.p50.by.groups == 12 and found.p50.by.low is not None
    ids = [
        seed_run(archive.store, SCENARIOS[:1], 3, [1.0], seed=seed, latency=latency).id
        for seed, latency in ((3, 0.8), (4, 8.0))
    ]
    few = compare_runs(archive, *ids)
    # Three calls of each, however many replies they have.
    assert few.p50.by.groups == 3 and few.p50.by.low is None and few.p50.by.n > 10


def test_what_only_one_has_is_named_and_left_out(archive: Archive) -> None:
    one = run(archive, 1.0, 0.8)
    two = seed_run(archive.store, SCENARIOS[:1], 6, [1.0], latency=0.8).id
    found = compare_runs(archive, one, two)
    assert len(found.scenarios) == 1
    assert len(found.only_a) == 1
    assert found.only_a[0].startswith(SCENARIOS[1])
    assert found.rate.a.n == 6


def test_nothing_in_common_is_told(archive: Archive) -> None:
    one = seed_run(archive.store, SCENARIOS[:1], 2, [1.0]).id
    two = seed_run(archive.store, SCENARIOS[1:], 2, [1.0]).id
    found = compare_runs(archive, one, two)
    assert "no scenario in common" in found.warnings[0]
    assert found.sentence.startswith("The data cannot tell")


def test_the_baseline_is_the_pinned_run_else_the_finished_one_before(archive: Archive) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    heads = [
        seed_run(
            archive.store,
            SCENARIOS[:1],
            1,
            [1.0],
            created_at=start + timedelta(days=day),
            state=state,
        )
        for day, state in enumerate(
            (RunState.DONE, RunState.DONE, RunState.CANCELLED, RunState.DONE)
        )
    ]
    heads = [archive.run(head.id) for head in heads]
    assert baseline_of(archive, heads[0]) is None
    assert baseline_of(archive, heads[3]) == heads[1]
    archive.store.pin_baseline(heads[0].suite, heads[0].id)
    assert baseline_of(archive, heads[3]) == archive.run(heads[0].id)


def test_the_call_before_is_of_the_same_agent_and_scenario(archive: Archive) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)

    def placed(minutes: int, scenario: str = SCENARIOS[0], **more: Any) -> Call:
        at = start + timedelta(minutes=minutes)
        return seed_call(
            archive.store, scenario=scenario, created_at=at, recording=False, turns=5, **more
        )

    other = Agent(name="other", title="Another", provider="room", config={})
    first, second = placed(0), placed(10)
    placed(20, SCENARIOS[1]), placed(30, agent=other), placed(40, state=CallState.LIVE)
    last, after = placed(50), placed(60)
    assert call_before(archive, archive.view(last.id)) == second
    assert call_before(archive, archive.view(after.id)) == last
    assert call_before(archive, archive.view(first.id)) is None


def test_two_calls_turn_by_turn(archive: Archive) -> None:
    a = seed_call(archive.store, latency=0.8, recording=False, seed=3)
    b = seed_call(
        archive.store, latency=1.8, recording=False, verdict=Verdict.FAILED, no_answer=(3,), seed=3
    )
    found = compare_calls(archive, a.id, b.id)
    assert [pair.a is not None and pair.b is not None for pair in found.pairs] == [True] * 7
    kinds = [pair.kind for pair in found.pairs]
    assert kinds.count("no_answer") == 1
    assert "slower" in kinds
    assert found.flips[0].change == "worse"
    assert found.sentence.startswith("B failed, A passed; ")
    assert "1 turn got no answer in B only" in found.sentence


def test_a_call_against_itself_came_out_alike(archive: Archive) -> None:
    a = seed_call(archive.store, recording=False).id
    assert compare_calls(archive, a, a).sentence.startswith("The two calls came out alike.")


def test_what_is_not_there_is_told(archive: Archive) -> None:
    a = seed_call(archive.store, recording=False).id
    with pytest.raises(NotFound):
        compare_calls(archive, a, "call_nothing")
    with pytest.raises(NotFound):
        compare_runs(archive, "run_nothing", "run_nothing")
