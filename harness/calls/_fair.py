"""Two runs over the same ground: what both called, each scenario with the same weight. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from harness.calls._run_summary import Cell
from harness.measure import (
    PASS_RATE,
    Difference,
    Interval,
    Replies,
    figure_difference,
    share_difference,
)
from harness.nouns import MetricInfo

__all__ = ["Pair", "judged", "latency", "latency_within", "rate", "replies", "talked", "timed"]

_ALIKE = 0.02
"""So small a part of the calls may be of other scenarios: a share moves by no more than that."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A cell of run A and the same one of run B."""

    a: Cell
    b: Cell

    @property
    def lacking(self) -> str:
        """Why its pass rates cannot be compared, ``not run in B``; empty where they can."""
        match [_gap(cell) for cell in (self.a, self.b)]:
            case ["", ""]:
                return ""
            case ["", gap]:
                return f"{gap} in B"
            case [gap, ""]:
                return f"{gap} in A"
            case [one, two]:
                return f"{one if one == two else 'no verdict'} in either"
        raise AssertionError("two cells")  # pragma: no cover


def _gap(cell: Cell) -> str:
    if cell.passed + cell.failed:
        return ""
    return "no verdict" if cell.turns else "not run"


def judged(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Those with a verdict in both."""
    return tuple(pair for pair in pairs if not pair.lacking)


def timed(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Those with a timed reply in both."""
    return tuple(pair for pair in pairs if pair.a.replies and pair.b.replies)


def talked(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Those in which the caller said something in both."""
    return tuple(pair for pair in pairs if pair.a.turns and pair.b.turns)


def rate(pairs: Sequence[Pair]) -> Difference:
    """The difference of the pass rates over cells with a verdict in both.

    Where the calls are spread over the cells otherwise in A than in B, an easy scenario would
    count more in one of them. Then each side is the weighted mean of its cells' rates with the
    weights n_a n_b / (n_a + n_b) for both (W. G. Cochran, Biometrics 10, 1954, 417-451), and its
    interval is that of L. Kish's effective number of calls, (sum w)^2 / sum (w^2 / n) (Survey
    Sampling, 1965). Of equal numbers both are those of the calls together.
    """
    pairs = judged(pairs)
    counts = [(_verdicts(pair.a), _verdicts(pair.b)) for pair in pairs]
    if _alike(counts):
        one, two = (
            (sum(cell.passed for cell in side), sum(map(_verdicts, side)))
            for side in ([pair.a for pair in pairs], [pair.b for pair in pairs])
        )
        return share_difference(one, two, PASS_RATE)
    weights = [a * b / (a + b) for a, b in counts]
    found = share_difference(
        _weighted([pair.a for pair in pairs], weights),
        _weighted([pair.b for pair in pairs], weights),
        PASS_RATE,
    )
    n_a, n_b = (sum(side) for side in zip(*counts, strict=True))
    return replace(found, a=replace(found.a, n=n_a), b=replace(found.b, n=n_b))


def latency(pairs: Sequence[Pair], q: float, info: MetricInfo) -> Difference:
    """The difference of a percentile of heard latency over cells with a reply in both.

    By bootstrap. Calls are drawn, as turns of one call are not independent, and each with one of
    the same cell in the other run: what is slow by nature is so on either side. Of a single cell
    there is nothing to pair. Cells weigh the same in both, see :func:`replies`.
    """
    pairs = timed(pairs)
    if len(pairs) == 1:
        return latency_within(pairs[0], q, info)
    found = figure_difference(*_groups(pairs), q, info)
    n_a, n_b = (
        sum(cell.replies for cell in side)
        for side in ([pair.a for pair in pairs], [pair.b for pair in pairs])
    )
    if (n_a, n_b) == (found.a.n, found.b.n):
        return found
    # What was repeated to weigh the same is no more data: an interval of it would be too narrow.
    return replace(found, a=_only(found.a, n_a, info), b=_only(found.b, n_b, info))


def latency_within(pair: Pair, q: float, info: MetricInfo) -> Difference:
    """The same of one cell: each side's calls are drawn for themselves."""
    one = {f"A {call_id}": values for call_id, values in pair.a.replies_s.items()}
    two = {f"B {call_id}": values for call_id, values in pair.b.replies_s.items()}
    return figure_difference({"": one}, {"": two}, q, info)


def replies(pairs: Sequence[Pair]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Heard latencies of A and of B over cells with a reply in both, seconds.

    Where they are spread over the cells otherwise in A than in B, the shorter list of two
    calls is repeated evenly to the length of the other: no scenario weighs more in one of them.
    """
    one, two = (
        tuple(value for calls in side.values() for values in calls.values() for value in values)
        for side in _groups(timed(pairs))
    )
    return one, two


def _verdicts(cell: Cell) -> int:
    return cell.passed + cell.failed


def _alike(counts: Sequence[tuple[int, int]]) -> bool:
    """Whether both sides are spread over the cells in the same way."""
    n_a, n_b = sum(a for a, _ in counts), sum(b for _, b in counts)
    if not n_a or not n_b:
        return True
    return sum(abs(a / n_a - b / n_b) for a, b in counts) / 2 <= _ALIKE


def _weighted(cells: Sequence[Cell], weights: Sequence[float]) -> tuple[float, float]:
    """Successes and trials that have the weighted mean for their share."""
    total = sum(weights)
    calls = [_verdicts(cell) for cell in cells]
    shares = zip(weights, cells, calls, strict=True)
    share = sum(w * (cell.passed / n) for w, cell, n in shares) / total
    trials = total**2 / sum(w * w / n for w, n in zip(weights, calls, strict=True))
    return share * trials, trials


def _groups(pairs: Sequence[Pair]) -> tuple[Replies, Replies]:
    """Latencies by cell and call: the same names in both, so that they are drawn in pairs."""
    alike = _alike([(pair.a.replies, pair.b.replies) for pair in pairs])
    one: dict[str, dict[str, Sequence[float]]] = {}
    two: dict[str, dict[str, Sequence[float]]] = {}
    for pair in pairs:
        cell = "|".join(pair.b.key)
        one[cell], two[cell] = {}, {}
        in_a, in_b = list(pair.a.replies_s.values()), list(pair.b.replies_s.values())
        parts = min(len(in_a), len(in_b))
        for part in range(parts):
            # Calls that only one of them has more are spread over the others.
            of_a, of_b = (list(chain(*calls[part::parts])) for calls in (in_a, in_b))
            most = max(len(of_a), len(of_b))
            one[cell][f"{part:05}"], two[cell][f"{part:05}"] = (
                (of_a, of_b) if alike else (_repeated(of_a, most), _repeated(of_b, most))
            )
    return one, two


def _repeated(values: Sequence[float], n: int) -> Sequence[float]:
    """`n` of them, each as often as the others or once more."""
    if len(values) == n:
        return values
    ordered = np.sort(np.asarray(values, np.float64))
    places = ((np.arange(n) + 0.5) * len(ordered) / n).astype(int)
    found: list[float] = ordered[places].tolist()
    return found


def _only(figure: Interval, n: int, info: MetricInfo) -> Interval:
    """The figure without its interval."""
    return replace(figure, low=None, high=None, n=n, grey=n < info.grey_below)
