"""Streams on lk.transcription: each segment once, sentence by sentence, for the right side."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from livekit import rtc
from taps import KeptTap

from harness.caller._transcripts import Transcripts
from harness.caller._words import Words
from harness.nouns import EventKind


@dataclass
class Info:
    attributes: dict[str, str] = field(default_factory=dict)


class Stream:
    """A stream as the SDK hands it over; `at_end` are the attributes its end brings."""

    def __init__(
        self,
        chunks: list[str],
        *,
        segment: str = "",
        final: str | None = None,
        at_end: str | None = None,
        track: str = "",
        breaks: bool = False,
    ) -> None:
        pairs = {
            "lk.segment_id": segment,
            "lk.transcription_final": final,
            "lk.transcribed_track_id": track,
        }
        self.info = Info({key: value for key, value in pairs.items() if value})
        self._chunks, self._at_end, self._breaks = list(chunks), at_end, breaks
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.closed = False

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> str:
        await self.go_on.wait()
        if self._chunks:
            return self._chunks.pop(0)
        if self._breaks:
            raise rtc.StreamError("broken off")
        if self._at_end:
            self.info.attributes["lk.transcription_final"] = self._at_end
        raise StopAsyncIteration

    def close(self) -> None:
        self.closed = True


class Room:
    def __init__(self) -> None:
        self.tap = KeptTap()
        self.transcripts = Transcripts(
            Words(self.tap), lambda identity, track: identity == "us" or track == "our-track"
        )

    async def read(self, *streams: Stream, by: str = "agent") -> None:
        for stream in streams:
            self.transcripts.take(stream, by)  # type: ignore[arg-type]
            for _ in range(20):
                await asyncio.sleep(0)

    @property
    def said(self) -> list[str]:
        return [data["text"] for data in self.tap.of(EventKind.AGENT_TEXT)]

    @property
    def heard(self) -> list[str]:
        return [data["text"] for data in self.tap.of(EventKind.AGENT_HEARD)]


@pytest.fixture
async def room() -> Room:
    return Room()


async def test_a_whole_text_without_attributes_is_final(room: Room):
    await room.read(Stream(["We open at eight."]))
    assert room.said == ["We open at eight."]


async def test_interims_are_not_told_twice(room: Room):
    await room.read(
        Stream(["what"], segment="1", final="false"),
        Stream(["what are"], segment="1", final="false"),
        Stream(["What are your hours?"], segment="1", final="true"),
        Stream(["What are your hours?"], segment="1", final="true"),
        by="us",
    )
    assert room.heard == ["What are your hours?"] and room.said == []


async def test_an_interim_that_never_became_final_is_told_by_its_latest(room: Room):
    await room.read(
        Stream(["We"], segment="1", final="false"),
        Stream(["We open"], segment="1", final="false"),
        Stream(["Bye"], segment="2", final="false"),
    )
    assert room.said == ["We open"]
    await room.transcripts.close()
    assert room.said == ["We open", "Bye"]


async def test_a_growing_stream_is_told_sentence_by_sentence(room: Room):
    stream = Stream(
        ["We open ", "at eight. We ", "close at", " six."],
        segment="1", final="false", at_end="true",
    )  # fmt: skip
    await room.read(stream)
    assert room.said == ["We open at eight.", "We close at six."]
    await room.read(Stream(["We open at eight. We close at six."], segment="1", final="true"))
    assert len(room.said) == 2


async def test_what_was_said_before_it_was_broken_off_counts(room: Room):
    await room.read(Stream(["We open ", "at "], segment="1", final="false", breaks=True))
    assert room.said == ["We open at"]


async def test_what_the_agent_heard_is_told_by_the_track_too(room: Room):
    await room.read(Stream(["hello"], segment="1", final="true", track="our-track"))
    assert room.heard == ["hello"] and room.said == []


async def test_both_sides_interims_are_kept_apart(room: Room):
    await room.read(Stream(["hel"], segment="u1", final="false"), by="us")
    await room.read(Stream(["Hi!"], segment="a1", final="true"))
    await room.read(Stream(["hello"], segment="u1", final="true"), by="us")
    assert (room.heard, room.said) == (["hello"], ["Hi!"])


async def test_a_stream_without_end_is_cut_and_a_flood_of_streams_not_read(room: Room):
    endless = Stream(["x" * 3000] * 50, segment="1", final="false")
    await room.read(endless)
    assert endless.closed and len(endless._chunks) > 40
    waiting = [Stream(["a", "b"]) for _ in range(40)]
    for stream in waiting:
        stream.go_on.clear()
    await room.read(*waiting)
    assert sum(stream.closed for stream in waiting) == room.transcripts.left_out == 24
    await room.transcripts.close()
    assert all(stream.closed for stream in waiting)


async def test_leaving_in_the_midst_of_a_sentence_keeps_what_came(room: Room):
    stream = Stream(["We open"])
    transcripts = room.transcripts
    await room.read(stream)
    stream = Stream(["We ", "close"])
    transcripts.take(stream, "agent")  # type: ignore[arg-type]
    await asyncio.sleep(0)
    stream.go_on.clear()
    stream._chunks = []
    await asyncio.sleep(0)
    await transcripts.close()
    assert room.said[0] == "We open"
