"""How well the demo agent's ear hears its own domain, in both voices."""

from __future__ import annotations

import jiwer
import pytest

from harness.caller.speech import recognise, spoken_words, synthesize
from harness.settings import ROOT

# Most of these are not among the sentences the ear was given.
LINES = (
    "Could I see Doctor Lindqvist on Tuesday at quarter past two?",
    "I would like to book a follow-up with Doctor Osei on Friday.",
    "Is Doctor Osei free on Wednesday afternoon?",
    "The twenty seventh of November, please.",
    "Ten fifteen, please.",
    "My name is Grace Kim.",
    "S, M, I, T, H.",
    "January twelfth, nineteen fifty eight.",
    "The first of February two thousand and one.",
    "My phone number is five five five oh one three two.",
    "Actually, can we make it Thursday instead?",
    "Do you have anything tomorrow morning?",
    "I have a sore throat and a fever.",
    "Are you open on Saturday?",
    "The second one, please.",
    "At three o'clock with Doctor Marsh.",
    "Can I move my appointment to Friday at eleven?",
    "What is the earliest appointment with Doctor Lindqvist?",
    "Which doctors do you have?",
    "No, that is all, thank you, goodbye.",
)


@pytest.mark.parametrize("voice", ["heart", "deep"])
def test_under_five_words_in_a_hundred_are_wrong(
    voice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "data" / "agents" / "front_desk"))
    from lines import caller_lines

    sentences = caller_lines()
    said = [" ".join(spoken_words(line)).lower() for line in LINES]
    heard = [
        recognise(
            synthesize(line, voice=voice, speed=1.0, seed=3, sample_rate=16000),
            sample_rate=16000,
            sentences=sentences,
        ).text
        for line in LINES
    ]
    assert jiwer.wer(said, heard) < 0.05, [pair for pair in zip(said, heard, strict=True)]
