"""Speech and transcriptions: with the offline voice and ear, in OpenAI's forms."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

import numpy as np
import soundfile
from starlette.datastructures import FormData, UploadFile
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from harness.caller.speech import recognise, synthesize
from harness.local.openai_emulator._refusals import Refused

__all__ = ["spoken", "transcribed"]

_RATE = 24000
_DEEP = ("ash", "cedar", "echo", "fable", "onyx", "verse")
_BRIGHT = ("alloy", "ballad", "coral", "marin", "nova", "sage", "shimmer")
_FORMATS = ("pcm", "wav", "flac")
_LONGEST = 4096
_SPEEDS, _OFFLINE_SPEEDS = (0.25, 4.0), (0.5, 1.5)
_CHUNK = 4800


async def spoken(body: dict[str, Any]) -> Response:
    """The sound of a request for speech: 24 kHz, mono, 16 bit, streamed.

    Raises:
        Refused: OpenAI would refuse it, or its form (mp3, opus, aac) is not emulated.
    """
    text = body.get("input")
    if not isinstance(text, str) or not text:
        raise Refused("Missing required parameter: 'input'.", param="input")
    if len(text) > _LONGEST:
        raise Refused(
            f"Invalid 'input': string too long. Expected a string with maximum length {_LONGEST}, "
            f"but got a string with length {len(text)} instead.",
            param="input",
            code="string_above_max_length",
        )
    voice, form = body.get("voice"), body.get("response_format", "mp3")
    if voice not in (*_DEEP, *_BRIGHT):
        raise Refused(f"Invalid value: '{voice}'.", param="voice", code="invalid_value")
    if form not in _FORMATS:
        raise Refused(f"Only {', '.join(_FORMATS)} are emulated.", param="response_format")
    speed = float(body.get("speed") or 1.0)
    if not _SPEEDS[0] <= speed <= _SPEEDS[1]:
        raise Refused("Invalid 'speed'.", param="speed", code="invalid_value")
    samples = await asyncio.to_thread(
        synthesize,
        text,
        voice="deep" if voice in _DEEP else "heart",
        speed=min(max(speed, _OFFLINE_SPEEDS[0]), _OFFLINE_SPEEDS[1]),
        sample_rate=_RATE,
    )
    data = samples.astype("<i2").tobytes()
    if form != "pcm":
        file = io.BytesIO()
        soundfile.write(file, samples, _RATE, format=form.upper(), subtype="PCM_16")
        data = file.getvalue()

    async def stream() -> AsyncIterator[bytes]:
        for start in range(0, len(data), _CHUNK):
            yield data[start : start + _CHUNK]

    return StreamingResponse(stream(), media_type=f"audio/{form}")


async def transcribed(form: FormData, sentences: Sequence[str]) -> tuple[str, Response]:
    """The words of a request for a transcription, and the answer.

    Raises:
        Refused: OpenAI would refuse it.
    """
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise Refused("Missing required parameter: 'file'.", param="file")
    data = await file.read()
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    except (soundfile.LibsndfileError, ValueError):
        raise Refused(
            "Audio file might be corrupted or unsupported", param="file", code="invalid_value"
        ) from None
    wanted = form.get("response_format") or "json"
    if wanted not in ("json", "text", "verbose_json"):
        raise Refused(f"Invalid value: '{wanted}'.", param="response_format")
    if form.get("model") == "gpt-transcribe" and wanted != "json":
        raise Refused(
            f"response_format '{wanted}' is not compatible with model 'gpt-transcribe'.",
            param="response_format",
            code="unsupported_value",
        )
    mono = samples.mean(axis=1).astype(np.int16)
    heard = await asyncio.to_thread(recognise, mono, sample_rate=rate, sentences=sentences)
    text = heard.text
    if wanted == "text":
        return text, PlainTextResponse(f"{text}\n")
    answer: dict[str, Any] = {"text": text, "usage": _usage(len(mono) / rate)}
    if wanted == "verbose_json":
        answer |= {"task": "transcribe", "language": "english", "duration": len(mono) / rate}
        answer["segments"] = []
    return text, JSONResponse(answer)


def _usage(seconds: float) -> dict[str, Any]:
    return {"type": "duration", "seconds": round(seconds)}
