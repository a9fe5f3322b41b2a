"""GatedDetector: the energy detector's utterances, as far as a speech model hears speech in them.

The method and its measured errors are told in docs/measurement.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.measure._detector import HOPS_PER_S, Boundary, SpeechDetector
from harness.measure._resample import KeptSound
from harness.measure._speech_model import SpeechModel, SpeechState
from harness.nouns import Span

__all__ = ["GatedDetector", "Noise", "find_speech"]

Int16 = npt.NDArray[np.int16]

_SURE, _SURE_FRAMES = 0.5, 3  # so many frames in a row: this is speech
_FAINT = 0.35  # less: the speech is over
_NONE, _NONE_S = 0.15, 0.6  # less, for so long: what still sounds is something else

# In seconds.
_BEFORE = 0.512  # what the model hears before the onset, to get used to the background
_BACK = 2.5  # an onset dated back further: the model hears so much and no more
_KEPT = 3.2
_LATE = 0.15  # speech that begins so long after the sound did: the sound was something else
_TAIL = 0.17  # ... and so for its end
_MODEL_LATE = 0.015  # how late the model's first sure frame begins, and ...
_MODEL_LONG = 0.08  # ... how late its last frame of speech ends (medians)
_MODEL_ERROR = 0.1  # what it may be wrong by at the end of speech

# In hops of 5 ms.
_BED = (160, 20)  # what sounded so long before speech is heard for sure
_BED_LEAST = 20
_REACH = 40  # an onset lies at most so long before it
_RISE, _OF = 6, 8  # so many hops over the bed: no click
_TOUCH = 4
_END_EARLY, _END_REACH = 10, 40

_OVER_BED_DB = 4.0
_BED_SHARE, _BED_SHARE_AFTER = 0.8, 0.6  # of the hops are softer than what is called the bed
_SHALLOW_DB = 20.0  # noise hides the end of a voice that is no louder over it than this


@dataclass(frozen=True, slots=True)
class Noise:
    """A sound that was no speech, in seconds of the stream.

    Attributes:
        speech: How sure the speech model was at most (0..1).
    """

    start: float
    end: float
    speech: float


@dataclass(slots=True)
class _Sound:
    """What the energy detector takes for an utterance, and what the model says of it so far."""

    start: float  # of what is looked at: its onset, or where the speech before ended
    first: int  # sample of the model's frame 0
    state: SpeechState
    frames: int = 0
    speech: float = 0.0
    sure: int = 0  # frames in a row
    none: int = 0  # frames in a row
    heard_until: float = 0.0  # end of the last frame with speech
    onset: float | None = None  # of the speech that was told and is not over
    was_speech: bool = False


class GatedDetector:
    """Streaming detector of speech: energy says where the edges are, a model what is speech.

    Boundaries come as soon as they are known, about 0.15 s after an onset and 0.3 s after an
    offset, in order, as those of :class:`SpeechDetector` do. How the stream is cut into chunks
    makes no difference, to the bit.

    Args:
        rate: Samples a second, Hz: a multiple of 200, such as 16000, 24000 or 48000.
        model: Says what is speech; None: whatever the energy detector finds.

    Attributes:
        noises: Sounds that were no speech. Take out what you have read.

    Raises:
        ValueError: `rate` is not a positive multiple of 200.
    """

    def __init__(self, rate: int, model: SpeechModel | None) -> None:
        self.rate = rate
        self.noises: list[Noise] = []
        self._energy = SpeechDetector(rate)
        self._model = model
        self._kept = KeptSound(rate, model.rate if model else rate)
        self._hop = rate // HOPS_PER_S
        self._hops = 0
        self._sound: _Sound | None = None
        self._free = 0.0  # what is before belongs to earlier speech

    @property
    def speaking(self) -> bool:
        """Whether speech was told that is not over."""
        if self._model is None:
            return self._energy.speaking
        return self._sound is not None and self._sound.onset is not None

    def feed(self, samples: Int16) -> list[Boundary]:
        """Take the next samples, shape (n,), and return the boundaries now known, in order."""
        if self._model is None:
            return self._energy.feed(samples)
        self._kept.add(samples)
        found: list[Boundary] = []
        edges: list[Boundary] = []
        for level in self._energy.hops(samples):
            self._energy.step(level, edges)
            self._hops += 1
            if edges:
                for edge in edges:
                    self._take(edge, self._model, found)
                edges.clear()
            if self._sound is not None:
                self._listen(self._sound, self._model, found)
        if self._sound is None:
            self._kept.forget(self._hops * self._hop - int(_KEPT * self.rate))
        else:
            next_frame = self._sound.first + self._sound.frames * self._model.frame
            needed, _ = self._kept.needed(next_frame, self._model.frame)
            self._kept.forget(min(needed, self._hops * self._hop - int(_KEPT * self.rate)))
        return found

    def flush(self) -> list[Boundary]:
        """The stream is over: end open speech where it was last heard."""
        if self._model is None:
            return self._energy.flush()
        found: list[Boundary] = []
        for edge in self._energy.flush():
            self._take(edge, self._model, found)
        return found

    def _take(self, edge: Boundary, model: SpeechModel, found: list[Boundary]) -> None:
        """Take a boundary of the energy detector."""
        if edge.kind == "started":
            earliest = max(edge.at, self._hops / HOPS_PER_S - _BACK)
            first = round((earliest - _BEFORE) * model.rate)
            self._sound = _Sound(max(edge.at, self._free), first, model.start())
            return
        sound, self._sound = self._sound, None
        assert sound is not None
        if sound.onset is not None:
            self._stop(sound, self._offset(sound.heard_until, edge.at), found)
        elif not sound.was_speech and edge.at > sound.start:
            self.noises.append(Noise(sound.start, edge.at, sound.speech))

    def _listen(self, sound: _Sound, model: SpeechModel, found: list[Boundary]) -> None:
        """Ask the model about the frames that have come."""
        come = self._hops * self._hop
        while True:
            first = sound.first + sound.frames * model.frame
            if self._kept.needed(first, model.frame)[1] > come:
                return
            sound.frames += 1
            speech = sound.state(self._kept.read(first, model.frame))
            begin, end = first / model.rate, (first + model.frame) / model.rate
            if begin < sound.start - 2 * model.frame / model.rate:
                continue
            sound.speech = max(sound.speech, speech)
            sound.sure = sound.sure + 1 if speech >= _SURE else 0
            sound.none = sound.none + 1 if speech < _NONE else 0
            if speech >= _FAINT:
                sound.heard_until = end
            if sound.onset is None and sound.sure >= _SURE_FRAMES:
                sure_from = end - sound.sure * model.frame / model.rate
                sound.onset = self._onset(sound.start, sure_from)
                sound.was_speech = True
                found.append(Boundary("started", sound.onset, sound.speech))
            elif sound.onset is not None and sound.none * model.frame >= _NONE_S * model.rate:
                self._stop(sound, self._offset(sound.heard_until, end), found)

    def _stop(self, sound: _Sound, end: float, found: list[Boundary]) -> None:
        assert sound.onset is not None
        end = max(sound.onset, end)
        found.append(Boundary("stopped", end, sound.speech))
        sound.start = self._free = end
        sound.onset, sound.speech, sound.sure = None, 0.0, 0

    def _onset(self, start: float, sure_from: float) -> float:
        """Where speech began that the model is sure of from `sure_from`, in a sound from `start`.

        Energy is the better witness; but if something else sounded before, the onset is where the
        level rises over that.
        """
        sure = round(sure_from * HOPS_PER_S)
        free = round(self._free * HOPS_PER_S)
        bed = self._energy.recent(max(free, sure - _BED[0]), sure - _BED[1])
        if len(bed) < _BED_LEAST:
            late = sure_from - start > _LATE
            return max(start, sure_from - _MODEL_LATE) if late else start
        low = _quantile(bed, _BED_SHARE) + _OVER_BED_DB
        first = max(round(start * HOPS_PER_S), sure - _REACH)
        over = [level >= low for level in self._energy.recent(first, sure + _OF + 2)]
        for place in range(len(over) - _OF + 1):
            if over[place] and sum(over[place : place + _OF]) >= _RISE:
                rise = (first + place) / HOPS_PER_S
                return start if rise <= start + 2 / HOPS_PER_S else rise
        return max(start, sure_from - _MODEL_LATE)

    def _offset(self, heard_until: float, now: float) -> float:
        """Where speech ended that the model heard last at `heard_until`, in a sound up to `now`.

        Energy is the better witness; but if something else sounded on, the offset is where the
        level has fallen to that. And noise may hide an end that the model still hears.
        """
        guess = heard_until - _MODEL_LONG
        if guess - now > _MODEL_ERROR and self._energy.depth < _SHALLOW_DB:
            return guess
        if now - guess <= _TAIL:
            return now
        guessed, last = round(guess * HOPS_PER_S), round(now * HOPS_PER_S)
        bed = self._energy.recent(round(heard_until * HOPS_PER_S), last)
        low = _quantile(bed, _BED_SHARE_AFTER) + _OVER_BED_DB
        first = guessed - _END_EARLY
        end = None
        for hop, level in enumerate(
            self._energy.recent(first, min(last, guessed + _END_REACH)), start=first
        ):
            if level >= low:
                end = hop + 1
            elif hop - (guessed if end is None else end) >= _TOUCH:
                break
        return guess if end is None else end / HOPS_PER_S


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def find_speech(samples: Int16, rate: int, model: SpeechModel | None = None) -> tuple[Span, ...]:
    """All speech of a lane, by :class:`GatedDetector`, in seconds from its sample 0.

    Args:
        samples: Shape (n,).
        rate: Samples a second, Hz.
        model: Says what is speech; None: whatever the energy detector finds.

    Raises:
        ValueError: `rate` is not a positive multiple of 200.
    """
    detector = GatedDetector(rate, model)
    spans: list[Span] = []
    start = 0.0
    for boundary in [*detector.feed(samples), *detector.flush()]:
        if boundary.kind == "started":
            start = boundary.at
        elif boundary.at > start:
            spans.append(Span(start, boundary.at))
    return tuple(spans)
