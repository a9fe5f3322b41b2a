"""The offline voice and ear as services of real Pipecat pipelines."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    TTSUpdateSettingsFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.metrics.metrics import TTFBMetricsData
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import WorkerRunner
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from harness.caller.speech import OfflineTTSSettings, _stt, get_stack, synthesize
from harness.caller.speech._ear import recogniser

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "speech"))
import clinic

SOON_S = 60.0
T = TypeVar("T", bound=Frame)
RATE = 16000


class Tap(FrameProcessor):
    """Notes every frame that passes, and lets a test wait for one."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []
        self._news = asyncio.Condition()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, InputAudioRawFrame):
            async with self._news:
                self.frames.append(frame)
                self._news.notify_all()
        await self.push_frame(frame, direction)

    def of(self, kind: type[T]) -> list[T]:
        return [frame for frame in self.frames if isinstance(frame, kind)]

    async def count(self, kind: type[Frame], number: int = 1) -> None:
        """Wait until `number` frames of `kind` have passed."""
        async with asyncio.timeout(SOON_S), self._news:
            await self._news.wait_for(lambda: len(self.of(kind)) >= number)


@asynccontextmanager
async def running(processors: Sequence[FrameProcessor]) -> AsyncIterator[PipelineWorker]:
    """A pipeline that has started; ended orderly when the block ends."""
    worker = PipelineWorker(
        Pipeline(list(processors)),
        params=PipelineParams(enable_metrics=True, audio_in_sample_rate=RATE),
        enable_rtvi=False,
        cancel_on_idle_timeout=False,
    )
    started = asyncio.Event()

    @worker.event_handler("on_pipeline_started")
    async def _(*_: object) -> None:
        started.set()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    run = asyncio.create_task(runner.run())
    await asyncio.wait_for(started.wait(), SOON_S)
    try:
        yield worker
    finally:
        await worker.queue_frame(EndFrame())
        await asyncio.wait_for(run, SOON_S)


def room(*parts: np.ndarray | float, rate: int = RATE) -> np.ndarray:
    """Speech and pauses (seconds) over a room's faint noise."""
    joined = np.concatenate(
        [
            np.zeros(int(part * rate), np.int16) if isinstance(part, float) else part
            for part in parts
        ]
    )
    tone = np.random.default_rng(0).normal(0, 8, len(joined))
    return np.clip(joined + tone, -32768, 32767).astype(np.int16)


def say(text: str, voice: str = "heart", rate: int = RATE) -> np.ndarray:
    return synthesize(text, voice=voice, sample_rate=rate)


async def feed(
    worker: PipelineWorker, samples: np.ndarray, rate: int = RATE, channels: int = 1
) -> None:
    """Send 20 ms frames at the pace of real time, which latencies are measured against."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    size = rate // 50
    for index, start in enumerate(range(0, len(samples), size)):
        part = np.repeat(samples[start : start + size], channels)
        await worker.queue_frame(
            InputAudioRawFrame(audio=part.tobytes(), sample_rate=rate, num_channels=channels)
        )
        await asyncio.sleep(max(0.0, began + (index + 1) * 0.02 - loop.time()))


def bot(tap_ear: Tap, tap_end: Tap) -> tuple[list[FrameProcessor], LLMContext]:
    """The hearing half of an ordinary bot: voice activity detection sits in the user aggregator."""
    ear = get_stack("offline").stt(sample_rate=RATE, sentences=clinic.TAUGHT)
    context = LLMContext()
    user = LLMContextAggregatorPair(
        context,
        user_params=LLMUserAggregatorParams(
            vad_analyzer=SileroVADAnalyzer(),
            user_turn_strategies=UserTurnStrategies(stop=[SpeechTimeoutUserTurnStopStrategy()]),
        ),
    ).user()
    return [ear, tap_ear, user, tap_end], context


async def test_an_ordinary_bot_hears_a_caller_turn_by_turn() -> None:
    tap, end = Tap(), Tap()
    processors, context = bot(tap, end)
    lines = ["I'd like to book an appointment.", "Are you open on Saturday?"]
    async with running(processors) as worker:
        for number, line in enumerate(lines, start=1):
            await feed(worker, room(0.3, say(line), 1.2))
            await end.count(UserStoppedSpeakingFrame, number)
    texts = [frame.text for frame in tap.of(TranscriptionFrame)]
    assert texts == ["i'd like to book an appointment", "are you open on saturday"]
    assert all(frame.finalized for frame in tap.of(TranscriptionFrame))
    assert [message["content"] for message in context.get_messages()] == texts
    # Words came while the caller spoke: the first interim text precedes the end of speech.
    kinds = [type(frame) for frame in tap.frames]
    assert kinds.index(InterimTranscriptionFrame) < kinds.index(VADUserStoppedSpeakingFrame)
    # Time to the final text is reported by Pipecat's own machinery, once a turn.
    reported = [
        data.value
        for frame in tap.of(MetricsFrame)
        for data in frame.data
        if isinstance(data, TTFBMetricsData) and data.value > 0
    ]
    assert len(reported) == len(lines)


async def hear(
    worker: PipelineWorker,
    samples: np.ndarray,
    begin_s: float,
    *,
    rate: int = RATE,
    channels: int = 1,
    end: bool = True,
) -> None:
    """Send `samples` at once; speech is noticed `begin_s` seconds after their start."""
    cut, size = int(begin_s * rate), rate // 50
    noticed = False
    for start in range(0, len(samples), size):
        if not noticed and start >= cut:
            noticed = True
            await worker.queue_frame(VADUserStartedSpeakingFrame(start_secs=0.2))
        part = np.repeat(samples[start : start + size], channels)
        await worker.queue_frame(
            InputAudioRawFrame(audio=part.tobytes(), sample_rate=rate, num_channels=channels)
        )
    if end:
        await worker.queue_frame(VADUserStoppedSpeakingFrame(stop_secs=0.2))


def ear(sentences: Sequence[str] = clinic.TAUGHT, rate: int = RATE) -> FrameProcessor:
    return get_stack("offline").stt(sample_rate=rate, sentences=sentences)


async def test_words_before_the_start_is_noticed_are_not_lost() -> None:
    tap = Tap()
    async with running([ear(), tap]) as worker:
        # Speech starts at 1 s and is noticed 0.4 s later, in the second word.
        await hear(worker, room(1.0, say("Where can I park?"), 0.2), 1.4)
        await tap.count(TranscriptionFrame)
    assert [frame.text for frame in tap.of(TranscriptionFrame)] == ["where can i park"]


@pytest.mark.parametrize(("rate", "channels"), [(48000, 2), (24000, 1), (8000, 1)])
async def test_frames_of_any_format_are_heard(rate: int, channels: int) -> None:
    tap = Tap()
    async with running([ear(), tap]) as worker:
        line = say("Are you open on Saturday?", rate=rate)
        samples = room(0.3, line, 0.3, rate=rate)
        await hear(worker, samples, 0.5, rate=rate, channels=channels)
        await tap.count(TranscriptionFrame)
    (frame,) = tap.of(TranscriptionFrame)
    if rate > 8000:
        assert frame.text == "are you open on saturday"
    else:  # Half the spectrum is gone: something is heard, what is not promised.
        assert frame.text


async def test_a_turn_cut_short_by_hanging_up_is_still_heard() -> None:
    tap = Tap()
    async with running([ear(), tap]) as worker:
        await hear(worker, room(0.3, say("No, thank you."), 0.2), 0.5, end=False)
        await tap.count(InterimTranscriptionFrame)
    assert [frame.text for frame in tap.of(TranscriptionFrame)] == ["no thank you"]


async def test_noise_gives_no_text_and_the_next_turn_is_heard() -> None:
    tap = Tap()
    hiss = np.random.default_rng(1).normal(0, 1500, RATE * 2).astype(np.int16)
    async with running([ear(), tap]) as worker:
        await hear(worker, hiss, 0.2)
        await hear(worker, room(0.3, say("Yes, please."), 0.2), 0.5)
        await tap.count(TranscriptionFrame)
    assert [frame.text for frame in tap.of(TranscriptionFrame)] == ["yes please"]


async def test_a_text_that_comes_after_the_caller_went_on_does_not_end_the_turn() -> None:
    tap = Tap()
    async with running([ear(), tap]) as worker:
        await hear(worker, room(0.3, say("No, thank you."), 0.2), 0.5)
        await hear(worker, room(0.3, say("That's all, thank you."), 0.2), 0.0)
        await tap.count(TranscriptionFrame, 2)
    first, second = tap.of(TranscriptionFrame)
    assert (first.text, second.text) == ("no thank you", "that's all thank you")
    assert (first.finalized, second.finalized) == (False, True)


async def test_an_endless_utterance_is_heard_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stt, "_LONGEST_S", 3.0)
    tap = Tap()
    line = room(0.3, say("Yes, please."), 1.0)
    async with running([ear(), tap]) as worker:
        await hear(worker, np.concatenate([line] * 4), 0.5)
        await tap.count(TranscriptionFrame, 2)
        assert [frame.finalized for frame in tap.of(TranscriptionFrame)][0] is False
    assert "yes please" in tap.of(TranscriptionFrame)[0].text
    assert tap.of(TranscriptionFrame)[-1].finalized


async def test_two_ears_in_one_process_hear_their_own_call() -> None:
    taps = [Tap(), Tap()]
    lines = ["Where can I park?", "What is your address?"]
    async with running([ear(), taps[0]]) as one, running([ear(), taps[1]]) as two:
        await asyncio.gather(
            hear(one, room(0.3, say(lines[0]), 0.2), 0.5),
            hear(two, room(0.3, say(lines[1], "deep"), 0.2), 0.5),
        )
        for tap in taps:
            await tap.count(TranscriptionFrame)
    assert [tap.of(TranscriptionFrame)[0].text for tap in taps] == [
        "where can i park",
        "what is your address",
    ]


async def test_a_killed_helper_is_replaced_within_the_call() -> None:
    tap = Tap()
    async with running([ear(), tap]) as worker:
        pid = recogniser().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await hear(worker, room(0.3, say("Yes, please."), 0.2), 0.5)
        await tap.count(TranscriptionFrame)
    assert tap.of(TranscriptionFrame)[0].text == "yes please"
    assert not tap.of(ErrorFrame)


def audio(tap: Tap) -> np.ndarray:
    frames = tap.of(TTSAudioRawFrame)
    return np.frombuffer(b"".join(frame.audio for frame in frames), np.int16)


def voice(name: str = "heart", **arguments: object) -> FrameProcessor:
    chosen = {"speed": 1.0, "seed": 0, "sample_rate": 24000, **arguments}
    return get_stack("offline").tts(name, **chosen)  # type: ignore[arg-type]


async def test_a_spoken_line_is_the_synthesised_samples_in_short_frames() -> None:
    tap = Tap()
    async with running([voice("deep", speed=1.1, seed=4), tap]) as worker:
        await worker.queue_frame(TTSSpeakFrame("Good morning. How can I help you?"))
        await tap.count(TTSStoppedFrame)
    expected = synthesize("Good morning. How can I help you?", voice="deep", speed=1.1, seed=4)
    assert np.array_equal(audio(tap), expected)
    lengths = {len(frame.audio) // 2 / frame.sample_rate for frame in tap.of(TTSAudioRawFrame)}
    assert max(lengths) == 0.04
    kinds = [type(frame) for frame in tap.frames]
    assert kinds.index(TTSStartedFrame) < kinds.index(TTSAudioRawFrame)
    assert [frame.text for frame in tap.of(TTSTextFrame)] == ["Good morning. How can I help you?"]


async def test_tokens_of_a_model_are_spoken_sentence_by_sentence() -> None:
    tap = Tap()
    async with running([voice(), tap]) as worker:
        await worker.queue_frame(LLMFullResponseStartFrame())
        for token in ("We are ", "open at ", "8:30. ", "Dr. ", "Patel is ", "in today."):
            await worker.queue_frame(LLMTextFrame(token))
        await worker.queue_frame(LLMFullResponseEndFrame())
        await tap.count(TTSStoppedFrame)
    sentences = ["We are open at 8:30.", "Dr. Patel is in today."]
    expected = np.concatenate([synthesize(text, voice="heart") for text in sentences])
    assert np.array_equal(audio(tap), expected)
    reported = [data for frame in tap.of(MetricsFrame) for data in frame.data]
    assert any(isinstance(data, TTFBMetricsData) and data.value > 0 for data in reported)


async def test_the_voice_can_be_changed_within_a_call() -> None:
    tap = Tap()
    async with running([voice(), tap]) as worker:
        await worker.queue_frame(TTSUpdateSettingsFrame(delta=OfflineTTSSettings(voice="deep")))
        await worker.queue_frame(TTSSpeakFrame("Hello there."))
        await tap.count(TTSStoppedFrame)
    assert np.array_equal(audio(tap), synthesize("Hello there.", voice="deep"))


async def test_an_unknown_voice_within_a_call_is_an_error_frame_not_a_crash() -> None:
    errors = Tap()
    async with running([errors, voice(), Tap()]) as worker:
        await worker.queue_frame(TTSUpdateSettingsFrame(delta=OfflineTTSSettings(voice="nobody")))
        await worker.queue_frame(TTSSpeakFrame("Hello there."))
        await errors.count(ErrorFrame)
    assert "'nobody'" in errors.of(ErrorFrame)[0].error


async def test_an_interruption_stops_the_line_and_the_next_is_spoken_whole() -> None:
    tap = Tap()
    async with running([voice(), tap]) as worker:
        await worker.queue_frame(TTSSpeakFrame("This is a rather long line. " * 8))
        await tap.count(TTSAudioRawFrame)
        await worker.queue_frame(InterruptionFrame())
        await tap.count(InterruptionFrame)
        tap.frames.clear()
        await worker.queue_frame(TTSSpeakFrame("Hello there."))
        await tap.count(TTSStoppedFrame)
    expected = synthesize("Hello there.", voice="heart")
    assert np.array_equal(audio(tap), expected)


async def test_the_loop_goes_on_while_a_line_is_rendered() -> None:
    """Rendering is on a thread: the loop turns many times before the first samples come."""
    tap = Tap()
    turns = 0
    async with running([voice(seed=int.from_bytes(os.urandom(3))), tap]) as worker:
        await worker.queue_frame(TTSSpeakFrame("Not one word of this line was ever said before."))
        while not tap.of(TTSStoppedFrame):
            turns += 1
            await asyncio.sleep(0)
    assert turns > 100
