"""The offline ear as a Pipecat service."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Sequence

import numpy as np
import soxr
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    StartFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessorSetup
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService
from pipecat.transcriptions.language import Language
from pipecat.utils.time import time_now_iso8601

from harness.caller.speech._ear import recogniser
from harness.caller.speech._recogniser import EAR_RATE, Heard, RecogniserStream

__all__ = ["OfflineSTTService"]

# Speech end to final text, 99 of 100: the VAD's usual 0.2 s of silence, then the end of the decode.
_TTFS_P99_S = 0.4
_PRE_ROLL_S = 0.6
_LAST_WORDS_S = 2.0
# Past this an utterance is cut: the work after its end grows with its length, and what goes on so
# long is hold music rather than speech.
_LONGEST_S = 30.0


class OfflineSTTService(STTService):
    """Hears with `pocketsphinx` in a helper process, while the speech goes on.

    Needs voice activity detection in the pipeline (a VAD processor, or the user aggregator's): an
    utterance is what lies between :class:`VADUserStartedSpeakingFrame` and
    :class:`VADUserStoppedSpeakingFrame`, plus what was heard shortly before its start was
    noticed. Interim texts come while it lasts, one final text a few hundredths of a second after
    its end; none when nothing was understood.

    Args:
        sentences: What is said in this domain, as written. Without them general American English
            is expected, which is heard badly (one word in eight wrong) and costs half a core.
        sample_rate: Expected of the input, Hz; None takes the pipeline's. Frames of another rate
            are resampled.
        min_confidence: Final texts below it, 0 to 1, count as not understood. At 0.4 all of the
            offline voices' own speech passes, and about one in six texts of what it cannot
            understand: other topics, other voices, speech backwards.
    """

    def __init__(
        self,
        *,
        sentences: Sequence[str] = (),
        sample_rate: int | None = None,
        min_confidence: float = 0.4,
        **kwargs: object,
    ) -> None:
        super().__init__(
            sample_rate=sample_rate,
            ttfs_p99_latency=_TTFS_P99_S,
            settings=STTSettings(model="pocketsphinx", language=Language.EN_US),
            **kwargs,
        )
        self._sentences = tuple(sentences)
        self._min_confidence = min_confidence
        self._ear: RecogniserStream | None = None
        self._results: asyncio.Queue[Heard | str] = asyncio.Queue()
        self._results_task: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()
        self._settled.set()
        self._in_speech = False
        self._utterance = 0
        self._fed = 0
        self._before = bytearray()
        self._frame_format = (EAR_RATE, 1)
        self._resampler: tuple[tuple[int, int], soxr.ResampleStream] | None = None

    def can_generate_metrics(self) -> bool:
        """Time from the end of speech to the final text is reported."""
        return True

    async def setup(self, setup: FrameProcessorSetup) -> None:
        """Start the helper and make the ear, before the call runs."""
        await super().setup(setup)
        loop = asyncio.get_running_loop()

        def deliver(result: Heard | str) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._results.put_nowait, result)

        self._ear = await asyncio.to_thread(
            recogniser().open, self._sentences, on_heard=deliver, on_failed=deliver
        )
        await asyncio.wait_for(asyncio.wrap_future(self._ear.ready), 60)

    async def start(self, frame: StartFrame) -> None:
        """Begin to pass results on."""
        await super().start(frame)
        self._results_task = self.create_task(self._pass_on(), "results")

    async def stop(self, frame: EndFrame) -> None:
        """Hear the utterance in progress to its end, then stop."""
        if self._in_speech:
            self._end_utterance()
        try:
            await asyncio.wait_for(self._settled.wait(), _LAST_WORDS_S)
        except TimeoutError:
            self._settled.set()
        await self._finish()
        await super().stop(frame)

    async def cancel(self, frame: CancelFrame) -> None:
        """Stop at once."""
        await self._finish()
        await super().cancel(frame)

    async def cleanup(self) -> None:
        """Give the ear back, however the call ended."""
        await self._finish()
        await super().cleanup()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Open and close utterances as the voice activity detection says."""
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStartedSpeakingFrame):
            self._begin_utterance(frame.start_secs)
        elif isinstance(frame, VADUserStoppedSpeakingFrame) and self._in_speech:
            self.request_finalize()
            self._end_utterance()

    async def process_audio_frame(
        self, frame: InputAudioRawFrame, direction: FrameDirection
    ) -> None:
        """Note the format before the samples arrive at :meth:`run_stt`."""
        self._frame_format = (frame.sample_rate, frame.num_channels)
        await super().process_audio_frame(frame, direction)

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Hear some samples; the texts come by themselves."""
        samples = self._at_ear_rate(audio)
        if self._in_speech and self._ear is not None:
            self._feed(self._ear, samples)
        else:
            self._before += samples
            # The VAD's own start time is known only when it fires, so keep a second.
            del self._before[: max(0, len(self._before) - 2 * EAR_RATE)]
        yield None

    def _at_ear_rate(self, audio: bytes) -> bytes:
        rate, channels = self._frame_format
        samples = np.frombuffer(audio, dtype=np.int16)
        if channels > 1:
            samples = samples.reshape(-1, channels).mean(axis=1).astype(np.int16)
        if rate == EAR_RATE:
            return samples.tobytes()
        if self._resampler is None or self._resampler[0] != self._frame_format:
            stream = soxr.ResampleStream(rate, EAR_RATE, 1, dtype="int16", quality="HQ")
            self._resampler = (self._frame_format, stream)
        return bytes(self._resampler[1].resample_chunk(samples).tobytes())

    def _begin_utterance(self, start_secs: float) -> None:
        if self._ear is None:
            return
        self._in_speech = True
        self._settled.clear()
        self._utterance = self._ear.begin()
        self._fed = 0
        keep = 2 * math.ceil((start_secs + _PRE_ROLL_S) * EAR_RATE)
        self._feed(self._ear, bytes(self._before[-keep:]))
        self._before.clear()

    def _feed(self, ear: RecogniserStream, samples: bytes) -> None:
        if self._fed > 2 * EAR_RATE * _LONGEST_S:
            ear.end()
            self._utterance = ear.begin()
            self._fed = 0
        if samples:
            ear.feed(samples)
            self._fed += len(samples)

    def _end_utterance(self) -> None:
        self._in_speech = False
        if self._ear is not None:
            self._ear.end()

    async def _pass_on(self) -> None:
        while True:
            result = await self._results.get()
            if isinstance(result, str):
                self._settled.set()
                await self.push_error(
                    f"The offline recogniser is lost: {result}", force_treat_as_permanent=True
                )
            elif not result.final:
                await self.push_frame(
                    InterimTranscriptionFrame(
                        result.text, self._user_id, time_now_iso8601(), Language.EN_US, result
                    )
                )
            else:
                await self._final(result)

    async def _final(self, heard: Heard) -> None:
        if heard.utterance == self._utterance:
            # An older utterance's text is no reason to end a turn that goes on.
            self.confirm_finalize()
        if heard.text and heard.confidence >= self._min_confidence:
            await self.push_frame(
                TranscriptionFrame(
                    heard.text, self._user_id, time_now_iso8601(), Language.EN_US, heard
                )
            )
        await self.emit_stt_usage_metrics()
        if heard.utterance == self._utterance:
            self._settled.set()

    async def _finish(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.close()
        if self._results_task is not None:
            await self.cancel_task(self._results_task)
            self._results_task = None
