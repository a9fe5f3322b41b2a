"""Runs of which one did not call everything: only the same ground is compared."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.calls import Archive, Cell, compare_runs
from harness.calls._fair import Pair, judged, latency, rate, replies, talked, timed
from harness.measure import GREY_BELOW, PASS_RATE, Interval, info_of, share_difference, wilson
from harness.settings import Settings
from harness.store import Store
from tests.seeded import seed_run

P50 = info_of("response_latency_p50")
NAMES = tuple(f"S{n}" for n in range(8))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    settings = Settings(data=tmp_path / "data")
    store = Store.open(settings)
    yield Archive(store, settings)
    store.close()


def cell(name: str, passed: int, failed: int, heard: Sequence[Sequence[float]] = ()) -> Cell:
    """A cell with so many verdicts, and of each call the latencies of its replies."""
    n = passed + failed
    low, high = wilson(passed, n) if n else (None, None)
    return Cell(
        key=("agent", name, ""),
        agent="agent",
        scenario=name,
        caller="",
        planned=n,
        calls=(),
        passed=passed,
        failed=failed,
        not_run=0,
        rate=Interval(passed / n if n else None, low, high, n, 1, n < GREY_BELOW),
        pass_hat={},
        p50_s=None,
        p95_s=None,
        replies_s={f"{name}{i}": tuple(values) for i, values in enumerate(heard) if values},
        turns=sum(map(len, heard)),
        no_answer=0,
        talked_over=0,
        spoiled=0,
        budget_s=None,
        failures={},
    )


shares = st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(any)
times = st.integers(0, 12)


@given(st.lists(st.tuples(shares, times, times), min_size=1, max_size=8))
def test_an_agent_that_stays_the_same_does_so_however_often_each_scenario_was_called(cells) -> None:
    pairs = [
        Pair(
            cell(f"s{n}", passed * in_a, failed * in_a), cell(f"s{n}", passed * in_b, failed * in_b)
        )
        for n, ((passed, failed), in_a, in_b) in enumerate(cells)
    ]
    found = rate(pairs)
    both = [each for each in cells if each[1] and each[2]]
    if not both:
        assert found.by.value is None and found.conclusion == "cannot_tell"
        return
    assert found.by.low is not None and found.by.high is not None
    # Spread as evenly as 2 in 100 the calls are taken together.
    assert found.by.value == pytest.approx(0.0, abs=0.02)
    assert found.conclusion == "cannot_tell"
    assert found.a.n == sum((passed + failed) * a for (passed, failed), a, _ in both)
    assert found.b.n == sum((passed + failed) * b for (passed, failed), _, b in both)


@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=8), st.integers(1, 5))
def test_of_the_same_numbers_it_is_the_rate_of_all_calls_together(cells, repeats) -> None:
    pairs, met, of = [], [0, 0], 0
    for n, ((passed, failed), (instead, _)) in enumerate(cells):
        calls = passed + failed
        in_b = min(instead, calls)
        pairs.append(
            Pair(
                cell(f"s{n}", passed, failed),
                cell(f"s{n}", in_b * repeats, (calls - in_b) * repeats),
            )
        )
        met = [met[0] + passed, met[1] + in_b * repeats]
        of += calls
    found = rate(pairs)
    expected = share_difference((met[0], of), (met[1], of * repeats), PASS_RATE)
    assert found.by == expected.by and found.sentence == expected.sentence


latencies = st.lists(st.integers(20, 300).map(lambda n: n / 100), min_size=1, max_size=6)


@settings(max_examples=25)
@given(st.lists(st.tuples(latencies, times, times), min_size=1, max_size=5))
def test_replies_weigh_the_same_in_both_however_often_each_scenario_was_called(cells) -> None:
    pairs = [
        Pair(cell(f"s{n}", 1, 0, [values] * in_a), cell(f"s{n}", 1, 0, [values] * in_b))
        for n, (values, in_a, in_b) in enumerate(cells)
    ]
    of_a, of_b = replies(pairs)
    both = timed(pairs)
    assert len(both) == sum(bool(a and b) for _, a, b in cells)
    if len(of_a) == len(of_b):
        assert sorted(of_a) == sorted(of_b)
    found = latency(pairs, 50, P50)
    assert found.conclusion == "cannot_tell"
    if both:
        assert found.a.n == sum(pair.a.replies for pair in both)
        assert found.b.n == sum(pair.b.replies for pair in both)
    else:
        assert found.by.value is None


def test_what_is_lacking_is_told_of_the_side_it_lacks_in() -> None:
    full, dumb, gone = cell("s", 1, 1, [[0.5]]), cell("s", 0, 0, [[0.5]]), cell("s", 0, 0)
    told = {
        (name_a, name_b): Pair(a, b).lacking
        for name_a, a in (("full", full), ("dumb", dumb), ("gone", gone))
        for name_b, b in (("full", full), ("dumb", dumb), ("gone", gone))
    }
    assert told == {
        ("full", "full"): "",
        ("full", "dumb"): "no verdict in B",
        ("full", "gone"): "not run in B",
        ("dumb", "full"): "no verdict in A",
        ("dumb", "dumb"): "no verdict in either",
        ("dumb", "gone"): "no verdict in either",
        ("gone", "full"): "not run in A",
        ("gone", "dumb"): "no verdict in either",
        ("gone", "gone"): "not run in either",
    }
    pairs = [Pair(full, full), Pair(full, dumb), Pair(full, gone)]
    assert [len(kind(pairs)) for kind in (judged, timed, talked)] == [1, 2, 2]


@pytest.mark.parametrize(("calls", "told"), [(1, False), (2, False), (6, True)])
@pytest.mark.parametrize("scenarios", [1, 2])
def test_too_few_calls_tell_no_difference_of_latency(
    scenarios: int, calls: int, told: bool
) -> None:
    pairs = [
        Pair(cell(f"s{n}", 1, 0, [[0.5, 0.6]] * calls), cell(f"s{n}", 1, 0, [[1.5, 1.6]] * calls))
        for n in range(scenarios)
    ]
    found = latency(pairs, 50, P50)
    assert found.by.value == pytest.approx(1.0)
    assert (found.conclusion == "worse") is told
    assert (found.by.low is None) is not told


def alike_run(rng: random.Random, scenarios: int, calls: int) -> list[Cell]:
    """Calls that are slower and faster as wholes, in scenarios that are so by nature."""
    found = []
    for n in range(scenarios):
        pace = [rng.gauss(0.8 + 0.2 * n, 0.1) for _ in range(calls)]
        heard = [[rng.gauss(each, 0.1) for _ in range(6)] for each in pace]
        found.append(cell(f"s{n}", calls, 0, heard))
    return found


@pytest.mark.parametrize(("scenarios", "calls"), [(1, 4), (2, 3), (3, 2), (6, 1)])
def test_alike_runs_are_rarely_told_apart(scenarios: int, calls: int) -> None:
    alarms = 0
    for seed in range(30):
        rng = random.Random(seed)
        a, b = alike_run(rng, scenarios, calls), alike_run(rng, scenarios, calls)
        pairs = [Pair(*cells) for cells in zip(a, b, strict=True)]
        alarms += latency(pairs, 50, P50).conclusion != "cannot_tell"
    assert alarms <= 5


def test_an_agent_that_could_not_be_reached_for_what_it_fails_is_not_better(
    archive: Archive,
) -> None:
    a = seed_run(archive.store, NAMES, 4, [1.0] * 4 + [0.0] * 4, seed=1)
    b = seed_run(archive.store, NAMES, 4, [1.0] * 4 + [None] * 4, seed=2)
    found = compare_runs(archive, a.id, b.id)
    assert found.rate.by.value == 0 and found.rate.conclusion == "cannot_tell"
    assert found.rate.a.n == found.rate.b.n == 16
    assert found.sentence.endswith("Compared over 4 of 8 scenarios.")
    assert found.left_out.startswith("Not compared: not run in B: S4 · ")
    assert all(name in found.left_out for name in NAMES[4:])
    assert not any(name in found.left_out for name in NAMES[:4])
    assert {row.scenario: row.lacking for row in found.scenarios} == {
        name: "not run in B" if name in NAMES[4:] else "" for name in NAMES
    }
    assert all(row.conclusion == row.lacking for row in found.scenarios if row.lacking)
    # What fails in what only A called is no check of both.
    assert all(check.a == check.b for check in found.checks)


def test_a_slow_scenario_that_only_one_run_called_makes_the_other_no_faster(
    archive: Archive,
) -> None:
    slow = [0.9] * 3 + [2.6]
    a = seed_run(archive.store, NAMES[:4], 2, [1.0] * 4, latency=slow, seed=1)
    b = seed_run(archive.store, NAMES[:4], 2, [1.0] * 3 + [None], latency=slow, seed=1)
    found = compare_runs(archive, a.id, b.id)
    assert found.p95.by.value is not None and abs(found.p95.by.value) < 0.3
    assert max(found.replies_s[0]) < 2
    (_, turns_a), (_, turns_b) = found.no_answer
    assert turns_a == turns_b == sum(cell.turns for cell in found.b.cells)
    # The same scenarios are drawn for both: what is slow by nature is no difference.
    assert found.p95.by.low is not None and found.p95.by.high is not None
    assert found.p95.by.high - found.p95.by.low < 1


def test_a_scenario_without_replies_in_one_run_is_judged_and_not_timed() -> None:
    pairs = [Pair(cell("s", 3, 1, [[0.5]]), cell("s", 0, 4))]
    assert rate(pairs).b.value == 0.0
    assert latency(pairs, 50, P50).by.value is None
