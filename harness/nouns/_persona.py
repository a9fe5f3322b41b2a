"""Personas: who calls, with which habits, and what decides what they say."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from harness.nouns._pattern import compile_pattern

__all__ = ["Brain", "Habits", "Intent", "Move", "OpenAiBrain", "Persona", "RulesBrain", "State"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_lines(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Line = Annotated[str, Field(min_length=1)]
Lines = Annotated[
    tuple[Line, ...], BeforeValidator(_as_lines, json_schema_input_type=Line | tuple[Line, ...])
]
"""Ways to say the same thing, one of which is said; a single text may stand for one."""

_SLOT = re.compile(r"\{[^\W\d]\w*\}")


class Intent(_Part):
    """What the agent may mean: told by words it says, or by a pattern."""

    any: tuple[Line, ...] = Field(
        (), description="Words, one of which the agent says; case and spacing do not matter."
    )
    pattern: str | None = Field(None, description="A regular expression; case does not matter.")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            compile_pattern(_SLOT.sub("x", pattern))  # slots are filled when it is used
        return pattern

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if not self.any and self.pattern is None:
            raise ValueError("give `any` or `pattern`")
        return self


class Move(_Part):
    """What the caller does when the agent meant something."""

    say: Lines = Field((), description="What it says; without it, what its next state says.")
    to: str = Field("", description="The state it goes to; without it, it stays.")
    end: bool | None = Field(
        None, description="Hangs up after that: true with its goal reached, false without."
    )
    reason: str = Field("", description="Why it hangs up.")


class State(_Part):
    """Where the caller stands in what it wants."""

    say: Lines = Field(
        (), description="What it says here; of several texts one, chosen by seed and turn."
    )
    when: dict[str, Move] = Field(
        default_factory=dict, description="What it does by intent; the first that fits counts."
    )
    otherwise: Move | None = Field(
        None, description="What it does when no intent fits; without it, it says its line again."
    )
    at_most: int = Field(
        2, ge=1, le=20, description="How often it stays here before it hangs up without success."
    )


class RulesBrain(_Part):
    """A brain of states, intents and slots: the same seed and the same agent, the same lines."""

    kind: Literal["rules"]
    seed: int = 0
    slots: dict[str, str] = Field(
        default_factory=dict, description="What stands for {name} in lines and intents."
    )
    intents: dict[str, Intent] = Field(
        default_factory=dict, description="What the agent may mean, by name."
    )
    start: str = Field(description="The state it begins in.")
    states: dict[str, State] = Field(min_length=1, description="The states by name.")


class OpenAiBrain(_Part):
    """A language model plays the caller."""

    kind: Literal["openai"] = "openai"
    endpoint: str = Field("", description="Name of a language model; without it, the usual one.")


Brain = Annotated[RulesBrain | OpenAiBrain, Field(discriminator="kind")]
"""What decides what a simulated person says."""


class Habits(_Part):
    """What a simulated person does beside following its goal."""

    fillers: tuple[Line, ...] = Field((), description="Put before a line now and then, as “um”.")
    repeats_question: float = Field(
        0.0, ge=0, le=1, description="Share of its questions that it asks again at once."
    )
    asks_to_repeat_every: int = Field(
        0, ge=0, description="Asks the agent to say it again every so many turns; 0: never."
    )
    cuts_in_after_s: float | None = Field(
        None, ge=0, le=60, description="Cuts in so long into a reply (seconds); null: never."
    )
    extra_lines: tuple[Line, ...] = Field((), description="Said on its own account, each once.")


class Persona(_Part):
    """A kind of caller out of the library. What a scenario says itself goes before it."""

    name: str = Field(min_length=1)
    title: str = Field(min_length=1, description="For people.")
    description: str = Field(min_length=1, description="Who it is, for a language model.")
    voice: str | None = Field(None, description="A voice of the stack offline.")
    speed: float | None = Field(None, ge=0.5, le=2.0)
    volume_db: float | None = Field(None, ge=-30, le=12)
    patience_s: float | None = Field(None, ge=0.1, le=5.0)
    answer_timeout_s: float | None = Field(None, ge=1.0, le=60.0)
    habits: Habits = Habits()
