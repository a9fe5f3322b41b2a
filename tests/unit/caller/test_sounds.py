"""Sounds of the caller that are no line: how they are made, where they lie, what they do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from taps import KeptTap
from test_mouth import Played
from virtual import run

from harness.caller import silero
from harness.caller._line import NoLine, SpokenLine
from harness.caller._overlay import Overlay
from harness.caller._sounds import make_sound
from harness.measure import GatedDetector
from harness.nouns import LANE_RATE, SOUNDS, EventKind

LOUD = 300


def loudest_db(samples: np.ndarray) -> float:
    """RMS of the loudest tenth of a second, dBFS."""
    energy = np.concatenate([[0.0], np.cumsum((samples / 32768.0) ** 2)])
    return float(10 * np.log10((energy[2400:] - energy[:-2400]).max() / 2400))


@pytest.mark.parametrize("name", SOUNDS)
def test_the_same_seed_gives_the_same_sound_and_another_another(name: str):
    sound, again, other = make_sound(name, 3), make_sound(name, 3), make_sound(name, 4)
    assert np.array_equal(sound, again)
    assert len(sound) != len(other) or not np.array_equal(sound, other)
    assert sound[0] != 0 and sound[-1] != 0


@pytest.mark.parametrize(
    ("name", "seconds", "level"),
    [
        ("mm_hm", (0.35, 0.6), -22),
        ("cough", (0.15, 1.3), -18),
        ("breath", (0.5, 1.0), -34),
        ("keyboard", (1.7, 2.0), -30),
        ("chatter", (2.8, 3.0), -34),
    ],
)
def test_sounds_are_as_long_and_as_loud_as_their_like(
    name: str, seconds: tuple[float, float], level: float
):
    for seed in range(4):
        sound = make_sound(name, seed)
        assert seconds[0] <= len(sound) / LANE_RATE <= seconds[1]
        assert loudest_db(sound) == pytest.approx(level, abs=0.5)


@pytest.mark.parametrize("name", ["mm_hm", "cough", "breath", "keyboard"])
def test_a_speech_model_takes_a_hum_for_speech_and_noises_for_none(name: str):
    taken = 0
    for seed in range(3):
        detector = GatedDetector(LANE_RATE, silero())
        tone = np.random.default_rng(seed).normal(0, 10, LANE_RATE).astype(np.int16)
        sound = make_sound(name, seed)
        found = detector.feed(np.concatenate([tone, sound, tone])) + detector.flush()
        taken += any(boundary.kind == "started" for boundary in found)
    assert taken == (3 if name == "mm_hm" else 0)


@settings(max_examples=40, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 3000), min_size=1, max_size=60),
    size=st.integers(1, 20000),
    due=st.none() | st.integers(0, 40000),
)
def test_a_sound_lies_where_it_is_told_to(lengths: list[int], size: int, due: int | None):
    """However the frames are cut; frames that were skipped lack the part of it that fell there."""

    async def whole() -> None:
        tap = KeptTap()
        overlay = Overlay(tap)
        over = overlay.play(
            "cough", np.full(size, 100, np.int16), None if due is None else due / LANE_RATE
        )
        lane = np.zeros(sum(lengths), np.int16)
        first = 0
        for number, length in enumerate(lengths):
            if number % 5 != 4:  # every fifth is skipped
                lane[first : first + length] = overlay.mix(np.ones(length, np.int16), first)
            first += length
        told = tap.of(EventKind.CALLER_SOUND)
        heard = np.flatnonzero(lane > 1)
        if not told:
            assert not len(heard) and due is not None
            return
        begin, end = (round(told[0][key] * LANE_RATE) for key in ("at", "until"))
        assert (told[0]["sound"], told[0]["name"], end - begin) == ("cough", "cough", size)
        assert begin == due if due is not None and len(heard) and heard[0] == due else begin >= 0
        sent = np.flatnonzero(lane == 1)
        assert all(begin <= at < end for at in heard)
        assert not any(begin <= at < end for at in sent)
        if over.done():
            assert over.result() == pytest.approx(end / LANE_RATE)

    asyncio.run(whole())


def test_loud_sounds_do_not_wrap_round():
    async def whole() -> None:
        overlay = Overlay(KeptTap())
        overlay.play("cough", np.full(480, 30000, np.int16))
        assert set(overlay.mix(np.full(480, 9000, np.int16), 0)) == {32767}

    asyncio.run(whole())


def test_a_sound_is_told_to_the_sample_and_is_no_line():
    async def whole() -> None:
        played = Played()
        over = await played.mouth.make_sound(NoLine("cough", 5, starts_at=1.0))
        (told,) = played.tap.of(EventKind.CALLER_SOUND)
        assert (told["sound"], told["name"], told["at"]) == ("cough", "cough", 1.0)
        assert over == pytest.approx(told["until"], abs=1e-6)
        expected = make_sound("cough", 5).astype(int)
        lane = played.tap.lane("caller")[LANE_RATE : LANE_RATE + len(expected)]
        assert np.abs(lane - expected).max() < 60  # the room tone
        assert told["until"] == pytest.approx(1.0 + len(expected) / LANE_RATE, abs=1e-6)
        assert not played.tap.of(EventKind.CALLER_STARTED)

    run(whole())


def test_a_sound_may_come_while_a_line_is_said():
    async def whole() -> None:
        played = Played()
        line = await played.mouth.open_line(SpokenLine("One.", "script"))
        over = await played.mouth.make_sound(NoLine("breath", 1))
        assert over is not None and over < await line.over
        assert len(played.tap.of(EventKind.CALLER_STARTED)) == 1

    run(whole())


def test_a_recording_is_noise_from_its_first_sound_to_its_last(tmp_path: Path):
    door = tmp_path / "door.flac"
    knock = np.concatenate([np.zeros(4000), np.full(1600, 0.3), np.zeros(4000)])
    soundfile.write(door, knock, 8000)

    async def whole() -> None:
        played = Played()
        await played.mouth.make_sound(NoLine(str(door)))
        (told,) = played.tap.of(EventKind.CALLER_SOUND)
        assert (told["sound"], told["name"]) == ("noise", "door.flac")
        assert told["until"] - told["at"] == pytest.approx(0.2, abs=0.01)
        lane = played.tap.lane("caller")
        heard = np.flatnonzero(np.abs(lane.astype(int)) > 5000) / LANE_RATE
        assert heard[0] == pytest.approx(told["at"], abs=0.002)
        assert heard[-1] == pytest.approx(told["until"], abs=0.002)

    run(whole())


def test_who_types_makes_no_sound():
    async def whole() -> None:
        played = Played()
        played.mouth.sender = None
        assert await played.mouth.make_sound(NoLine("cough")) is None
        assert not played.tap.of(EventKind.CALLER_SOUND)

    run(whole())
