"""Which turns of two calls differ, and at which one a comparison opens. Pure."""

from __future__ import annotations

from harness.calls import CallComparison
from harness.measure import DiffPart, Flip, TurnPair, word_diff

__all__ = ["changes_of", "opening_pair", "words_of"]


def words_of(pair: TurnPair) -> tuple[DiffPart, ...] | None:
    """What the agent said in A and in B word by word; None unless it spoke in both."""
    a, b = (side.agent_text if side else "" for side in (pair.a, pair.b))
    return word_diff(a, b) if a and b else None


def changes_of(comparison: CallComparison) -> list[bool]:
    """Of each pair whether it differs.

    By what was said, by an answer or a turn that is missing, by a check that flipped and cites it,
    or by a wait of more than 0.2 s that this computer did not spoil.
    """
    flipped = [flip for flip in comparison.flips if flip.change != "same"]
    return [
        pair.kind in ("no_answer", "only_a", "only_b")
        or (pair.kind != "same" and not pair.spoiled)
        or any(part.op != "same" for part in words_of(pair) or ())
        or any(_cites(flip, pair) for flip in flipped)
        for pair in comparison.pairs
    ]


def opening_pair(comparison: CallComparison) -> int:
    """The place of the pair to look at first: what weighs most.

    That is what the first check that flipped cites, else the first turn without an answer in one
    of them, else the first that differs, else the first.
    """
    pairs = comparison.pairs
    for flip in comparison.flips:
        if flip.change in ("worse", "better"):
            cited = next((i for i, pair in enumerate(pairs) if _cites(flip, pair)), None)
            if cited is not None:
                return cited
    silent = next((i for i, pair in enumerate(pairs) if pair.kind == "no_answer"), None)
    if silent is not None:
        return silent
    return next((i for i, differs in enumerate(changes_of(comparison)) if differs), 0)


def _cites(flip: Flip, pair: TurnPair) -> bool:
    """Whether the verdict in one of the calls rests on this turn."""
    return any(
        check is not None
        and check.evidence is not None
        and turn is not None
        and check.evidence.turn == turn.index
        for check, turn in ((flip.a, pair.a), (flip.b, pair.b))
    )
