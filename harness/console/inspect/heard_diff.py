"""What one side said beside what a recogniser made of it, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.calls import Reply
from harness.console._text import plain
from harness.measure import DiffPart, word_diff
from harness.nouns import Turn

__all__ = ["HeardLine", "as_markdown", "heard_lines", "heard_replies"]


@dataclass(frozen=True, slots=True)
class HeardLine:
    """One line of the caller, or reply of the agent.

    Attributes:
        turn: Index of its turn; None where nobody looks for it.
        at: When it began, seconds on the call's clock.
        parts: ``only_a`` was said and not heard, ``only_b`` was heard and not said.
    """

    turn: int | None
    at: float | None
    parts: tuple[DiffPart, ...]

    @property
    def differs(self) -> bool:
        """Whether a word was heard wrong, left out or put in."""
        return any(part.op != "same" for part in self.parts)


def heard_lines(turns: Sequence[Turn]) -> tuple[HeardLine, ...]:
    """The spoken lines of which the agent tells what it heard, in order."""
    return tuple(
        HeardLine(
            turn.index,
            turn.caller.start if turn.caller else None,
            word_diff(turn.caller_text, turn.heard_text),
        )
        for turn in turns
        if turn.caller_text
        and turn.heard_text
        and turn.sent_as in (None, "voice")
        and not turn.heard_only
    )


def heard_replies(replies: Sequence[Reply]) -> tuple[HeardLine, ...]:
    """The agent's replies against what our recogniser heard, in order."""
    return tuple(HeardLine(None, reply.at, word_diff(reply.said, reply.heard)) for reply in replies)


def as_markdown(parts: Sequence[DiffPart]) -> str:
    """Said and not heard is red and struck through; heard and not said is green, and says so."""
    looks = {"same": "{}", "only_a": ":red[~~{}~~]", "only_b": ":green[:small[heard] {}]"}
    return " ".join(looks[part.op].format(plain(part.text)) for part in parts)
