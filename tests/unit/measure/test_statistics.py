from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import mean_pass, pass_at_k, pass_hat_k, percentile, wilson

numbers = st.floats(-1e6, 1e6)


@settings(deadline=None)
@given(st.lists(numbers, min_size=1, max_size=50), st.floats(0, 100))
def test_percentile_is_numpys_linear_one(values: list[float], q: float) -> None:
    assert percentile(values, q) == pytest.approx(float(np.percentile(values, q)), abs=1e-6)


def test_percentile_by_hand() -> None:
    assert percentile([4, 1, 3, 2], 50) == 2.5
    assert percentile([1, 2, 3, 4, 5], 95) == pytest.approx(4.8)
    assert percentile([7.0], 95) == 7.0
    assert percentile([], 50) is None
    assert percentile(iter([1.0, 3.0]), 0) == 1.0


@pytest.mark.parametrize("q", [-1, 100.5])
def test_percentile_outside_its_range(q: float) -> None:
    with pytest.raises(ValueError, match="0..100"):
        percentile([1.0], q)


# R: prop.test(x, n, correct = FALSE)$conf.int
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilson_by_known_values(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=2e-4)


@given(st.integers(1, 500), st.floats(0, 1))
def test_wilson_holds_the_share_and_narrows(n: int, part: float) -> None:
    successes = round(part * n)
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n <= high <= 1
    wider = wilson(successes, n, z=2.58)
    assert wider[0] <= low and high <= wider[1]


def test_wilson_without_trials_knows_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3), (0, -1)])
def test_wilson_refuses_impossible_counts(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson(successes, n)


def _by_hand(n: int, c: int, k: int) -> tuple[float, float]:
    """pass@k and pass^k by looking at every choice of k of n attempts."""
    choices = list(combinations([True] * c + [False] * (n - c), k))
    return (
        sum(any(choice) for choice in choices) / len(choices),
        sum(all(choice) for choice in choices) / len(choices),
    )


@given(st.data())
def test_pass_at_and_hat_are_what_counting_every_choice_gives(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 9))
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    at, hat = _by_hand(n, c, k)
    assert pass_at_k(n, c, k) == pytest.approx(at)
    assert pass_hat_k(n, c, k) == pytest.approx(hat)
    assert pass_hat_k(n, c, k) <= c / n + 1e-12 <= pass_at_k(n, c, k) + 2e-12


@pytest.mark.parametrize(("n", "c", "k"), [(3, 4, 1), (3, -1, 1), (3, 2, 4), (3, 2, 0)])
def test_impossible_attempts_are_refused(n: int, c: int, k: int) -> None:
    for figure in (pass_at_k, pass_hat_k):
        with pytest.raises(ValueError, match="must be in"):
            figure(n, c, k)


def test_scenarios_with_too_few_attempts_are_left_out_and_counted() -> None:
    counts = {"all": (4, 4), "half": (4, 2), "few": (1, 1)}
    assert mean_pass(counts, 2, "hat") == (pytest.approx((1 + 1 / 6) / 2), 1)
    assert mean_pass(counts, 2, "at") == (pytest.approx((1 + 5 / 6) / 2), 1)
    assert mean_pass(counts, 1, "at") == (pytest.approx((1 + 0.5 + 1) / 3), 0)
    assert mean_pass(counts, 5, "at") == (None, 3)
