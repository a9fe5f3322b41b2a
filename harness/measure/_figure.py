"""How a metric is made: unit by its definition, n, interval and evidence with it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

from harness.measure._definitions import METRICS
from harness.measure._statistics import percentile, wilson
from harness.nouns import Metric, Turn

__all__ = ["count", "evidence", "figure", "order_interval", "quantile", "share"]

_MOST = 50
"""As many turns are named as evidence."""


def figure(
    key: str,
    value: float | None,
    n: int,
    *,
    low: float | None = None,
    high: float | None = None,
    of: int | None = None,
    left_out: int = 0,
    why: str = "",
    turns: Sequence[int] = (),
) -> Metric:
    """A metric of that key; `why` is told only where there is no value."""
    reason = why if value is None else ""
    unit = METRICS[key].unit
    return Metric(key, value, unit, n, low, high, of, left_out, reason, tuple(turns[:_MOST]))


def evidence(turns: Sequence[Turn]) -> list[int]:
    """Indexes of turns, each once."""
    return list(dict.fromkeys(turn.index for turn in turns))


def quantile(
    key: str,
    q: float,
    turns: Sequence[Turn],
    of: Callable[[Turn], float | None],
    *,
    left_out: int = 0,
    why: str,
) -> Metric:
    """A percentile over turns, with the interval of order statistics; evidence: slowest first.

    `q` is percent; 100 is the greatest, which has no interval. `of` is the figure of a turn; turns
    without one do not count.
    """
    known = [(value, turn) for turn in turns if (value := of(turn)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=True)
    values = [value for value, _ in reversed(known)]
    low, high = (None, None) if q == 100 else order_interval(values, q)
    slowest = evidence([turn for _, turn in (known[:1] if q == 100 else known)])
    value = percentile(values, q)
    return figure(
        key, value, len(values), low=low, high=high, left_out=left_out, why=why, turns=slowest
    )


def count(key: str, turns: Sequence[Turn], n: int) -> Metric:
    """How many turns; they are the evidence."""
    return figure(key, len(turns), n, of=n, turns=evidence(turns))


def share(
    key: str, hits: int, n: int, *, why: str, turns: Sequence[int], left_out: int = 0
) -> Metric:
    """A share of `n` trials with Wilson's interval."""
    value, low, high = (hits / n, *wilson(hits, n)) if n else (None, None, None)
    return figure(key, value, n, low=low, high=high, of=n, left_out=left_out, why=why, turns=turns)


def order_interval(values: Sequence[float], q: float) -> tuple[float | None, float | None]:
    """A 95 % interval of a percentile, whatever the distribution: two order statistics.

    The number of observations below the true percentile is binomial (W. J. Conover, Practical
    Nonparametric Statistics, 1999, 3.2), so the interval covers at least 95 %.

    Args:
        values: In ascending order.
        q: Percent, between 0 and 100.

    Returns:
        Nothing where there are too few: below 6 for the median, below 72 for p95.
    """
    low, high = _ranks(len(values), q)
    return (None, None) if low is None or high is None else (values[low - 1], values[high - 1])


@lru_cache(maxsize=512)
def _ranks(n: int, q: float) -> tuple[int | None, int | None]:
    """The ranks, from 1: at most 2.5 % for fewer than `low` below it, and for `high` or more."""
    p, half = q / 100, 0.025
    below, low, high = 0.0, None, None
    for k in range(n):
        chance = math.exp(
            math.lgamma(n + 1)
            - math.lgamma(k + 1)
            - math.lgamma(n - k + 1)
            + k * math.log(p)
            + (n - k) * math.log1p(-p)
        )
        below += chance  # of at most k below the percentile
        if below <= half:
            low = k + 1
        if high is None and below >= 1 - half:
            high = k + 1
    return low, high
