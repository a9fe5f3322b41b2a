"""The stack on the customer's keys: Cartesia or OpenAI speaks, Deepgram or OpenAI hears.

A key comes from the environment variable of its name, else from what the Settings page keeps. The
settings may name another address for each service, such as one of the emulators.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from harness.caller.speech._language import language_of
from harness.errors import InputError, MissingKey, PackageMissing, UnknownName, hide, redact
from harness.nouns import STACKS
from harness.secrets import Secrets
from harness.settings import get_settings, install_command

if TYPE_CHECKING:
    from pipecat.services.stt_service import STTService
    from pipecat.services.tts_service import TTSService

__all__ = ["CloudStack"]

# Cartesia's own recommendations for voice agents; every other voice goes by its id.
_CARTESIA = {
    "katie": "f786b574-daa5-4673-aa0c-cbe3e8534c02",
    "kiefer": "228fca29-3a0a-435c-8728-5cb483251068",
    "jacqueline": "9626c31c-bec5-4cca-baa8-f8ba9e84c8bc",
}
_OPENAI = STACKS["cloud"].wider
_OPENAI_RATE = 24000
_CARTESIA_SPEEDS = STACKS["cloud"].speeds
_CARTESIA_URL = "https://api.cartesia.ai"
_EARS = {"deepgram": "Deepgram", "openai": "OpenAI"}
_SILENT_S = 10.0
"""A service that has sent no sound for so long has failed."""


class CloudStack:
    """Cartesia and Deepgram, or OpenAI for either; a Cartesia voice may also be given by its id."""

    name = "cloud"
    voices = (*_CARTESIA, *_OPENAI)

    def check(self, voice: str, language: str = "en") -> None:
        """See :class:`~harness.caller.speech.SpeechStack`."""
        language_of(language)
        _check_voice(voice)
        _ear()

    def ear_for_people(self, language: str = "en") -> str:
        """See :class:`~harness.caller.speech.SpeechStack`."""
        language_of(language)
        return _EARS[_ear()[0]]

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
        """See :class:`~harness.caller.speech.SpeechStack`; the seed has no effect.

        Cartesia takes a pace of 0.6 to 1.5, the nearest is used; OpenAI speaks at 24000 Hz always,
        in the language of the text.
        """
        key = _check_voice(voice)
        if voice in _OPENAI:
            from pipecat.services.openai.tts import OpenAITTSService

            return OpenAITTSService(
                api_key=key,
                base_url=_address("openai"),
                stop_frame_timeout_s=_SILENT_S,
                sample_rate=_OPENAI_RATE,
                settings=OpenAITTSService.Settings(voice=voice, speed=speed),
            )
        from pipecat.services.cartesia.tts import CartesiaTTSService, GenerationConfig

        pace = min(max(speed, _CARTESIA_SPEEDS[0]), _CARTESIA_SPEEDS[1])
        return CartesiaTTSService(
            api_key=key,
            url=_cartesia_socket(),
            stop_frame_timeout_s=_SILENT_S,
            sample_rate=sample_rate,
            settings=CartesiaTTSService.Settings(
                voice=_CARTESIA.get(voice, voice),
                language=language_of(language),
                generation_config=None if pace == 1.0 else GenerationConfig(speed=pace),
            ),
        )

    def stt(
        self, *, sample_rate: int, sentences: Sequence[str] = (), language: str = "en"
    ) -> STTService:
        """See :class:`~harness.caller.speech.SpeechStack`; the sentences are not needed."""
        provider, key = _ear()
        if provider == "openai":
            from pipecat.services.openai.stt import OpenAISTTService

            return OpenAISTTService(
                api_key=key,
                base_url=_address("openai"),
                sample_rate=sample_rate,
                settings=OpenAISTTService.Settings(language=language_of(language)),
            )
        from pipecat.services.deepgram.stt import DeepgramSTTService

        return DeepgramSTTService(
            api_key=key,
            base_url=_address("deepgram") or "",
            sample_rate=sample_rate,
            settings=DeepgramSTTService.Settings(language=language_of(language)),
        )


def _check_voice(voice: str) -> str:
    """The key that `voice` is spoken with."""
    if voice in _OPENAI:
        _package("openai", "openai")
        _address("openai")
        return _key("OPENAI_API_KEY", "OpenAI")
    if not STACKS["cloud"].has(voice):
        raise UnknownName(
            f"There is no cloud voice called {voice!r}.",
            cause="Cloud voices are the names Ringback knows, and Cartesia voices by their id.",
            remedy=f"Choose one of {', '.join(CloudStack.voices)}, or give a Cartesia voice id.",
        )
    _package("websockets", "cartesia")
    _address("cartesia")
    return _key("CARTESIA_API_KEY", "Cartesia")


def _ear() -> tuple[str, str]:
    """Who hears, and the key: OpenAI only where there is no key for Deepgram."""
    keys = Secrets(get_settings())
    if not keys.find("DEEPGRAM_API_KEY") and keys.find("OPENAI_API_KEY"):
        _package("openai", "openai")
        _address("openai")
        return "openai", _key("OPENAI_API_KEY", "OpenAI")
    _package("deepgram", "deepgram")
    _address("deepgram")
    return "deepgram", _key("DEEPGRAM_API_KEY", "Deepgram")


def _key(variable: str, owner: str) -> str:
    value = Secrets(get_settings()).find(variable)
    if not value:
        raise MissingKey(
            f"The cloud speech stack needs {variable}.",
            cause=f"No {owner} key is set in the environment, and none is kept on this machine.",
            remedy=f"Set {variable}, enter the key on the Settings page, or choose the offline "
            "stack, which needs no key.",
        )
    # Services quote requests in their errors: the key must not be read there.
    hide(value)
    return value


def _address(service: Literal["cartesia", "deepgram", "openai"]) -> str | None:
    """Where a service is reached instead of its own address."""
    url: str | None = getattr(get_settings(), f"{service}_url")
    if not url:
        return None
    parts = urlsplit(url)
    # Checked here: Pipecat's Deepgram goes to the service's own address where it dislikes one.
    if parts.scheme not in ("http", "https") or not parts.hostname:
        variable = f"RINGBACK_{service.upper()}_URL"
        raise InputError(
            f"{variable} is no address: {redact(url)}.",
            cause="An address begins with http:// or https:// and names a machine.",
            remedy=f"Set {variable} to one such as https://speech.example.com, or unset it.",
        )
    return url.rstrip("/")


def _cartesia_socket() -> str:
    # Its WebSocket is told apart by the scheme alone: https becomes wss.
    return f"ws{(_address('cartesia') or _CARTESIA_URL).removeprefix('http')}/tts/websocket"


def _package(module: str, extra: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise PackageMissing(
            f"The cloud speech stack needs the package {module}.",
            cause=f"Python finds no package {module}.",
            remedy=f"Install it: {install_command(f'pipecat-ai[{extra}]')}",
        )
