"""Percentiles of several scenarios: an interval where the data can tell one, else none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import bootstrap, percentile_of, quantile
from harness.measure._figure import order_interval

suites = st.dictionaries(
    st.text("abc", max_size=3), st.lists(st.floats(0, 100), max_size=60), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(suites, st.sampled_from([0, 10, 50, 80, 95, 100]))
def test_an_interval_holds_its_figure_and_lies_within_the_data(
    groups: dict[str, list[float]], q: float
) -> None:
    values = [value for group in groups.values() for value in group]
    found = percentile_of(groups, q)
    assert (found.n, found.grey) == (len(values), len(values) < 10)
    assert (found.low is None) is (found.high is None)
    if not values:
        assert found.value is None
        return
    assert found.value == pytest.approx(float(np.percentile(values, q)))
    if found.low is not None and found.high is not None:
        assert min(values) <= found.low <= found.high <= max(values)
        if q in (80, 95):
            assert found.low <= found.value + 1e-9 and found.value <= found.high + 1e-9


def test_of_one_scenario_it_is_nearly_that_of_a_call() -> None:
    values = sorted(np.random.default_rng(4).lognormal(0, 0.45, 400).tolist())
    found, known = percentile_of({"only": values}, 95), order_interval(values, 95)
    assert found.low is not None and found.high is not None
    ranks = [values.index(each) for each in (found.low, found.high)]
    assert ranks == pytest.approx([values.index(each) for each in known], abs=3)


@pytest.mark.parametrize(("replies", "told"), [(75, False), (76, True)])
def test_below_76_replies_nobody_knows_the_range_of_a_p95(replies: int, told: bool) -> None:
    found = percentile_of({"only": list(map(float, range(replies)))}, 95)
    assert found.value is not None
    assert (found.low is not None) is told


def test_what_a_single_slow_scenario_says_is_no_evidence_about_the_others() -> None:
    rng = np.random.default_rng(5)
    slow = {str(k): list(rng.normal(1 if k else 3, 0.1, 60)) for k in range(10)}
    mixed = {str(k): [group[j] for group in slow.values() for j in range(6 * k, 6 * k + 6)]
             for k in range(10)}  # fmt: skip
    assert percentile_of(slow, 95).value == pytest.approx(percentile_of(mixed, 95).value)
    assert percentile_of(slow, 95).low is None, "all of the slow ones are of one scenario"
    assert percentile_of(mixed, 95).low is not None


def test_the_median_is_drawn() -> None:
    groups = {str(k): [k, k + 0.5, k + 3.0] for k in range(9)}
    assert percentile_of(groups, 50, seed=3) == bootstrap(groups, quantile(50), seed=3)


def test_it_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(8)
    held = told = drawn = 0
    for seed in range(150):
        levels = rng.normal(0, 0.26, 30)
        groups = {str(k): list(np.exp(level + rng.normal(0, 0.37, 6))) for k, level in
                  enumerate(levels)}  # fmt: skip
        truth = float(np.exp(1.645 * (0.26**2 + 0.37**2) ** 0.5))
        found = percentile_of(groups, 95)
        if found.low is not None and found.high is not None:
            told += 1
            held += found.low <= truth <= found.high
        again = bootstrap(groups, quantile(95), seed=seed, draws=100)
        assert again.low is not None and again.high is not None
        drawn += again.low <= truth <= again.high
    assert told > 100
    assert held / told >= 0.9
    assert held / told > drawn / 150, "drawing again from the slowest replies knows too little"
