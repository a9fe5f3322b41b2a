"""The sentence about two runs: worse, better, both, or that the data cannot tell."""

from __future__ import annotations

from random import Random

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
        {f"s{place}": [draw.gauss(mean, 0.1) for _ in range(20)] for place in range(8)}
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
