"""Which turn of one call answers to which of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from harness.measure._words import normal_words
from harness.nouns import Outcome, Turn

__all__ = ["SAME_WITHIN_S", "PairKind", "TurnPair", "align_turns"]

SAME_WITHIN_S = 0.2
"""A difference of two replies below this is not told as one, seconds."""

PairKind: TypeAlias = Literal["same", "faster", "slower", "no_answer", "only_a", "only_b"]
"""What became of a turn from A to B; `no_answer`: in one of the two nothing came."""

_BAND = 15
_ALIKE = 0.6
_GAP = -0.25


@dataclass(frozen=True, slots=True)
class TurnPair:
    """Two turns that answer to each other, or one that has no counterpart.

    Attributes:
        by_s: Heard latency in B minus that in A, seconds; None unless both have one.
        kind: See :data:`PairKind`.
        spoiled: Whether the harness spoiled the timing of one of them.
    """

    a: Turn | None
    b: Turn | None
    by_s: float | None
    kind: PairKind
    spoiled: bool = False


def align_turns(a: Sequence[Turn], b: Sequence[Turn]) -> tuple[TurnPair, ...]:
    """Pair the turns of two calls.

    The greetings answer to each other. The caller's lines are aligned by their words (S. B.
    Needleman and C. D. Wunsch, 1970): two lines are worth twice the share of words they have in
    common (L. R. Dice, 1945) less 0.6, a line without counterpart -0.25; looked for within 15 turns
    of the diagonal. Spurious replies have no counterpart.

    Returns:
        In the order of the calls; what only A has before what only B has.
    """
    pairs: list[TurnPair] = []
    start_a, start_b = _greeting(a), _greeting(b)
    if start_a is not None or start_b is not None:
        pairs.append(_pair(start_a, start_b))
    lines_a, lines_b = _lines(a), _lines(b)
    bags_a, bags_b = (
        [Counter(normal_words(t.caller_text or "")) for t in x] for x in (lines_a, lines_b)
    )
    for i, j in _path(bags_a, bags_b):
        pairs.append(
            _pair(lines_a[i] if i is not None else None, lines_b[j] if j is not None else None)
        )
    return tuple(_with_spurious(pairs, a, b))


def _with_spurious(pairs: list[TurnPair], a: Sequence[Turn], b: Sequence[Turn]) -> list[TurnPair]:
    """Each spurious reply stands behind the line it follows in its own call."""
    for of_a, turns in ((True, a), (False, b)):
        for turn in turns:
            if turn.outcome is not Outcome.SPURIOUS:
                continue
            at = 0
            for place, pair in enumerate(pairs, start=1):
                beside = pair.a if of_a else pair.b
                if beside is not None and beside.index <= turn.index:
                    at = place
            pairs.insert(at, _pair(turn, None) if of_a else _pair(None, turn))
    return pairs


def _greeting(turns: Sequence[Turn]) -> Turn | None:
    return next((t for t in turns if t.index == 0 and t.outcome is not Outcome.SPURIOUS), None)


def _lines(turns: Sequence[Turn]) -> list[Turn]:
    return [turn for turn in turns if turn.index > 0 and turn.outcome is not Outcome.SPURIOUS]


def _path(
    a: Sequence[Counter[str]], b: Sequence[Counter[str]]
) -> list[tuple[int | None, int | None]]:
    """The best alignment of two rows of lines."""
    width = _BAND + abs(len(a) - len(b))
    least = float("-inf")
    best: dict[tuple[int, int], float] = {(0, 0): 0.0}
    came: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(len(a) + 1):
        for j in range(max(0, i - width), min(len(b), i + width) + 1):
            if i == j == 0:
                continue
            ways = []
            if i and j:
                ways.append((best.get((i - 1, j - 1), least) + _worth(a[i - 1], b[j - 1]), 1, 1))
            if i:
                ways.append((best.get((i - 1, j), least) + _GAP, 1, 0))
            if j:
                ways.append((best.get((i, j - 1), least) + _GAP, 0, 1))
            # Of equal ways the one that pairs, then the one that takes from A: A and B may be
            # changed for each other without another pairing.
            value, di, dj = max(ways, key=lambda way: (way[0], way[1] + way[2], way[1]))
            best[i, j], came[i, j] = value, (di, dj)
    path: list[tuple[int | None, int | None]] = []
    i, j = len(a), len(b)
    while i or j:
        di, dj = came[i, j]
        path.append((i - 1 if di else None, j - 1 if dj else None))
        i, j = i - di, j - dj
    return path[::-1]


def _worth(a: Counter[str], b: Counter[str]) -> float:
    total = a.total() + b.total()
    alike = 1.0 if total == 0 or a == b else 2 * (a & b).total() / total
    return 2 * alike - _ALIKE


def _pair(a: Turn | None, b: Turn | None) -> TurnPair:
    if a is None or b is None:
        return TurnPair(a, b, None, "only_b" if a is None else "only_a")
    spoiled = bool(a.flags or b.flags)
    if Outcome.NO_ANSWER in (a.outcome, b.outcome):
        both = a.outcome is b.outcome
        return TurnPair(a, b, None, "same" if both else "no_answer", spoiled)
    if a.response_latency_s is None or b.response_latency_s is None:
        return TurnPair(a, b, None, "same", spoiled)
    by = b.response_latency_s - a.response_latency_s
    kind: PairKind = "same" if abs(by) < SAME_WITHIN_S else "slower" if by > 0 else "faster"
    return TurnPair(a, b, by, kind, spoiled)
