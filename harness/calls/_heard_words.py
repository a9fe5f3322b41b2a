"""What the agent's recogniser made of the caller's lines, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from harness.caller.speech import spoken_words
from harness.measure import normal_words, word_errors
from harness.nouns import Turn, WordErrors

__all__ = ["compare_spoken", "with_heard_errors"]


def with_heard_errors(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Turns with their word errors, where a line was spoken and the agent tells what it heard.

    Words that are themselves only what a recogniser heard have none.

    Both sides are compared as they are said: "2:30" is "two thirty". What is said in another way
    ("half past two") counts as wrong words.
    """
    return tuple(
        replace(turn, heard_errors=compare_spoken(turn.caller_text, turn.heard_text))
        if turn.caller_text
        and turn.heard_text
        and turn.sent_as in (None, "voice")
        and not turn.heard_only
        else turn
        for turn in turns
    )


@lru_cache(maxsize=2048)
def compare_spoken(said: str, heard: str) -> WordErrors:
    """What became of the words said in those heard, both as they are spoken."""
    return word_errors(_spoken(said), _spoken(heard))


def _spoken(text: str) -> tuple[str, ...]:
    return normal_words(" ".join(spoken_words(text)))
