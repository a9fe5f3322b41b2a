"""Numbers in what is said: figures and English words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

__all__ = ["TENS", "UNDER_TWENTY", "Number", "has_unit", "numbers_in"]

_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
UNDER_TWENTY = tuple(_WORDS.split())
"""The numbers from zero to nineteen in words."""
TENS = tuple(_TEN_WORDS.split())
"""Twenty, thirty and so on to ninety."""

_ONES = {word: value for value, word in enumerate(UNDER_TWENTY)} | {"oh": 0}
_TENS = {word: 10 * value for value, word in enumerate(TENS, start=2)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_SYMBOLS = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "%": "percent"}

_TOKEN = regex.compile(
    r"(?P<symbol>[$€£¥])?\s?(?<![\w.,:/-]|\d )(?P<minus>[-−](?=[0-9]))?"
    r"(?P<figures>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)(?![\d:/]|[.,-]\d|\w)"
    r"|(?P<word>[a-z]+(?:-[a-z]+)*)",
    regex.IGNORECASE,
)
_PRONOUN = regex.compile(
    r"\b(?:the|this|that|which|each|any|no|every|first|last|next|another|other|either|some|only|"
    r"earlier|later|new|same|right|wrong|good|best|an?)\s+$",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was said.

    Attributes:
        start: Where it begins in the text.
        end: Where it ends.
        unit: What its symbol stands for (dollar, percent ...), or empty.
    """

    value: float
    start: int
    end: int
    unit: str = ""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


@lru_cache(maxsize=2048)
def numbers_in(text: str) -> tuple[Number, ...]:
    """All numbers of a text, in order.

    Times of day (10:30), days (2026-05-31) and numbers with dashes are no numbers, nor is the
    `one` of `the first one`. Three and more single digits in a row, as of a telephone number, are
    also told as one number; dollars and cents are one amount.
    """
    found: list[Number] = []
    words: list[_Word] = []
    for match in _TOKEN.finditer(text):
        if match["word"] is None:
            found += _from_words(words, text)
            words = []
            symbol = match["symbol"] or text[match.end() : match.end() + 1]
            value = float(match["figures"].replace(",", ""))
            scale = regex.match(r"\s+(thousand|million|billion)\b", text[match.end() :])
            end = match.end() + (scale.end() if scale else 0)
            value *= _SCALES[scale[1]] if scale else 1
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            unit = _SYMBOLS.get(symbol, "")
            found.append(Number(-value if match["minus"] else value, start, end, unit))
            continue
        place = match.start()
        for part in match["word"].split("-"):
            words.append(_Word(part.casefold(), place, place + len(part)))
            place += len(part) + 1
    found += _from_words(words, text)
    return tuple(sorted({*found, *_amounts(found, text)}, key=lambda n: (n.start, n.end)))


def _from_words(words: list[_Word], text: str) -> Iterator[Number]:
    index = 0
    while index < len(words):
        read = _read(words, index, text)
        if read is None:
            index += 1
            continue
        value, after = read
        first, last = words[index], words[after - 1]
        alone = after == index + 1 and first.text == "one"
        if not (alone and _PRONOUN.search(text[: first.start])):
            minus = index > 0 and words[index - 1].text == "minus"
            yield Number(-value if minus else value, first.start, last.end)
        run = _digits(words, index, text)
        if run is not None:
            yield run
        index = after


def _joined(words: list[_Word], index: int, text: str) -> bool:
    """Whether a word follows the one before it without a mark between them."""
    between = text[words[index - 1].end : words[index].start]
    return index > 0 and between.strip(" -") == ""


def _read(words: list[_Word], index: int, text: str) -> tuple[float, int] | None:
    """A number in words from `index` on, and the index after it."""
    total, group, last = 0.0, None, 10**12
    at = index
    while at < len(words) and (at == index or _joined(words, at, text)):
        word = words[at].text
        following = words[at + 1].text if at + 1 < len(words) else ""
        if word in ("a", "an") and group is None and following in ("hundred", *_SCALES):
            group, last = 1.0, 1
        elif word in _TENS and (group is None or last >= 100):
            group, last = (group or 0.0) + _TENS[word], 10
        elif (
            word in _ONES
            and word != "oh"
            and (group is None or last >= 100 or (last == 10 and 0 < _ONES[word] < 10))
        ):
            group, last = (group or 0.0) + _ONES[word], 1
        elif word == "hundred" and group is not None and last < 100:
            group, last = group * 100, 100
        elif word in _SCALES and group is not None:
            total, group, last = total + group * _SCALES[word], None, 10**3
            if at + 1 >= len(words) or words[at + 1].text not in (_ONES.keys() | _TENS.keys()):
                following_and = following == "and"
                if not following_and:
                    at += 1
                    break
        elif word == "and" and last in (100, 1000) and following in (_ONES.keys() | _TENS.keys()):
            pass
        elif word == "point" and at > index and following in _ONES:
            return _decimals(words, at, total + (group or 0.0), text)
        else:
            break
        at += 1
    if at == index or (group is None and not total):
        return None
    return total + (group or 0.0), at


def _decimals(words: list[_Word], at: int, value: float, text: str) -> tuple[float, int]:
    """The digits after `point`."""
    digits = ""
    at += 1
    while at < len(words) and words[at].text in _ONES and _ONES[words[at].text] < 10:
        digits += str(_ONES[words[at].text])
        at += 1
    return value + float(f"0.{digits}"), at


def _digits(words: list[_Word], index: int, text: str) -> Number | None:
    """A run of at least three single digits, from its first."""
    if index > 0 and _ONES.get(words[index - 1].text, 10) < 10 and _joined(words, index, text):
        return None
    at = index
    while at < len(words) and _ONES.get(words[at].text, 10) < 10:
        if at > index and not _joined(words, at, text):
            break
        at += 1
    if at - index < 3:
        return None
    value = int("".join(str(_ONES[word.text]) for word in words[index:at]))
    return Number(float(value), words[index].start, words[at - 1].end)


_CENTS = regex.compile(r"^(?: (?:dollars?|euros?|pounds?))(?:,? and|,)?\s+$", regex.IGNORECASE)


def _amounts(found: list[Number], text: str) -> Iterator[Number]:
    """`Forty-five dollars and fifty cents` as one amount."""
    ordered = sorted(found, key=lambda number: number.start)
    for whole, part in zip(ordered, ordered[1:], strict=False):
        between = text[whole.end : part.start]
        cents = regex.match(r"\s+(?:cents?|pence)\b", text[part.end :], regex.IGNORECASE)
        match = _CENTS.match(between)
        if match and cents and 0 <= part.value < 100:
            unit = between.split()[0].casefold().rstrip("s")
            value = whole.value + part.value / 100
            yield Number(value, whole.start, part.end + cents.end(), unit)


def has_unit(number: Number, unit: str, text: str) -> bool:
    """Whether `unit` follows a number in a text, in any case and in one or many; or its symbol."""
    wanted = _singular(" ".join(unit.casefold().split()))
    if not wanted:
        return True
    wanted = _SYMBOLS.get(wanted, wanted)
    symbol = text[number.end :].lstrip()[:1]
    if wanted in (number.unit, _SYMBOLS.get(symbol)):
        return True
    after = " ".join(text[number.end :].casefold().replace("-", " ").split())
    said = regex.match(r"\s*" + regex.escape(wanted) + r"(?:e?s)?\b", after)
    return said is not None


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
