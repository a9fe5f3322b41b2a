"""What differs between two texts, shown as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure import normal_words, word_diff

TEXTS = st.lists(st.sampled_from(["open", "Open,", "at", "10:30", "-", "a.m.", "we're", "é"])).map(
    " ".join
)


def parts(a: str, b: str) -> list[tuple[str, str]]:
    return [(part.op, part.text) for part in word_diff(a, b)]


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ("", "", []),
        ("Yes.", "", [("only_a", "Yes.")]),
        ("", "Yes.", [("only_b", "Yes.")]),
        ("When are you open?", "when are you OPEN", [("same", "When are you open?")]),
        (
            "On Friday at ten",
            "on Monday, at ten",
            [("same", "On"), ("only_a", "Friday"), ("only_b", "Monday,"), ("same", "at ten")],
        ),
        ("Well - yes", "yes", [("only_a", "Well -"), ("same", "yes")]),
    ],
)
def test_what_differs_is_told_in_order(a: str, b: str, told: list[tuple[str, str]]):
    assert parts(a, b) == told


def test_common_words_of_a_long_text_are_no_junk():
    a = "the cat and " * 100
    assert [op for op, _ in parts(a, f"{a}dog")] == ["same", "only_b"]


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_it(a: str, b: str):
    told = parts(a, b)
    of_a = " ".join(text for op, text in told if op != "only_b")
    of_b = " ".join(text for op, text in told if op != "only_a")
    assert of_a == " ".join(a.split())
    assert normal_words(of_b) == normal_words(b)


@given(TEXTS)
def test_a_text_is_the_same_as_itself(text: str):
    assert {op for op, _ in parts(text, text)} <= {"same"}
