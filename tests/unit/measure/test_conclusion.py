"""The sentence about two runs: worse, better, both, or that the data cannot tell."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from harness.measure import (
    PASS_RATE,
    Difference,
    conclude,
    figure_difference,
    info_of,
    share_difference,
)


def rate(a: tuple[int, int], b: tuple[int, int]) -> Difference:
    return share_difference(a, b, PASS_RATE)


def latency(a: float, b: float, seed: int = 1) -> Difference:
    draw = Random(seed)
    groups = [
        {
            f"s{place}": {
                str(call): [draw.gauss(mean, 0.1) for _ in range(10)] for call in range(2)
            }
            for place in range(8)
        }
        for mean in (a, b)
    ]
    return figure_difference(*groups, 50, info_of("response_latency_p50"), seed=seed)


SAME_RATE = rate((40, 50), (40, 50))
SAME = latency(1.0, 1.0)


def test_fewer_calls_pass() -> None:
    told = conclude(rate((48, 50), (25, 50)), SAME, SAME, changed=1, of=1)
    assert told == "B is worse: fewer calls pass."


def test_slower_and_more_pass_is_told_as_both() -> None:
    told = conclude(rate((25, 50), (48, 50)), latency(1.0, 1.4), latency(1.0, 1.5), changed=3, of=8)
    assert told.startswith("B is worse in one way and better in another: ")
    assert "the slowest 5 % are slower" in told
    assert "more calls pass" in told


def test_faster_is_better() -> None:
    told = conclude(SAME_RATE, latency(1.4, 1.0), SAME, changed=0, of=8)
    assert told == "B is better: the usual reply is faster."


def test_nothing_to_tell_says_so_and_what_is_missing() -> None:
    told = conclude(SAME_RATE, SAME, SAME, changed=0, of=8)
    assert told.startswith("The data cannot tell: ")


def test_a_few_scenarios_of_many_differ_by_chance() -> None:
    told = conclude(SAME_RATE, SAME, SAME, changed=1, of=20)
    assert told.endswith(
        "1 of 20 figures of single scenarios differs: about as many as would by chance."
    )


def test_no_verdict_and_no_reply_is_told() -> None:
    nothing = figure_difference({}, {}, 95, info_of("response_latency_p95"))
    told = conclude(rate((0, 0), (3, 3)), nothing, nothing, changed=0, of=1)
    assert told == ("The data cannot tell: one of the two has no call with a verdict and no reply.")


def test_a_difference_that_is_not_firm_is_a_hint() -> None:
    hint = rate((45, 80), (30, 80))
    assert hint.conclusion == "worse" and not hint.firm
    told = conclude(hint, SAME, SAME, changed=0, of=8)
    assert told == (
        "The data hint at a difference in B, but cannot tell: fewer calls pass. Of 3 figures one "
        "differs that much by chance in about one comparison of 7: repeat it before you rely on it."
    )
    both = conclude(hint, latency(1.0, 1.4), SAME, changed=0, of=8)
    assert both == "B is worse: the usual reply is slower."


@pytest.mark.parametrize(("scenarios", "calls"), [(3, 4), (1, 8), (7, 1)])
def test_the_same_agent_is_seldom_told_from_itself(scenarios: int, calls: int) -> None:
    """Three figures of two runs that differ by chance alone: told in 5 % of comparisons at most.

    Replies of a call are alike, and so are calls of a scenario. 80 pairs of runs: were it 5 %, ten
    or more would be found once in a thousand times.
    """
    draw = np.random.default_rng(scenarios)
    p50, p95 = (info_of(f"response_latency_p{q}") for q in (50, 95))
    told = 0
    for seed in range(80):
        own = draw.normal(1.2, 0.3, scenarios)
        runs = []
        for side in ("a", "b"):
            prefix = side if scenarios == 1 else ""  # as calls are named in a comparison of runs
            replies = {
                str(place): {
                    f"{prefix}{call}": list(
                        own[place] + draw.normal(0, 0.1) + draw.lognormal(-1.5, 0.6, 4)
                    )
                    for call in range(calls)
                }
                for place in range(scenarios)
            }
            of = 8 * scenarios
            runs.append((replies, (int(draw.binomial(of, 0.8)), of)))
        (a, passed_a), (b, passed_b) = runs
        found = conclude(
            rate(passed_a, passed_b),
            figure_difference(a, b, 50, p50, seed=seed),
            figure_difference(a, b, 95, p95, seed=seed),
            changed=0,
            of=scenarios,
        )
        told += found.startswith("B is")
    assert told < 10, told
