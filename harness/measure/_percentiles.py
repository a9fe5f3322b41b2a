"""A percentile over the calls of a run, and how far it would be off if they were placed again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.measure._resampling import GREY_BELOW, Interval
from harness.measure._statistics import percentile
from harness.measure._student import t_quantile

__all__ = ["Replies", "percentile_of"]

Replies: TypeAlias = Mapping[str, Mapping[str, Sequence[float]]]
"""What was observed in each call, by scenario and call."""


def percentile_of(
    replies: Replies, q: float, *, level: float = 0.95, grey_below: int = GREY_BELOW
) -> Interval:
    """The `q`-th percentile, and in what range it would lie if the same was called again.

    The scenarios are those of the run, as they were chosen, so what they differ by is no error;
    calls of one scenario differ by chance, and the replies of one call are alike. So it is a
    stratified sample: scenarios are the strata, calls are what is drawn (W. G. Cochran, Sampling
    Techniques, 1977, chapters 5 and 9). The interval is made of two of the observations (R. S.
    Woodruff, JASA 47, 1952, 635-646): those at the ranks q/100 -+ t s, where s is the standard
    error of the share of observations up to the percentile, by what calls of one scenario differ
    in it, never less than for independent observations; and t that of Student with as many degrees
    of freedom as there are more calls than scenarios. Scenarios of a single call tell nothing of
    what chance does; they are taken for one scenario, which makes the interval rather too wide
    (Cochran, 5A.12).

    Args:
        replies: By scenario and call; empty ones are passed over.
        q: 0..100; linear interpolation as in :func:`percentile`.
        level: Of the interval, 0..1.
        grey_below: With fewer observations it is grey.

    Returns:
        Its groups are calls. Without an interval of a single call, and where a rank lies beyond the
        data: below about 79 observations for p95, and more if they are of few calls.

    Raises:
        ValueError: `q` is outside 0..100.
    """
    strata = _strata(replies)
    calls = [call for stratum in strata for call in stratum]
    every = np.sort(np.concatenate(calls)) if calls else np.empty(0)
    n = len(every)
    value = percentile(every.tolist(), q)
    low = high = None
    freedom = len(calls) - len(strata)
    if value is not None and freedom:
        share = q / 100
        ahead = t_quantile(0.5 + level / 2, freedom) * _standard_error(strata, n, share, value)
        below, above = math.floor((share - ahead) * n) - 1, math.ceil((share + ahead) * n) - 1
        if below >= 0 and above < n:
            low, high = float(every[below]), float(every[above])
    return Interval(value, low, high, n, len(calls), n < grey_below)


_Stratum: TypeAlias = list[NDArray[np.float64]]


def _strata(replies: Replies) -> list[_Stratum]:
    """Observations of each call, by scenario; of scenarios with a single call together.

    Of one such scenario alone the call goes to the smallest of the others.
    """
    every = [
        [np.asarray(values, np.float64) for values in calls.values() if len(values)]
        for calls in replies.values()
    ]
    strata = sorted((calls for calls in every if len(calls) > 1), key=len)
    single = [call for calls in every if len(calls) == 1 for call in calls]
    if len(single) == 1 and strata:
        return [strata[0] + single, *strata[1:]]
    return [*strata, single] if single else strata


def _standard_error(strata: Sequence[_Stratum], n: int, share: float, value: float) -> float:
    """Of the share of `n` observations up to `value`, whose expectation is `share`."""
    squares = 0.0
    for calls in strata:
        excess = np.array([np.sum(call <= value) - share * len(call) for call in calls])
        squares += len(calls) * float(np.var(excess, ddof=1))
    return math.sqrt(max(squares / n**2, share * (1 - share) / n))
