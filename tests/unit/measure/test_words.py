"""Words said against words heard."""

from __future__ import annotations

import math

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import normal_words, trusted_ear, word_errors
from harness.measure._words import pooled_rate
from harness.nouns import WordErrors

FEW = st.lists(st.sampled_from(["yes", "no", "two", "thirty", "the"]), max_size=9)


def test_words_are_compared_without_case_and_punctuation() -> None:
    assert normal_words("Yes \u2014 it\u2019s well-known, isn't it?") == (
        *("yes", "it's", "well", "known", "isn't", "it"),
    )
    assert normal_words("OK. At 9 a.m., 3.5 \ufb01les; \u00dcBER") == (
        *("okay", "at", "9", "am", "3.5", "files", "\u00fcber"),
    )
    assert normal_words(" '.,- _ ") == ()


def test_the_cheapest_way_is_told_step_by_step() -> None:
    errors = word_errors(
        ["i", "need", "a", "new", "appointment"], ["i", "need", "new", "appointments", "please"]
    )
    assert errors == WordErrors(
        hits=3,
        substituted=1,
        deleted=1,
        inserted=1,
        pairs=(
            *(("i", "i"), ("need", "need"), ("a", None), ("new", "new")),
            *(("appointment", "appointments"), (None, "please")),
        ),
    )
    assert errors.n == 5 and errors.rate == pytest.approx(0.6)


def test_of_equal_ways_the_one_with_most_words_right_is_taken() -> None:
    # Two replacements cost as much as leaving one word out and putting one in.
    errors = word_errors(["a", "b"], ["b", "c"])
    assert (errors.hits, errors.substituted, errors.deleted, errors.inserted) == (1, 0, 1, 1)


def test_nothing_said_has_no_rate() -> None:
    assert word_errors([], ["hello"]).rate is None
    assert word_errors([], []) == WordErrors(0, 0, 0, 0)


@given(FEW, FEW)
@settings(max_examples=300, deadline=None)
def test_it_costs_what_another_implementation_says(said: list[str], heard: list[str]) -> None:
    ours = word_errors(said, heard)
    assert [a for a, _ in ours.pairs if a is not None] == said
    assert [b for _, b in ours.pairs if b is not None] == heard
    assert ours.n == len(said) and ours.hits + ours.substituted + ours.inserted == len(heard)
    if said:  # jiwer takes no empty reference
        theirs = jiwer.process_words(" ".join(said), " ".join(heard))
        assert ours.rate == pytest.approx(theirs.wer)
        assert ours.hits >= theirs.hits


def test_rates_are_pooled_over_lines() -> None:
    short, long = word_errors(["no"], ["yes"]), word_errors(["the"] * 99, ["the"] * 99)
    rate, low, high = pooled_rate([short, long])
    assert rate == pytest.approx(0.01)
    # A draw may hold the short line twice, or the long one.
    assert low == 0.0 and high == pytest.approx(1.0)
    assert pooled_rate([short]) == (1.0, None, None)
    assert pooled_rate([]) == (None, None, None)
    assert pooled_rate([word_errors([], ["hello"])]) == (None, None, None)


def test_the_interval_of_equal_lines_is_that_of_their_number() -> None:
    right, wrong = word_errors(["a"] * 10, ["a"] * 10), word_errors(["a"] * 10, ["b"] + ["a"] * 9)
    rate, low, high = pooled_rate([right] * 80 + [wrong] * 20)
    assert rate == pytest.approx(0.02) and low is not None and high is not None
    half = 1.96 * math.sqrt(0.2 * 0.8 / 100) / 10
    assert high - low == pytest.approx(2 * half, rel=0.15) and low < rate < high


def test_an_ear_is_trusted_only_where_enough_words_prove_it() -> None:
    right = word_errors(["a"] * 10, ["a"] * 10)
    wrong = word_errors(["a"] * 10, ["b"] + ["a"] * 9)
    assert not trusted_ear([])
    assert not trusted_ear([right] * 5)  # 0 of 50: up to 7 %
    assert trusted_ear([right] * 10)  # 0 of 100: up to 3.7 %
    assert not trusted_ear([right] * 10 + [wrong] * 5)
    assert trusted_ear([wrong] * 5, limit=0.3)
    assert not trusted_ear([word_errors(["a"], ["a", "b", "b"])] * 100)  # more errors than words
