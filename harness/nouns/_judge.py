"""Judges: the language models that may decide a check, and what they said."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from harness.nouns._evidence import CheckVerdict, Evidence

__all__ = ["Judgement", "JudgePlan", "LlmAccess", "LlmEndpoint", "Vote"]


class LlmEndpoint(BaseModel):
    """A language model that answers OpenAI's chat completions: OpenAI, Ollama, vLLM or another.

    Attributes:
        key: A reference (``env:NAME`` or ``secret:NAME``), never a key; empty if none is needed.
        extra: Sent with each request as it stands, for instance ``reasoning_effort``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$")
    url: str = Field(pattern=r"^https?://\S+$", description="Base address, as far as /v1.")
    model: str = Field(min_length=1)
    key: str = ""
    extra: dict[str, JsonValue] = Field(default_factory=dict)
    timeout_s: float = Field(20.0, gt=0, le=600, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class LlmAccess:
    """A language model with its key in plain: in memory and over the engine's pipe only."""

    endpoint: LlmEndpoint
    key: str = field(default="", repr=False)


class JudgePlan(BaseModel):
    """Who judges a call. What is judged are checks (`criterion`, `success`, `metric`).

    Each of `endpoints` is asked `repeats` times, and the majority decides. Without `endpoints` it
    is the usual one of this machine, if there is one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoints: tuple[str, ...] = Field((), description="Names of language models that judge.")
    repeats: int = Field(1, ge=1, le=9, description="How often each of them is asked.")


@dataclass(frozen=True, slots=True)
class Vote:
    """One answer of one judge.

    Attributes:
        judge: Name of its endpoint; `rules` is the judge that needs no language model.
        model: The model that answered.
        verdict: met, not_met, not_proven (its quote is not in the cited turn), not_run (it does
            not apply) or error (no usable answer came).
        quote: As it stands in the cited turn if it is there, else as the judge gave it.
        turn: The turn it cited.
        reason: In the judge's words.
        error: What went wrong, for people and without secrets; empty if nothing.
    """

    judge: str
    model: str
    verdict: CheckVerdict
    quote: str = ""
    turn: int | None = None
    reason: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all judges together say of one check, for the whole call or for one turn.

    Attributes:
        check: Name of the check.
        turn: The turn it was asked of; None for the whole call.
        verdict: Of the majority; a tie is not_proven, no usable vote is an error.
        agreement: Share of the usable votes that say so, 0 to 1.
        prompt: Name and version of the prompt.
        evidence: The majority's quote, found in the cited turn.
        reason: One of the majority's reasons.
        score: Of a metric that is a share of turns; None for a yes or no.
    """

    check: str
    turn: int | None
    verdict: CheckVerdict
    votes: tuple[Vote, ...] = ()
    agreement: float = 1.0
    prompt: str = ""
    evidence: Evidence | None = None
    reason: str = ""
    score: float | None = None

    @property
    def tokens_in(self) -> int:
        """What was sent, of all votes."""
        return sum(vote.tokens_in for vote in self.votes)

    @property
    def tokens_out(self) -> int:
        """What was answered, of all votes."""
        return sum(vote.tokens_out for vote in self.votes)
