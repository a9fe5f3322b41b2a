"""The engine's side on hands: what a person has the caller say, press or play in a live call."""

from __future__ import annotations

import asyncio
import io
import re
import uuid
from abc import ABC, abstractmethod
from typing import Any

from harness.calls._dispatch import Dispatch
from harness.calls._live_call import LiveCall, not_live
from harness.errors import InputError
from harness.nouns import CallState
from harness.scenarios import SIZES
from harness.store import Store

__all__ = ["HandSide"]

_LONGEST_LINE = 500
_MOST_KEYS = 32
_KEYS = re.compile(r"[0-9A-D*#]+")
_LARGEST_BYTES = int(SIZES["audio bytes"].most)
_LONGEST_S = SIZES["audio seconds"].most
_AS_SOUND = "Choose a WAV, FLAC, OGG or MP3 file."


class HandSide(ABC):
    """What :class:`harness.calls.CallService` offers to hands at a live call.

    Attributes:
        loop: The engine's loop.
    """

    loop: asyncio.AbstractEventLoop

    @property
    @abstractmethod
    def store(self) -> Store:
        """Where the files of calls are."""

    @abstractmethod
    def _talking(self, call_id: str) -> tuple[LiveCall, Dispatch]:
        """A call whose conversation goes on; raises NotFound."""

    def type_line(self, call_id: str, text: str, *, as_text: bool = False) -> None:
        """Have the caller say `text`; see CallService."""
        text = _line(text, "Type what the caller should say.")
        self._live_call(call_id)
        self._tell(call_id, {"do": "say", "text": text, "as_text": as_text})

    def press(self, call_id: str, keys: str) -> None:
        """Have the caller press keys; see CallService."""
        pressed = "".join(keys.split()).upper()
        if not _KEYS.fullmatch(pressed) or len(pressed) > _MOST_KEYS:
            raise InputError(
                "These are no keys of a telephone.",
                cause=f"Keys are 0 to 9, *, # and A to D, 1 to {_MOST_KEYS} at a time.",
                remedy="Enter keys such as 1 or 4711#.",
            )
        self._live_call(call_id)
        self._tell(call_id, {"do": "press", "keys": pressed})

    def play(self, call_id: str, sound: bytes, words: str = "") -> None:
        """Have the caller play a recording; see CallService."""
        words = _line(words, "") if words.strip() else ""
        live = self._live_call(call_id)
        if live.request.caller is not None and live.request.caller.by == "text":
            raise InputError(
                "No recording can be played in this call.",
                cause="Its caller types and sends no sound.",
                remedy="Place a call whose caller speaks.",
            )
        flac = _as_flac(sound)
        # The call's own folder: whatever becomes of the call, the sound goes with it.
        path = self.store.artifacts(call_id).folder / f"played-{uuid.uuid4().hex[:8]}.flac"
        path.write_bytes(flac)
        self._tell(call_id, {"do": "play", "path": str(path), "words": words})

    def _live_call(self, call_id: str) -> LiveCall:
        live, _ = self._talking(call_id)
        if live.view().state is not CallState.LIVE:
            raise not_live()
        return live

    def _tell(self, call_id: str, command: dict[str, Any]) -> None:
        _, dispatch = self._talking(call_id)
        self.loop.call_soon_threadsafe(dispatch.tell, call_id, command)


def _line(text: str, empty: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST_LINE:
        raise InputError(
            "The line is empty." if not text else f"The line has {len(text)} characters.",
            cause=f"A line has 1 to {_LONGEST_LINE} characters.",
            remedy="Type a shorter line." if text else empty,
        )
    return text


def _as_flac(sound: bytes) -> bytes:
    """A recording as one lane of FLAC at its own rate.

    Raises:
        InputError: It is no sound, empty, too large or too long.
    """
    import soundfile

    if len(sound) > _LARGEST_BYTES:
        raise InputError(
            "The recording is too large.",
            cause=f"It has {len(sound):,} bytes; {_LARGEST_BYTES:,} are the most.",
            remedy="Cut it, or save it as FLAC or MP3.",
        )
    try:
        with soundfile.SoundFile(io.BytesIO(sound)) as file:
            if file.frames > _LONGEST_S * file.samplerate:
                raise InputError(
                    "The recording is too long.",
                    cause=f"It lasts {file.frames / file.samplerate:.0f} s; {_LONGEST_S:g} s are "
                    "the most.",
                    remedy="Cut it, and play the parts one after the other.",
                )
            samples, rate = file.read(dtype="float32", always_2d=True), file.samplerate
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError) as error:
        raise InputError(
            "The recording cannot be read as sound.",
            cause=f"The audio library says: {getattr(error, 'error_string', error)}",
            remedy=_AS_SOUND,
        ) from None
    if not len(samples):
        raise InputError("The recording holds no sound.", cause="It is empty.", remedy=_AS_SOUND)
    made = io.BytesIO()
    soundfile.write(made, samples.mean(axis=1), rate, format="FLAC", subtype="PCM_16")
    return made.getvalue()
