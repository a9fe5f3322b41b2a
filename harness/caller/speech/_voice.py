"""The offline voice: `hibari`, pure by content and seed, rendered in a helper process.

A text is cut into sentences; each is rendered and cached on its own, so a line that repeats costs
nothing and a long text can be streamed. `deep` is `heart` spoken faster by 2**(4/12) and played
slower by the same factor: same length, four semitones lower, formants included.
"""

from __future__ import annotations

import atexit
import dataclasses
import hashlib
import json
import subprocess
import threading
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from harness.caller.speech._helper import launch
from harness.caller.speech._lines import LineCache, Pcm
from harness.caller.speech._spoken import speakable
from harness.caller.speech._voice_process import Order
from harness.caller.speech._wire import Kind, read_message, write_message
from harness.errors import InputError, InternalError, UnknownName, VoiceMissing
from harness.nouns import STACKS
from harness.settings import get_settings, install_command

__all__ = ["SPEED_RANGE", "VOICES", "Pcm", "check_voice", "stream", "synthesize", "warm"]

SPEED_RANGE = STACKS["offline"].speeds
"""Speeds the voices are fit for; 1.0 is the natural pace."""

_RATE_RANGE = (8000, 48000)
_RECIPE = 2  # Part of every cache key: raise it when the same text shall sound different.
_MEMORY_BYTES = 32 * 1024 * 1024
_DISK_BYTES = 256 * 1024 * 1024

# Name: hibari's model and a shift in semitones.
_VOICES = {"heart": ("heart", 0.0), "deep": ("heart", -4.0)}
VOICES: tuple[str, ...] = tuple(_VOICES)
"""Names of the offline voices."""


def check_voice(voice: str) -> None:
    """Make sure `voice` can be spoken on this machine.

    Raises:
        UnknownName: No voice of that name.
        VoiceMissing: hibari or its model file is not installed.
    """
    if voice not in _VOICES:
        raise UnknownName(
            f"There is no offline voice called {voice!r}.",
            cause=f"The offline stack speaks with {' and '.join(VOICES)}.",
            remedy="Choose one of them, or another stack.",
        )
    try:
        _hibari_version()
        from hibari.voices import voice_path

        present = Path(voice_path(_VOICES[voice][0])).is_file()
    except (ImportError, PackageNotFoundError, RuntimeError, OSError) as error:
        raise _missing(voice, str(error)) from error
    if not present:
        raise _missing(voice, "its model file is gone")


def _missing(voice: str, why: str) -> VoiceMissing:
    return VoiceMissing(
        f"The offline voice {voice!r} is not installed.",
        cause=f"hibari-tts cannot be used: {why}.",
        remedy=f"Install it: {install_command('hibari-tts', again=True)}",
    )


@lru_cache(maxsize=1)
def _hibari_version() -> str:
    return version("hibari-tts")


@lru_cache(maxsize=1)
def _lines(cache: Path) -> LineCache:
    return LineCache(cache / "speech" / "lines", _MEMORY_BYTES, _DISK_BYTES)


class _Renderer:
    """The helper process: started when first needed, started again should it die."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def render(self, order: Order) -> Pcm:
        """Samples of one sentence; blocks without the interpreter's lock.

        Raises:
            InternalError: hibari fails on it, or its process dies twice over it.
        """
        with self._lock:
            for _ in range(2):
                answer = self._ask(order)
                if answer is not None:
                    break
                self._end()
            else:
                raise _failure("its process ended twice over the same sentence")
        kind, _, body = answer
        if kind is Kind.FAILED:
            raise _failure(json.loads(body)["message"])
        return np.frombuffer(body, dtype="<i2").astype(np.int16)

    def _ask(self, order: Order) -> tuple[Kind, int, bytes] | None:
        if self._process is None:
            self._process = launch("_voice_process")
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            write_message(self._process.stdin, Kind.OPEN, 0, dataclasses.asdict(order))  # type: ignore[arg-type]
        except OSError:
            return None
        return read_message(self._process.stdout)  # type: ignore[arg-type]

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def close(self) -> None:
        """End the helper."""
        self._end()


_renderer = _Renderer()


def _failure(why: str) -> InternalError:
    return InternalError(
        "The offline voice cannot speak.",
        cause=f"It says: {why}.",
        remedy="Run `ringback doctor`; if it finds nothing, report this.",
    )


def warm(voice: str = "heart") -> None:
    """Start the voice's helper and load the model now, so that no call has to wait for it.

    Blocks one to two seconds the first time; call it before calls start, off the event loop. The
    first call in a process also trims the disk cache to 256 MB, oldest lines first.

    Raises:
        UnknownName: No voice of that name.
        VoiceMissing: The voice is not installed.
        InternalError: It is, but does not speak.
    """
    check_voice(voice)
    _warm(*_VOICES[voice])


@lru_cache(maxsize=8)
def _warm(model: str, semitones: float) -> None:
    _renderer.render(Order("Ready.", model, semitones, 1.0, 0, 24000))
    _lines(get_settings().cache).trim()


def synthesize(
    text: str,
    *,
    voice: str,
    speed: float = 1.0,
    seed: int = 0,
    sample_rate: int = 24000,
) -> Pcm:
    """Speak `text`: the same arguments give the same samples.

    Args:
        text: What to say; numbers, dates, times and titles are read as words.
        voice: ``heart`` or ``deep``.
        speed: Pace, 0.5 to 1.5; 1.0 is natural.
        seed: Of the voice's noise component.
        sample_rate: Of the result, Hz, 8000 to 48000.

    Returns:
        Mono samples, int16, shape (n,); empty when there is nothing to say.

    Raises:
        UnknownName: No voice of that name.
        VoiceMissing: The voice is not installed.
        InputError: Speed or sample rate out of range.
        InternalError: The voice fails on this text.
    """
    parts = list(stream(text, voice=voice, speed=speed, seed=seed, sample_rate=sample_rate))
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def stream(text: str, *, voice: str, speed: float, seed: int, sample_rate: int) -> Iterator[Pcm]:
    """The parts of :func:`synthesize`, one a sentence, read-only, each as soon as it is there."""
    check_voice(voice)
    _within("speed", speed, SPEED_RANGE, "1.0 is natural")
    _within("sample rate in Hz", sample_rate, _RATE_RANGE, "24000 is usual")
    from hibari import Hibari

    for sentence in Hibari.split_sentences(speakable(text)):
        yield _sentence(Order(sentence.strip(), *_VOICES[voice], float(speed), seed, sample_rate))


def _within(what: str, value: float, bounds: tuple[float, float], usual: str) -> None:
    if not bounds[0] <= value <= bounds[1]:
        raise InputError(
            f"A {what} of {value} cannot be spoken.",
            cause=f"The offline voices take {bounds[0]} to {bounds[1]}.",
            remedy=f"Choose one in that range; {usual}.",
        )


def _sentence(order: Order) -> Pcm:
    recipe = json.dumps([_RECIPE, _hibari_version(), dataclasses.astuple(order)])
    key = hashlib.sha256(recipe.encode()).hexdigest()
    cache = _lines(get_settings().cache)
    samples = cache.get(key)
    if samples is None:
        samples = _renderer.render(order)
        cache.put(key, samples)
    return samples
