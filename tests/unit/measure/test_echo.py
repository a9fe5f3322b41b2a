"""Echo of the caller against known truth, both ways: what is echo is told, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import speech_truth as truth

from harness.measure import ECHO_SHARE, find_echo

RATE = 24000
LEAD = round(0.6 * RATE)
LINES = (
    "Hi, I would like to book an appointment please.",
    "Can I come in on the third of March at half past two?",
    "What time on Tuesday?",
)


def spoken(text: str, *, lower: float = 0, seed: int = 0, dbfs: float = -20) -> truth.Wave:
    """A line from its first sample of speech to its last."""
    line = truth.at_level(truth.voice(text, lower=lower, seed=seed), dbfs)
    return line.wave[line.start : line.end]


def lanes(caller: truth.Wave, agent: truth.Wave, agent_at: float) -> tuple[np.ndarray, np.ndarray]:
    """The caller speaks at 0; the agent's stretch begins `agent_at` s later; over room noise."""
    first = round(agent_at * RATE)
    size = first + len(agent)
    sent = truth.white(LEAD + max(size, len(caller)), -70, 1)
    sent[LEAD : LEAD + len(caller)] += caller
    heard = truth.white(len(agent), -70, 2) + agent
    return truth.to_int16(heard), truth.to_int16(sent[first : first + len(agent) + LEAD])


def back(caller: truth.Wave, db: float, *, room: bool = False, narrow: bool = False) -> truth.Wave:
    """The caller's own voice, `db` fainter; through a room, or a telephone line."""
    wave = caller * 10 ** (db / 20)
    if room:  # some walls, each fainter than the one before
        far = np.zeros(len(wave))
        for after, part in ((0.004, 0.4), (0.009, -0.3), (0.017, 0.25), (0.031, 0.15)):
            shift = round(after * RATE)
            far[shift:] += part * wave[:-shift]
        wave = wave + far
    return truth.telephone(wave, RATE) if narrow else wave


@pytest.mark.parametrize("text", LINES)
@pytest.mark.parametrize("db", [-10, -20, -30])
@pytest.mark.parametrize("delay", [0.02, 0.25, 0.59])
def test_an_echo_is_told_with_its_delay(text: str, db: float, delay: float) -> None:
    line = spoken(text)
    found = find_echo(*lanes(line, back(line, db), delay), RATE)
    assert found is not None
    assert found.share >= 0.9
    assert found.delay_s == pytest.approx(delay, abs=0.001)


@pytest.mark.parametrize("room", [False, True])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("db", [-10, -20, -30])
def test_through_a_room_and_a_telephone_it_still_is(db: float, room: bool, narrow: bool) -> None:
    line = spoken(LINES[1], lower=4)
    found = find_echo(*lanes(line, -back(line, db, room=room, narrow=narrow), 0.18), RATE)
    assert found is not None and found.share >= 0.75
    assert found.delay_s == pytest.approx(0.18, abs=0.002)


@pytest.mark.parametrize("at", [0.0, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("lower", [0, 4])
def test_an_agent_that_repeats_the_words_is_no_echo(at: float, lower: float) -> None:
    """In a voice of its own: the same words, while the caller says them, at once or a bit later."""
    for number, text in enumerate(LINES):
        said = spoken(text, lower=4 - lower)
        again = spoken(text, lower=lower, seed=number + 1)[round(0.002 * RATE) :]
        found = find_echo(*lanes(said, again, at), RATE)
        assert found is not None and found.share < 0.2, (text, found)


def test_the_same_voice_with_other_words_is_no_echo() -> None:
    for said in LINES:
        for answer in LINES:
            if said != answer:
                found = find_echo(*lanes(spoken(said), spoken(answer), 0.2), RATE)
                assert found is not None and found.share < 0.2, (said, answer, found)


def test_the_same_words_in_the_same_voice_too_late_are_an_answer() -> None:
    line = spoken(LINES[2])
    found = find_echo(*lanes(line, line, 0.75), RATE)
    assert found is None or found.share < 0.2


def test_an_answer_over_a_faint_echo_is_an_answer_and_an_echo_before_one_is_part_of_it() -> None:
    line, answer = spoken(LINES[0]), spoken(LINES[1], lower=4)
    both = answer.copy()
    size = min(len(line), len(both))
    both[:size] += back(line, -20)[:size]
    found = find_echo(*lanes(line, both, 0.2), RATE)
    assert found is not None and found.share < 0.2
    then = np.concatenate([back(line, -10), answer])
    found = find_echo(*lanes(line, then, 0.2), RATE)
    assert found is not None and 0.2 <= found.share < ECHO_SHARE


def test_who_was_silent_has_no_echo() -> None:
    answer = spoken(LINES[0])
    assert find_echo(*lanes(np.zeros(1), answer, 1.0), RATE) is None
    assert find_echo(np.zeros(100, np.int16), np.zeros(100 + LEAD, np.int16), RATE) is None


def test_lanes_must_fit() -> None:
    with pytest.raises(ValueError, match="samples of the caller"):
        find_echo(np.zeros(RATE, np.int16), np.zeros(RATE, np.int16), RATE)
