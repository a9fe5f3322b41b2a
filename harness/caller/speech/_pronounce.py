"""How words sound, in the phones of pocketsphinx's American model (ARPAbet without stress).

First the CMU dictionary in pocketsphinx's wheel, then hibari's own pronunciation, which covers
every
spelling: names that the dictionary lacks, and names the voice says differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

__all__ = ["pronunciations", "to_arpabet"]

# hibari's alphabet (misaki's, capitals are diphthongs) to ARPAbet, longest first.
_PHONES = {
    "ɜɹ": "ER",
    "əɹ": "ER",
    "A": "EY",
    "I": "AY",
    "O": "OW",
    "W": "AW",
    "Y": "OY",
    "T": "T",
    "ɑ": "AA",
    "æ": "AE",
    "ʌ": "AH",
    "ə": "AH",
    "ᵊ": "AH",
    "ɐ": "AH",
    "ɔ": "AO",
    "ɒ": "AA",
    "ɛ": "EH",
    "ɜ": "ER",
    "ɚ": "ER",
    "ɪ": "IH",
    "ᵻ": "IH",
    "ɨ": "IH",
    "i": "IY",
    "ʊ": "UH",
    "u": "UW",
    "b": "B",
    "ʧ": "CH",
    "d": "D",
    "ð": "DH",
    "f": "F",
    "ɡ": "G",
    "h": "HH",
    "ʤ": "JH",
    "k": "K",
    "l": "L",
    "m": "M",
    "n": "N",
    "ŋ": "NG",
    "p": "P",
    "ɹ": "R",
    "s": "S",
    "ʃ": "SH",
    "t": "T",
    "θ": "TH",
    "v": "V",
    "w": "W",
    "j": "Y",
    "z": "Z",
    "ʒ": "ZH",
}
_PHONE = re.compile("|".join(sorted(_PHONES, key=len, reverse=True)))
_VARIANT = re.compile(r"\(\d+\)$")


def to_arpabet(phonemes: str) -> str:
    """`phonemes` in hibari's alphabet as ARPAbet, such as ``həlˈO`` as ``HH AH L OW``."""
    return " ".join(_PHONES[match.group()] for match in _PHONE.finditer(phonemes.translate(_MARKS)))


_MARKS = str.maketrans("", "", "ˈˌː .,!?")


def _dictionary(path: Path, wanted: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            word, _, phones = line.strip().partition(" ")
            word = _VARIANT.sub("", word)
            if word in wanted:
                found.setdefault(word, []).append(phones.strip())
    return found


def pronunciations(
    words: Iterable[str], dictionary: Path, g2p: Any
) -> tuple[dict[str, list[str]], list[str]]:
    """How each of `words` is said.

    Args:
        words: Lower-case words, as :func:`~harness.caller.speech.spoken_words` gives them.
        dictionary: A CMU dictionary file.
        g2p: hibari's text-to-phoneme converter.

    Returns:
        Phone strings a word, all that are known, and the words that cannot be said at all.
    """
    wanted = set(words)
    known = _dictionary(dictionary, wanted)
    silent: list[str] = []
    for word in sorted(wanted):
        variants = known.setdefault(word, [])
        if len(word) == 1 and variants:
            continue  # The dictionary's letters are right; hibari reads "a" alone as the article.
        for spelling in (word, word.capitalize()):  # It reads names unlike common words.
            own = to_arpabet(str(g2p(spelling)))
            if own and own not in variants:
                variants.append(own)
        if not variants:
            del known[word]
            silent.append(word)
    return known, silent
