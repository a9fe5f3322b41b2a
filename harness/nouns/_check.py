"""Check: one thing that must hold. Its specification (from a file) and its result."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from harness.nouns._evidence import CheckVerdict, Evidence
from harness.nouns._judge import Judgement
from harness.nouns._pattern import compile_pattern
from harness.nouns._simulation import SimMetric

__all__ = [
    "AgentNeverSaid",
    "AgentSaid",
    "CallEndedBy",
    "CheckResult",
    "CheckSpec",
    "Criterion",
    "Expected",
    "FunctionCalled",
    "InOrder",
    "LatencyBudget",
    "NoMissedTurn",
    "NotAsked",
    "OrderedStep",
    "Policy",
    "SaidGoodbye",
    "SaysDate",
    "SaysNumber",
    "SimMeasure",
    "Success",
]


class _Spec(BaseModel):
    """What every check has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="The wish, shown on the page.")
    required: bool = Field(True, description="False: advisory, cannot fail a call.")
    weight: float = Field(
        1.0, ge=0, allow_inf_nan=False, description="How much it counts in the call's score."
    )


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


class Expected(_Spec):
    """One expectation of a Pipecat Evals script; made by the loader, not for writing.

    Attributes:
        step: Its step in the script, from 0.
        index: Its place among the step's expectations, from 0.
        event: The Pipecat Evals event, as written.
        line: The caller's line it belongs to; 0 is the greeting.
        within_s: Budget that is judged against heard audio (replies and speech), else None.
        eval: Its criterion for a judge.
        absent: It must not come.
    """

    rule: Literal["expected"]
    step: int = Field(ge=0)
    index: int = Field(ge=0)
    event: str = Field(min_length=1)
    line: int = Field(0, ge=0)
    within_s: float | None = Field(None, gt=0, allow_inf_nan=False)
    eval: str | None = None
    absent: bool = False


class Criterion(_Spec):
    """Something in words that a judge decides by yes or no."""

    rule: Literal["criterion"]
    text: str = Field(min_length=1, description="What must hold, as a statement or a question.")
    scope: Literal["call", "turn"] = Field(
        "call", description="Asked once of the whole call, or of each reply."
    )
    turn: int | None = _TURN
    vetoes: tuple[str, ...] = Field(
        (), description="Names of checks by rule: if one is not met, this is not met either."
    )

    @model_validator(mode="after")
    def _turn_of_turns(self) -> Self:
        if self.turn is not None and self.scope == "call":
            raise ValueError("`turn` needs `scope: turn`")
        return self


class Success(_Spec):
    """The agent did its job in a simulation; a judge decides. Made by the loader."""

    rule: Literal["success"]
    text: str = Field(min_length=1)


class SimMeasure(_Spec):
    """A metric of a simulation keeps to its bounds. Made by the loader."""

    rule: Literal["metric"]
    metric: SimMetric


class SaysNumber(_Spec):
    """The agent says a number, in figures or words."""

    rule: Literal["says_number"]
    value: float | None = Field(None, allow_inf_nan=False, description="Just this number.")
    min: float | None = Field(None, allow_inf_nan=False, description="At least so much.")
    max: float | None = Field(None, allow_inf_nan=False, description="At most so much.")
    unit: str = Field("", description="The word that follows it, for instance dollars.")
    turn: int | None = _TURN

    @model_validator(mode="after")
    def _one_or_a_range(self) -> Self:
        if (self.value is None) == (self.min is None and self.max is None):
            raise ValueError("give either `value`, or `min`, `max` or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("`min` is above `max`")
        return self


class SaysDate(_Spec):
    """The agent says a day, however it is said."""

    rule: Literal["says_date"]
    date: dt.date = Field(description="The day as 2026-05-31.")
    turn: int | None = _TURN


class OrderedStep(BaseModel):
    """One thing of several that happen in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: str | None = Field(None, min_length=1, description="Words the agent says.")
    pattern: str | None = Field(None, description="A regular expression it says.")
    function: str | None = Field(None, min_length=1, description="A function it calls.")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            compile_pattern(pattern)
        return pattern

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if [self.said, self.pattern, self.function].count(None) != 2:
            raise ValueError("give one of `said`, `pattern` and `function`")
        return self


class InOrder(_Spec):
    """Things happen in this order; others may come between."""

    rule: Literal["in_order"]
    steps: tuple[OrderedStep, ...] = Field(min_length=2)


class Policy(_Spec):
    """Phrases that the agent must say, and phrases that it must never say."""

    rule: Literal["policy"]
    always: tuple[str, ...] = Field((), description="Each is said somewhere in the call.")
    never: tuple[str, ...] = Field((), description="None of them is said anywhere.")

    @model_validator(mode="after")
    def _has_phrases(self) -> Self:
        phrases = (*self.always, *self.never)
        if not phrases:
            raise ValueError("give `always`, `never` or both")
        if not all(phrase.strip() for phrase in phrases):
            raise ValueError("a phrase is empty")
        return self


CheckSpec = Annotated[
    AgentSaid
    | AgentNeverSaid
    | FunctionCalled
    | LatencyBudget
    | NoMissedTurn
    | SaidGoodbye
    | CallEndedBy
    | NotAsked
    | Expected
    | Criterion
    | Success
    | SimMeasure
    | SaysNumber
    | SaysDate
    | InOrder
    | Policy,
    Field(discriminator="rule"),
]


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
        weight: How much it counts in the call's score.
        kind: Machine key of why it is not met, not run or an error: a failure kind of Pipecat
            Evals, a :class:`NotRun`, or empty.
        heard_s: Latency in the heard audio that decided, seconds.
        own_s: When the agent's own event came, seconds after the caller's line.
        judgements: What judges said, one for the call or one a turn.
    """

    name: str
    rule: str
    verdict: CheckVerdict
    required: bool = True
    message: str = ""
    evidence: Evidence | None = None
    by_turn: tuple[tuple[int, CheckVerdict], ...] = ()
    weight: float = 1.0
    kind: str = ""
    heard_s: float | None = None
    own_s: float | None = None
    judgements: tuple[Judgement, ...] = ()
