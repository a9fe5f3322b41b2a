"""How well a judge agrees with people: shares, Cohen's kappa and Gwet's AC1, with intervals."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.measure._resampling import Interval, bootstrap
from harness.measure._statistics import wilson

__all__ = ["AGREEMENT_GREY_BELOW", "Agreement", "Confusion", "agreement"]

AGREEMENT_GREY_BELOW = 20
"""Agreement that rests on fewer examples is shown greyed."""

Pair: TypeAlias = tuple[bool, bool]
"""Whether a criterion is met: by people, by the judge."""

_PAIRS: tuple[Pair, ...] = ((True, True), (True, False), (False, True), (False, False))
_Floats: TypeAlias = NDArray[np.float64]
_Chance: TypeAlias = Callable[[_Floats], _Floats]
"""From counts, shape (samples, 4) in the order of `_PAIRS`, to the share chance agrees on."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many examples people and the judge call what.

    Attributes:
        both_met: Both say met.
        false_alarm: People say met, the judge says failed.
        missed: People say failed, the judge says met: a failure it did not find.
        both_failed: Both say failed.
    """

    both_met: int = 0
    false_alarm: int = 0
    missed: int = 0
    both_failed: int = 0

    @property
    def n(self) -> int:
        """Examples."""
        return self.both_met + self.false_alarm + self.missed + self.both_failed

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa: how much of what chance leaves open is agreed on.

        With the share p_o that is agreed on, and p_e = m_1 m_2 + f_1 f_2 from the shares of met
        and failed of either side, it is (p_o - p_e) / (1 - p_e) (J. Cohen, A Coefficient of
        Agreement for Nominal Scales, Educational and Psychological Measurement 20, 1960, 37-46).

        Returns:
            -1..1. None without examples, and where both call everything the same: chance alone
            would agree then, too.
        """
        return self.beyond(_by_margins)

    @property
    def ac1(self) -> float | None:
        """Gwet's AC1: as kappa, with the chance that holds where nearly all is met, or failed.

        With p the mean of both sides' shares of met, p_e = 2 p (1 - p), and it is (p_o - p_e) /
        (1 - p_e) (K. L. Gwet, Computing inter-rater reliability and its variance in the presence
        of high agreement, British Journal of Mathematical and Statistical Psychology 61, 2008,
        29-48).

        Returns:
            -1..1. None without examples.
        """
        return self.beyond(_by_mean)

    def beyond(self, chance: _Chance) -> float | None:
        """The share agreed on beyond what `chance` says; None where that is all, or of nothing."""
        found = float(_beyond(self.counts, chance)[0])
        return None if math.isnan(found) else found

    @property
    def counts(self) -> _Floats:
        """As one sample: shape (1, 4), in the order of the attributes."""
        cells = (self.both_met, self.false_alarm, self.missed, self.both_failed)
        return np.array([cells], np.float64)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well a judge agrees with people on one criterion; 95 % intervals.

    Attributes:
        accuracy: Share of the examples that both call the same, by Wilson.
        precision: Of those the judge calls failed, the share that people do, by Wilson. No value
            if the judge called none failed.
        recall: Of those people call failed, the share that the judge does, by Wilson. No value if
            people called none failed.
        kappa: Cohen's; by bootstrap over calls.
        ac1: Gwet's; by bootstrap over calls.
    """

    confusion: Confusion
    accuracy: Interval
    precision: Interval
    recall: Interval
    kappa: Interval
    ac1: Interval


def agreement(
    calls: Mapping[str, Sequence[Pair]], *, seed: int = 0, draws: int = 2000
) -> Agreement:
    """How well a judge agrees with people.

    Examples of one call are alike, so calls are drawn with replacement, each with its examples. An
    interval of kappa or AC1 is never narrower than what Wilson's interval of the share agreed on
    says at the same shares of met and failed: where all is agreed on, so is every sample drawn,
    which tells no bound. There is none with a single call, nor where more than one sample in
    twenty has no kappa.

    Args:
        calls: The examples of each call, by its id.
        seed: Of the bootstrap.
        draws: How many samples it draws.
    """
    pairs = {call: list(some) for call, some in calls.items() if some}
    count = Counter(pair for some in pairs.values() for pair in some)
    found = Confusion(*(count[pair] for pair in _PAIRS))
    right, many = found.both_met + found.both_failed, len(pairs)
    codes = {
        call: [float(_PAIRS.index((bool(people), bool(judge)))) for people, judge in some]
        for call, some in pairs.items()
    }
    return Agreement(
        found,
        accuracy=_share(right, found.n, many),
        precision=_share(found.both_failed, found.both_failed + found.false_alarm, many),
        recall=_share(found.both_failed, found.both_failed + found.missed, many),
        kappa=_coefficient(codes, found, _by_margins, seed, draws),
        ac1=_coefficient(codes, found, _by_mean, seed, draws),
    )


def _share(hits: int, n: int, groups: int) -> Interval:
    grey = n < AGREEMENT_GREY_BELOW
    if not n:
        return Interval(None, None, None, 0, groups, grey)
    return Interval(hits / n, *wilson(hits, n), n, groups, grey)


def _coefficient(
    codes: Mapping[str, Sequence[float]],
    found: Confusion,
    chance: _Chance,
    seed: int,
    draws: int,
) -> Interval:
    def statistic(samples: NDArray[np.float64], /, axis: int) -> NDArray[np.float64]:
        counts = np.stack([(samples == code).sum(axis=axis) for code in range(4)], axis=1)
        return _beyond(counts.astype(np.float64), chance)

    value, grey = found.beyond(chance), found.n < AGREEMENT_GREY_BELOW
    unknown = Interval(value, None, None, found.n, len(codes), grey)
    if value is None or len(codes) < 2:
        return unknown
    drawn = bootstrap(codes, statistic, seed=seed, draws=draws)
    if drawn.low is None or drawn.high is None:
        return unknown
    by_chance = float(chance(found.counts)[0])
    low, high = (
        (bound - by_chance) / (1 - by_chance)
        for bound in wilson(found.both_met + found.both_failed, found.n)
    )
    bounds = max(-1.0, min(drawn.low, low)), min(1.0, max(drawn.high, high))
    return Interval(value, *bounds, found.n, len(codes), grey)


def _by_margins(counts: _Floats) -> _Floats:
    """What chance agrees on if each side keeps its own shares: Cohen's."""
    people, judge = _shares_met(counts)
    chance: _Floats = people * judge + (1 - people) * (1 - judge)
    return chance


def _by_mean(counts: _Floats) -> _Floats:
    """What chance agrees on by the mean of both sides' shares: Gwet's."""
    people, judge = _shares_met(counts)
    mean = (people + judge) / 2
    chance: _Floats = 2 * mean * (1 - mean)
    return chance


def _shares_met(counts: _Floats) -> tuple[_Floats, _Floats]:
    """Shares of met: of people, of the judge; NaN without examples."""
    n = counts.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return (counts[:, 0] + counts[:, 1]) / n, (counts[:, 0] + counts[:, 2]) / n


def _beyond(counts: _Floats, chance: _Chance) -> _Floats:
    """What is agreed on beyond chance; NaN where chance agrees on all."""
    by_chance = chance(counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        agreed = (counts[:, 0] + counts[:, 3]) / counts.sum(axis=1)
        found: _Floats = (agreed - by_chance) / (1 - by_chance)
    # Shares of all and of none are exact, so this is too.
    return np.where(by_chance < 1, found, np.nan)
