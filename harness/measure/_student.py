"""Student's t: how much wider an interval from few observations must be."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

__all__ = ["expanded_tail", "t_quantile"]

_NORMAL_FROM = 2000
"""With so many degrees of freedom t and the normal distribution differ by less than 0.1 %."""


@lru_cache(maxsize=512)
def t_quantile(p: float, df: int) -> float:
    """The `p` quantile of Student's t distribution with `df` degrees of freedom.

    Found by bisection of the distribution's closed form (M. Abramowitz and I. A. Stegun, Handbook
    of Mathematical Functions, 1964, 26.7.3 and 26.7.4), with t = sqrt(df) tan(angle).

    Raises:
        ValueError: `p` is not between 0.5 and 1, or `df` is below 1.
    """
    if not 0.5 <= p < 1 or df < 1:
        raise ValueError(f"p must be in 0.5..1 and df at least 1, not {p} and {df}")
    if df >= _NORMAL_FROM:
        return NormalDist().inv_cdf(p)
    low, high = 0.0, math.pi / 2
    while (middle := (low + high) / 2) not in (low, high):
        if 0.5 + _within(middle, df) / 2 < p:
            low = middle
        else:
            high = middle
    return math.sqrt(df) * math.tan(high)


@lru_cache(maxsize=512)
def expanded_tail(n: int, level: float) -> float:
    """What to cut off at either end of a bootstrap distribution, so that few are not too sure.

    A percentile interval of `n` things is too narrow by sqrt((n - 1) / n) and takes the normal
    distribution for Student's. The expanded one cuts off Phi(-sqrt(n / (n - 1)) t) instead of
    (1 - level) / 2, with t of n - 1 degrees of freedom (T. C. Hesterberg, What Teachers Should
    Know About the Bootstrap, The American Statistician 69, 2015, 371-386).

    Args:
        n: What is drawn, at least 2.
        level: Of the interval, 0..1.

    Returns:
        A share, 0..0.5.
    """
    t = t_quantile(0.5 + level / 2, n - 1)
    return NormalDist().cdf(-math.sqrt(n / (n - 1)) * t)


def _within(angle: float, df: int) -> float:
    """How likely |t| is below sqrt(df) tan(angle)."""
    cos, sin = math.cos(angle), math.sin(angle)
    odd = df % 2
    term = cos if odd else 1.0
    total = term if df > 1 else 0.0
    for k in range(3 if odd else 2, df - 1, 2):
        term *= cos * cos * (k - 1) / k
        total += term
    return 2 / math.pi * (angle + sin * total) if odd else sin * total
