"""Quantiles and intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable

__all__ = ["percentile", "wilson"]


def percentile(values: Iterable[float], q: float) -> float | None:
    """The `q`-th percentile by linear interpolation (Hyndman and Fan type 7, numpy's default).

    With x sorted and h = (n - 1) q / 100, it is x[floor h] + (h - floor h)(x[floor h + 1] -
    x[floor h]). For small n a high percentile lies close to the largest value, whatever the
    method: always show n beside it.

    Args:
        values: Observations in any order.
        q: 0..100.

    Returns:
        The percentile, or None without observations.

    Raises:
        ValueError: `q` is outside 0..100.
    """
    if not 0 <= q <= 100:
        raise ValueError(f"q must be in 0..100, not {q}")
    ordered = sorted(values)
    if not ordered:
        return None
    rank = (len(ordered) - 1) * q / 100
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (rank - low) * (ordered[high] - ordered[low])


def wilson(successes: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval for a proportion (E. B. Wilson, JASA 22, 1927).

    Args:
        successes: How many of `n`.
        n: Number of trials; with 0 nothing is known and the interval is (0, 1).
        z: Normal quantile, 1.96 for 95 %.

    Returns:
        Lower and upper bound, 0..1.

    Raises:
        ValueError: Not ``0 <= successes <= n``.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"successes must be in 0..{n}, not {successes}")
    if n == 0:
        return 0.0, 1.0
    share = successes / n
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high
