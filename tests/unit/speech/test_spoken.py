from __future__ import annotations

import re

import pytest

from harness.caller.speech import spoken_words
from harness.caller.speech._spoken import speakable

READINGS = {
    "10:20": "ten twenty",
    "at 9:05 am": "at nine oh five a.m.",
    "At 2 p.m. sharp": "at two p.m. sharp",
    "Dr. Lopez at 10:00": "doctor lopez at ten o'clock",
    "Dr. Patel's office": "doctor patel's office",
    "on the 27th": "on the twenty seventh",
    "May 27th": "may twenty seventh",
    "the 3rd of March": "the third of march",
    "March fourth, 1985": "march fourth nineteen eighty five",
    "born 03/04/1985": "born march fourth nineteen eighty five",
    "2001": "two thousand one",
    "the 1990s": "the nineteen nineties",
    "call 555-0147": "call five five five zero one four seven",
    "(415) 555-0132": "four one five five five five zero one three two",
    "4155550132": "four one five five five five zero one three two",
    "+1 415 555 0132": "four one five five five five zero one three two",
    "room 204": "room two hundred four",
    "$25": "twenty five dollars",
    "It costs $12.50.": "it costs twelve dollars and fifty cents",
    "20% off": "twenty percent off",
    "J-O-N-E-S": "j o n e s",
    "my DOB": "my d o b",
    "12 Elm St.": "twelve elm street",
    "Tue 5 May at 14:30": "tuesday the fifth of may at fourteen thirty",
    "I'd like that, thank you!": "i'd like that thank you",
    "It’s fine": "it's fine",
    "": "",
    "?!": "",
}


@pytest.mark.parametrize(("text", "words"), READINGS.items())
def test_a_text_is_read_as_a_person_would(text: str, words: str) -> None:
    assert " ".join(spoken_words(text)) == words


@pytest.mark.parametrize("text", READINGS)
def test_words_pass_unchanged(text: str) -> None:
    words = spoken_words(text)
    assert spoken_words(" ".join(words)) == words


@pytest.fixture(scope="module")
def g2p() -> object:
    from hibari.g2p import G2P

    return G2P()


# hibari says "Patel" and "patel" unlike each other: the ear's dictionary has both.
@pytest.mark.parametrize("text", [text for text in READINGS if "Patel" not in text])
def test_the_voice_says_the_words_the_ear_expects(text: str, g2p) -> None:  # type: ignore[no-untyped-def]
    """The model is made of words, the voice gets the text: both must be the same speech."""

    def sounds(said: str) -> str:
        phonemes = re.sub(r"[^\w]|[ˈˌː]", "", g2p(said))
        # Function words and unstressed syllables are reduced by their neighbours and stress.
        return re.sub(r"[əʌɪᵊᵻæɐi]", "ə", phonemes.replace("T", "t"))

    assert sounds(speakable(text)) == sounds(" ".join(spoken_words(text)))
