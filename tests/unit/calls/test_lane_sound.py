"""What listeners get: each lane by itself with its place on the clock."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.calls import LaneSound
from harness.calls._lane_sound import LaneGatherer
from harness.calls._log_tap import LogTap, Outlet
from harness.calls._wire import decode, read_message
from harness.nouns import LANE_RATE
from harness.store import Artifacts

PIECE = LANE_RATE // 25


@given(st.lists(st.tuples(st.integers(-700, 700), st.integers(0, 2500)), max_size=12))
def test_a_lane_in_pieces_is_the_lane_as_it_is_recorded(steps: list[tuple[int, int]]) -> None:
    # As a recording is written: what lies before its end is there already.
    lane, known = np.zeros(40_000, np.int16), np.zeros(40_000, bool)
    got, told = lane.copy(), known.copy()
    gatherer, at, fresh, end, until = LaneGatherer(), 10_000, 1, 0, 0
    for step, count in steps:
        at = max(0, at + step)
        samples = np.arange(fresh, fresh + count, dtype=np.int16)
        fresh += count
        for place, pcm in gatherer.add(at, samples):
            piece = np.frombuffer(pcm, "<i2")
            assert place >= until and 0 < len(piece) <= PIECE
            until = place + len(piece)
            got[place:until], told[place:until] = piece, True
        begin = max(at, end)
        at += count
        if begin < at:
            lane[begin:at], known[begin:at] = samples[begin - at :], True
            end = at
    assert (got[told] == lane[told]).all() and known[told].all()
    missing = np.flatnonzero(known & ~told)
    assert len(missing) < PIECE and (missing >= until).all()


class Pipe:
    """A pipe to an engine that reads when it likes."""

    def __init__(self) -> None:
        self.written = b""
        self.waiting = 0
        self.transport = self

    def write(self, data: bytes) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return self.waiting

    async def messages(self) -> list[Any]:
        reader = asyncio.StreamReader()
        reader.feed_data(self.written)
        reader.feed_eof()
        found = []
        while (message := await read_message(reader)) is not None:
            found.append(decode(message))
        return found


@pytest.fixture
def pipe() -> Pipe:
    return Pipe()


async def test_a_worker_passes_on_what_is_listened_to(pipe: Pipe, tmp_path: Path) -> None:
    tap = LogTap("call_1", Artifacts(tmp_path), Outlet(pipe))  # type: ignore[arg-type]
    tone = np.full(PIECE, 5, np.int16)
    tap.audio("caller", 0, tone)
    tap.listen(True)
    tap.audio("caller", PIECE, tone)
    tap.audio("agent", 700, tone + 1)
    tap.listen(False)
    tap.audio("agent", 700 + PIECE, tone)
    await tap.close_recording()
    tap.close()
    heard = [one for one in await pipe.messages() if isinstance(one, LaneSound)]
    assert [(one.lane, one.first, one.samples) for one in heard] == [
        ("caller", PIECE, tone.tobytes()),
        ("agent", 700, (tone + 1).tobytes()),
    ]


async def test_an_engine_that_stalls_loses_sound_and_never_an_event(pipe: Pipe) -> None:
    outlet = Outlet(pipe)  # type: ignore[arg-type]
    pipe.waiting = 10_000_000
    outlet.sound(LaneSound("call_1", "caller", 0, b"\0\0"))
    outlet.send({"is": "event"})
    pipe.waiting = 0
    outlet.sound(LaneSound("call_1", "caller", 960, b"\1\0"))
    assert await pipe.messages() == [{"is": "event"}, LaneSound("call_1", "caller", 960, b"\1\0")]
