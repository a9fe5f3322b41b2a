"""What engine and worker say to each other survives the pipe in any pieces."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from harness.calls import LaneSound
from harness.calls._lane_sound import VoiceSound
from harness.calls._wire import decode, encode_json, encode_lane, encode_voice, read_message

JSON = st.dictionaries(st.text(max_size=8), st.integers() | st.text() | st.booleans(), max_size=4)
SOUND = st.builds(
    LaneSound,
    st.text("abc_1é", max_size=30),
    st.sampled_from(["caller", "agent"]),
    st.integers(0, 2**60),
    st.binary(max_size=200),
)
VOICE = st.builds(
    VoiceSound, st.text("abc_1é", max_size=30), st.integers(0, 2**60), st.binary(max_size=200)
)
MESSAGE = (
    JSON.map(lambda value: (value, encode_json(value)))
    | SOUND.map(lambda sound: (sound, encode_lane(sound)))
    | VOICE.map(lambda sound: (sound, encode_voice(sound)))
)


@given(st.lists(MESSAGE, max_size=8), st.integers(1, 50))
def test_messages_come_out_as_they_went_in(messages: list[tuple[object, bytes]], piece: int):
    async def through() -> list[object]:
        reader = asyncio.StreamReader()
        stream = b"".join(encoded for _, encoded in messages)
        for start in range(0, len(stream), piece):
            reader.feed_data(stream[start : start + piece])
        reader.feed_eof()
        out = []
        while (message := await read_message(reader)) is not None:
            out.append(decode(message))
        return out

    assert asyncio.run(through()) == [value for value, _ in messages]


def test_a_torn_message_is_the_end():
    async def torn() -> bytes | None:
        reader = asyncio.StreamReader()
        reader.feed_data(encode_json({"is": "ready"})[:-2])
        reader.feed_eof()
        return await read_message(reader)

    assert asyncio.run(torn()) is None
