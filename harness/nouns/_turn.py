"""Turn: one exchange, derived from events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeAlias

__all__ = ["Outcome", "Span", "ToolCall", "Turn", "WaitEnd"]

WaitEnd: TypeAlias = Literal["spoke_again", "call_over", "agent_left", "agent_crashed"]
"""What ended a wait for an answer: the caller's next line, or how the call ended meanwhile."""


class Outcome(StrEnum):
    """How a turn went."""

    ANSWERED = "answered"
    INTERRUPTED = "interrupted"
    """The caller cut in."""
    TALKED_OVER = "talked_over"
    """The agent started before the caller had ended."""
    NO_ANSWER = "no_answer"
    SPURIOUS = "spurious"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of speech in seconds on the call's clock; `end` is None while it goes on."""

    start: float
    end: float | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function call of the agent; name and arguments are None if the agent does not tell."""

    id: str
    name: str | None
    arguments: dict[str, Any] | None
    called_at: float
    returned_at: float | None = None
    result: Any = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange: the caller's line and what the agent did with it.

    Attributes:
        index: 0 is the greeting (no caller side), the caller's lines count from 1. A spurious
            reply that belongs to no line keeps the index of the line before it.
        outcome: None for the greeting and while it cannot be known yet.
        caller: When the caller's line was sent, exact from its own clean buffer; one sent as
            text starts and ends with its sending.
        agent: The stretches of agent speech heard in this turn.
        agent_text: Everything the agent said in it, pieces joined by one space.
        agent_text_source: rtvi, lk.transcription or stt; None if there is no text.
        heard_text: What the agent's own recogniser made of the caller's line.
        response_latency_s: Agent onset heard minus caller offset sent; negative if talked over.
        bot_reported_s: What the agent says its reply time was.
        gap_s: Heard minus bot-reported.
        waited_s: For no_answer: how long the caller waited.
        waited_until: For no_answer: what ended that; None while it is not known.
        flags: Why the harness itself spoiled the timing of this turn; flagged turns are left out of
            percentiles and counted.
        open: Whether more may still come.
        seq: Sequence number of the last event that changed it.
        sent_as: How the caller's line went: voice, or the text channel.
    """

    index: int
    outcome: Outcome | None = None
    caller_text: str | None = None
    caller_source: str | None = None
    caller: Span | None = None
    agent: tuple[Span, ...] = ()
    agent_text: str = ""
    agent_text_source: str | None = None
    heard_text: str | None = None
    tools: tuple[ToolCall, ...] = ()
    response_latency_s: float | None = None
    bot_reported_s: float | None = None
    gap_s: float | None = None
    waited_s: float | None = None
    flags: tuple[str, ...] = ()
    open: bool = False
    seq: int = 0
    sent_as: str | None = None
    waited_until: WaitEnd | None = None
