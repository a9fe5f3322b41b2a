"""A lane as a page gets it: stamped, without its silences, smaller for who falls behind."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from harness.calls import LaneSound
from harness.console._lanes import MU_LAW, PCM, SILENT, LaneEncoder, mu_law
from harness.nouns import LANE_RATE, Lane

PIECE = LANE_RATE // 25
LOUD = np.full(PIECE, 9000, "<i2").tobytes()


def read(message: bytes) -> tuple[int, int, int, int, int, bytes]:
    version, lane, form, spare, count, first = struct.unpack_from("<BBBBIQ", message)
    assert spare == 0
    return version, lane, form, count, first, message[16:]


@pytest.mark.parametrize(("lane", "number"), [("caller", 0), ("agent", 1)])
def test_a_piece_says_where_it_lies(lane: Lane, number: int) -> None:
    message = LaneEncoder().encode(LaneSound("c", lane, 2**40 + 7, LOUD), 0.0)
    assert read(message) == (1, number, PCM, PIECE, 2**40 + 7, LOUD)


@pytest.mark.parametrize("loudest", [0, 64, -64])
def test_silence_is_not_sent(loudest: int) -> None:
    samples = np.zeros(PIECE, "<i2")
    samples[17] = loudest
    message = LaneEncoder().encode(LaneSound("c", "agent", 5, samples.tobytes()), 0.0)
    assert read(message) == (1, 1, SILENT, PIECE, 5, b"")


@pytest.mark.parametrize("loudest", [65, -65, -32768])
def test_what_is_louder_is(loudest: int) -> None:
    samples = np.zeros(PIECE, "<i2")
    samples[17] = loudest
    message = LaneEncoder().encode(LaneSound("c", "agent", 5, samples.tobytes()), 0.0)
    assert read(message)[2:] == (PCM, PIECE, 5, samples.tobytes())


def test_who_falls_behind_gets_half_of_the_bytes_until_it_has_kept_up() -> None:
    encoder, forms = LaneEncoder(), []
    for number in range(25 * 30):
        at = number * PIECE / LANE_RATE
        stall = 0.5 if 5.0 <= at < 8.0 else 0.0
        message = encoder.encode(LaneSound("c", "agent", number * PIECE, LOUD), 100.0 + at + stall)
        forms.append((at, read(message)[2], len(message)))
    small = [at for at, form, _ in forms if form == MU_LAW]
    assert 5.0 <= small[0] < 5.1 and 18.0 <= small[-1] < 18.6
    assert {size for _, form, size in forms if form == MU_LAW} == {16 + PIECE}
    assert {size for _, form, size in forms if form == PCM} == {16 + 2 * PIECE}


def test_a_slow_beginning_is_not_falling_behind() -> None:
    encoder = LaneEncoder()
    for number in range(100):
        now = 50.0 + max(2.0, number * PIECE / LANE_RATE)  # two seconds waited, and came at once
        encoder.encode(LaneSound("c", "agent", number * PIECE, LOUD), now)
    assert not encoder.small


def test_mu_law_is_that_of_the_recommendation() -> None:
    # Ends of the scale, and values that the tables of G.711 give by name.
    known = {0: 0xFF, -1: 0x7F, 32767: 0x80, -32768: 0x00, 8031 * 4: 0x80, -8031 * 4: 0x00}
    codes = mu_law(np.array(list(known), np.int16))
    assert dict(zip(known, codes, strict=True)) == known


def test_mu_law_can_be_read_back_within_half_a_step() -> None:
    value = np.arange(-32635, 32636)
    code = ~np.frombuffer(mu_law(value.astype(np.int16)), np.uint8)
    segment, step = (code >> 4) & 7, code & 15
    size = (((step.astype(int) << 3) + 132) << segment) - 132
    read_back = np.where(code & 0x80, -size, size)
    assert (np.abs(read_back - value) <= (4 << segment.astype(int))).all()
