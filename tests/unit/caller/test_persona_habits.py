"""A person's habits: by seed, and never in the way of what is said."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.caller.evals._habits import Mannered
from harness.nouns import Habits

EVERY = Habits(
    fillers=("um", "well,", "Oh!"),
    repeats_question=0.5,
    asks_to_repeat_every=3,
    extra_lines=("My knee hurts.", "It rains.", "I am late."),
)
LINE = "I am Maria Lopez. Is Friday free?"


def test_without_habits_a_line_stays_as_it_is():
    plain = Mannered(Habits(), 1)
    assert [plain.dress(LINE, turn) for turn in range(20)] == [LINE] * 20
    assert not any(plain.asks_to_repeat(reply) for reply in range(1, 50))


@settings(deadline=None)
@given(st.integers(), st.integers(0, 60), st.text(min_size=1, max_size=80))
def test_the_same_seed_dresses_the_same(seed: int, turn: int, text: str):
    dressed = Mannered(EVERY, seed).dress(text, turn)
    assert dressed == Mannered(EVERY, seed).dress(text, turn)
    assert text in dressed


@settings(deadline=None)  # how long it takes is the machine's affair
@given(st.integers())
def test_extra_lines_come_once_each_and_in_order(seed: int):
    said = [Mannered(EVERY, seed).dress("Yes.", turn) for turn in range(60)]
    assert sum("My knee hurts." in line for line in said) == 1
    told = " ".join(said)
    places = [told.index(line) for line in EVERY.extra_lines]
    assert places == sorted(places)


def test_habits_show_now_and_then():
    said = [Mannered(EVERY, 5).dress(LINE, turn) for turn in range(200)]
    fillers = sum(line.startswith(("Um... ", "Well, ", "Oh! ")) for line in said)
    repeats = sum(line.count("Is Friday free?") == 2 for line in said)
    assert 60 < fillers < 140 and 60 < repeats < 140
    assert not any(line.count("Maria") > 1 for line in said)


def test_what_is_no_question_is_not_repeated():
    always = Mannered(Habits(repeats_question=1.0), 0)
    assert always.dress("Yes, please.", 0) == "Yes, please."
    assert always.dress("Yes. When?", 0) == "Yes. When? When?"


def test_nothing_said_stays_nothing():
    assert Mannered(EVERY, 0).dress("", 3) == ""


def test_it_asks_to_repeat_every_so_many_replies_and_never_twice_in_a_row():
    asked = [reply for reply in range(1, 13) if Mannered(EVERY, 0).asks_to_repeat(reply)]
    assert asked == [3, 6, 9, 12]
    always = Mannered(Habits(asks_to_repeat_every=1), 0)
    assert [reply for reply in range(1, 7) if always.asks_to_repeat(reply)] == [2, 4, 6]
