"""Turn: one exchange, derived from events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from harness.nouns._transport import TransportRecord
from harness.nouns._words import WordErrors

__all__ = ["Outcome", "Span", "Stage", "StageName", "ToolCall", "Turn", "WaitEnd"]

StageName = Literal[
    "transport",
    "endpointing",
    "stt",
    "turn_detection",
    "llm",
    "tools",
    "text_aggregation",
    "tts",
    "output",
    "unexplained",
]

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
class Stage:
    """What a part of a reply's latency was spent on.

    Attributes:
        seconds: May be negative for the remainder, where stages overlap.
        source: rtvi (the agent's own metrics), observer (in the bot), statistics (of the
            transport), remainder (what nothing explains).
        detail: Which processor, for instance.
    """

    name: StageName
    seconds: float
    source: Literal["rtvi", "observer", "statistics", "remainder"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange: the caller's line and what the agent did with it.

    Attributes:
        index: 0 is the greeting (no caller side), the caller's lines count from 1. A spurious
            reply that belongs to no line keeps the index of the line before it.
        outcome: None for the greeting and while it cannot be known yet.
        caller_by: The name of the person who spoke this line; None if nobody took the call over.
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
        flags: Why the harness itself, or an echo of the caller, spoiled the timing of this turn;
            flagged turns are left out of percentiles and counted.
        open: Whether more may still come.
        seq: Sequence number of the last event that changed it.
        sent_as: How the caller's line went: voice, or the text channel.
        first_answer_s: Onset of the answer itself minus caller offset sent: the response latency,
            or more where a filler ("one moment") was said first.
        filler: Those of `agent` that were filler.
        backchannels: Sounds of the agent within the caller's line that cut nothing off ("mm-hm").
        parts: In how many stretches the answer came.
        overlap_s: How long both spoke at once in this turn.
        stop_s: Agent offset heard minus caller onset sent, where the agent was speaking when the
            caller began; `stop_offset_at` is that offset on the call's clock.
        transport: What the transport's statistics tell of the turn.
        adjusted_latency_s: Response latency minus what the transport took of it.
        agent_latency_s: What the observer in the bot says its latency was.
        latency_source: Whose figure `bot_reported_s` is.
        stages: What the response latency was spent on, in order; they sum up to it.
        heard_errors: How wrong the agent heard this line.
        echo: Where nothing but the caller's own voice came back; it is not among `agent`.
        caller_text_source: Where the words of a person who spoke come from: stt (a recogniser) or
            hand (somebody wrote them down). None for lines whose words were known before.
        caller_text_by: The recogniser that those words are of, by its name.
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
    first_answer_s: float | None = None
    filler: tuple[Span, ...] = ()
    backchannels: tuple[Span, ...] = ()
    parts: int = 0
    overlap_s: float | None = None
    stop_s: float | None = None
    stop_offset_at: float | None = None
    transport: TransportRecord | None = None
    adjusted_latency_s: float | None = None
    agent_latency_s: float | None = None
    latency_source: Literal["rtvi", "observer"] | None = None
    stages: tuple[Stage, ...] = ()
    heard_errors: WordErrors | None = None
    echo: tuple[Span, ...] = ()
    caller_text_source: Literal["stt", "hand"] | None = None
    caller_text_by: str | None = None
    caller_by: str | None = None

    @property
    def heard_only(self) -> bool:
        """Whether the caller's words are what a recogniser heard: they may be misheard."""
        return self.caller_text_source == "stt"
