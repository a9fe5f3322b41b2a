"""The recogniser's texts laid on the speech they are of, and why there is no text."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from taps import KeptTap

from harness.caller._hearing import EAR_RATE, Hearing
from harness.caller._words import Words
from harness.measure import Boundary
from harness.nouns import LANE_RATE, EventKind

PIECE = np.zeros(LANE_RATE // 50, np.int16)


class Heard:
    def __init__(self, source: str = "stt", *, ear: bool = True) -> None:
        self.tap = KeptTap()
        self.words = Words(self.tap, source)  # type: ignore[arg-type]
        self.frames: list[Frame] = []
        self.hearing = Hearing(self.tap, self.words, self.frames.append if ear else None)

    def piece(self, *boundaries: Boundary) -> None:
        self.hearing.hear(PIECE, list(boundaries))

    def speech(self, start: float, stop: float) -> None:
        self.tap.t = start + 0.1
        self.piece(Boundary("started", start))
        self.tap.t = stop + 0.3
        self.piece(Boundary("stopped", stop))

    @property
    def texts(self) -> list[tuple[str, float]]:
        return [(data["text"], data["at"]) for data in self.tap.of(EventKind.AGENT_TEXT)]


async def test_sound_and_its_boundaries_reach_the_recogniser_in_order():
    heard = Heard()
    for _ in range(10):
        heard.piece()
    heard.speech(1.0, 2.0)
    kinds = [type(frame) for frame in heard.frames]
    started = kinds.index(VADUserStartedSpeakingFrame)
    stopped = kinds.index(VADUserStoppedSpeakingFrame)
    assert kinds[0] is InputAudioRawFrame and started < stopped
    assert heard.frames[started].start_secs == pytest.approx(0.1)
    samples = sum(
        len(frame.audio) // 2 for frame in heard.frames if isinstance(frame, InputAudioRawFrame)
    )
    assert samples == pytest.approx(12 * EAR_RATE / 50, abs=EAR_RATE // 50 * 2)


async def test_a_text_is_of_the_latest_speech():
    heard = Heard()
    heard.speech(1.0, 2.0)
    heard.hearing.recognised("one")
    heard.speech(4.0, 5.0)
    heard.hearing.recognised("two")
    assert heard.texts == [("one", 1.0), ("two", 4.0)]


async def test_a_late_text_is_of_the_speech_before():
    heard = Heard()
    heard.speech(1.0, 2.0)
    heard.tap.t = 2.6
    heard.piece(Boundary("started", 2.5))
    heard.hearing.recognised("one")
    heard.tap.t = 4.0
    heard.hearing.recognised("two, before it ended")
    assert heard.texts == [("one", 1.0), ("two, before it ended", 2.5)]


async def test_what_was_no_speech_gets_no_text():
    heard = Heard()
    heard.speech(1.0, 2.0)
    heard.speech(3.0, 3.0)
    heard.hearing.recognised("one")
    assert heard.texts == [("one", 1.0)]
    Heard().hearing.recognised("from nowhere")


async def test_auto_gives_the_agents_own_words_time_to_come(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("harness.caller._hearing._OTHERS_S", 0.05)
    silent, telling = Heard("auto"), Heard("auto")
    for heard in (silent, telling):
        heard.speech(1.0, 2.0)
        heard.hearing.recognised("by ear")
        assert heard.texts == []
    telling.words.by_transcription("its own")
    before = len(telling.frames)
    telling.piece()
    assert len(telling.frames) == before, "nothing is recognised in vain from then on"
    await asyncio.sleep(0.2)
    assert silent.texts == [("by ear", 1.0)]
    assert [data["text"] for data in telling.tap.of(EventKind.AGENT_TEXT)] == ["its own"]


async def test_what_still_waits_is_told_at_the_end():
    heard = Heard("auto")
    heard.speech(1.0, 2.0)
    heard.hearing.recognised("by ear")
    heard.hearing.close()
    assert heard.texts == [("by ear", 1.0)]


@pytest.mark.parametrize(
    ("source", "ear", "says"),
    [
        ("auto", False, "offline"),
        ("rtvi", False, "by rtvi"),
        ("lk.transcription", True, "by lk.transcription"),
        ("auto", True, None),
        ("stt", True, None),
    ],
)
async def test_why_there_is_no_text(
    source: str, ear: bool, says: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("harness.caller._hearing._SOURCES_S", 0.02)
    heard = Heard(source, ear=ear)
    heard.speech(1.0, 2.0)
    heard.speech(3.0, 4.0)
    await asyncio.sleep(0.15)
    warnings = heard.tap.of(EventKind.ROOM_WARNING)
    assert len(warnings) == (says is not None)
    if says:
        assert warnings[0]["code"] == "no_transcript" and says in warnings[0]["message"]


async def test_no_such_word_where_text_came(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("harness.caller._hearing._SOURCES_S", 0.02)
    heard = Heard("auto", ear=False)
    heard.words.by_rtvi("Hello")
    heard.speech(1.0, 2.0)
    await asyncio.sleep(0.1)
    assert heard.tap.of(EventKind.ROOM_WARNING) == []
