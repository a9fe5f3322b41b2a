"""The words a text is spoken with: one reading for the voice and for the ear's language model.

`hibari` already reads times, dates, money, units and titles. What it reads in a way nobody says
on the phone (a telephone number as billions) is rewritten here before it is spoken.
"""

from __future__ import annotations

import re

__all__ = ["speakable", "spoken_words"]

_PHONE = re.compile(r"(?<![\w.])(?:\+?1[ .-]?)?\(?(\d{3})\)?[ .-]?(\d{3})[ .-]?(\d{4})(?![\w])")
_LONG_DIGITS = re.compile(r"(?<![\w.,$£€])\d{5,}(?![\w,]|\.\d)")
_WEEKDAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Tues": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Thur": "Thursday",
    "Thurs": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}
_WEEKDAY = re.compile(rf"\b({'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})\.?,? (?=[\dA-Z])")
_HALF_DAY = re.compile(r"(?<=\d) ?([ap])\.?m\b\.?", re.IGNORECASE)

_TITLES = {"dr": "doctor", "mr": "mister", "mrs": "missus", "vs": "versus", "st": "saint"}
_TOKEN = re.compile(
    r"(?P<money>[$£€]\d[\d,]*(?:\.\d\d)?)"
    r"|(?P<half>\b[AaPp]\.[Mm]\.?(?!\w))"
    r"|(?P<number>\d[\d,]*(?:\.\d+)?)(?P<suffix>st|nd|rd|th|s)?(?P<percent>%?)"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)"
    r"|(?P<sign>[&%+@])"
)
_SIGNS = {"&": "and", "%": "percent", "+": "plus", "@": "at"}
_MONEY = {"$": ("dollar", "cent"), "£": ("pound", "pence"), "€": ("euro", "cent")}


def _grouped(digits: str) -> str:
    """``5550132`` as ``5 5 5, 0 1 3 2``: threes, the last group of four."""
    groups: list[str] = []
    rest = digits
    while len(rest) > 4:
        groups.append(rest[:3])
        rest = rest[3:]
    groups.append(rest)
    return ", ".join(" ".join(group) for group in groups)


def speakable(text: str) -> str:
    """`text` with telephone numbers, long digit runs and short weekdays written out.

    Args:
        text: What shall be said.

    Returns:
        Text that `hibari` reads as a person on the phone would.
    """
    text = _PHONE.sub(lambda m: _grouped("".join(m.groups())), text)
    text = _LONG_DIGITS.sub(lambda m: _grouped(m.group()), text)
    text = _HALF_DAY.sub(lambda m: f" {m.group(1).upper()}.M.", text)
    return _WEEKDAY.sub(lambda m: _WEEKDAYS[m.group(1)] + " ", text)


def _number(text: str, ordinal: bool = False) -> list[str]:
    from hibari.g2p import numbers

    plain = text.replace(",", "")
    if ordinal and plain.isdigit():
        said = numbers.ordinal(int(plain))
    elif "." in plain:
        said = numbers.decimal(plain)
    elif plain.startswith("0") and len(plain) > 1:
        said = " ".join(numbers.ONES[int(digit)] for digit in plain)
    elif len(plain) == 4 and "," not in text:
        said = numbers.year(int(plain))
    else:
        said = numbers.cardinal(int(plain))
    return [word for word in re.findall(r"[a-z]+", said) if word != "and"]


def _money(text: str) -> list[str]:
    unit, small = _MONEY[text[0]]
    whole, _, cents = text[1:].partition(".")
    words = [*_number(whole), unit if whole == "1" else f"{unit}s"]
    if cents and int(cents):
        plural = "" if small == "pence" or int(cents) == 1 else "s"
        words += ["and", *_number(str(int(cents))), small + plural]
    return words


def spoken_words(text: str) -> list[str]:
    """The words of `text` as they are said, the recogniser's own spelling.

    Lower case; apostrophes stay; numbers, dates and times are words (``10:20`` is ``ten twenty``,
    ``27th`` is ``twenty seventh``); single letters and abbreviations in capitals are letters
    (``DOB`` is ``d o b``); only ``a.m.`` and ``p.m.`` keep their dots, to tell them from letters.

    Args:
        text: A sentence as it is written or was recognised. Words pass unchanged.

    Returns:
        The words in order; empty when nothing can be said.
    """
    from hibari.g2p.normalize import normalize

    words: list[str] = []
    for match in _TOKEN.finditer(normalize(speakable(text))):
        if match["money"]:
            words += _money(match["money"])
        elif match["half"]:
            words.append(f"{match['half'][0].lower()}.m.")
        elif match["number"]:
            suffix = match["suffix"] or ""
            words += _number(match["number"], ordinal=len(suffix) == 2)
            if suffix == "s":
                words[-1] = words[-1][:-1] + "ies" if words[-1].endswith("y") else words[-1] + "s"
            if match["percent"]:
                words.append("percent")
        elif match["sign"]:
            words.append(_SIGNS[match["sign"]])
        elif match["word"].isupper() and 1 < len(match["word"]) <= 5 and match["word"] != "OK":
            words += list(match["word"].lower())
        else:
            lowered = match["word"].lower()
            words.append(_TITLES.get(lowered, lowered))
    return words
