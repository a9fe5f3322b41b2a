"""Bootstrap intervals: what they must hold whatever the data, and how often they hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import bootstrap, bootstrap_difference, quantile
from harness.measure._student import expanded_tail

suites = st.dictionaries(
    st.text("abc", max_size=3), st.lists(st.floats(-100, 100), max_size=6), max_size=6
)


@settings(max_examples=50, deadline=None)
@given(suites, st.integers(0, 1000))
def test_an_interval_lies_within_the_data_and_is_repeatable(
    groups: dict[str, list[float]], seed: int
) -> None:
    found = bootstrap(groups, np.median, seed=seed, draws=40)
    values = [value for group in groups.values() for value in group]
    assert found.n == len(values)
    assert found.groups == sum(bool(group) for group in groups.values())
    assert found.grey is (len(values) < 10)
    if not values:
        assert (found.value, found.low, found.high) == (None, None, None)
        return
    assert found.value == pytest.approx(float(np.median(values)))
    if len(values) == 1:
        assert (found.low, found.high) == (None, None)
        return
    assert found.low is not None and found.high is not None
    assert min(values) <= found.low <= found.high <= max(values)
    order = dict(sorted(((k, v[::-1]) for k, v in groups.items()), reverse=True))
    assert bootstrap(order, np.median, seed=seed, draws=40) == found, "order tells nothing"


@settings(max_examples=40)
@given(suites, suites, st.integers(0, 1000), st.sampled_from([0, 5, 50, 95, 99.5, 100]))
def test_samples_drawn_together_are_those_drawn_one_by_one(
    a: dict[str, list[float]], b: dict[str, list[float]], seed: int, q: float
) -> None:
    found = bootstrap(a, quantile(q), seed=seed, draws=30)
    one = _one_by_one(a, q, seed)
    assert (found.low, found.high) == _middle(one, _units(a))
    (both,) = bootstrap_difference(a, b, quantile(q), seed=seed, draws=30)
    same = {k for k, v in a.items() if v} == {k for k, v in b.items() if v}
    together = same and sum(map(bool, a.values())) > 1
    two = _one_by_one(b, q, seed if together else seed + 1)
    fewest, every = min(_units(a), _units(b)), _units(a) + _units(b)
    if one is not None and two is not None:
        alike = 2 ** (1 - fewest) if together else 2 / math.comb(every, fewest)
        if alike > 0.05:
            two = None
    assert both == ((None, None) if one is None or two is None else _middle(two - one, fewest))


def _one_by_one(groups: dict[str, list[float]], q: float, seed: int) -> np.ndarray | None:
    """The percentile of each of 30 samples as numpy makes it; None of too few observations."""
    known = [np.sort(values) for _, values in sorted(groups.items()) if values]
    if sum(map(len, known)) < 2:
        return None
    rng = np.random.Generator(np.random.PCG64(seed))
    if len(known) == 1:
        return np.array([np.percentile(s, q) for s in rng.choice(known[0], (30, len(known[0])))])
    places = rng.integers(0, len(known), (30, len(known)))
    return np.array([np.percentile(np.concatenate([known[k] for k in row]), q) for row in places])


def _middle(drawn: np.ndarray | None, units: int) -> tuple[float | None, float | None]:
    if drawn is None:
        return None, None
    tail = 100 * expanded_tail(units, 0.95)
    return tuple(np.percentile(drawn, [tail, 100 - tail]))


def _units(groups: dict[str, list[float]]) -> int:
    """Scenarios; of a single one its observations."""
    known = [values for values in groups.values() if values]
    return len(known) if len(known) > 1 else sum(map(len, known))


def test_many_observations_are_drawn_in_parts_that_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    groups = {str(k): list(range(k, 2 * k)) for k in range(1, 8)}
    whole = bootstrap(groups, quantile(95), draws=50)
    monkeypatch.setattr("harness.measure._resampling._AT_ONCE", 60)
    assert bootstrap(groups, quantile(95), draws=50) == whole


def test_another_seed_draws_others() -> None:
    groups = {str(name): [name, name + 0.5] for name in range(12)}
    one, two = (bootstrap(groups, np.mean, seed=seed, draws=100) for seed in (1, 2))
    assert (one.low, one.high) != (two.low, two.high)
    assert one.value == two.value


def test_calls_of_one_scenario_are_no_evidence_about_others() -> None:
    rng = np.random.default_rng(5)
    alike = {str(k): list(rng.normal(level, 0.01, 30)) for k, level in enumerate([1, 2, 3, 4, 5])}
    mixed = {str(k): [group[k] for group in alike.values()] for k in range(30)}
    by_scenario, by_call = bootstrap(alike, np.mean), bootstrap(mixed, np.mean)
    assert by_scenario.low is not None and by_scenario.high is not None
    assert by_call.low is not None and by_call.high is not None
    assert by_scenario.high - by_scenario.low > 5 * (by_call.high - by_call.low)


def test_of_a_single_scenario_its_calls_are_drawn() -> None:
    found = bootstrap({"only": list(np.random.default_rng(1).normal(2, 0.5, 40))}, np.mean)
    assert found.low is not None and found.high is not None
    assert found.groups == 1
    # The mean's standard error is 0.5 / sqrt(40).
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.5 / 40**0.5, rel=0.3)


def test_it_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    held = 0
    for seed in range(120):
        levels = rng.normal(1.0, 0.3, 25)
        groups = {str(k): list(rng.normal(level, 0.2, 4)) for k, level in enumerate(levels)}
        found = bootstrap(groups, np.mean, seed=seed, draws=120)
        assert found.low is not None and found.high is not None
        held += found.low <= 1.0 <= found.high
    # 95 % less what 25 scenarios cost it; by calls alone it would be under 75 %.
    assert 0.86 <= held / 120 <= 0.99


def test_of_few_scenarios_the_interval_is_wider_as_students_t_asks() -> None:
    values = np.random.default_rng(3).normal(2, 0.5, 5)
    found = bootstrap({str(k): [value] for k, value in enumerate(values)}, np.mean, draws=20_000)
    assert found.low is not None and found.high is not None
    # That of the textbook for a mean of five: t of 4 degrees of freedom times the standard error.
    textbook = 2 * 2.776 * float(np.std(values, ddof=1)) / 5**0.5
    assert found.high - found.low == pytest.approx(textbook, rel=0.15)
