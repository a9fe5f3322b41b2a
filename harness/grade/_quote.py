"""Finding words in a turn's text, and quoting them word for word."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex

from harness.nouns import SEARCH_LIMIT_S, compile_pattern

__all__ = [
    "QUOTE_LIMIT",
    "Found",
    "TooSlow",
    "find",
    "first_span",
    "sentence",
    "shorten",
    "words_pattern",
]

QUOTE_LIMIT = 160
"""Longest quote, in characters."""

_SAME = {
    **dict.fromkeys("'’‘ʼ`´", "['’‘ʼ`´]"),
    **dict.fromkeys('"“”„«»', '["“”„«»]'),
    **dict.fromkeys("-‐‑–—", "[-‐‑–—]"),
}
_SENTENCE_END = regex.compile(r"[.?!…]+[\"”'’)]*\s+")


class TooSlow(Exception):
    """A pattern took longer than its limit on a text."""


@dataclass(frozen=True, slots=True)
class Found:
    """A match and the sentence around it, both word for word from the text."""

    words: str
    quote: str


@lru_cache(maxsize=512)
def words_pattern(text: str, whole_words: bool = True) -> Any:
    """A pattern for plain words: any case, any spacing, any kind of quotes."""
    words = text.split()
    body = r"\s+".join("".join(_SAME.get(c, regex.escape(c)) for c in word) for word in words)
    before = r"(?<!\w)" if whole_words and regex.match(r"\w", words[0]) else ""
    after = r"(?!\w)" if whole_words and regex.search(r"\w$", words[-1]) else ""
    return regex.compile(before + body + after, regex.IGNORECASE)


@lru_cache(maxsize=8192)
def _search(
    text: str | None, pattern: str | None, whole_words: bool, inside: str, since: int = 0
) -> tuple[int, int] | None | TooSlow:
    if text is not None:
        compiled = words_pattern(text, whole_words)
    else:
        compiled = compile_pattern(pattern or "")
    try:
        match = compiled.search(inside, pos=since, timeout=SEARCH_LIMIT_S)
    except TimeoutError:
        return TooSlow()
    return match.span() if match else None


def first_span(
    text: str | None, pattern: str | None, inside: str, since: int = 0, *, whole_words: bool = True
) -> tuple[int, int] | None:
    """The first place of plain words or a pattern in `inside`, at or after `since`.

    Raises:
        TooSlow: The pattern took too long.
    """
    span = _search(text, pattern, whole_words, inside, since)
    if isinstance(span, TooSlow):
        raise span
    return span


def find(
    text: str | None, pattern: str | None, inside: str, *, whole_words: bool = True
) -> Found | None:
    """The first place of plain words or a pattern in `inside`.

    Raises:
        TooSlow: The pattern took too long.
    """
    span = first_span(text, pattern, inside, whole_words=whole_words)
    if span is None:
        return None
    start, end = span
    return Found(inside[start:end], sentence(inside, start, end))


def shorten(text: str) -> str:
    """The beginning of `text`, whole words, at most a quote long."""
    if len(text) <= QUOTE_LIMIT:
        return text
    cut = text[:QUOTE_LIMIT]
    return cut[: cut.rfind(" ")] if " " in cut else cut


def sentence(text: str, start: int, end: int) -> str:
    """The sentence around a match; only a part of it if it is long."""
    left = 0
    right = len(text)
    for stop in _SENTENCE_END.finditer(text):
        if stop.end() <= start:
            left = stop.end()
        elif stop.start() >= end or stop.end() >= end:
            right = stop.end()
            break
    sentence = text[left:right].strip()
    if len(sentence) <= QUOTE_LIMIT:
        return sentence
    return shorten(text[start : min(right, start + 2 * QUOTE_LIMIT)].strip())
