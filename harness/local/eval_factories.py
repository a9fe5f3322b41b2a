"""Services for Pipecat Evals files, named there by ``factory:``, so that they run without a key.

A scenario that is run by ``pipecat eval run`` speaks and hears with the offline stack, and is
judged and played by any language model that answers OpenAI's chat completions::

    user:
      speech: {factory: harness.local.eval_factories.voice, voice: heart}
    judge:
      transcription: {factory: harness.local.eval_factories.ear, sentences: [Good morning.]}
      eval: {factory: harness.local.eval_factories.judge, endpoint: http://127.0.0.1:11434/v1}
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.caller.speech import get_stack
from harness.errors import InputError
from harness.settings import get_settings

if TYPE_CHECKING:
    from pipecat.services.openai.llm import OpenAILLMService
    from pipecat.services.stt_service import STTService
    from pipecat.services.tts_service import TTSService

__all__ = ["ear", "judge", "persona", "voice"]

_RATE = 16000
_MODEL = "gpt-4.1"
_NO_KEY = "no-key-needed"


def voice(config: Mapping[str, Any]) -> TTSService:
    """The offline voice, for ``user.speech``.

    Args:
        config: ``voice`` (heart or deep), ``speed`` (0.5 to 1.5) and ``seed``, if wanted.

    Raises:
        UnknownName: No voice of that name.
        VoiceMissing: The voice is not installed.
    """
    return get_stack("offline").tts(
        str(config.get("voice") or "heart"),
        speed=float(config.get("speed") or 1.0),
        seed=int(config.get("seed") or 0),
        sample_rate=int(config.get("sample_rate") or _RATE),
    )


def ear(config: Mapping[str, Any]) -> STTService:
    """The offline recogniser, for ``judge.transcription``.

    Args:
        config: ``sentences``: what the agent may say; it hears badly without.

    Raises:
        InputError: ``sentences`` is no list of texts.
        PackageMissing: The recogniser is not installed.
    """
    sentences = config.get("sentences") or []
    if not isinstance(sentences, list) or not all(isinstance(each, str) for each in sentences):
        raise InputError(
            "`sentences` of a transcription is no list of texts.",
            cause=f"It is {sentences!r}.",
            remedy="Write one text a line, each after a dash.",
        )
    return get_stack("offline").stt(sample_rate=_RATE, sentences=sentences)


def judge(config: Mapping[str, Any]) -> OpenAILLMService:
    """A language model, for ``judge.eval``; the same as :func:`persona`."""
    return _model(config)


def persona(config: Mapping[str, Any]) -> OpenAILLMService:
    """A language model, for ``simulator``.

    Args:
        config: ``endpoint`` (as far as ``/v1``; RINGBACK_OPENAI_URL or OpenAI by default),
            ``model``, ``key_env`` (the environment variable that holds the key; OPENAI_API_KEY
            by default) and ``extra`` (sent with each request).

    Raises:
        InputError: OpenAI itself is meant and no key is set.
    """
    return _model(config)


def _model(config: Mapping[str, Any]) -> OpenAILLMService:
    from pipecat.services.openai.llm import OpenAILLMService

    endpoint = config.get("endpoint") or get_settings().openai_url
    variable = str(config.get("key_env") or "OPENAI_API_KEY")
    key = os.environ.get(variable, "").strip()
    if not key and not endpoint:
        raise InputError(
            f"OpenAI needs a key, and {variable} is not set.",
            cause="No `endpoint` is given, so OpenAI itself is meant.",
            remedy=f"Set {variable}, or give the `endpoint` of a model that needs no key.",
        )
    return OpenAILLMService(
        api_key=key or _NO_KEY,
        base_url=endpoint,
        settings=OpenAILLMService.Settings(
            model=str(config.get("model") or _MODEL), extra=dict(config.get("extra") or {})
        ),
    )
