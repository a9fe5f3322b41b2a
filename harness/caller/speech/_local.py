"""The stack of larger models on this machine: Kokoro speaks, Moonshine or Whisper hears."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.caller.speech._language import check_english
from harness.errors import PackageMissing, UnknownName
from harness.nouns import STACKS
from harness.settings import install_command

if TYPE_CHECKING:
    from pipecat.services.stt_service import STTService
    from pipecat.services.tts_service import TTSService

__all__ = ["LocalStack"]

_VOICES = STACKS["local"].names
_EARS = {"moonshine_voice": "Moonshine", "faster_whisper": "Whisper"}
"""Packages that hear, the first that is installed is used, and their names for people."""


class LocalStack:
    """Kokoro and Moonshine, or Whisper where Moonshine is not installed.

    Their models are downloaded once, when a service is first made: that blocks, so make the first
    one outside a call.
    """

    name = "local"
    voices = _VOICES

    def check(self, voice: str, language: str = "en") -> None:
        """See :class:`~harness.caller.speech.SpeechStack`."""
        check_english(self.name, language)
        _check_voice(voice)
        _ear()

    def ear_for_people(self, language: str = "en") -> str:
        """See :class:`~harness.caller.speech.SpeechStack`."""
        check_english(self.name, language)
        return _EARS[_ear()]

    async def prepare(
        self,
        voice: str,
        lines: Sequence[str],
        *,
        speed: float,
        seed: int,
        sample_rate: int = 24000,
    ) -> None:
        """See :class:`~harness.caller.speech.SpeechStack`; only checks the voice."""
        _check_voice(voice)

    def tts(
        self, voice: str, *, speed: float, seed: int, sample_rate: int, language: str = "en"
    ) -> TTSService:
        """See :class:`~harness.caller.speech.SpeechStack`; the seed has no effect."""
        check_english(self.name, language)
        _check_voice(voice)
        from pipecat.services.kokoro.tts import KokoroTTSService

        return KokoroTTSService(
            sample_rate=sample_rate,
            settings=KokoroTTSService.Settings(voice=voice, speed=speed),
        )

    def stt(
        self, *, sample_rate: int, sentences: Sequence[str] = (), language: str = "en"
    ) -> STTService:
        """See :class:`~harness.caller.speech.SpeechStack`; the sentences are not needed.

        Moonshine and Whisper both want 16000 Hz.
        """
        check_english(self.name, language)
        if _ear() == "moonshine_voice":
            from pipecat.services.moonshine.stt import MoonshineSTTService

            return MoonshineSTTService()
        from pipecat.services.whisper.stt import WhisperSTTService

        return WhisperSTTService(sample_rate=sample_rate)


def _check_voice(voice: str) -> None:
    if voice not in _VOICES:
        raise UnknownName(
            f"There is no local voice called {voice!r}.",
            cause="Local voices are Kokoro's American and British ones.",
            remedy=f"Choose one of {', '.join(_VOICES)}.",
        )
    if not _installed("kokoro_onnx"):
        raise _missing("kokoro_onnx", "Kokoro, the voice", "kokoro")


def _ear() -> str:
    """The package that hears."""
    for module in _EARS:
        if _installed(module):
            return module
    raise _missing("moonshine_voice", "Moonshine, the ear", "moonshine")


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _missing(module: str, what: str, extra: str) -> PackageMissing:
    return PackageMissing(
        f"The local speech stack needs {what}.",
        cause=f"Python finds no package {module}.",
        remedy=f"Install it: {install_command(f'pipecat-ai[{extra}]')}",
    )
