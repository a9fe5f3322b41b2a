"""PersonWords: what a person says in the caller's place, written down line by line."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import numpy as np
import soxr
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from harness.caller._hearing import EAR_RATE
from harness.caller._tap import CallTap, Samples
from harness.caller._text import clean
from harness.nouns import LANE_RATE, EventKind

__all__ = ["PersonWords"]

_BEFORE_S = 0.3
"""So much of what was heard before a line's onset goes with it: no first sound is lost."""
_KEPT_S = 2.0
"""So much is kept until it is known whether it is of a line: an onset is known late."""
_FIRST_S = 8.0
"""So long after a line its first text may come; the sound of the next waits for it."""
_MORE_S = 2.0
"""So long after a text another one of the same line may come."""
_LAST_S = 3.0
"""So long the end of a call waits for the words of its last lines."""
_MOST_S = 300.0
"""More sound than that does not wait for a recogniser that is slower than people speak."""
_LONGEST = 5000
"""Characters of a line: a person who speaks for five minutes says fewer."""


@dataclass
class _Line:
    number: int
    sound: asyncio.Queue[Samples | None] = field(default_factory=asyncio.Queue)
    texts: list[str] = field(default_factory=list)
    over: bool = False
    """Whether all of its sound was given."""
    settled: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)


class PersonWords:
    """Gives a recogniser the lines of a person and lays its texts on them.

    It hears nothing but lines, and of each only when those before are settled: so whatever it tells
    is of the line that it heard last, however late it tells it. A text is told as soon as it comes,
    with what came of the same line before.

    Args:
        tap: Takes the events.
        by: The recogniser's name.
        feed: Gives it a frame.

    Attributes:
        on_words: Called with a line's number and its words, once no more are awaited.
        on_slow: Called when the recogniser is so slow that a line is left out.
    """

    def __init__(self, tap: CallTap, by: str, feed: Callable[[Frame], Awaitable[None]]) -> None:
        self._tap = tap
        self._by = by
        self._feed = feed
        self._before: deque[tuple[int, Samples]] = deque()
        self._given = 0
        self._waiting = 0
        self._speaking: _Line | None = None
        self._heard: _Line | None = None
        self._lines: asyncio.Queue[_Line] = asyncio.Queue()
        self._deaf = False
        self.on_words: Callable[[int, str], None] = lambda number, text: None
        self.on_slow: Callable[[], None] = lambda: None

    def hear(self, first: int, samples: Samples) -> None:
        """Take what a person's microphone gave, from sample `first` of the call's clock on."""
        self._before.append((first, samples))
        while self._before[0][0] < first - _KEPT_S * LANE_RATE:
            self._before.popleft()
        if self._speaking is not None:
            self._give(self._speaking, first, samples)

    def begins(self, number: int, at: float) -> None:
        """A line has begun at second `at`."""
        if self._deaf:
            return
        if self._waiting > _MOST_S * LANE_RATE:
            return self.on_slow()
        line = self._speaking = _Line(number)
        # What was given with the line before is none of this one.
        start = max(round((at - _BEFORE_S) * LANE_RATE), self._given)
        for first, samples in self._before:
            if first + len(samples) > start:
                cut = max(0, start - first)
                self._give(line, first + cut, samples[cut:])
        self._lines.put_nowait(line)

    def over(self) -> None:
        """The line is over."""
        if self._speaking is not None:
            self._speaking.sound.put_nowait(None)
            self._speaking = None

    def recognised(self, text: str, *, last: bool) -> None:
        """Take a final text; `last` if it is the last of what was heard until now."""
        line = self._heard
        text = " ".join(clean(text, _LONGEST).split())
        if line is None:
            return
        if text:
            line.texts.append(text)
            words = " ".join(line.texts)[:_LONGEST]
            self._tap.emit(
                EventKind.CALLER_TEXT, line=line.number, text=words, source="stt", by=self._by
            )
        line.settled |= last and line.over
        line.news.set()

    def lose(self) -> None:
        """The recogniser is lost: nothing is written down any more."""
        self._deaf = True
        self.over()
        if self._heard is not None:
            self._heard.settled = True
            self._heard.news.set()
        while not self._lines.empty():
            self._lines.get_nowait()
            self._lines.task_done()

    async def run(self) -> None:
        """Give it line after line until cancelled."""
        while True:
            line = self._heard = await self._lines.get()
            try:
                await self._recognise(line)
                if line.texts:
                    self.on_words(line.number, " ".join(line.texts))
            finally:
                self._lines.task_done()

    async def finish(self) -> None:
        """Wait for the words of lines that are over, but not for ever."""
        self.over()
        try:
            await asyncio.wait_for(self._lines.join(), _LAST_S)
        except TimeoutError:
            return

    def _give(self, line: _Line, first: int, samples: Samples) -> None:
        self._given = first + len(samples)
        self._waiting += len(samples)
        line.sound.put_nowait(samples)

    async def _recognise(self, line: _Line) -> None:
        resample = soxr.ResampleStream(LANE_RATE, EAR_RATE, 1, dtype="int16", quality="HQ")
        await self._feed(VADUserStartedSpeakingFrame(start_secs=_BEFORE_S))
        samples: Samples | None = np.zeros(0, np.int16)
        while samples is not None:
            samples = await line.sound.get()
            self._waiting -= 0 if samples is None else len(samples)
            rest = np.zeros(0, np.int16) if samples is None else samples
            pcm = np.asarray(resample.resample_chunk(rest, last=samples is None), np.int16)
            if len(pcm):
                sound = InputAudioRawFrame(
                    audio=pcm.tobytes(), sample_rate=EAR_RATE, num_channels=1
                )
                await self._feed(sound)
        line.over = True
        await self._feed(VADUserStoppedSpeakingFrame())
        while not line.settled:
            line.news.clear()
            try:
                await asyncio.wait_for(line.news.wait(), _MORE_S if line.texts else _FIRST_S)
            except TimeoutError:
                return
