"""Check: one thing that must hold. Its specification (from a file) and its result."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from harness.nouns._pattern import compile_pattern

__all__ = [
    "AgentNeverSaid",
    "AgentSaid",
    "CallEndedBy",
    "CheckResult",
    "CheckSpec",
    "CheckVerdict",
    "Evidence",
    "FunctionCalled",
    "LatencyBudget",
    "NoMissedTurn",
    "NotAsked",
    "SaidGoodbye",
]


class CheckVerdict(StrEnum):
    """What is known about a check."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_PROVEN = "not_proven"
    NOT_RUN = "not_run"
    PENDING = "pending"
    ERROR = "error"


class _Spec(BaseModel):
    """What every check has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="The wish, shown on the page.")
    required: bool = Field(True, description="False: advisory, cannot fail a call.")


_TURN = Field(
    None,
    ge=0,
    description="Only the reply to this line of the script; 0 is the greeting.",
)


class _Said(_Spec):
    text: str | None = Field(
        None,
        min_length=1,
        description="Words to look for; case, spacing and kind of quotes do not matter.",
    )
    whole_words: bool = Field(True, description="False: `text` may also be a part of a word.")
    pattern: str | None = Field(
        None, description="A regular expression instead of plain words; case does not matter."
    )
    turn: int | None = _TURN

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            compile_pattern(pattern)
        return pattern

    @field_validator("text")
    @classmethod
    def _has_words(cls, text: str | None) -> str | None:
        if text is not None and not text.strip():
            raise ValueError("the text is empty")
        return text

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.text is None) == (self.pattern is None):
            raise ValueError("give either `text` or `pattern`")
        return self


class AgentSaid(_Said):
    """The agent said something."""

    rule: Literal["agent_said"]


class AgentNeverSaid(_Said):
    """The agent never said something."""

    rule: Literal["agent_never_said"]


class FunctionCalled(_Spec):
    """The agent called a function, with these arguments at least."""

    rule: Literal["function_called"]
    function: str = Field(min_length=1)
    arguments: dict[str, Any] = Field(
        default_factory=dict,
        description="Arguments that must be among the call's; case of texts does not matter.",
    )
    turn: int | None = _TURN


class LatencyBudget(_Spec):
    """The heard latency stays within a budget (seconds)."""

    rule: Literal["latency"]
    of: Literal["worst", "median"] = "worst"
    within_s: float = Field(gt=0, allow_inf_nan=False)
    turn: int | None = _TURN


class NoMissedTurn(_Spec):
    """Every line of the caller got an answer."""

    rule: Literal["no_missed_turn"]
    turn: int | None = _TURN


class SaidGoodbye(_Spec):
    """The agent said goodbye."""

    rule: Literal["said_goodbye"]


class CallEndedBy(_Spec):
    """Who hung up."""

    rule: Literal["ended_by"]
    who: Literal["caller", "agent"]


class NotAsked(_Spec):
    """Something a Pipecat Evals file asks for that this path cannot ask yet; not for writing."""

    rule: Literal["not_asked"]
    reason: str


CheckSpec = Annotated[
    AgentSaid
    | AgentNeverSaid
    | FunctionCalled
    | LatencyBudget
    | NoMissedTurn
    | SaidGoodbye
    | CallEndedBy
    | NotAsked,
    Field(discriminator="rule"),
]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows a verdict.

    Attributes:
        quote: Word for word a part of the cited turn's stored text, or empty if the evidence is a
            number or an event.
        turn: Index of the cited turn.
        at: Second on the call's clock to listen at, or None.
    """

    quote: str
    turn: int
    at: float | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check with its verdict.

    Attributes:
        name: The wish.
        rule: Which rule decided.
        verdict: See :class:`CheckVerdict`.
        required: An advisory check cannot fail the call.
        message: One sentence: what happened and where, or why it was not run.
        evidence: See :class:`Evidence`.
        by_turn: Verdict as it stood after each turn, (turn index, verdict), for the strip chart.
    """

    name: str
    rule: str
    verdict: CheckVerdict
    required: bool = True
    message: str = ""
    evidence: Evidence | None = None
    by_turn: tuple[tuple[int, CheckVerdict], ...] = ()
