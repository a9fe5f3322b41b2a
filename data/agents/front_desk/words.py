"""Words and numbers: one reading of a line, whether typed or from a recogniser.

A recogniser writes lower case words without punctuation or digits ("two fifteen", "s m i t h"); a
person types "2:15" and "Smith". :func:`read` turns both into the same list of items.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = [
    "MONTHS",
    "ORDINALS",
    "TENS",
    "UNITS_AND_TEENS",
    "WEEKDAYS",
    "Item",
    "plain",
    "read",
    "vocabulary",
]


def _series(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def vocabulary(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


WEEKDAYS = _series("monday tuesday wednesday thursday friday saturday sunday")
MONTHS = _series(
    "january february march april may june july august september october november december"
)

UNITS = _series("zero one two three four five six seven eight nine")
DIGITS = {word: value for value, word in enumerate(UNITS)}
_TEENS = _series("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
TENS = _series("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINAL_UNITS = _series("first second third fourth fifth sixth seventh eighth ninth")
_ORDINAL_TEENS = _series(
    "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth "
    "eighteenth nineteenth"
)

UNITS_AND_TEENS = UNITS + _TEENS
ORDINALS = _ORDINAL_UNITS + _ORDINAL_TEENS

_SMALL = DIGITS | {word: 10 + index for index, word in enumerate(_TEENS)}
_TEN = {word: 20 + 10 * index for index, word in enumerate(TENS)}
_ORDINAL = (
    {word: 1 + index for index, word in enumerate(_ORDINAL_UNITS)}
    | {word: 10 + index for index, word in enumerate(_ORDINAL_TEENS)}
    | {"twentieth": 20, "thirtieth": 30}
)
_NOUGHT = {"oh", "o", "nought"}
# "the first one", "that one": here it stands for a thing, not for a number.
_PRONOUN_BEFORE = vocabulary(
    "the that this first second third last earliest latest early earlier late later any which "
    "other another next either no some every each right same my sooner"
)

_CONTRACTIONS = (
    (r"\bcan'?t\b|\bcan not\b", "cannot"),
    (r"\bwon't\b", "will not"),
    (r"\b(\w+)n't\b", r"\1 not"),
    (r"\b(i|you|we|he|she|they|that|it)'d\b", r"\1 would"),
    (r"\b(i|you|we|he|she|they|that|it)'ll\b", r"\1 will"),
    (r"\b(i|you|we|they)'ve\b", r"\1 have"),
    (r"\b(you|we|they)'re\b", r"\1 are"),
    (r"\bi'm\b", "i am"),
    (r"\b(it|that|what|who|where|when|how|there|here|he|she|name)'s\b", r"\1 is"),
    (r"\blet's\b", "let us"),
    (r"\bo'?clock\b", "oclock"),
    (r"\bdr\b\.?", "doctor"),
    (r"\b([ap])\.? ?m\b\.?", r"\1m"),
    (r"\bgood-?bye\b|\bgood bye\b", "goodbye"),
    (r"\bcheck[- ]up\b", "checkup"),
    (r"\bok\b", "okay"),
)
_DATE_OR_TIME = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{1,2}:\d{2}")


class Item(NamedTuple):
    """One word of a line, with its value if it is a number.

    Attributes:
        word: The word as said, lower case.
        value: What it counts, None for a word that is no number.
        ordinal: True for "third" and "3rd".
    """

    word: str
    value: int | None = None
    ordinal: bool = False


def plain(text: str) -> str:
    """The line in lower case, contractions written out, without punctuation."""
    text = text.lower().replace("\u2019", "'").strip()
    for pattern, replacement in _CONTRACTIONS:
        text = re.sub(pattern, replacement, text)
    kept: list[str] = []
    for chunk in text.split():
        date = _DATE_OR_TIME.search(chunk)
        if date:
            rest = chunk[date.end() :]
            kept.append(date.group())
            kept.extend(re.findall(r"[ap]m", rest))
            continue
        chunk = re.sub(r"'s\b", "", chunk).replace("'", "")
        kept.extend(re.findall(r"\d+(?:st|nd|rd|th)\b|\d+(?=[ap]m\b)|\d+|[^\W\d_]+", chunk))
    return " ".join(kept)


def _numeric(word: str) -> Item | None:
    if match := re.fullmatch(r"(\d+)(st|nd|rd|th)?", word):
        return Item(word, int(match[1]), bool(match[2]))
    if word in _SMALL:
        return Item(word, _SMALL[word])
    if word in _TEN:
        return Item(word, _TEN[word])
    if word in _ORDINAL:
        return Item(word, _ORDINAL[word], True)
    return None


def _join_tens(items: list[Item]) -> list[Item]:
    """Join "twenty" "seven" to 27, and "two" "thousand" "and" "three" to 2003."""
    joined: list[Item] = []
    for item in items:
        before = joined[-1] if joined else None
        unit = item.value is not None and 1 <= item.value <= 9 and not item.word.isdigit()
        if before is not None and before.word in _TEN and unit:
            total = (before.value or 0) + (item.value or 0)
            joined[-1] = Item(f"{before.word} {item.word}", total, item.ordinal)
            continue
        if item.word == "thousand" and before is not None and before.value in (1, 2):
            joined[-1] = Item(f"{before.word} thousand", before.value * 1000)
            continue
        if item.word == "and" and before is not None and before.word.endswith("thousand"):
            continue
        if (
            before is not None
            and before.word.endswith("thousand")
            and item.value is not None
            and item.value < 100
        ):
            joined[-1] = Item(f"{before.word} {item.word}", (before.value or 0) + item.value)
            continue
        joined.append(item)
    # "two thousand" "twenty" "five": the unit comes only after the ten has joined the thousand.
    final: list[Item] = []
    for item in joined:
        before = final[-1] if final else None
        if (
            before is not None
            and "thousand" in before.word
            and before.word.split()[-1] in _TEN
            and item.value is not None
            and 1 <= item.value <= 9
        ):
            final[-1] = Item(f"{before.word} {item.word}", (before.value or 0) + item.value)
            continue
        final.append(item)
    return final


def read(text: str) -> list[Item]:
    """The line as items: words, and numbers with their values.

    "oh" counts as zero only beside another number; "double four" becomes two fours.
    """
    words = plain(text).split()
    items: list[Item] = []
    repeat = 1
    for index, word in enumerate(words):
        following = _numeric(words[index + 1]) if index + 1 < len(words) else None
        if word in ("double", "triple") and following is not None and (following.value or 0) < 10:
            repeat = 2 if word == "double" else 3
            continue
        item = _numeric(word)
        if word == "one" and index and words[index - 1] in _PRONOUN_BEFORE:
            item = None
        beside = following is not None or bool(items and items[-1].value is not None)
        if item is None and word in _NOUGHT and beside:
            item = Item(word, 0)
        items.extend([item or Item(word)] * repeat)
        repeat = 1
    return _join_tens(items)
