"""Words said against words heard."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from harness.measure._resampling import limits
from harness.measure._statistics import wilson
from harness.nouns import WordErrors

__all__ = ["normal_words", "pooled_rate", "trusted_ear", "word_errors"]

_WORD = re.compile(r"[^\W_]+(?:['.][^\W_]+)*")
_SAME = {"ok": "okay"}
_DRAWS = 2000


def normal_words(text: str) -> tuple[str, ...]:
    """The words of `text` as they are compared.

    Compatibility forms are made one (NFKC) and case is folded; apostrophes and dots within a word
    stay unless the dots stand between letters (``a.m.`` is ``am``); other punctuation goes and
    parts words, hyphens too. Numbers stay as they are written: whoever compares "2:30" with "two
    thirty" has it spelled out before.
    """
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    words = []
    for word in _WORD.findall(text):
        plain = word if any(sign.isdigit() for sign in word) else word.replace(".", "")
        words.append(_SAME.get(plain, plain))
    return tuple(words)


def word_errors(said: Sequence[str], heard: Sequence[str]) -> WordErrors:
    """The cheapest way from `said` to `heard` (V. I. Levenshtein, 1966).

    A word that is replaced, left out or put in costs 1. Of several such ways it is one with the
    most words heard as they were said.
    """
    rows, columns = len(said) + 1, len(heard) + 1
    # What a way costs and how many words it misses; fewer is better.
    best = [[(0, 0)] * columns for _ in range(rows)]
    for i in range(1, rows):
        best[i][0] = (i, i)
    for j in range(1, columns):
        best[0][j] = (j, 0)
    for i in range(1, rows):
        for j in range(1, columns):
            best[i][j] = min(cost for cost, _ in _steps(best, said, heard, i, j))
    pairs: list[tuple[str | None, str | None]] = []
    i, j = rows - 1, columns - 1
    while i or j:
        _, (di, dj) = min(_steps(best, said, heard, i, j), key=lambda step: step[0])
        pairs.append((said[i - 1] if di else None, heard[j - 1] if dj else None))
        i, j = i - di, j - dj
    pairs.reverse()
    return WordErrors(
        hits=sum(a == b for a, b in pairs),
        substituted=sum(a is not None and b is not None and a != b for a, b in pairs),
        deleted=sum(b is None for _, b in pairs),
        inserted=sum(a is None for a, _ in pairs),
        pairs=tuple(pairs),
    )


def _steps(
    best: Sequence[Sequence[tuple[int, int]]],
    said: Sequence[str],
    heard: Sequence[str],
    i: int,
    j: int,
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """The last steps that lead to the first `i` and `j` words, with the cost of the way.

    What is taken first of equal ones pairs words that stand at the same place in a phrase.
    """
    found = []
    if i:
        cost, missed = best[i - 1][j]
        found.append(((cost + 1, missed + 1), (1, 0)))
    if j:
        cost, missed = best[i][j - 1]
        found.append(((cost + 1, missed), (0, 1)))
    if i and j:
        cost, missed = best[i - 1][j - 1]
        right = said[i - 1] == heard[j - 1]
        step = ((cost, missed) if right else (cost + 1, missed + 1), (1, 1))
        found.insert(0 if right else len(found), step)
    return found


def pooled_rate(
    errors: Sequence[WordErrors],
) -> tuple[float | None, float | None, float | None]:
    """Word error rate over lines, pooled (not the mean of rates), and its 95 % interval.

    The interval is a bootstrap over lines: errors of one line come together.

    Returns:
        The rate, and the interval's ends; None where there are no words, or too few lines.
    """
    return _pooled(tuple((_wrong(each), each.n) for each in errors))


@lru_cache(maxsize=64)
def _pooled(
    lines: tuple[tuple[int, int], ...],
) -> tuple[float | None, float | None, float | None]:
    wrong, said = np.array(lines, dtype=np.float64).reshape(-1, 2).T
    if not said.sum():
        return None, None, None
    rate = float(wrong.sum() / said.sum())
    if len(lines) < 2:
        return rate, None, None
    # All draws at once: a live call asks again with every line.
    drawn = np.random.Generator(np.random.PCG64(0)).integers(0, len(lines), (_DRAWS, len(lines)))
    words = said[drawn].sum(axis=1)
    return rate, *limits(wrong[drawn].sum(axis=1)[words > 0] / words[words > 0], 0.95, len(lines))


def trusted_ear(errors: Sequence[WordErrors], limit: float = 0.05) -> bool:
    """Whether a recogniser hears a voice well enough to judge what was said with it.

    Args:
        errors: What it made of known sentences in that voice.
        limit: The upper end of Wilson's 95 % interval of its pooled rate must lie below.
    """
    words = sum(each.n for each in errors)
    wrong = min(words, sum(_wrong(each) for each in errors))
    return bool(words) and wilson(wrong, words)[1] < limit


def _wrong(errors: WordErrors) -> int:
    return errors.substituted + errors.deleted + errors.inserted
