"""What callers and the demo agent speak and hear with.

A *stack* is a voice and an ear under one name, built as Pipecat services::

    stack = get_stack("offline")
    stack.check("heart")                       # raises before any call starts
    tts = stack.tts("heart", speed=1.0, seed=0, sample_rate=24000)
    stt = stack.stt(sample_rate=16000, sentences=["I would like to book an appointment."])

`offline` (`hibari`, `pocketsphinx`) needs no key and no network, `local` (Kokoro, Moonshine or
Whisper) downloads its models once, `cloud` (Cartesia, Deepgram, OpenAI) needs keys. Importing
this package imports none of their packages; each is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.caller.speech._ear import recognise, recogniser, warm_ear
    from harness.caller.speech._failures import SpeechWatch
    from harness.caller.speech._recogniser import (
        EAR_RATE,
        Heard,
        ModelReport,
        RecogniserStream,
    )
    from harness.caller.speech._registry import SpeechStack, get_stack, people_ear, stack_names
    from harness.caller.speech._spoken import spoken_words
    from harness.caller.speech._stt import OfflineSTTService
    from harness.caller.speech._tts import OfflineTTSService, OfflineTTSSettings
    from harness.caller.speech._voice import VOICES, synthesize, warm

__all__ = [
    "EAR_RATE",
    "VOICES",
    "Heard",
    "ModelReport",
    "OfflineSTTService",
    "OfflineTTSService",
    "OfflineTTSSettings",
    "RecogniserStream",
    "SpeechStack",
    "SpeechWatch",
    "get_stack",
    "people_ear",
    "recognise",
    "recogniser",
    "spoken_words",
    "stack_names",
    "synthesize",
    "warm",
    "warm_ear",
]

# Resolved on first use: the recogniser's helper process imports this package too, and must not
# pay for Pipecat (1.5 s, 100 MB) to do so.
_HOMES = {
    "VOICES": "_voice",
    "synthesize": "_voice",
    "warm": "_voice",
    "EAR_RATE": "_recogniser",
    "Heard": "_recogniser",
    "ModelReport": "_recogniser",
    "RecogniserStream": "_recogniser",
    "recognise": "_ear",
    "recogniser": "_ear",
    "warm_ear": "_ear",
    "SpeechStack": "_registry",
    "SpeechWatch": "_failures",
    "get_stack": "_registry",
    "people_ear": "_registry",
    "stack_names": "_registry",
    "spoken_words": "_spoken",
    "OfflineSTTService": "_stt",
    "OfflineTTSService": "_tts",
    "OfflineTTSSettings": "_tts",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
