"""Two texts word by word: what both have, and what only one has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from harness.measure._words import normal_words

__all__ = ["DiffPart", "word_diff"]

_PIECE = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class DiffPart:
    """A stretch of words.

    Attributes:
        op: Whose it is.
        text: As it is written; what both have as `a` writes it.
    """

    op: Literal["same", "only_a", "only_b"]
    text: str


def word_diff(a: str, b: str) -> tuple[DiffPart, ...]:
    """What differs between two texts, for people.

    Pieces between spaces are compared by their :func:`normal_words`, so that case and punctuation
    make no difference; a piece that has none (a dash) belongs to the one before it. Matching is
    that of Python's difflib (J. W. Ratcliff and D. E. Metzener, 1988), without its guess at junk.

    Returns:
        In the order of the texts; what only `a` has stands before what only `b` has.
    """
    pieces_a, pieces_b = _pieces(a), _pieces(b)
    words_a, words_b = ([normal_words(piece) for piece in side] for side in (pieces_a, pieces_b))
    parts: list[DiffPart] = []
    for op, a1, a2, b1, b2 in SequenceMatcher(None, words_a, words_b, False).get_opcodes():
        if op == "equal":
            parts.append(DiffPart("same", " ".join(pieces_a[a1:a2])))
            continue
        if a1 < a2:
            parts.append(DiffPart("only_a", " ".join(pieces_a[a1:a2])))
        if b1 < b2:
            parts.append(DiffPart("only_b", " ".join(pieces_b[b1:b2])))
    return tuple(parts)


def _pieces(text: str) -> list[str]:
    """What stands between spaces; what has no word in it is left with its neighbour."""
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        if pieces and not normal_words(piece):
            pieces[-1] += f" {piece}"
        else:
            pieces.append(piece)
    return pieces
