"""Wordless: when to stop waiting for the words of a reply that was heard."""

from __future__ import annotations

__all__ = ["UNKNOWN_WORDS", "Wordless"]

UNKNOWN_WORDS = "(unintelligible)"
"""What stands for a reply whose words nobody tells."""

_FIRST_S = 4.0
"""So long after a reply its words are there, or never come. The slowest way is our own recogniser:
it works for at most a second after the end, and its text waits 1.5 s for the agent's own."""
_AGAIN_S = 2.0
"""The same for an agent that never told a word, once one reply was waited for: no text is to be
expected, and each second of waiting is silence that the agent hears."""


class Wordless:
    """Counts what was heard without words since the caller's latest line.

    Attributes:
        settled: Whether words came since then, or are waited for no more.
    """

    def __init__(self) -> None:
        self._ever = False
        self._gone_without = 0
        self._lost = False
        self.settled = False

    def next_line(self) -> None:
        """The caller's next line has begun."""
        self.settled = False

    def words_came(self) -> None:
        """The agent said something that is known."""
        self._ever = self.settled = True
        self._lost = False

    def lose_words(self) -> None:
        """Whoever told the words has failed: none are to be expected until some come again."""
        self._lost = True

    def give_up(self) -> None:
        """Nobody waits for the words of this reply any more."""
        self.settled = True
        self._gone_without += 1

    @property
    def patience_s(self) -> float:
        """How long after a reply its words are waited for, seconds."""
        if self._lost:
            return 0.0
        return _AGAIN_S if self._gone_without and not self._ever else _FIRST_S
