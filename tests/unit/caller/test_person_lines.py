"""What a person says in the caller's place: lines with exact ends, however long the pauses."""

from __future__ import annotations

import numpy as np
import pytest
from taps import KeptTap

from harness.caller._person_lines import PersonLines
from harness.caller._sender import FRAME, room_tone
from harness.measure import GatedDetector
from harness.nouns import LANE_RATE, EventKind

ORIGIN = 7 * LANE_RATE


class Said:
    """A person's lane from second 7 on, with speech at the given seconds after that."""

    def __init__(self, *speech: tuple[float, float], length: float = 6.0) -> None:
        self.tap = KeptTap()
        self.begun: list[float] = []
        self.over: list[float] = []
        self.numbers = iter(range(4, 99))
        detector = GatedDetector(LANE_RATE, None)
        self.lines = PersonLines(self.tap, detector, lambda: next(self.numbers))
        self.lines.on_begun = self.begun.append
        self.lines.on_over = self.over.append
        count = round(length * LANE_RATE)
        lane = np.resize(room_tone(), count).astype(np.float64)
        for start, end in speech:
            first, last = round(start * LANE_RATE), round(end * LANE_RATE)
            at = np.arange(last - first) / LANE_RATE
            syllables = 0.55 + 0.45 * np.cos(2 * np.pi * 5 * at)
            lane[first:last] += 9000 * np.sin(2 * np.pi * 180 * at) * syllables
        self.lane = np.rint(lane).astype(np.int16)
        self.place = 0

    def until(self, second: float) -> Said:
        while self.place < round(second * LANE_RATE):
            self.lines.hear(ORIGIN + self.place, self.lane[self.place : self.place + FRAME])
            self.place += FRAME
        return self

    def told(self) -> list[tuple[int, float, float | None]]:
        """Number, onset and end of each line, in seconds after the person began."""
        ends = {one["line"]: one["at"] - 7 for one in self.tap.of(EventKind.CALLER_STOPPED)}
        started = self.tap.of(EventKind.CALLER_STARTED)
        return [(one["line"], one["at"] - 7, ends.get(one["line"])) for one in started]


def about(second: float) -> object:
    return pytest.approx(second, abs=0.015)


def test_a_line_has_the_boundaries_of_its_sound() -> None:
    said = Said((1.0, 2.5), length=4.0).until(4.0)
    assert said.told() == [(4, about(1.0), about(2.5))]
    (started,) = said.tap.of(EventKind.CALLER_STARTED)
    assert (started["source"], started["text"], started["sent_as"]) == ("person", None, "voice")
    assert said.begun == [about(8.0)] and said.over == [about(9.5)]
    assert not said.lines.speaking


def test_a_short_pause_is_within_a_line_and_a_long_one_between_two() -> None:
    said = Said((0.5, 1.5), (2.0, 3.0), (4.0, 4.5)).until(6.0)
    assert said.told() == [(4, about(0.5), about(3.0)), (5, about(4.0), about(4.5))]


def test_where_the_agent_begins_in_the_pause_the_line_is_over() -> None:
    said = Said((0.5, 1.5), (2.0, 3.0))
    said.until(1.95).lines.agent_began()
    assert said.told() == [(4, about(0.5), about(1.5))]
    said.until(6.0)
    assert said.told()[1:] == [(5, about(2.0), about(3.0))]


def test_the_agent_cutting_in_does_not_end_the_line() -> None:
    said = Said((0.5, 3.0))
    said.until(1.5).lines.agent_began()
    assert said.lines.speaking and said.told() == [(4, about(0.5), None)]
    assert said.until(6.0).told() == [(4, about(0.5), about(3.0))]


def test_giving_back_ends_what_is_said() -> None:
    said = Said((0.5, 3.0)).until(2.0)
    said.lines.close(9.0)
    assert said.told() == [(4, about(0.5), about(2.0))] and not said.lines.speaking
    silent = Said().until(2.0)
    silent.lines.close(9.0)
    assert silent.told() == [] and silent.over == []


def test_frames_that_were_not_sent_move_nothing() -> None:
    said = Said((0.5, 1.0), (3.0, 3.5)).until(1.5)
    said.place += 10 * FRAME  # the sender was late by 200 ms
    said.until(6.0)
    assert said.told() == [(4, about(0.5), about(1.0)), (5, about(3.0), about(3.5))]
