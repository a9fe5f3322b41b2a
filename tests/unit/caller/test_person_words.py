"""Texts of a recogniser are laid on the lines of a person they are of, however late they come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from taps import KeptTap
from virtual import run

from harness.caller import _person_words
from harness.caller._person_words import PersonWords
from harness.nouns import LANE_RATE, EventKind

PIECE = LANE_RATE // 50


@dataclass(frozen=True)
class Said:
    """A line: how long it lasts, the pause after it, and what a recogniser makes of it.

    `texts` come one after the other, the first after `late` seconds; `closes` tells whether the
    last one says that it is the last.
    """

    length: float = 1.0
    pause: float = 1.0
    texts: tuple[str, ...] = ("words",)
    late: float = 0.3
    closes: bool = True


class Recogniser:
    """Tells the prepared texts of each stretch that it hears."""

    def __init__(self, story: list[Said]) -> None:
        self.tap = KeptTap()
        self.words = PersonWords(self.tap, "Scribe", self.feed)
        self.known: list[tuple[int, str]] = []
        self.words.on_words = lambda number, text: self.known.append((number, text))
        self.frames: list[Frame] = []
        self._story = iter(story)
        self._telling: set[asyncio.Task[None]] = set()

    async def feed(self, frame: Frame) -> None:
        self.frames.append(frame)
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            task = asyncio.create_task(self._tell(next(self._story)))
            self._telling.add(task)

    async def _tell(self, said: Said) -> None:
        for place, text in enumerate(said.texts):
            await asyncio.sleep(said.late)
            last = said.closes and place == len(said.texts) - 1
            self.words.recognised(text, last=last)

    def seconds(self) -> list[float]:
        """Of sound that it got of each stretch."""
        found: list[float] = []
        for frame in self.frames:
            if isinstance(frame, VADUserStartedSpeakingFrame):
                found.append(0.0)
            elif isinstance(frame, InputAudioRawFrame):
                found[-1] += len(frame.audio) / 2 / frame.sample_rate
        return found


async def talk(recogniser: Recogniser, story: list[Said]) -> None:
    """As a microphone does, in time; onsets and ends are known 0.2 s late."""
    words, first = recogniser.words, 0

    async def hear(seconds: float) -> None:
        nonlocal first
        for _ in range(round(seconds * 50)):
            words.hear(first, np.full(PIECE, 1000, np.int16))
            first += PIECE
            await asyncio.sleep(0.02)

    await hear(1.0)
    for number, said in enumerate(story, start=1):
        at = first / LANE_RATE
        await hear(0.2)
        words.begins(number, at)
        await hear(said.length)
        words.over()
        await hear(said.pause)


def heard(story: list[Said]) -> Recogniser:
    async def whole() -> Recogniser:
        recogniser = Recogniser(story)
        running = asyncio.create_task(recogniser.words.run())
        await talk(recogniser, story)
        await asyncio.sleep(60.0)
        await recogniser.words.finish()
        running.cancel()
        return recogniser

    return run(whole())


def texts(recogniser: Recogniser) -> dict[int, str]:
    """The words of each line, as they stand in the end."""
    return {one["line"]: one["text"] for one in recogniser.tap.of(EventKind.CALLER_TEXT)}


lines = st.builds(
    Said,
    length=st.sampled_from([0.2, 1.0, 3.0]),
    pause=st.sampled_from([0.1, 0.6, 5.0]),
    texts=st.lists(st.sampled_from(["one", "two", "three"]), max_size=3).map(tuple),
    late=st.sampled_from([0.0, 0.3, 1.9]),
    closes=st.booleans(),
)


@settings(max_examples=20, deadline=None)
@given(st.lists(lines, max_size=6))
def test_each_text_is_of_its_line(story: list[Said]) -> None:
    recogniser = heard(story)
    wanted = {
        number: " ".join(said.texts) for number, said in enumerate(story, start=1) if said.texts
    }
    assert texts(recogniser) == wanted
    assert recogniser.known == list(wanted.items())
    for said, seconds in zip(story, recogniser.seconds(), strict=True):
        # What came before its onset is with it, unless it was of the line before.
        assert said.length + 0.2 <= seconds + 0.021 <= said.length + 0.2 + 0.3 + 0.05


def test_what_comes_while_a_line_goes_on_is_told_at_once_with_its_recogniser() -> None:
    async def whole() -> None:
        recogniser = Recogniser([Said()])
        running = asyncio.create_task(recogniser.words.run())
        recogniser.words.hear(0, np.zeros(PIECE, np.int16))
        recogniser.words.begins(3, 0.0)
        await asyncio.sleep(0.1)
        recogniser.words.recognised("  Where\n can\x07 I ", last=False)
        assert recogniser.tap.of(EventKind.CALLER_TEXT) == [
            {"line": 3, "text": "Where can I", "source": "stt", "by": "Scribe"}
        ]
        assert recogniser.known == []
        running.cancel()

    run(whole())


def test_a_recogniser_that_understands_nothing_holds_nobody_up() -> None:
    recogniser = heard([Said(texts=()), Said(pause=0.1), Said()])
    assert texts(recogniser) == {2: "words", 3: "words"}


def test_a_recogniser_that_is_slower_than_people_is_given_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_person_words, "_MOST_S", 2.0)

    async def whole() -> None:
        words = PersonWords(KeptTap(), "Scribe", _nothing)  # nobody runs it
        slow: list[int] = []
        words.on_slow = lambda: slow.append(1)
        for number in range(1, 6):
            words.begins(number, 0.0)
            words.hear(number * LANE_RATE, np.zeros(LANE_RATE, np.int16))
            words.over()
        assert len(slow) == 2

    run(whole())


def test_one_that_is_lost_gets_nothing_and_nobody_waits_for_it() -> None:
    async def whole() -> None:
        recogniser = Recogniser([])
        recogniser.words.begins(1, 0.0)
        recogniser.words.lose()
        recogniser.words.begins(2, 0.0)
        recogniser.words.over()
        began = asyncio.get_running_loop().time()
        await recogniser.words.finish()
        assert asyncio.get_running_loop().time() == began
        assert recogniser.frames == []
        recogniser.words.recognised("from nowhere", last=True)
        assert recogniser.tap.of(EventKind.CALLER_TEXT) == []

    run(whole())


async def _nothing(frame: Frame) -> None:
    return None
