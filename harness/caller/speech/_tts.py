"""The offline voice as a Pipecat service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from pipecat.frames.frames import ErrorFrame, Frame, TTSAudioRawFrame
from pipecat.processors.frame_processor import FrameProcessorSetup
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.transcriptions.language import Language
from pipecat.utils.types import NOT_GIVEN, NotGiven, assert_given, require_given

from harness.caller.speech._lines import Pcm
from harness.caller.speech._voice import check_voice, stream, warm
from harness.errors import RingbackError

__all__ = ["OfflineTTSService", "OfflineTTSSettings"]

_CHUNK_S = 0.04

# One thread, to wait on: the model is one, in its helper process, and takes lines in turn.
_renderer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="offline-voice")


@dataclass
class OfflineTTSSettings(TTSSettings):
    """What can be changed while a call runs.

    Parameters:
        speed: Pace, 0.5 to 1.5; 1.0 is natural.
        seed: Of the voice's noise component.
    """

    speed: float | NotGiven = field(default_factory=lambda: NOT_GIVEN)
    seed: int | NotGiven = field(default_factory=lambda: NOT_GIVEN)


class OfflineTTSService(TTSService):
    """Speaks with `hibari`: no key, no network, the same samples for the same words and seed.

    Renders sentence by sentence on a thread of its own and sends frames of 40 ms as soon as a
    sentence is there. The model is loaded in :meth:`setup`, before the call runs; call
    :func:`harness.caller.speech.warm` earlier still to keep that out of the start of a call.

    Args:
        voice: ``heart`` or ``deep``.
        speed: Pace, 0.5 to 1.5.
        seed: Of the voice's noise component.
        sample_rate: Of the frames, Hz; None takes the pipeline's.
        settings: Changes to the above, Pipecat's way.

    Raises:
        UnknownName: No voice of that name.
        VoiceMissing: The voice is not installed.
    """

    Settings = OfflineTTSSettings
    _settings: OfflineTTSSettings

    def __init__(
        self,
        *,
        voice: str = "heart",
        speed: float = 1.0,
        seed: int = 0,
        sample_rate: int | None = None,
        settings: OfflineTTSSettings | None = None,
        **kwargs: object,
    ) -> None:
        chosen = OfflineTTSSettings(
            model="hibari", voice=voice, language=Language.EN_US, speed=speed, seed=seed
        )
        if settings is not None:
            chosen.apply_update(settings)
        check_voice(require_given(chosen.voice, "offline voice"))
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            sample_rate=sample_rate,
            settings=chosen,
            **kwargs,
        )

    def can_generate_metrics(self) -> bool:
        """Time to first byte and usage are reported."""
        return True

    async def setup(self, setup: FrameProcessorSetup) -> None:
        """Load the voice off the loop, before the call runs."""
        await super().setup(setup)
        voice = require_given(self._settings.voice, "offline voice")
        await asyncio.get_running_loop().run_in_executor(_renderer, warm, voice)

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame, None]:
        """Speak `text` in frames of 40 ms."""
        await self.start_tts_usage_metrics(text)
        loop = asyncio.get_running_loop()
        parts = stream(
            text,
            voice=require_given(self._settings.voice, "offline voice"),
            speed=assert_given(self._settings.speed),
            seed=assert_given(self._settings.seed),
            sample_rate=self.sample_rate,
        )
        step = int(self.sample_rate * _CHUNK_S)
        try:
            while (part := await loop.run_in_executor(_renderer, _next, parts)) is not None:
                await self.stop_ttfb_metrics()
                for start in range(0, len(part), step):
                    yield TTSAudioRawFrame(
                        audio=part[start : start + step].tobytes(),
                        sample_rate=self.sample_rate,
                        num_channels=1,
                        context_id=context_id,
                    )
        except RingbackError as error:
            yield ErrorFrame(error=str(error))
        finally:
            await self.stop_ttfb_metrics()


def _next(parts: Iterator[Pcm]) -> Pcm | None:
    return next(parts, None)
