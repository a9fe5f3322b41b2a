"""What the agent heard is compared with what was said, as both are said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.calls._heard_words import with_heard_errors
from harness.console.inspect.heard_diff import heard_lines
from harness.nouns import Span, Turn


def heard(said: str | None, text: str | None, sent_as: str | None = None) -> Turn:
    [turn] = with_heard_errors(
        [Turn(1, None, said, "script", Span(0, 1), heard_text=text, sent_as=sent_as)]
    )
    return turn


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Is 2:30 free on the 27th?", "is two thirty free on the twenty seventh"),
        ("Dr. Smith, 9 a.m. is OK.", "Doctor Smith nine A.M. is okay"),
        ("A well-known place \u2013 it\u2019s good!", "a well known place it's good"),
    ],
)
def test_another_spelling_is_no_error(said: str, text: str) -> None:
    errors = heard(said, text).heard_errors
    assert errors is not None and errors.rate == 0 and errors.n > 3


def test_what_was_heard_wrong_is_told_word_by_word() -> None:
    errors = heard("My knee hurts at 5", "my need hurts").heard_errors
    assert errors is not None
    assert errors.pairs == (
        *(("my", "my"), ("knee", "need"), ("hurts", "hurts"), ("at", None), ("five", None)),
    )


def test_two_recognisers_are_not_held_to_each_other() -> None:
    words = Turn(1, None, "A visit please.", "person", Span(0, 1), heard_text="A wizard please.")
    for source, measured in (("stt", False), ("hand", True)):
        [turn] = with_heard_errors([replace(words, caller_text_source=source)])
        assert (turn.heard_errors is not None) is measured
        assert bool(heard_lines([turn])) is measured


@pytest.mark.parametrize(
    ("said", "text", "sent_as"),
    [("hello", None, None), (None, "hello", None), ("hello", "hallo", "data"), ("12", "1", "dtmf")],
)
def test_what_cannot_be_compared_is_not(
    said: str | None, text: str | None, sent_as: str | None
) -> None:
    assert heard(said, text, sent_as).heard_errors is None
