"""Judges: the language models that may decide a check, and what they said."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from harness.errors import redact
from harness.nouns._evidence import CheckVerdict, Evidence

__all__ = ["Judgement", "JudgePlan", "LlmAccess", "LlmEndpoint", "Vote"]


class LlmEndpoint(BaseModel):
    """A language model that answers OpenAI's chat completions: OpenAI, Ollama, vLLM or another.

    Everybody may read it, in files, lists and errors: no secret is taken in it.

    Attributes:
        url: Without user, password, query or fragment.
        key: A reference (``env:NAME`` or ``secret:NAME``), never a key; empty if none is needed.
        extra: Sent with each request as it stands, for instance ``reasoning_effort``; nothing that
            looks like a key, and not what is asked itself (model, messages, stream).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$")
    url: str = Field(pattern=r"^https?://\S+$", description="Base address, as far as /v1.")
    model: str = Field(min_length=1)
    key: str = ""
    extra: dict[str, JsonValue] = Field(default_factory=dict)
    timeout_s: float = Field(20.0, gt=0, le=600, allow_inf_nan=False)

    @field_validator("url")
    @classmethod
    def _nothing_beside_the_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None or parts.query:
            raise ValueError("an address holds no user, password or key: give it as the key")
        if parts.fragment or url.endswith("?"):
            raise ValueError("an address ends before ? and #")
        return url

    @field_validator("extra")
    @classmethod
    def _no_secret(cls, extra: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if own := sorted(_OWN & extra.keys()):
            raise ValueError(f"{', '.join(own)} cannot be set there")
        if _holds_secret(extra):
            raise ValueError("it holds what looks like a key: give that as the key")
        return extra


_OWN = frozenset({"messages", "model", "stream"})
_SECRET_NAME = re.compile(
    r"(?i)(?:^|[_-])(?:(?:auth|access|bearer)[_-]?)?(?:token|secret|passw(?:or)?d|authorization)$"
    r"|(?:api|access|private|secret)[_-]?key$"
)


def _holds_secret(value: JsonValue) -> bool:
    """Whether something in it is named as secrets are, or looks like one."""
    if isinstance(value, dict):
        return any(
            (isinstance(item, str) and _SECRET_NAME.search(name)) or _holds_secret(item)
            for name, item in value.items()
        )
    if isinstance(value, list):
        return any(map(_holds_secret, value))
    return isinstance(value, str) and redact(value) != value


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
        verdict: Of the majority; a tie is not_proven. An error unless more than half of the votes
            that were asked for can be used.
        agreement: Share of all votes that say so, 0 to 1; one that failed does not.
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
