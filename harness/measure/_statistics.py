"""Quantiles, the interval of a share, and how often attempts pass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal

__all__ = ["mean_pass", "pass_at_k", "pass_hat_k", "percentile", "wilson"]


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


def wilson(successes: float, n: float, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval for a proportion (E. B. Wilson, JASA 22, 1927).

    Args:
        successes: How many of `n`.
        n: Number of trials, of weighted ones the effective number; with 0 nothing is known and the
            interval is (0, 1).
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


def pass_at_k(n: int, c: int, k: int) -> float:
    """How likely at least one of `k` attempts passes: 1 - C(n - c, k) / C(n, k).

    The unbiased estimate from `n` attempts of which `c` passed (M. Chen et al., Evaluating Large
    Language Models Trained on Code, 2021).

    Raises:
        ValueError: Not ``0 <= c <= n`` and ``1 <= k <= n``.
    """
    _check_attempts(n, c, k)
    return 1 - math.comb(n - c, k) / math.comb(n, k)


def pass_hat_k(n: int, c: int, k: int) -> float:
    """How likely all of `k` attempts pass: C(c, k) / C(n, k).

    The unbiased estimate from `n` attempts of which `c` passed (S. Yao et al., tau-bench, 2024).

    Raises:
        ValueError: Not ``0 <= c <= n`` and ``1 <= k <= n``.
    """
    _check_attempts(n, c, k)
    return math.comb(c, k) / math.comb(n, k)


def mean_pass(
    counts: Mapping[str, tuple[int, int]], k: int, of: Literal["at", "hat"]
) -> tuple[float | None, int]:
    """The mean of pass@k or pass^k over scenarios.

    Args:
        counts: For each scenario its attempts and how many passed.
        k: How many attempts the question is about.
        of: `at`: at least one passes; `hat`: all pass.

    Returns:
        The mean, None without any, and how many scenarios are left out for fewer than `k` attempts.
    """
    each = pass_at_k if of == "at" else pass_hat_k
    known = [each(n, c, k) for n, c in counts.values() if n >= k]
    return (math.fsum(known) / len(known) if known else None), len(counts) - len(known)


def _check_attempts(n: int, c: int, k: int) -> None:
    if not 0 <= c <= n:
        raise ValueError(f"passed must be in 0..{n}, not {c}")
    if not 1 <= k <= n:
        raise ValueError(f"k must be in 1..{n}, not {k}")
