"""A person's recogniser in its own pipeline: its failures harm no call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import numpy as np
import pytest
from pipecat.frames.frames import Frame, TranscriptionFrame, VADUserStoppedSpeakingFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService
from taps import KeptTap

from harness.caller import _person_ear
from harness.caller._person_ear import PersonEar, ear_of
from harness.errors import MissingKey
from harness.nouns import LANE_RATE, EventKind

LIMIT_S = 20.0
MISSING = "What a person says in the caller's place may not be written down."


class ScribeSTTService(STTService):
    """Understands how many samples it was given; `fails` says how it fails instead."""

    def __init__(self, fails: str = "") -> None:
        super().__init__(settings=STTSettings(model="scribe", language=None))
        self._fails = fails
        self._samples = 0

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        self._samples += len(audio) // 2
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, VADUserStoppedSpeakingFrame):
            return
        if self._fails:
            permanent = self._fails == "for good"
            await self.push_error("error code: 401 key-secret", force_treat_as_permanent=permanent)
        else:
            text = TranscriptionFrame(f"{self._samples} samples", "", "")
            text.finalized = True
            await self.push_frame(text)


def say(ear: PersonEar, number: int) -> None:
    """A line of one second."""
    first = number * 3 * LANE_RATE
    ear.words.begins(number, first / LANE_RATE)
    ear.words.hear(first, np.full(LANE_RATE, 900, np.int16))
    ear.words.over()


async def closed(ear: PersonEar) -> None:
    await asyncio.wait_for(ear.close(), LIMIT_S)


async def test_what_was_said_before_it_was_there_is_written_down():
    tap, ready = KeptTap(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def make() -> FrameProcessor:  # on a thread: a model loads
        asyncio.run_coroutine_threadsafe(ready.wait(), loop).result(LIMIT_S)
        return ScribeSTTService()

    ear = PersonEar(tap, "Scribe", make)
    ear.start()
    ear.start()
    say(ear, 1)
    ready.set()
    known = asyncio.Event()
    ear.words.on_words = lambda number, text: known.set()
    await asyncio.wait_for(known.wait(), LIMIT_S)
    await closed(ear)
    assert tap.of(EventKind.CALLER_TEXT) == [
        {"line": 1, "text": "16000 samples", "source": "stt", "by": "Scribe"}
    ]
    assert not tap.of(EventKind.ROOM_WARNING)


@pytest.mark.parametrize("fails", ["once", "for good"])
async def test_its_trouble_is_told_once_and_without_secrets(
    fails: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("harness.caller._person_words._LAST_S", 0.05)
    tap, made = KeptTap(), ScribeSTTService(fails)
    ear = PersonEar(tap, "Scribe", lambda: made)
    told = asyncio.Event()
    warn = ear._warn

    def warned(why: str) -> None:
        warn(why)
        told.set()

    ear._warn = warned  # type: ignore[method-assign]
    ear.start()
    say(ear, 1)
    say(ear, 2)
    await asyncio.wait_for(told.wait(), LIMIT_S)
    await closed(ear)
    (warning,) = tap.of(EventKind.ROOM_WARNING)
    assert warning["code"] == "person_words_failed"
    assert warning["message"].startswith("Scribe did not hear for the caller. It refuses the key.")
    assert warning["message"].endswith(MISSING) and "key-secret" not in warning["message"]
    assert not tap.of(EventKind.CALLER_TEXT)


async def test_one_that_cannot_be_made_or_never_comes_is_no_failure_of_the_call(
    monkeypatch: pytest.MonkeyPatch,
):
    def no_key() -> FrameProcessor:
        raise MissingKey("It needs a key.", cause="None is set.", remedy="Set it.")

    def broken() -> FrameProcessor:
        raise ValueError("the model is not there")

    class Mute(FrameProcessor):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            """Lets nothing through, not even the start."""

    monkeypatch.setattr(_person_ear, "_READY_S", 0.05)
    monkeypatch.setattr(_person_ear, "_END_S", 0.05)
    for make, says in (
        (no_key, "It needs a key. None is set."),
        (broken, "The recogniser failed: the model is not there"),
        (Mute, "The recogniser was not ready"),
    ):
        tap = KeptTap()
        ear = PersonEar(tap, "Scribe", make)
        ear.start()
        say(ear, 1)
        assert ear._task is not None
        await asyncio.wait_for(asyncio.wait({ear._task}), LIMIT_S)
        say(ear, 2)
        await closed(ear)
        (warning,) = tap.of(EventKind.ROOM_WARNING)
        assert warning["message"].startswith(says), warning
        assert warning["message"].endswith(MISSING)


async def test_a_stack_that_has_none_has_none():
    assert ear_of(KeptTap(), "offline", "en") is None
    assert ear_of(KeptTap(), "", "en") is None
    await closed(PersonEar(KeptTap(), "Scribe", ScribeSTTService))  # nobody ever took the call
