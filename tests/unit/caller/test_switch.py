"""The caller's one track passes from the simulated caller to a person and back."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taps import KeptTap

from harness.caller._person_voice import PersonVoice
from harness.caller._ramp import RAMP
from harness.caller._sender import FRAME, LEAD, PacedSender, room_tone
from harness.nouns import LANE_RATE, EventKind

LINE, MIC = (9_000, 310.0), (7_000, 190.0)


def sound(what: tuple[int, float], count: int, first: int = 0) -> np.ndarray:
    loud, hz = what
    at = (first + np.arange(count)) / LANE_RATE
    return np.rint(loud * np.sin(2 * np.pi * hz * at)).astype(np.int16)


def of(what: tuple[int, float]) -> float:
    """The largest step of a sound, and of a ramp over it."""
    loud, hz = what
    return loud * 2 * math.pi * hz / LANE_RATE + loud * math.pi / (2 * RAMP)


TONE = int(np.abs(np.diff(room_tone().astype(int))).max())


class Listener:
    def begin(self, at: float) -> None:
        pass

    def end(self, at: float) -> None:
        pass


class Stage:
    """A sender on a clock of its own; before each frame something is done."""

    def __init__(self, frames: int, before: Callable[[int], None]) -> None:
        self.tap = KeptTap()
        self.sender = PacedSender(self.tap, self)  # type: ignore[arg-type]
        self.frames, self.before = frames, before
        self.sent = 0

    async def capture_frame(self, frame: object) -> None:
        self.sent += 1
        if self.sent == self.frames:
            raise asyncio.CancelledError
        self.before(self.sent)

    def run(self) -> np.ndarray:
        async def sleep(seconds: float) -> None:
            self.tap.t += seconds

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("harness.caller._sender.asyncio.sleep", sleep)
            with pytest.raises(asyncio.CancelledError):
                asyncio.run(self.sender.run())
        return self.tap.lane("caller")


class Mic:
    """A microphone whose pieces come when they are made."""

    def __init__(self, what: tuple[int, float] = MIC) -> None:
        self.voice, self.what, self.at = PersonVoice(), what, 0

    def speak(self) -> None:
        self.voice.feed(self.at, sound(self.what, FRAME, self.at))
        self.at += FRAME


def switched(take_at: int, phase: int, frames: int = 60) -> tuple[Stage, Mic, list[float]]:
    """A call in which a person takes over while a line is being said."""
    mic, at = Mic(), []

    def before(frame: int) -> None:
        if frame == take_at:
            began, _ = stage.sender.take_over(mic.voice)
            at.append(began)
        if frame >= take_at:
            mic.speak()

    stage = Stage(frames, before)
    stage.sender.begin(1, "A long line", "script", Listener())
    stage.sender.play(sound(LINE, 2 * LANE_RATE, phase))
    return stage, mic, at


@settings(max_examples=40, deadline=None)
@given(take_at=st.integers(5, 40), phase=st.integers(0, 200))
def test_there_is_no_click_where_a_person_takes_over(take_at: int, phase: int) -> None:
    stage, _, at = switched(take_at, phase)
    lane = stage.run()
    place = round(at[0] * LANE_RATE)
    around = np.abs(np.diff(lane[place - 2 * FRAME : place + 6 * FRAME].astype(int)))
    assert around.max() <= max(of(LINE), of(MIC)) + TONE + 3
    # An edge where there was no ramp would stand far above that.
    assert max(of(LINE), of(MIC)) + TONE < LINE[0] / 4


def test_the_simulated_caller_is_silent_at_once_and_the_person_is_heard_soon() -> None:
    stage, _, at = switched(20, 0)
    lane = stage.run()
    asked = round((20 * FRAME - LEAD) / LANE_RATE, 6)
    place = round(at[0] * LANE_RATE)
    assert at[0] - asked <= (LEAD + FRAME) / LANE_RATE + 1e-6
    silent = lane[place + RAMP : place + RAMP + FRAME]
    assert np.abs(silent).max() <= 60, "the line is over, and the person has not begun"
    heard = place + int(np.flatnonzero(np.abs(lane[place + RAMP :]) > 200)[0]) + RAMP
    assert heard / LANE_RATE - asked < 0.3
    (stopped,) = stage.tap.of(EventKind.CALLER_STOPPED)
    assert stopped["cut"] is True and stopped["at"] == pytest.approx(at[0], abs=0.01)


def test_what_is_sent_of_a_person_is_handed_on_with_its_place() -> None:
    handed: list[tuple[int, np.ndarray]] = []
    stage, _, at = switched(20, 0)
    stage.sender.on_person = lambda first, samples: handed.append((first, samples.copy()))
    lane = stage.run()
    assert handed[0][0] == round(at[0] * LANE_RATE)
    # But for what the line leaves in the first frame: it is not theirs.
    assert all((lane[first : first + FRAME] == samples).all() for first, samples in handed[1:])
    assert len(handed) == 60 - 20


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.sampled_from(["take", "give", "line", "cut", "sound"])),
        max_size=14,
    )
)
def test_whatever_follows_on_what_there_is_no_click(acts: list[tuple[int, str]]) -> None:
    mics, frames = [Mic()], 10
    due: dict[int, list[str]] = {}
    for wait, act in acts:
        frames += wait
        due.setdefault(frames, []).append(act)

    whole = sound(LINE, LANE_RATE)
    edges = np.sin(np.linspace(0, np.pi, LANE_RATE)) ** 0.2
    soft = np.rint(whole * edges).astype(np.int16)

    def before(frame: int) -> None:
        for act in due.get(frame, ()):
            match act:
                case "take":
                    mics.append(Mic())
                    stage.sender.take_over(mics[-1].voice)
                case "give":
                    stage.sender.give_back()
                case "line":
                    stage.sender.begin(frame, "Line", "script", Listener())
                    stage.sender.play(soft)
                case "cut":
                    stage.sender.cut()
                case "sound":
                    stage.sender.sound("chatter", soft)
        mics[-1].speak()

    stage = Stage(frames + 20, before)

    lane = stage.run().astype(int)
    sounds = 2 + sum(act == "sound" for _, act in acts)
    # A few may sound at once; each steps as far as it does, its ramps included.
    assert np.abs(np.diff(lane)).max() <= (sounds + 1) * max(of(LINE), of(MIC)) + 2 * TONE + 6


def test_a_person_who_gives_back_ends_softly_and_lines_go_on() -> None:
    mic = Mic()

    def before(frame: int) -> None:
        if frame == 5:
            stage.sender.take_over(mic.voice)
        if frame == 25:
            given.append(stage.sender.give_back())
            stage.sender.begin(2, "Next", "script", Listener())
            stage.sender.play(sound(LINE, LANE_RATE // 4))
        mic.speak()

    given: list[float] = []
    stage = Stage(60, before)
    lane = stage.run()
    place = round(given[0] * LANE_RATE)
    assert np.abs(np.diff(lane[place - FRAME : place + RAMP].astype(int))).max() <= (
        of(MIC) + of(LINE) + TONE + 3
    )
    (started,) = stage.tap.of(EventKind.CALLER_STARTED)
    assert (started["line"], started["at"]) == (2, pytest.approx(given[0], abs=0.001))
    assert mic.voice.depth_s <= 1.0 and not stage.sender.speaking
