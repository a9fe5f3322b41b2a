"""A percentile over the calls of several scenarios, with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from harness.measure._resampling import GREY_BELOW, Interval, bootstrap, quantile
from harness.measure._statistics import percentile
from harness.measure._student import t_quantile

__all__ = ["percentile_of"]

_MIDDLE = (25.0, 75.0)


def percentile_of(
    groups: Mapping[str, Sequence[float]],
    q: float,
    *,
    seed: int = 0,
    level: float = 0.95,
    grey_below: int = GREY_BELOW,
) -> Interval:
    """The `q`-th percentile and its interval.

    From the 25th to the 75th by :func:`bootstrap`. Further out the slowest replies decide, and what
    was drawn from them can never lie beyond the slowest that happened to come. There the interval
    is made of two of the observations (R. S. Woodruff, JASA 47, 1952, 635-646): those at the ranks
    q/100 -+ t s, where s is the standard error of the share of observations up to the percentile,
    by what scenarios differ in it (never less than for independent observations), and t that of
    Student with one degree of freedom less than there are scenarios.

    Args:
        groups: Observations of each scenario; empty ones are passed over. Of a single scenario
            each observation counts for itself.
        q: 0..100; linear interpolation as in :func:`percentile`.
        seed: Of the drawing.
        level: Of the interval, 0..1.
        grey_below: With fewer observations it is grey.

    Returns:
        Without an interval where a rank lies beyond the data: below about 76 observations for p95,
        and more if they are of few scenarios.

    Raises:
        ValueError: `q` is outside 0..100.
    """
    if _MIDDLE[0] <= q <= _MIDDLE[1]:
        return bootstrap(groups, quantile(q), seed=seed, level=level, grey_below=grey_below)
    parts = [np.asarray(groups[name], np.float64) for name in groups if len(groups[name])]
    every = np.sort(np.concatenate(parts)) if parts else np.empty(0)
    n = len(every)
    value = percentile(every.tolist(), q)
    low = high = None
    if value is not None and n > 1:
        share = q / 100
        ahead = t_quantile(0.5 + level / 2, (len(parts) if len(parts) > 1 else n) - 1)
        ahead *= _standard_error(parts, share, value)
        below, above = math.floor((share - ahead) * n) - 1, math.ceil((share + ahead) * n) - 1
        if below >= 0 and above < n:
            low, high = float(every[below]), float(every[above])
    return Interval(value, low, high, n, len(parts), n < grey_below)


def _standard_error(parts: Sequence[np.ndarray], share: float, value: float) -> float:
    """Of the share of observations up to `value`, whose expectation is `share`."""
    n = sum(len(part) for part in parts)
    independent = share * (1 - share) / n
    if len(parts) < 2:
        return math.sqrt(independent)
    excess = np.array([np.sum(part <= value) - share * len(part) for part in parts])
    between = len(parts) / (len(parts) - 1) * float(np.sum((excess - excess.mean()) ** 2)) / n**2
    return math.sqrt(max(between, independent))
