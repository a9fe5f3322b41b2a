"""Habits: what a person does beside following its goal, the same for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from harness.nouns import Habits

__all__ = ["ASKS_TO_REPEAT", "Mannered"]

ASKS_TO_REPEAT = "Sorry, could you say that again?"
"""What a person says who did not understand."""

_FILLERS = 0.5
"""Share of the lines that begin with a filler, of a person who uses them."""
_EXTRAS = 0.5
"""Share of the lines that an extra line goes before, while there are any left."""
_SENTENCE = re.compile(r"[^.!?]*\?")
_OPEN_END = re.compile(r"[^\W_]$")


class Mannered:
    """Dresses lines with a person's habits.

    Nothing is kept between lines: the same habits, seed, text and turn give the same line.

    Args:
        habits: Of the persona.
        seed: Chooses when they show.
    """

    def __init__(self, habits: Habits, seed: int) -> None:
        self._habits = habits
        self._seed = seed

    @property
    def cuts_in_after_s(self) -> float | None:
        """Seconds into a reply after which the person cuts in; None: never."""
        return self._habits.cuts_in_after_s

    def dress(self, text: str, turn: int) -> str:
        """`text` as the person says it in its turn number `turn` (from 0)."""
        if not text:
            return ""
        pieces = [self._filler(turn), self._extra(turn), text, self._repeated(text, turn)]
        return " ".join(piece for piece in pieces if piece)

    def pieces(self, lines: Sequence[str]) -> list[str]:
        """What dressed `lines` are put together from: each sentence is in one of the pieces."""
        own = list(self._habits.extra_lines)
        asks = [ASKS_TO_REPEAT] if self._habits.asks_to_repeat_every else []
        begun = [
            f"{_beginning(filler)} {line}"
            for filler in self._habits.fillers
            for line in (*lines, *own)
        ]
        return [*lines, *own, *asks, *begun]

    def asks_to_repeat(self, reply: int) -> bool:
        """Whether the person asks to hear the agent's reply number `reply` (from 1) again.

        Never twice in a row, so that it gets on.
        """
        every = self._habits.asks_to_repeat_every
        return bool(every) and reply % max(every, 2) == 0

    def _filler(self, turn: int) -> str:
        fillers = self._habits.fillers
        if not fillers or self._chance("filler", turn) >= _FILLERS:
            return ""
        return _beginning(self._random("which filler", turn).choice(fillers))

    def _extra(self, turn: int) -> str:
        """The next of the extra lines, if it is time for one."""
        if self._chance("extra", turn) >= _EXTRAS:
            return ""
        said = sum(self._chance("extra", before) < _EXTRAS for before in range(turn))
        lines = self._habits.extra_lines
        return lines[said] if said < len(lines) else ""

    def _repeated(self, text: str, turn: int) -> str:
        """The question of `text` once more, if the person repeats it."""
        if self._chance("repeat", turn) >= self._habits.repeats_question:
            return ""
        questions = _SENTENCE.findall(text)
        return questions[-1].strip() if questions else ""

    def _chance(self, what: str, turn: int) -> float:
        return self._random(what, turn).random()

    def _random(self, what: str, turn: int) -> random.Random:
        return random.Random(f"{what} {self._seed} {turn}")


def _beginning(filler: str) -> str:
    """A filler as a line begins with it."""
    filler = filler.strip()
    ended = f"{filler}..." if _OPEN_END.search(filler) else filler
    return ended[:1].upper() + ended[1:]
