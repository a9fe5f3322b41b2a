"""What is asked of Cartesia, what it refuses, and the sound it makes."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from harness.caller.speech import synthesize

__all__ = ["Generation", "Refused", "Sound", "read_generation", "speak"]

_ENCODINGS = {"pcm_s16le": "<i2", "pcm_f32le": "<f4"}
_RATES = (8000, 16000, 22050, 24000, 44100, 48000)
_SPEEDS, _VOLUMES = (0.6, 1.5), (0.5, 2.0)
_DEEP = ("228fca29-3a0a-435c-8728-5cb483251068",)
_TAG = re.compile(r"</?(?:spell|emotion|break|volume|speed)\b[^>]*>", re.IGNORECASE)


class Refused(Exception):
    """A request that Cartesia would not take."""

    def __init__(self, status: int, code: str, title: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.title = title

    def body(self) -> dict[str, Any]:
        """As Cartesia words it."""
        return {
            "error_code": self.code,
            "title": self.title,
            "message": str(self),
            "request_id": secrets.token_hex(8),
            "doc_url": "https://docs.cartesia.ai",
        }


@dataclass(frozen=True, slots=True)
class Generation:
    """Some text to speak, and how."""

    transcript: str
    voice: str
    rate: int
    encoding: str
    speed: float
    volume: float


@dataclass(frozen=True, slots=True)
class Sound:
    """What was spoken.

    Attributes:
        data: Samples in the encoding that was asked for.
        seconds: How long it lasts.
        words: As they were written, tags apart.
        times: Where each word starts and ends, in seconds; estimated by the words' lengths.
    """

    data: bytes
    seconds: float
    words: tuple[str, ...]
    times: tuple[tuple[float, float], ...]


def read_generation(body: dict[str, Any], *, container: tuple[str, ...]) -> Generation:
    """Understand a request to speak.

    Args:
        body: The request.
        container: What sound may be wrapped in.

    Raises:
        Refused: Cartesia would refuse it, or it is not emulated.
    """
    model, transcript = body.get("model_id"), body.get("transcript")
    if not isinstance(model, str) or not model.startswith("sonic"):
        raise Refused(
            404,
            "model_not_found",
            "Invalid model",
            "The model is not valid, make sure it is a valid model ID.",
        )
    if not isinstance(transcript, str):
        raise _invalid("Invalid transcript", "A transcript is required.")
    voice = body.get("voice") or {}
    if voice.get("mode") != "id" or not _is_uuid(voice.get("id")):
        raise Refused(
            404, "voice_not_found", "Voice not found", "The requested voice was not found."
        )
    form = body.get("output_format") or {}
    if form.get("container") not in container or form.get("encoding") not in _ENCODINGS:
        raise _invalid("Invalid output format", "The output format is not supported.")
    if form.get("sample_rate") not in _RATES:
        raise _invalid("Invalid sample rate", f"The sample rate must be one of {list(_RATES)}.")
    manner = body.get("generation_config") or {}
    return Generation(
        transcript,
        voice["id"],
        form["sample_rate"],
        form["encoding"],
        _within("speed", manner.get("speed"), _SPEEDS),
        _within("volume", manner.get("volume"), _VOLUMES),
    )


async def speak(asked: Generation) -> Sound:
    """The sound of some text, spoken by the offline voice off the loop."""
    text = " ".join(_TAG.sub(" ", asked.transcript).split())
    samples = await asyncio.to_thread(
        synthesize,
        text,
        voice="deep" if asked.voice in _DEEP else "heart",
        speed=asked.speed,
        sample_rate=asked.rate,
    )
    loud = np.clip(samples.astype(np.float32) / 32768 * asked.volume, -1, 32767 / 32768)
    if asked.encoding == "pcm_s16le":
        loud = np.round(loud * 32768)
    seconds = len(samples) / asked.rate
    words = tuple(text.split())
    lengths = np.cumsum([0, *(len(word) + 1 for word in words)])
    edges = [float(each) for each in lengths / max(1, lengths[-1]) * seconds]
    times = tuple(zip(edges, edges[1:], strict=False))
    return Sound(loud.astype(_ENCODINGS[asked.encoding]).tobytes(), seconds, words, times)


def _invalid(title: str, message: str) -> Refused:
    return Refused(400, "invalid_request", title, message)


def _within(what: str, value: object, bounds: tuple[float, float]) -> float:
    if value is None:
        return 1.0
    if not isinstance(value, int | float) or not bounds[0] <= value <= bounds[1]:
        told = f"The {what} must be between {bounds[0]} and {bounds[1]}."
        raise _invalid(f"Invalid {what}", told)
    return float(value)


def _is_uuid(text: object) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True
