"""How often intervals hold a truth that is known; run by `make bench` or on its own.

Each row is 2,000 simulated sets of calls whose true figure is known, and the share of their 95 %
intervals that hold it: 93 to 97 % is the goal, or at least 93 % where nothing is known of the
distribution, and the program fails where one is missed. Rows without a goal tell what it would cost
to do otherwise, or what very few scenarios cost, so that nobody need guess. Where there is too
little to tell an interval from, none is told; how often there is one stands beside it. The same
seeds give the same figures on every machine; they are written into docs/measurement.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from harness.measure import (
    bootstrap,
    bootstrap_difference,
    call_metrics,
    percentile_of,
    quantile,
    share_difference,
    wilson,
)
from harness.nouns import MetricInfo, Outcome, Span, Turn
from tests.bench.docs_tables import write

SIMULATIONS = 2000
DRAWS = 400
GOAL = (0.93, 0.97)
AT_LEAST = (0.93, 1.0)
SPREAD = 0.45
"""Of the logarithm of a latency: 95 % of replies take from 0.4 to 2.4 times the median."""

Bounds = tuple[float | None, float | None]
Statistic = Callable[..., np.ndarray]
Simulation = Callable[[np.random.Generator, int], tuple[Bounds, float]]
"""Draws one set of calls; gives the interval made of it, and the truth."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is simulated."""

    title: str
    simulate: Simulation
    goal: tuple[float, float] | None = GOAL


def _share(rng: np.random.Generator, _: int) -> tuple[Bounds, float]:
    truth, n = rng.uniform(0.05, 0.95), int(rng.integers(10, 200))
    return wilson(int(rng.binomial(n, truth)), n), truth


_PASSED = MetricInfo("passed", "Passed", "share", "higher", "latency", "", "", "")


def _shares(rng: np.random.Generator, _: int) -> tuple[Bounds, float]:
    one, two = rng.uniform(0.05, 0.95, 2)
    n, m = (int(size) for size in rng.integers(10, 200, 2))
    found = share_difference(
        (int(rng.binomial(n, one)), n), (int(rng.binomial(m, two)), m), _PASSED
    )
    return (found.by.low, found.by.high), float(two - one)


def _latencies(rng: np.random.Generator, scenarios: int, calls: int) -> dict[str, list[float]]:
    """Latencies whose logarithm is normal; a third of its variance is the scenario's own."""
    own = rng.normal(0, SPREAD * (1 / 3) ** 0.5, scenarios)
    each = rng.normal(0, SPREAD * (2 / 3) ** 0.5, (scenarios, calls))
    return {str(k): list(np.exp(own[k] + each[k])) for k in range(scenarios)}


def _run(
    rng: np.random.Generator, q: float, scenarios: int, calls: int, replies: int
) -> tuple[dict[str, dict[str, list[float]]], float]:
    """A run, and the percentile of all runs of those scenarios by that agent.

    A third of the variance of the logarithm is the scenario's own, a sixth the call's.
    """
    own = rng.normal(0, SPREAD * (1 / 3) ** 0.5, scenarios)
    of_call = rng.normal(0, SPREAD * (1 / 6) ** 0.5, (scenarios, calls, 1))
    each = rng.normal(0, SPREAD * (1 / 2) ** 0.5, (scenarios, calls, replies))
    waits = np.exp(own[:, None, None] + of_call + each)
    kinds = [NormalDist(mean, SPREAD * (2 / 3) ** 0.5) for mean in own]
    low, high = -5.0, 5.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        below = sum(kind.cdf(middle) for kind in kinds) / scenarios < q / 100
        low, high = (middle, high) if below else (low, middle)
    run = {str(s): {str(c): list(waits[s, c]) for c in range(calls)} for s in range(scenarios)}
    return run, float(np.exp(low))


def _percentile(q: float, scenarios: int, calls: int, replies: int = 6) -> Simulation:
    def simulate(rng: np.random.Generator, _: int) -> tuple[Bounds, float]:
        run, truth = _run(rng, q, scenarios, calls, replies)
        found = percentile_of(run, q)
        return (found.low, found.high), truth

    return simulate


def _by_scenario(q: float, scenarios: int, calls: int, of: Literal["these", "any"]) -> Simulation:
    """Scenarios are drawn instead; for `any` the truth is that of all there could be."""

    def simulate(rng: np.random.Generator, seed: int) -> tuple[Bounds, float]:
        run, truth = _run(rng, q, scenarios, calls, 6)
        together = {
            name: [wait for call in own.values() for wait in call] for name, own in run.items()
        }
        found = bootstrap(together, quantile(q), seed=seed, draws=DRAWS)
        return (found.low, found.high), truth if of == "these" else _quantile(q)

    return simulate


def _quantile(q: float) -> float:
    """Of a latency of any scenario: the true one."""
    return float(np.exp(SPREAD * NormalDist().inv_cdf(q / 100)))


def _mean(scenarios: int) -> Simulation:
    def simulate(rng: np.random.Generator, seed: int) -> tuple[Bounds, float]:
        found = bootstrap(_latencies(rng, scenarios, 3), np.mean, seed=seed, draws=DRAWS)
        return (found.low, found.high), float(np.exp(SPREAD**2 / 2))

    return simulate


def _difference(figure: Statistic, scenarios: int) -> Simulation:
    """Of two runs of the same scenarios; the second agent takes 0.2 s more for every reply."""

    def simulate(rng: np.random.Generator, seed: int) -> tuple[Bounds, float]:
        own = rng.normal(1.2, 0.4, scenarios)
        one = {str(k): list(own[k] + rng.normal(0, 0.2, 3)) for k in range(scenarios)}
        two = {str(k): list(own[k] + 0.2 + rng.normal(0, 0.2, 3)) for k in range(scenarios)}
        return bootstrap_difference(one, two, figure, seed=seed, draws=DRAWS)[0], 0.2

    return simulate


def _of_call(key: str, q: float, replies: int) -> Simulation:
    """The interval that stands with a percentile of one call."""

    def simulate(rng: np.random.Generator, _: int) -> tuple[Bounds, float]:
        turns = [
            Turn(
                index=number,
                outcome=Outcome.ANSWERED,
                caller=Span(20.0 * number, 20.0 * number + 2),
                agent=(Span(20.0 * number + 2 + wait, 20.0 * number + 19),),
                response_latency_s=float(wait),
            )
            for number, wait in enumerate(np.exp(rng.normal(0, SPREAD, replies)), start=1)
        ]
        found = next(metric for metric in call_metrics(turns) if metric.key == key)
        return (found.low, found.high), _quantile(q)

    return simulate


ROWS = (
    Row("a share (Wilson), 10 to 199 trials", _share),
    Row("difference of two shares (Newcombe)", _shares),
    Row("mean of 60 scenarios", _mean(60)),
    Row("mean of 5 scenarios", _mean(5), goal=None),
    Row("p50 of 20 scenarios, called 3 times", _percentile(50, 20, 3), AT_LEAST),
    Row("p50 of 8 scenarios, called 10 times", _percentile(50, 8, 10), AT_LEAST),
    Row("p50 of 3 scenarios, called 10 times", _percentile(50, 3, 10), AT_LEAST),
    Row("p50 of 8 scenarios, called once", _percentile(50, 8, 1), AT_LEAST),
    Row("p50 of a scenario, called 10 times", _percentile(50, 1, 10), AT_LEAST),
    Row("p95 of 20 scenarios, called 3 times", _percentile(95, 20, 3), AT_LEAST),
    Row("p95 of 8 scenarios, called 10 times", _percentile(95, 8, 10), AT_LEAST),
    Row("p95 of 3 scenarios, called 10 times", _percentile(95, 3, 10), AT_LEAST),
    Row(
        "p50 of 8 scenarios, called 10 times, if scenarios were drawn",
        _by_scenario(50, 8, 10, "these"),
        None,
    ),
    Row(
        "p50 of 3 scenarios, called 10 times, if scenarios were drawn",
        _by_scenario(50, 3, 10, "these"),
        None,
    ),
    Row(
        "... for the p50 of all scenarios there could be",
        _by_scenario(50, 3, 10, "any"),
        None,
    ),
    Row("difference of the means, two runs of 60 scenarios", _difference(np.mean, 60)),
    Row("difference of the p50 of two runs of 8 scenarios", _difference(quantile(50), 8), AT_LEAST),
    Row(
        "difference of the p95 of two runs of 60 scenarios", _difference(quantile(95), 60), AT_LEAST
    ),
    Row("difference of the p95 of two runs of 8 scenarios", _difference(quantile(95), 8), AT_LEAST),
    Row("p50 of a call of 40 replies", _of_call("response_latency_p50", 50, 40)),
    Row("p95 of a call of 120 replies", _of_call("response_latency_p95", 95, 120), AT_LEAST),
)


def held(row: Row, number: int, simulations: int) -> tuple[float, float]:
    """The share of intervals that hold the truth, and in what share of cases there was one."""
    rng = np.random.Generator(np.random.PCG64(number))
    count = told = 0
    for seed in range(simulations):
        (low, high), truth = row.simulate(rng, seed)
        if low is not None and high is not None:
            told += 1
            count += low <= truth <= high
    return count / told, told / simulations


def main(simulations: int) -> None:
    """Print the table, and write it; end with 1 if a goal is missed."""
    lines = ["| 95 % interval of | is told | holds the truth | goal |", "|---|---|---|---|"]
    met = True
    for number, row in enumerate(ROWS):
        share, told = held(row, number, simulations)
        met &= row.goal is None or row.goal[0] <= share <= row.goal[1]
        goals = {None: "", GOAL: f"{GOAL[0]:.0%} to {GOAL[1]:.0%}", AT_LEAST: "at least 93%"}
        lines.append(f"| {row.title} | {told:.0%} | {share:.1%} | {goals[row.goal]} |")
        print(lines[-1], flush=True)
    if simulations >= SIMULATIONS:
        write("coverage", "\n".join(lines), "bench_statistics")
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIMULATIONS)
