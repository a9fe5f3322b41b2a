"""One pocketsphinx decoder, told what may be said; used inside the helper process only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.caller.speech._language_model import build_language_model

__all__ = ["Ear", "Understood", "make_ear"]

# Natural logarithm of the score of a frame, sounds and word sequence together, relative to the best
# of all phones in that frame. Seen: the offline voices on their domain -3.1 to -1.6 (median -2.0),
# the same voices on other topics -6.1 to -4.4, speech backwards -5.9 to -4.8, voices 4 semitones
# off -6.5 to -2.9.
_SURE, _LOST = -2.5, -5.0

# Of the sounds within words alone: speech stays below -1.1, steady noise comes out above -0.5,
# taken for one long fricative.
_NOISE = -0.6

# pocketsphinx keeps whole-utterance scores divided by this (SENSCR_SHIFT is 10).
_SCORE_SCALE = 1024


@dataclass(frozen=True)
class Understood:
    """What one utterance was taken for; `audio_s` seconds were decoded."""

    text: str
    confidence: float
    audio_s: float


class Ear:
    """Decodes one utterance at a time, in chunks of any size.

    Attributes:
        words: How many words it knows.
        unspeakable: Words it was told of but cannot hear.
    """

    def __init__(self, decoder: Any, words: int, unspeakable: tuple[str, ...]) -> None:
        self._decoder = decoder
        self._fresh_mean = decoder.get_cmn()
        self.words = words
        self.unspeakable = unspeakable

    def reset(self) -> None:
        """Forget the last speaker."""
        self._decoder.set_cmn(self._fresh_mean)

    def begin(self) -> None:
        """Start an utterance."""
        self._decoder.start_utt()

    def feed(self, samples: bytes) -> None:
        """Decode some 16 kHz mono int16 samples."""
        self._decoder.process_raw(samples)

    def partial(self) -> str:
        """The best guess so far."""
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""

    def finish(self) -> Understood:
        """End the utterance and say what it was; empty text when nothing was understood."""
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        audio_s = self._decoder.n_frames() / 100
        if not hypothesis or not hypothesis.hypstr:
            return Understood("", 0.0, audio_s)
        return Understood(hypothesis.hypstr, self._confidence(hypothesis), audio_s)

    def _confidence(self, hypothesis: Any) -> float:
        """How well the words explain what was heard, from 0 to 1.

        The hypothesis' own posterior says little: noise has but one hypothesis, and is sure of it.
        """
        words = [part for part in self._decoder.seg() if part.word[0] not in "<["]
        frames = sum(part.end_frame - part.start_frame + 1 for part in words)
        if not frames or sum(_log(part.ascore) for part in words) / frames > _NOISE:
            return 0.0
        score: float = _log(hypothesis.score) * _SCORE_SCALE / self._decoder.n_frames()
        return min(1.0, max(0.0, (score - _LOST) / (_SURE - _LOST)))


def _log(value: Any) -> float:
    return math.log(max(float(value), 1e-300))


def make_ear(sentences: Sequence[str], cache: Path) -> Ear:
    """An ear for `sentences`, or for general American English when there are none.

    Raises:
        RuntimeError: The decoder refuses its model.
        ValueError: The sentences hold nothing that can be said.
    """
    from pocketsphinx import Config, Decoder

    if not sentences:
        decoder = Decoder(Config(loglevel="FATAL"))
        return Ear(decoder, 134000, ())
    model = build_language_model(sentences, cache)
    config = Config(lm=str(model.arpa), dict=str(model.dictionary), loglevel="FATAL")
    return Ear(Decoder(config), model.words, model.unspeakable)
