"""Transcripts: the text streams on lk.transcription, each segment told once."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from livekit import rtc

from harness.caller._words import Words

__all__ = ["TOPIC", "Transcripts"]

TOPIC = "lk.transcription"
_FINAL = "lk.transcription_final"
_SEGMENT = "lk.segment_id"
_TRACK = "lk.transcribed_track_id"

_AT_ONCE = 16
"""Streams read at the same time; more are not read at all."""
_LONGEST = 20_000
"""Characters read of one stream: some twenty minutes of speech."""
_SEGMENTS_KEPT = 200
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


@dataclass(slots=True)
class _Interim:
    """The latest wording of a segment that was not final yet."""

    segment: str
    text: str


class Transcripts:
    """Reads what is said by both sides, as LiveKit's agents write it.

    A stream whose text grows is told sentence by sentence. A stream that is closed as not final is
    an interim wording: it is told only if no final one follows before the next segment.

    Args:
        words: Where it goes.
        is_caller: Whether a stream is of the caller's own speech: by its sender's identity and the
            id of the transcribed track.
    """

    def __init__(self, words: Words, is_caller: Callable[[str, str], bool]) -> None:
        self._words = words
        self._is_caller = is_caller
        self._reading: set[asyncio.Task[None]] = set()
        self._interims: dict[bool, _Interim] = {}
        self._told: OrderedDict[str, None] = OrderedDict()
        self.left_out = 0

    def take(self, reader: rtc.TextStreamReader, identity: str) -> None:
        """Take a stream that was opened."""
        if len(self._reading) >= _AT_ONCE:
            self.left_out += 1
            reader.close()
            return
        task = asyncio.create_task(self._read(reader, identity))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def close(self) -> None:
        """Stop reading; tell what never became final."""
        for task in list(self._reading):
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)
        for of_caller, interim in list(self._interims.items()):
            self._say(interim.text, of_caller)
        self._interims.clear()

    async def _read(self, reader: rtc.TextStreamReader, identity: str) -> None:
        attributes = reader.info.attributes or {}
        of_caller = self._is_caller(identity, attributes.get(_TRACK, ""))
        segment = attributes.get(_SEGMENT, "")
        if segment and segment in self._told:
            reader.close()
            return
        self._next_segment(segment, of_caller)
        rest, length, chunks = "", 0, 0
        try:
            async for chunk in reader:
                chunks += 1
                length += len(chunk)
                rest += chunk
                if chunks > 1 and not of_caller:  # it grows: what is complete will not change
                    *sentences, rest = _SENTENCE.split(rest)
                    for sentence in sentences:
                        self._say(sentence, of_caller)
                if length > _LONGEST:
                    break
        except rtc.StreamError:
            pass  # broken off by its sender, or too long: what came of it counts
        except asyncio.CancelledError:
            self._say(rest, of_caller)
            raise
        finally:
            reader.close()
        final = (reader.info.attributes or {}).get(_FINAL, "true") != "false"
        if final or chunks > 1:
            self._interims.pop(of_caller, None)
            self._say(rest, of_caller)
            self._remember(segment)
        elif rest:
            self._interims[of_caller] = _Interim(segment, rest)

    def _next_segment(self, segment: str, of_caller: bool) -> None:
        """A segment that ended without a final wording is told by its latest."""
        interim = self._interims.get(of_caller)
        if interim is not None and segment and interim.segment and interim.segment != segment:
            del self._interims[of_caller]
            self._say(interim.text, of_caller)
            self._remember(interim.segment)

    def _remember(self, segment: str) -> None:
        if segment:
            self._told[segment] = None
            if len(self._told) > _SEGMENTS_KEPT:
                self._told.popitem(last=False)

    def _say(self, text: str, of_caller: bool) -> None:
        if of_caller:
            self._words.heard_by_agent(text, TOPIC)
        else:
            self._words.by_transcription(text)
