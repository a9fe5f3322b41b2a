"""A person's microphone over a network: it flows, late by little, and never with a click."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.caller._person_voice import PersonVoice
from harness.caller._ramp import RAMP, across, ramped_down, ramped_up
from harness.nouns import LANE_RATE

PIECE = LANE_RATE // 50
LOUD = 12_000


def voice(count: int, first: int = 0, hz: float = 220.0) -> np.ndarray:
    """A steady sound: its steps are small, so that a click stands out."""
    at = (first + np.arange(count)) / LANE_RATE
    return np.rint(LOUD * np.sin(2 * np.pi * hz * at)).astype(np.int16)


OF_VOICE = LOUD * 2 * math.pi * 220.0 / LANE_RATE
OF_RAMP = LOUD * math.pi / (2 * RAMP)


def steps(samples: np.ndarray) -> int:
    """The largest step from one sample to the next, the silence around included."""
    return int(np.abs(np.diff(np.concatenate([[0], samples.astype(np.int64), [0]]))).max())


@pytest.mark.parametrize("count", [0, 1, 7, RAMP, RAMP + 1, 3 * RAMP])
def test_ramps_begin_and_end_in_silence(count: int) -> None:
    flat = np.full(count, 10_000, np.int16)
    down, up = ramped_down(flat), ramped_up(flat)
    assert len(down) == min(count, RAMP) and len(up) == count
    if count >= RAMP:
        assert down[0] >= 9_990 and down[-1] <= 10 and up[0] <= 10 and up[-1] >= 9_990
        assert steps(down[:-1]) <= 10_000 and np.abs(np.diff(down.astype(int))).max() <= 33
        assert (down[:RAMP].astype(int) + up[:RAMP] == 10_000).all()


def test_across_begins_as_the_old_and_goes_on_as_the_new() -> None:
    passed = across(np.full(1000, 4000, np.int16), np.full(2000, -4000, np.int16))
    assert passed[0] > 3990 and (passed[RAMP:] == -4000).all() and len(passed) == 2000


def test_what_comes_steadily_is_given_whole() -> None:
    person, given = PersonVoice(), []
    for number in range(100):
        person.feed(number * PIECE, voice(PIECE, number * PIECE))
        given.append(person.take(PIECE))
    heard = np.concatenate(given)
    begins = int(np.flatnonzero(heard)[0])
    # The first piece is there at once, and 60 ms are kept back: that is all the delay there is.
    assert begins <= 0.08 * LANE_RATE
    late = begins - begins % PIECE
    assert (heard[late + RAMP :] == voice(len(heard) - late - RAMP, RAMP)).all()
    assert (person.dropped, person.dry) == (0, 0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 1, 1, 1, 2, 5, 30]), st.sampled_from([0] * 8 + [-700, 900])
        ),
        min_size=5,
        max_size=80,
    )
)
def test_however_it_comes_there_is_no_click_and_it_is_never_late_by_more_than_a_second(
    arrivals: list[tuple[int, int]],
) -> None:
    """Before each frame so many pieces come; the count of some lies wrong."""
    person, given, at = PersonVoice(), [], 0
    for pieces, wrong in arrivals:
        for _ in range(pieces):
            place = max(0, at + wrong)
            person.feed(place, voice(PIECE, place))
            at = place + PIECE
            assert person.depth_s <= 1.0 + PIECE / LANE_RATE
        given.append(person.take(PIECE))
    given.append(person.stop())
    # At most two ramps meet: one that ends and one that begins.
    assert steps(np.concatenate(given)) <= OF_VOICE + 2 * OF_RAMP + 2
    assert person.depth_s == 0.0 and not person.take(PIECE).any()


def test_late_pieces_make_it_wait_longer_and_pauses_do_not() -> None:
    person, at = PersonVoice(), 0

    def flow(frames: int) -> None:
        nonlocal at
        for _ in range(frames):
            person.feed(at, voice(PIECE, at))
            at += PIECE
            person.take(PIECE)

    flow(20)
    for _ in range(10):
        person.take(PIECE)  # the microphone is off: its count goes on
        at += PIECE
    flow(20)
    assert person.dry == 0
    before = person.depth_s
    for _ in range(10):
        person.take(PIECE)  # nothing comes, though nothing is left out
    flow(20)
    assert person.dry == 1 and person.depth_s > before


def test_a_clock_that_runs_fast_is_followed_in_quiet_moments() -> None:
    person, at, owed = PersonVoice(), 0, 0.0
    for frame in range(15_000):  # five minutes
        owed += 1.0005
        while owed >= 1.0:
            owed -= 1.0
            speaks = at // LANE_RATE % 4 < 3
            person.feed(at, voice(PIECE, at) if speaks else np.full(PIECE, 9, np.int16))
            at += PIECE
        given = person.take(PIECE)
        # Only where nothing is heard: whatever is said goes on from sample to sample.
        assert frame < 20 or steps(given[1:-1]) <= LOUD + 20
    assert person.depth_s <= 0.14 and 0 < person.dropped <= 0.2 * LANE_RATE
    assert person.dropped % PIECE == 0


def test_words_that_were_held_up_are_all_said_and_the_next_pause_makes_up_for_it() -> None:
    person, given, at = PersonVoice(), [], 0

    def come(pieces: int, sound: bool = True) -> None:
        nonlocal at
        for _ in range(pieces):
            person.feed(at, voice(PIECE, at) if sound else np.zeros(PIECE, np.int16))
            at += PIECE

    def flow(frames: int, sound: bool = True) -> None:
        for _ in range(frames):
            come(1, sound)
            given.append(person.take(PIECE))

    flow(20)
    given.extend(person.take(PIECE) for _ in range(40))  # the computer is busy for 0.8 s ...
    come(40)  # ... and then all of it is there
    flow(20)
    assert person.dropped == 0 and person.depth_s > 0.7
    flow(100, sound=False)
    assert person.depth_s <= 0.16
    said = np.abs(np.concatenate(given).astype(int)) > LOUD / 2
    assert said.sum() == pytest.approx(80 * PIECE * 2 / 3, rel=0.03)
