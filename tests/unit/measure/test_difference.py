"""Differences of two sets of calls: published values, symmetry, and what is said of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import Difference, figure_difference, share_difference
from harness.nouns import MetricInfo

LATENCY = MetricInfo("p95", "p95", "s", "lower", "latency", "", "", "")
MISSED = MetricInfo("missed", "the missed share", "share", "lower", "latency", "", "", "")
TALK = MetricInfo("talk", "the talk share", "share", "neither", "talk", "", "", "")
YIELDS = MetricInfo("yields", "the yield rate", "share", "higher", "turn_taking", "", "", "")

counts = st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def differ(
    a: Mapping[str, Sequence[float]],
    b: Mapping[str, Sequence[float]],
    q: float,
    info: MetricInfo,
    *,
    seed: int = 0,
) -> Difference:
    """Of two agents; what is drawn by name."""
    return figure_difference({"": a}, {"": b}, q, info, seed=seed)


# R. G. Newcombe, Statistics in Medicine 17 (1998), table II, method 10.
@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_shares_by_published_values(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    by = share_difference(other, one, MISSED).by
    assert (by.low, by.high) == pytest.approx((low, high), abs=6e-5)


@given(counts, counts)
def test_shares_the_other_way_round_are_the_same_with_the_sign_changed(
    a: tuple[int, int], b: tuple[int, int]
) -> None:
    one, two = share_difference(a, b, MISSED), share_difference(b, a, MISSED)
    assert one.by.value is not None and one.by.low is not None and one.by.high is not None
    assert two.by.low == pytest.approx(-one.by.high) and two.by.high == pytest.approx(-one.by.low)
    assert -1 <= one.by.low <= one.by.value <= one.by.high <= 1
    opposite = {"better": "worse", "worse": "better", "cannot_tell": "cannot_tell"}
    assert two.conclusion == opposite[one.conclusion]
    if a == b:
        assert one.conclusion == "cannot_tell"
    assert one.by.grey is (min(a[1], b[1]) < 10)
    assert ("few observations" in one.sentence) <= one.by.grey


@pytest.mark.parametrize(
    ("info", "conclusion", "ending"),
    [
        (MISSED, "worse", "B is worse."),
        (YIELDS, "better", "B is better."),
        (TALK, "different", "in B."),
    ],
)
def test_which_way_is_better_is_the_figures_own(
    info: MetricInfo, conclusion: str, ending: str
) -> None:
    found = share_difference((48, 80), (56, 70), info)
    assert found.conclusion == conclusion
    assert found.sentence.startswith(f"{info.title} is 20.0 points higher (5.2 to 33.4) in B")
    assert found.sentence.endswith(ending)


def test_shares_without_trials() -> None:
    found = share_difference((0, 0), (3, 4), MISSED)
    assert (found.by.value, found.conclusion, found.a.value) == (None, "cannot_tell", None)
    assert found.sentence == "The data cannot tell: there is too little of it in A."


def test_how_much_more_data_would_tell() -> None:
    found = share_difference((20, 40), (26, 40), MISSED)
    assert found.conclusion == "cannot_tell"
    assert "is 15.0 points higher (−6.4 to 34.6) in B." in found.sentence
    assert found.sentence.endswith("About 3 times as much data would.")
    again = share_difference((40, 80), (52, 80), MISSED)
    assert again.conclusion in ("worse", "cannot_tell")
    enough = share_difference((60, 120), (78, 120), MISSED)
    assert enough.conclusion == "worse"
    same = share_difference((20, 40), (20, 40), MISSED)
    assert "is the same in both (−20.9 to 20.9)." in same.sentence
    more = "There may be one of up to 20.9 points: only many more calls could tell."
    assert same.sentence.endswith(more)
    sure = share_difference((4000, 8000), (4001, 8000), MISSED)
    assert sure.sentence.endswith("If there is a difference, it is at most 1.6 points.")


def latencies(seed: int, shift: float, scenarios: int = 20) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    own = np.random.default_rng(99).normal(1.2, 0.4, scenarios)  # slow ones are slow on both sides
    return {str(k): list(own[k] + shift + rng.normal(0, 0.05, 5)) for k in range(scenarios)}


def test_a_slower_agent_is_told_from_a_faster_one() -> None:
    slower = differ(latencies(1, 0.0), latencies(2, 0.2), 50, LATENCY)
    assert (slower.conclusion, slower.by.n, slower.by.groups) == ("worse", 100, 20)
    assert slower.by.low is not None and slower.by.high is not None
    assert slower.by.low <= 0.2 <= slower.by.high
    assert slower.sentence.endswith("in B: B is slower.") and " longer (" in slower.sentence
    faster = differ(latencies(2, 0.2), latencies(1, 0.0), 50, LATENCY)
    assert faster.conclusion == "better"
    assert " shorter (0.1" in faster.sentence
    assert faster.sentence.endswith("B is faster.")


def test_the_same_scenarios_are_drawn_for_both_sides() -> None:
    a, b = latencies(1, 0.0), latencies(2, 0.1)
    paired = differ(a, b, 50, LATENCY).by
    renamed = differ(a, {f"other {k}": v for k, v in b.items()}, 50, LATENCY).by
    assert paired.low is not None and paired.high is not None
    assert renamed.low is not None and renamed.high is not None
    assert paired.high - paired.low < 0.5 * (renamed.high - renamed.low)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_of_the_same_calls_nothing_can_be_told(seed: int) -> None:
    data = latencies(seed, 0.0, 6)
    found = differ(data, data, 95, LATENCY, seed=seed)
    assert (found.by.value, found.conclusion) == (0.0, "cannot_tell")
    assert found == differ(data, data, 95, LATENCY, seed=seed)


def test_figures_of_too_few_calls() -> None:
    none = differ({}, {"a": [1.0, 2.0]}, 50, LATENCY)
    assert (none.by.value, none.conclusion) == (None, "cannot_tell")
    one = differ({"a": [1.0]}, {"a": [2.0]}, 50, LATENCY)
    assert (one.by.value, one.by.low, one.conclusion) == (1.0, None, "cannot_tell")
    assert one.sentence.endswith("too little of it in A and B.")
    # In one of ten such cases the three of one agent all lie above those of the same agent.
    three = differ({"a": [1.0, 1.1, 1.2]}, {"a": [3.0, 3.1, 3.2]}, 50, LATENCY)
    assert (three.by.value, three.by.low, three.conclusion) == (2.0, None, "cannot_tell")
    assert three.sentence.endswith("too little of it in A and B.")
    four = {"a": [1.0, 1.1, 1.2, 1.3]}, {"a": [3.0, 3.1, 3.2, 3.3]}
    few = differ(*four, 50, LATENCY)
    assert few.conclusion == "worse" and few.by.grey and not few.firm
    assert few.sentence.endswith("It rests on few observations (4 and 4): read it with care.")
    wide = dataclasses.replace(LATENCY, grey_below=4)
    assert not differ(*four, 50, wide).by.grey


def test_pairs_that_all_differ_to_one_side_tell_something_from_six_on() -> None:
    def pairs(n: int) -> Difference:
        one = {str(k): [1.0 + k] for k in range(n)}
        two = {name: [value + 0.5] for name, (value,) in one.items()}
        return differ(one, two, 50, LATENCY)

    found = [pairs(n) for n in range(2, 9)]
    assert [each.conclusion for each in found] == ["cannot_tell"] * 4 + ["worse"] * 3
    assert [each.firm for each in found] == [False] * 5 + [True] * 2


def test_firm_is_what_three_figures_together_want() -> None:
    found = share_difference((30, 80), (45, 80), MISSED)
    assert found.conclusion == "worse" and not found.firm  # at 95 %, and not at 98.3 %
    assert share_difference((30, 80), (50, 80), MISSED).firm
    assert not share_difference((20, 40), (20, 40), MISSED).firm


def test_alike_differences_are_found_no_more_often_than_by_chance() -> None:
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(400):
        a, b = rng.binomial(40, 0.3), rng.binomial(50, 0.3)
        wrong += share_difference((a, 40), (b, 50), MISSED).conclusion != "cannot_tell"
    assert wrong / 400 <= 0.08


@pytest.mark.parametrize("q", [50, 95])
def test_alike_latencies_differ_no_more_often_than_by_chance_and_slower_ones_do(q: float) -> None:
    rng = np.random.default_rng(11)
    wrong = found = 0
    for seed in range(80):
        own = rng.normal(0, 0.3, 12)
        a, b, slower = (
            {str(k): list(f * np.exp(each + rng.normal(0, 0.25, 3))) for k, each in enumerate(own)}
            for f in (1.0, 1.0, 1.6)
        )
        wrong += differ(a, b, q, LATENCY, seed=seed).conclusion != "cannot_tell"
        found += differ(a, slower, q, LATENCY, seed=seed).conclusion == "worse"
    assert wrong / 80 <= 0.05
    assert found / 80 >= (0.95 if q == 50 else 0.6)
