"""Verifying quotes: whether words stand in a text, and where."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

__all__ = ["is_evidence", "verify"]

_LETTERS = 5
"""So many letters has a single word that shows something."""
_WITHOUT_SPACES = "\u2e80"
"""From here on scripts put no spaces between words: each character counts as one."""

_SAME = {
    **dict.fromkeys("’‘ʼ`´‛′", "'"),
    **dict.fromkeys("“”„«»‟″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}
_AROUND = " \t\n'\"-.,;:!?…"
"""What a judge may put around a quote, or leave off at its end."""

_IGNORED = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


@lru_cache(maxsize=1024)
def _plain(text: str) -> tuple[str, tuple[int, ...]]:
    """The text as it is compared, and for each of its characters where it stood.

    Compatible characters are one (NFKD on both sides says the same as NFKC), case does not count,
    all kinds of quotes and dashes are one each, and so is any run of spaces.
    """
    plain: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character in _IGNORED:
            continue
        mark = _SAME.get(character)
        pieces = mark or unicodedata.normalize("NFKD", character).casefold()
        for piece in pieces:
            piece = " " if piece.isspace() else _SAME.get(piece, piece)
            if piece == " " and (not plain or plain[-1] == " "):
                continue
            plain.append(piece)
            places.append(place)
    return "".join(plain), tuple(places)


@lru_cache(maxsize=2048)
def verify(quote: str, text: str) -> tuple[int, int] | None:
    """Where `quote` stands in `text`, whole words only; None if it does not.

    Case, kinds of quotes, dashes and spaces, and marks around the quote do not matter; every word
    and every mark between words does.

    Returns:
        The span in `text` as it was given, so that ``text[start:end]`` is the quote word for word.
    """
    wanted = _plain(quote)[0].strip(_AROUND)
    if not wanted:
        return None
    inside, places = _plain(text)
    start = inside.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        if _is_edge(inside, start) and _is_edge(inside, end):
            return places[start], places[end - 1] + 1
        start = inside.find(wanted, start + 1)
    return None


def is_evidence(quote: str, text: str) -> bool:
    """Whether `quote` is enough of `text` to show anything, wherever it stands.

    Two words are, one of five letters, one with a digit, and whatever is all of the text: a “the”
    stands in every reply, a “yes” that is the reply shows what it says.
    """
    wanted = _plain(quote)[0].strip(_AROUND)
    words = "".join(c if _in_word(c) or c == "'" else " " for c in wanted).split()
    if not words or wanted == _plain(text)[0].strip(_AROUND):
        return bool(words)
    alone = words[0]
    return (
        len(words) > 1
        or len(alone) >= _LETTERS
        or any(c.isdigit() for c in alone)
        or sum(c >= _WITHOUT_SPACES for c in alone) > 1
    )


def _is_edge(text: str, at: int) -> bool:
    """Whether no word goes on across `at`."""
    return not (0 < at < len(text) and _in_word(text[at - 1]) and _in_word(text[at]))


def _in_word(character: str) -> bool:
    return character.isalnum() or unicodedata.combining(character) > 0
