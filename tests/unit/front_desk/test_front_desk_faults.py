"""The session body, and the processors that give the agent its faults and its pace."""

from __future__ import annotations

import asyncio
from datetime import date

import numpy as np
import pytest
from faults import BadBody, Chatter, Deafness, Fault, LeadingSilence, SessionBody
from log import readable_log
from loguru import logger
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.tests.utils import SleepFrame, run_test
from turns import MuteWhen, ShortPauses

RATE = 24000


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_is_known_by_its_name(fault: Fault) -> None:
    assert SessionBody.read({"fault": fault.value}).fault is fault


def test_the_ten_faults() -> None:
    assert {fault.value for fault in Fault} == {
        *("slow", "deaf", "mumbler", "stubborn", "chatty"),
        *("liar", "unsafe", "hangs_up", "silent_start", "crash"),
    }


@pytest.mark.parametrize("body", [None, {}, {"somebody": "else's"}, {"fault": None}])
def test_a_body_without_our_keys_is_healthy(body: object) -> None:
    assert SessionBody.read(body) == SessionBody(fault=None, today=None)


def test_the_day_can_be_fixed() -> None:
    assert SessionBody.read({"today": "2026-11-23"}).today == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"fault": "grumpy"}, r"Unknown fault 'grumpy'\. Known faults: slow, deaf"),
        ({"today": "someday"}, r"today is 'someday', but must be a day"),
        ("fault", r"must be a JSON object"),
    ],
)
def test_a_body_it_does_not_know_is_refused(body: object, says: str) -> None:
    with pytest.raises(BadBody, match=says):
        SessionBody.read(body)


def _audio(seconds: float, loudness: int) -> TTSAudioRawFrame:
    samples = np.full(int(seconds * RATE), loudness, np.int16)
    return TTSAudioRawFrame(audio=samples.tobytes(), sample_rate=RATE, num_channels=1)


def _seconds(frames: list[Frame], *, loud: bool) -> float:
    heard = [np.frombuffer(f.audio, np.int16) for f in frames if isinstance(f, TTSAudioRawFrame)]
    return sum(int(np.sum((np.abs(each) > 300) == loud)) for each in heard) / RATE


async def test_mumbler_begins_each_answer_with_silence() -> None:
    send = [TTSStartedFrame(), _audio(0.1, 9000), _audio(0.1, 9000)]
    down, _ = await run_test(LeadingSilence(0.4), frames_to_send=[*send, *send], start_timeout=20)
    assert _seconds(list(down), loud=False) == pytest.approx(0.8)
    assert _seconds(list(down), loud=True) == pytest.approx(0.4)
    kinds = [type(frame) for frame in down]
    assert kinds[0] is TTSStartedFrame
    assert np.frombuffer(down[1].audio, np.int16).max() == 0  # type: ignore[attr-defined]


async def test_silence_before_and_inside_speech_is_cut_short() -> None:
    quiet = [_audio(0.04, 3) for _ in range(20)]
    send = [TTSStartedFrame(), *quiet, _audio(0.2, 9000), *quiet, _audio(0.2, -9000)]
    down, _ = await run_test(ShortPauses(), frames_to_send=send, start_timeout=20)
    assert _seconds(list(down), loud=True) == pytest.approx(0.4)
    assert _seconds(list(down), loud=False) == pytest.approx(0.04 + 0.32)


async def test_deaf_hears_nothing_else_is_let_through() -> None:
    audio = InputAudioRawFrame(audio=bytes(320), sample_rate=16000, num_channels=1)
    down, _ = await run_test(
        Deafness(), frames_to_send=[audio, TTSStartedFrame()], start_timeout=20
    )
    assert [type(frame) for frame in down] == [TTSStartedFrame]


async def test_chatty_speaks_while_the_caller_does() -> None:
    send = [UserStartedSpeakingFrame(), SleepFrame(0.5), UserStoppedSpeakingFrame()]
    down, _ = await run_test(Chatter(after_s=0.01), frames_to_send=send, start_timeout=20)
    assert [type(frame) for frame in down] == [
        UserStartedSpeakingFrame,
        TTSSpeakFrame,
        UserStoppedSpeakingFrame,
    ]


async def test_chatty_says_nothing_after_the_caller_has_stopped() -> None:
    send = [UserStartedSpeakingFrame(), UserStoppedSpeakingFrame()]
    down, _ = await run_test(Chatter(after_s=30), frames_to_send=send, start_timeout=20)
    assert [type(frame) for frame in down] == [UserStartedSpeakingFrame, UserStoppedSpeakingFrame]


async def test_does_not_listen_while_it_leaves() -> None:
    leaving = asyncio.Event()
    mute = MuteWhen(leaving.is_set)
    assert not await mute.process_frame(TTSStartedFrame())
    leaving.set()
    assert await mute.process_frame(TTSStartedFrame())


def test_no_token_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    readable_log()
    try:
        token = "eyJhbGciOiJIUzI1NiJ9.eyJ2aWRlbyI6e319.c2lnbmF0dXJl"
        logger.info(f"Connecting with {token}")
        logger.debug("not shown")
        try:
            raise RuntimeError(f"refused access_token={token}")
        except RuntimeError:
            logger.exception("It failed")
    finally:
        logger.remove()
    shown = capsys.readouterr().err
    assert "Connecting with [hidden]" in shown
    assert "Traceback" in shown
    assert "eyJ" not in shown
    assert "not shown" not in shown
