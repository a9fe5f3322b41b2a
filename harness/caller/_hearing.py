"""Hearing: heard sound for our recogniser, and its texts laid on the speech they are of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
import soxr
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from harness.caller._tap import CallTap, Samples
from harness.caller._words import Words
from harness.measure import HANGOVER_S, Boundary
from harness.nouns import LANE_RATE, EventKind

__all__ = ["EAR_RATE", "Hearing"]

EAR_RATE = 16_000
"""Samples a second the recognisers get, Hz."""

_LATE_S = 1.0
"""A text that comes this soon after speech began is of the speech before."""
_OTHERS_S = 1.5
"""With `auto`: how long after it was recognised a text waits for the agent's own words."""
_SOURCES_S = 4.0
"""After so long from the end of its first words an agent that tells no text will tell none."""


class Hearing:
    """Feeds the recogniser of the caller's stack, if there is one, and takes what it says.

    Args:
        tap: The call's clock and events.
        words: Where texts go; it also knows whether they are wanted.
        feed: Takes frames for the recogniser; None if there is none.
    """

    def __init__(self, tap: CallTap, words: Words, feed: Callable[[Frame], None] | None) -> None:
        self._tap = tap
        self._words = words
        self._feed = feed
        self._resample = soxr.ResampleStream(LANE_RATE, EAR_RATE, 1, dtype="int16", quality="HQ")
        self._starts: list[float] = []
        self._open = False
        self._held: dict[asyncio.TimerHandle, tuple[str, float]] = {}
        self._check: asyncio.TimerHandle | None = None

    def hear(self, samples: Samples, boundaries: list[Boundary]) -> None:
        """Take a piece of the agent's lane and the boundaries that became known with it."""
        for boundary in boundaries:
            self._mark(boundary)
        if self._feed is None or not self._words.wants_ear:
            return
        pcm = np.asarray(self._resample.resample_chunk(samples), np.int16).tobytes()
        if pcm:
            self._feed(InputAudioRawFrame(audio=pcm, sample_rate=EAR_RATE, num_channels=1))
        for boundary in boundaries:
            # Dated back as the boundary is: the recogniser keeps some sound from before.
            age = max(0.0, self._tap.now() - boundary.at)
            if boundary.kind == "started":
                self._feed(VADUserStartedSpeakingFrame(start_secs=age))
            else:
                self._feed(VADUserStoppedSpeakingFrame(stop_secs=max(age, HANGOVER_S)))

    def recognised(self, text: str) -> None:
        """Take a final text of the recogniser."""
        if not self._starts:
            return
        place = len(self._starts) - 1
        if place and self._open and self._tap.now() - self._starts[-1] < _LATE_S:
            place -= 1
        at = self._starts[place]
        if self._words.source == "stt":
            self._words.by_ear(text, at)
        elif self._words.wants_ear:
            self._hold(text, at)

    def close(self) -> None:
        """Tell what still waits."""
        if self._check is not None:
            self._check.cancel()
        for timer, (text, at) in list(self._held.items()):
            timer.cancel()
            self._words.by_ear(text, at)
        self._held.clear()

    def _mark(self, boundary: Boundary) -> None:
        self._open = boundary.kind == "started"
        if self._open:
            self._starts.append(boundary.at)
        elif self._starts and boundary.at <= self._starts[-1]:
            self._starts.pop()  # it was no speech after all
        elif self._check is None:
            loop = asyncio.get_running_loop()
            self._check = loop.call_later(_SOURCES_S, self._tell_silence)

    def _hold(self, text: str, at: float) -> None:
        def release() -> None:
            self._held.pop(timer, None)
            self._words.by_ear(text, at)

        timer = asyncio.get_running_loop().call_later(_OTHERS_S, release)
        self._held[timer] = (text, at)

    def _tell_silence(self) -> None:
        """Say why there is no text, once the agent has spoken and nothing told its words."""
        if self._words.any or (self._feed is not None and self._words.wants_ear):
            return
        if self._words.source == "auto":
            why = (
                "The agent does not tell its words, and the offline recogniser knows only "
                "Ringback's own voices: there is no transcript of the agent. Choose the local or "
                "cloud stack for the caller, or set the agent's transcript to stt."
            )
        else:
            why = (
                f"The agent's words were to come by {self._words.source}, and none came: there is "
                "no transcript of the agent. Set its transcript to auto."
            )
        self._tap.emit(EventKind.ROOM_WARNING, code="no_transcript", message=why)
