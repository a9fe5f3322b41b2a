"""The stack that needs no key, no account and no network."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.caller.speech._language import check_english
from harness.caller.speech._voice import VOICES, check_voice, synthesize, warm
from harness.errors import PackageMissing
from harness.settings import install_command

if TYPE_CHECKING:
    from pipecat.services.stt_service import STTService
    from pipecat.services.tts_service import TTSService

__all__ = ["OfflineStack"]


class OfflineStack:
    """`hibari` and `pocketsphinx`."""

    name = "offline"
    voices = VOICES

    def check(self, voice: str, language: str = "en") -> None:
        """See :class:`~harness.caller.speech.SpeechStack`."""
        check_english(self.name, language)
        check_voice(voice)
        _check_ear()

    def ear_for_people(self, language: str = "en") -> str:
        """See :class:`~harness.caller.speech.SpeechStack`; it knows our own voices only."""
        return ""

    async def prepare(
        self,
        voice: str,
        lines: Sequence[str],
        *,
        speed: float,
        seed: int,
        sample_rate: int = 24000,
    ) -> None:
        """See :class:`~harness.caller.speech.SpeechStack`."""

        def work() -> None:
            warm(voice)
            for line in lines:
                synthesize(line, voice=voice, speed=speed, seed=seed, sample_rate=sample_rate)

        await asyncio.to_thread(work)

    def tts(
        self, voice: str, *, speed: float, seed: int, sample_rate: int, language: str = "en"
    ) -> TTSService:
        """See :class:`~harness.caller.speech.SpeechStack`."""
        check_english(self.name, language)
        from harness.caller.speech._tts import OfflineTTSService

        return OfflineTTSService(voice=voice, speed=speed, seed=seed, sample_rate=sample_rate)

    def stt(
        self, *, sample_rate: int, sentences: Sequence[str] = (), language: str = "en"
    ) -> STTService:
        """See :class:`~harness.caller.speech.SpeechStack`."""
        check_english(self.name, language)
        from harness.caller.speech._stt import OfflineSTTService

        _check_ear()
        return OfflineSTTService(sample_rate=sample_rate, sentences=sentences)


def _check_ear() -> None:
    if importlib.util.find_spec("pocketsphinx") is None:
        raise PackageMissing(
            "The offline recogniser is not installed.",
            cause="Python finds no package pocketsphinx.",
            remedy=f"Install it: {install_command('pocketsphinx')}",
        )
