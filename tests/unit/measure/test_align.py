"""Turns of two calls are paired as people would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure import TurnPair, align_turns
from harness.nouns import Outcome, Turn

LINES = (
    "I would like to book an appointment",
    "with Doctor Osei please",
    "Maya Lindqvist",
    "the third of May nineteen eighty",
    "no Friday is better",
    "where can I park",
    "that is all goodbye",
)


def turn(index: int, text: str | None, latency: float | None = 1.0, **more: object) -> Turn:
    outcome = Outcome.ANSWERED if index else None
    return Turn(
        index,
        **{"outcome": outcome, "caller_text": text, "response_latency_s": latency, **more},  # type: ignore[arg-type]
    )


def call(*lines: str, greeting: bool = True) -> list[Turn]:
    start = [turn(0, None, None)] if greeting else []
    return start + [turn(place, text) for place, text in enumerate(lines, start=1)]


def indexes(pairs: tuple[TurnPair, ...]) -> list[tuple[int | None, int | None]]:
    return [(p.a.index if p.a else None, p.b.index if p.b else None) for p in pairs]


def test_a_line_that_only_b_has_shifts_no_other() -> None:
    a = call(LINES[0], LINES[2], LINES[6])
    b = call(LINES[0], LINES[4], LINES[5], LINES[2], LINES[6])
    assert indexes(align_turns(a, b)) == [(0, 0), (1, 1), (None, 2), (None, 3), (2, 4), (3, 5)]


def test_other_words_for_the_same_are_one_turn() -> None:
    a = call("Book me an appointment with Doctor Osei")
    b = call("An appointment with Doctor Osei please")
    assert indexes(align_turns(a, b)) == [(0, 0), (1, 1)]


def test_a_call_without_greeting_keeps_its_lines() -> None:
    pairs = align_turns(call(LINES[0]), call(LINES[0], greeting=False))
    assert indexes(pairs) == [(0, None), (1, 1)]
    assert [pair.kind for pair in pairs] == ["only_a", "same"]


def test_a_spurious_reply_stands_alone_behind_its_line() -> None:
    spurious = turn(1, None, None, outcome=Outcome.SPURIOUS)
    b = call(LINES[0], LINES[1])
    b.insert(2, spurious)
    pairs = align_turns(call(LINES[0], LINES[1]), b)
    assert indexes(pairs) == [(0, 0), (1, 1), (None, 1), (2, 2)]
    assert pairs[2].b is spurious


@pytest.mark.parametrize(
    ("a", "b", "kind", "by"),
    [
        (1.0, 1.19, "same", 0.19),
        (1.0, 1.3, "slower", 0.3),
        (1.5, 1.0, "faster", -0.5),
        (1.0, None, "same", None),
    ],
)
def test_what_a_reply_became(a: float, b: float | None, kind: str, by: float | None) -> None:
    (pair,) = align_turns([turn(1, LINES[0], a)], [turn(1, LINES[0], b)])
    assert pair.kind == kind
    assert pair.by_s == (None if by is None else pytest.approx(by))


def test_no_answer_in_one_of_two_is_told_and_in_both_is_the_same() -> None:
    answered = [turn(1, LINES[0])]
    silent = [turn(1, LINES[0], None, outcome=Outcome.NO_ANSWER)]
    assert align_turns(answered, silent)[0].kind == "no_answer"
    assert align_turns(silent, answered)[0].kind == "no_answer"
    assert align_turns(silent, silent)[0].kind == "same"


def test_a_spoiled_turn_says_so() -> None:
    (pair,) = align_turns([turn(1, LINES[0], flags=("loop lag 60 ms",))], [turn(1, LINES[0], 2.0)])
    assert pair.spoiled


CALLS = st.lists(st.sampled_from(LINES), max_size=8)


@given(CALLS)
def test_a_call_answers_to_itself(lines: list[str]) -> None:
    pairs = align_turns(call(*lines), call(*lines))
    assert indexes(pairs) == [(place, place) for place in range(len(lines) + 1)]


@given(CALLS, CALLS)
def test_each_turn_stands_once_and_in_order(one: list[str], two: list[str]) -> None:
    a, b = call(*one), call(*two)
    pairs = align_turns(a, b)
    assert [pair.a for pair in pairs if pair.a] == a
    assert [pair.b for pair in pairs if pair.b] == b


@given(CALLS, CALLS)
def test_changed_for_each_other_the_same_lines_are_paired(one: list[str], two: list[str]) -> None:
    there = align_turns(call(*one), call(*two))
    back = align_turns(call(*two), call(*one))
    worth = [sum(1 for pair in pairs if pair.a and pair.b) for pairs in (there, back)]
    assert worth[0] == worth[1]


def test_long_calls_are_paired_near_the_diagonal() -> None:
    lines = [f"line number {place} about {'abcdefgh'[place % 8] * 3}" for place in range(120)]
    pairs = align_turns(call(*lines), call(*lines[:60], "and one more thing", *lines[60:]))
    assert sum(1 for pair in pairs if pair.a and pair.b) == 121
    assert [p.b.caller_text for p in pairs if p.a is None and p.b] == ["and one more thing"]
