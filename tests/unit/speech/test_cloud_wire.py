"""The cloud stack's own Pipecat services, unmodified, against the emulators of their services."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    FunctionCallInProgressFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from harness.caller import SimulatedCaller, _pipeline
from harness.caller.speech import SpeechWatch, _cloud, get_stack, synthesize
from harness.errors import InputError, SpeechFailed
from harness.local.cartesia_emulator import CartesiaEmulator
from harness.local.deepgram_emulator import DeepgramEmulator
from harness.local.openai_emulator import ChatAnswer, Faults, FunctionCall, OpenAiEmulator
from harness.nouns import Agent, Caller, Session
from harness.settings import Settings

RATE = 24000
EAR = 16000
SOON_S = 30.0
TEXT = "I would like to book an appointment."
KEY = "key-0123456789-abcdef"

_watched: list[str] | None = None


def _on_audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _watched is None:
        return
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        _watched.append(str(arguments[1][0]))
    elif event == "socket.getaddrinfo":
        _watched.append(str(arguments[0]))


sys.addaudithook(_on_audit)


@pytest.fixture(autouse=True)
def only_this_machine() -> Any:
    """No test here looks up or connects to another machine, whatever goes wrong."""
    global _watched
    _watched = []
    yield
    asked, _watched = _watched, None
    assert set(asked) <= {"127.0.0.1", "localhost", "::1", "None"}, asked


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Any:
    """Have the cloud stack find its services at these addresses."""
    for service in ("CARTESIA", "DEEPGRAM", "OPENAI"):
        monkeypatch.setenv(f"{service}_API_KEY", KEY)

    def find(**urls: str) -> None:
        addressed = settings.model_copy(update={f"{name}_url": url for name, url in urls.items()})
        monkeypatch.setattr(_cloud, "get_settings", lambda: addressed)

    return find


class Sink(FrameProcessor):
    """Keeps what comes out and lets a test wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []
        self._news = asyncio.Condition()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        async with self._news:
            self.frames.append(frame)
            self._news.notify_all()
        await self.push_frame(frame, direction)

    def of(self, kind: type[Any]) -> list[Any]:
        return [frame for frame in self.frames if isinstance(frame, kind)]

    async def wait_for(self, kind: type[Frame], count: int = 1) -> list[Any]:
        async with asyncio.timeout(SOON_S), self._news:
            await self._news.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)

    @property
    def samples(self) -> np.ndarray:
        return np.frombuffer(b"".join(each.audio for each in self.of(TTSAudioRawFrame)), np.int16)


class Call:
    """A service at work in a pipeline."""

    def __init__(self, service: FrameProcessor) -> None:
        self.sink = Sink()
        self.failures: asyncio.Queue[SpeechFailed] = asyncio.Queue()
        self.raw: list[str] = []
        self.watch = SpeechWatch(service, self.failures.put_nowait)
        self.worker = PipelineWorker(
            Pipeline([service, self.sink]),
            params=PipelineParams(audio_in_sample_rate=EAR, audio_out_sample_rate=RATE),
            enable_rtvi=False,
            enable_turn_tracking=False,
            cancel_on_idle_timeout=False,
        )

    async def speak(self, text: str = TEXT) -> None:
        await self.worker.queue_frame(TTSSpeakFrame(text, append_to_context=False))

    async def hear(self, text: str = TEXT) -> None:
        """Say a line to the ear, as the caller's pipeline does."""
        spoken = synthesize(text, voice="heart", sample_rate=EAR)
        pcm = np.concatenate([np.zeros(EAR // 2, np.int16), spoken, np.zeros(EAR // 10, np.int16)])
        await self.worker.queue_frame(VADUserStartedSpeakingFrame(start_secs=0.2))
        for start in range(0, len(pcm), 640):
            audio = pcm[start : start + 640].tobytes()
            await self.worker.queue_frame(InputAudioRawFrame(audio, EAR, 1))
        await self.worker.queue_frame(VADUserStoppedSpeakingFrame(stop_secs=0.2))

    async def failure(self) -> SpeechFailed:
        return await asyncio.wait_for(self.failures.get(), SOON_S)


@asynccontextmanager
async def in_call(service: FrameProcessor) -> AsyncIterator[Call]:
    call = Call(service)
    started = asyncio.Event()

    @call.worker.event_handler("on_pipeline_started")
    async def _started(*_: object) -> None:
        started.set()

    @call.worker.event_handler("on_pipeline_error")
    async def _error(_worker: object, frame: ErrorFrame) -> None:
        call.raw.append(frame.error)
        call.watch.told(frame)

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(call.worker)
    running = asyncio.create_task(runner.run())
    await asyncio.wait_for(started.wait(), SOON_S)
    try:
        yield call
    finally:
        if call.raw:
            # A service that waits for an answer would keep an orderly end waiting too.
            await call.worker.cancel()
        else:
            await call.worker.queue_frame(EndFrame())
        await asyncio.wait_for(running, SOON_S)


def voice(name: str = "katie", speed: float = 1.0) -> Any:
    return get_stack("cloud").tts(name, speed=speed, seed=0, sample_rate=RATE)


def ear() -> Any:
    return get_stack("cloud").stt(sample_rate=EAR)


async def test_cartesia_speaks_by_websocket(at: Any) -> None:
    emulator = await CartesiaEmulator.start(key=KEY)
    at(cartesia=emulator.url)
    async with in_call(voice("kiefer", 1.2)) as call:
        await call.speak()
        await call.sink.wait_for(TTSStoppedFrame)
    await emulator.stop()

    assert emulator.said == [TEXT]
    right = synthesize(TEXT, voice="deep", speed=1.2, sample_rate=RATE)
    assert np.array_equal(call.sink.samples, right)
    assert [frame.text for frame in call.sink.of(TTSTextFrame)][:3] == ["I", "would", "like"]
    assert call.raw == []


async def test_cartesia_speaks_two_lines_and_one_again_after_it_was_idle(at: Any) -> None:
    emulator = await CartesiaEmulator.start(idle_s=0.5)
    at(cartesia=emulator.url)
    service, again = voice(), asyncio.Event()
    async with in_call(service) as call:

        @service.event_handler("on_connected")
        async def _connected(_: object) -> None:
            again.set()

        await call.speak("Hello.")
        await call.sink.wait_for(TTSStoppedFrame)
        await asyncio.wait_for(again.wait(), SOON_S)
        await call.speak("Goodbye.")
        await call.sink.wait_for(TTSStoppedFrame, 2)
    await emulator.stop()

    assert emulator.said == ["Hello.", "Goodbye."]
    both = [synthesize(text, voice="heart", sample_rate=RATE) for text in emulator.said]
    assert np.array_equal(call.sink.samples, np.concatenate(both))


async def test_cartesia_speaks_by_http() -> None:
    from pipecat.services.cartesia.tts import CartesiaHttpTTSService

    emulator = await CartesiaEmulator.start(key=KEY)
    service = CartesiaHttpTTSService(
        api_key=KEY,
        base_url=emulator.url,
        sample_rate=RATE,
        settings=CartesiaHttpTTSService.Settings(voice="f786b574-daa5-4673-aa0c-cbe3e8534c02"),
    )
    async with in_call(service) as call:
        await call.speak()
        await call.sink.wait_for(TTSStoppedFrame)
    await emulator.stop()

    right = synthesize(TEXT, voice="heart", sample_rate=RATE)
    assert np.array_equal(call.sink.samples, right)


async def test_deepgram_hears_word_for_word_while_it_is_said(at: Any) -> None:
    emulator = await DeepgramEmulator.start(key=KEY, sentences=[TEXT])
    at(deepgram=emulator.url)
    async with in_call(ear()) as call:
        await call.hear()
        (final,) = await call.sink.wait_for(TranscriptionFrame)
    await emulator.stop()

    assert final.text == TEXT
    assert final.result.from_finalize or final.result.speech_final
    interims = [frame.text for frame in call.sink.of(InterimTranscriptionFrame)]
    assert interims and all(TEXT.startswith(text.rstrip(".")[:6]) for text in interims)
    words = final.result.channel.alternatives[0].words
    assert [word.word for word in words] == TEXT.lower().rstrip(".").split()
    assert 0.3 < words[0].start < words[-1].end < 3.5
    assert call.raw == []


async def test_deepgram_takes_speech_for_the_texts_it_is_given(at: Any) -> None:
    emulator = await DeepgramEmulator.start(texts=["Wednesday at noon"])
    at(deepgram=emulator.url)
    async with in_call(ear()) as call:
        await call.hear()
        (final,) = await call.sink.wait_for(TranscriptionFrame)
    await emulator.stop()

    assert final.text == "Wednesday at noon."
    assert emulator.heard == ["Wednesday at noon"]


async def test_openai_speaks_and_hears(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEEPGRAM_API_KEY")
    emulator = await OpenAiEmulator.start(key=KEY, sentences=[TEXT])
    at(openai=emulator.url)
    async with in_call(voice("onyx")) as call:
        await call.speak()
        await call.sink.wait_for(TTSStoppedFrame)
    assert np.array_equal(call.sink.samples, synthesize(TEXT, voice="deep", sample_rate=RATE))
    async with in_call(ear()) as call:
        await call.hear()
        (final,) = await call.sink.wait_for(TranscriptionFrame)
    await emulator.stop()

    assert final.text == TEXT.lower().rstrip(".")


async def test_openai_thinks_in_a_stream_and_calls_functions() -> None:
    from pipecat.processors.aggregators.llm_context import LLMContext
    from pipecat.services.llm_service import FunctionCallParams
    from pipecat.services.openai.llm import OpenAILLMService

    answers = iter(
        [
            ChatAnswer("Good morning, how can I help?"),
            ChatAnswer(calls=(FunctionCall("end", {"a": 1}),)),
        ]
    )
    emulator = await OpenAiEmulator.start(lambda _: next(answers), key=KEY)
    service = OpenAILLMService(api_key=KEY, base_url=emulator.url)
    called: list[Any] = []

    async def end(params: FunctionCallParams) -> None:
        called.append(params.arguments)

    service.register_function("end", end)
    context = LLMContext([{"role": "user", "content": "Hello."}])
    async with in_call(service) as call:
        await call.worker.queue_frame(LLMContextFrame(context))
        await call.sink.wait_for(LLMFullResponseEndFrame)
        words = "".join(frame.text for frame in call.sink.of(LLMTextFrame))
        await call.worker.queue_frame(LLMContextFrame(context))
        await call.sink.wait_for(FunctionCallInProgressFrame)
    await emulator.stop()

    assert words == "Good morning, how can I help?"
    assert called == [{"a": 1}]


KEY_REFUSED = "It refuses the key. (status 401)"
BUSY = "It takes no more requests at the moment. (status 429)"
TROUBLE = "It has trouble of its own. (status 500)"
MUTE = "It sent no sound."
BROKEN = "The connection broke off in the middle of it."


@pytest.mark.parametrize(
    ("faults", "cause"),
    [
        (Faults(wrong_key=True), KEY_REFUSED),
        (Faults(status=429, retry_after_s=3), BUSY),
        (Faults(status=500), TROUBLE),
        (Faults(silent=True), MUTE),
        (Faults(cut_after_bytes=20_000), BROKEN),
        (Faults(bad_json=True), MUTE),
    ],
)
async def test_each_fault_of_cartesia_is_named(
    at: Any, monkeypatch: pytest.MonkeyPatch, faults: Faults, cause: str
) -> None:
    monkeypatch.setattr(_cloud, "_SILENT_S", 1.0)
    emulator = await CartesiaEmulator.start(faults)
    at(cartesia=emulator.url)
    async with in_call(voice()) as call:
        await call.speak()
        failed = call.watch.hopeless or await call.failure()
    await emulator.stop()

    assert failed.message == "Cartesia did not speak for the caller."
    assert failed.cause == cause
    assert KEY not in str(failed) + failed.cause + failed.remedy


@pytest.mark.parametrize(
    ("faults", "cause"),
    [
        (Faults(wrong_key=True), KEY_REFUSED),
        (Faults(status=429, retry_after_s=0.01), BUSY),
        (Faults(status=500), TROUBLE),
        (Faults(silent=True), MUTE),
    ],
)
async def test_each_fault_of_openais_voice_is_named(
    at: Any, monkeypatch: pytest.MonkeyPatch, faults: Faults, cause: str
) -> None:
    monkeypatch.setattr(_cloud, "_SILENT_S", 1.0 if faults.silent else 15.0)
    emulator = await OpenAiEmulator.start(faults=faults)
    at(openai=emulator.url)
    async with in_call(voice("alloy")) as call:
        await call.speak()
        failed = await call.failure()
    await emulator.stop()

    assert failed.message == "OpenAI did not speak for the caller."
    assert failed.cause == cause


@pytest.mark.parametrize(
    ("faults", "cause"),
    [
        (Faults(wrong_key=True), KEY_REFUSED),
        (Faults(status=429), BUSY),
        (Faults(cut_after_bytes=10, once=True), "It says: no close frame received or sent."),
    ],
)
async def test_each_fault_of_deepgram_is_named_and_keeps_the_key(
    at: Any, faults: Faults, cause: str
) -> None:
    emulator = await DeepgramEmulator.start(faults, sentences=[TEXT])
    at(deepgram=emulator.url)
    async with in_call(ear()) as call:
        await call.hear()
        failed = await call.failure()
    await emulator.stop()

    assert failed.message == "Deepgram did not hear for the caller."
    assert failed.cause == cause
    assert KEY not in str(failed) + failed.cause + "".join(call.raw)


@pytest.mark.parametrize("service", ["cartesia", "deepgram", "openai"])
@pytest.mark.parametrize("url", ["localhost:8000", "ws://127.0.0.1:1", "https://", "nonsense"])
def test_what_is_no_address_is_said_before_a_call(at: Any, service: str, url: str) -> None:
    at(**{service: url})
    with pytest.raises(InputError) as caught:
        get_stack("cloud").check("alloy" if service == "openai" else "katie")
    assert f"RINGBACK_{service.upper()}_URL" in caught.value.message


async def test_the_services_own_addresses_are_used_unless_told_otherwise(at: Any) -> None:
    at()
    assert voice()._url == "wss://api.cartesia.ai/tts/websocket"
    at(cartesia="https://speech.example.com/")
    assert voice()._url == "wss://speech.example.com/tts/websocket"


async def test_an_ear_that_never_gets_ready_is_named(
    at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator = await DeepgramEmulator.start(Faults(delay_s=60))
    at(deepgram=emulator.url, cartesia=emulator.url)
    monkeypatch.setattr(_pipeline, "_VOICE_S", 1.0)
    caller = SimulatedCaller(
        _NoTap(),  # type: ignore[arg-type]
        Session("ws://127.0.0.1:9", "no-token"),
        Caller(stack="cloud", by="text"),
        None,
        0.0,
        Agent(name="A room", provider="room", transcript="stt"),
    )
    try:
        with pytest.raises(SpeechFailed) as caught:
            await caller.join(1.0)
    finally:
        await caller.leave()
        await emulator.stop()

    assert caught.value.message == "Deepgram did not hear for the caller."
    assert caught.value.cause == "It did not answer in time."


class _NoTap:
    """A call that nobody follows."""

    def now(self) -> float:
        return 0.0

    def emit(self, *_: object, **__: object) -> None:
        pass
