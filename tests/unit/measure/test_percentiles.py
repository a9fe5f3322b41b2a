"""Percentiles of the calls of a run: an interval where the data can tell one, else none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import Interval, Replies, percentile_of
from harness.measure._figure import order_interval

names = st.text("abc", max_size=3)
runs = st.dictionaries(
    names,
    st.dictionaries(names, st.lists(st.floats(0, 100), max_size=30), max_size=4),
    max_size=5,
)


def each_a_call(values: list[float]) -> Replies:
    """Of a single scenario, calls of one reply."""
    return {"only": {str(number): [value] for number, value in enumerate(values)}}


def width(found: Interval) -> float:
    assert found.low is not None and found.high is not None
    return found.high - found.low


@settings(max_examples=60, deadline=None)
@given(runs, st.sampled_from([0, 10, 50, 80, 95, 100]))
def test_an_interval_holds_its_figure_and_lies_within_the_data(
    replies: dict[str, dict[str, list[float]]], q: float
) -> None:
    calls = [call for scenario in replies.values() for call in scenario.values() if call]
    values = [value for call in calls for value in call]
    found = percentile_of(replies, q)
    assert (found.n, found.groups, found.grey) == (len(values), len(calls), len(values) < 10)
    assert (found.low is None) is (found.high is None)
    if not values:
        assert found.value is None
        return
    assert found.value == pytest.approx(float(np.percentile(values, q)))
    if found.low is not None and found.high is not None:
        assert len(calls) > 1
        assert min(values) <= found.low <= found.value + 1e-9
        assert found.value - 1e-9 <= found.high <= max(values)


def test_of_calls_of_one_reply_it_is_nearly_that_of_a_call() -> None:
    values = sorted(np.random.default_rng(4).lognormal(0, 0.45, 400).tolist())
    found, known = percentile_of(each_a_call(values), 95), order_interval(values, 95)
    assert found.low is not None and found.high is not None
    ranks = [values.index(each) for each in (found.low, found.high)]
    assert ranks == pytest.approx([values.index(each) for each in known], abs=3)


@pytest.mark.parametrize(("replies", "told"), [(78, False), (79, True)])
def test_below_79_replies_nobody_knows_the_range_of_a_p95(replies: int, told: bool) -> None:
    found = percentile_of(each_a_call(list(map(float, range(replies)))), 95)
    assert found.value is not None
    assert (found.low is not None) is told


def test_what_a_single_slow_call_says_is_no_evidence_about_the_others() -> None:
    rng = np.random.default_rng(5)
    slow = {str(k): list(rng.normal(1 if k else 3, 0.1, 60)) for k in range(10)}
    mixed = {str(k): [call[j] for call in slow.values() for j in range(6 * k, 6 * k + 6)]
             for k in range(10)}  # fmt: skip
    one, other = percentile_of({"": slow}, 95), percentile_of({"": mixed}, 95)
    assert one.value == pytest.approx(other.value)
    assert one.low is None, "all of the slow ones are of one call"
    assert other.low is not None


def test_what_scenarios_differ_by_is_no_error() -> None:
    """The same replies: of three scenarios that differ, or of one whose calls do."""
    rng = np.random.default_rng(6)
    calls = {
        f"{k} {j}": list(1 + k + rng.normal(0, 0.3) + rng.normal(0, 0.05, 6))
        for k in range(3)
        for j in range(8)
    }
    of_three = {str(k): {name: calls[name] for name in calls if name[0] == str(k)}
                for k in range(3)}  # fmt: skip
    assert width(percentile_of(of_three, 50)) < 0.75 * width(percentile_of({"": calls}, 50))


def test_scenarios_called_once_are_taken_for_one_scenario() -> None:
    rng = np.random.default_rng(7)
    calls = {str(k): list(rng.normal(1, 0.3, 6)) for k in range(12)}
    alone = {name: {"1": call} for name, call in calls.items()}
    assert percentile_of(alone, 50) == percentile_of({"": calls}, 50)
    # ... and a single one goes with the smallest of the others.
    several = {"a": {"1": calls["0"], "2": calls["1"]}, "b": {n: calls[n] for n in "3456"}}
    joined = {"a": {**several["a"], "3": calls["2"]}, "b": several["b"]}
    assert percentile_of({**several, "c": {"1": calls["2"]}}, 50) == percentile_of(joined, 50)


def test_of_a_single_call_nobody_knows_what_another_would_give() -> None:
    found = percentile_of({"a": {"1": list(map(float, range(200)))}, "b": {"1": []}}, 50)
    assert (found.value, found.low, found.groups) == (99.5, None, 1)


@pytest.mark.parametrize(("scenarios", "calls"), [(2, 10), (8, 6)])
def test_it_holds_the_truth_about_as_often_as_it_says(scenarios: int, calls: int) -> None:
    """Replies of a call are alike, and scenarios differ by more than anything else."""
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(200):
        own = np.linspace(0, 0.5, scenarios)
        log = own[:, None, None] + rng.normal(0, 0.2, (scenarios, calls, 1))
        waits = np.exp(log + rng.normal(0, 0.2, (scenarios, calls, 6)))
        found = percentile_of(
            {str(s): {str(c): list(waits[s, c]) for c in range(calls)} for s in range(scenarios)},
            50,
        )
        assert found.low is not None and found.high is not None
        # Both halves are mirror images, so half of all lie below the middle of the scenarios.
        held += found.low <= np.exp(0.25) <= found.high
    assert 0.92 <= held / 200 <= 0.995
