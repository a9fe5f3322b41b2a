"""Scenario and Caller: what the caller does, how it sounds, and what must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.nouns._check import CheckSpec

__all__ = ["Caller", "Expectation", "Scenario", "ScriptStep"]


class Caller(BaseModel):
    """How the simulated caller sounds and behaves.

    `patience_s` is how long it waits after the agent has really stopped before it speaks (seconds);
    `answer_timeout_s` how long it waits for an answer before it speaks again. With `by` text it
    types: lines go by the agent's text channel and no audio is sent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "Caller"
    by: Literal["voice", "text"] = "voice"
    stack: str = Field("offline", description="Speech stack: offline, local or cloud.")
    voice: str = Field("heart", description="A voice of the stack; offline: heart or deep.")
    speed: float = Field(1.0, ge=0.5, le=2.0, description="1.0 is the voice's own speed.")
    patience_s: float = Field(0.5, ge=0.1, le=5.0)
    answer_timeout_s: float = Field(6.0, ge=1.0, le=60.0)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Expectation:
    """A reply a script waits for.

    Attributes:
        contains: Texts that must all be in the reply (case-sensitive, as in Pipecat Evals).
        excludes: Texts that must not.
        within_s: Heard latency allowed, None for no limit.
        event: The Pipecat Evals event it comes from.
    """

    contains: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    within_s: float | None = None
    event: str = "response"


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """One turn of a script: wait for `expect` after doing one of `say` or a pause.

    Attributes:
        say: What the caller says; None for a step that only waits (the greeting).
        pause_s: Silence before it.
        expect: What must come back; empty means: wait for any reply.
        label: Short text for the caller's plan.
    """

    say: str | None
    pause_s: float = 0.0
    expect: tuple[Expectation, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scripted scenario.

    Attributes:
        name: ``<file name>/<scenario name>`` as Pipecat Evals names it, or the file's name alone.
        title: For people.
        path: Where it was read from.
        steps: The script.
        caller: How the caller sounds.
        checks: What must hold.
        budget_s: Latency budget per reply for colours and the chart, seconds.
        not_run: Expectations this path cannot ask, with the reason: (name, reason).
    """

    name: str
    title: str
    path: str
    kind: Literal["script"] = "script"
    steps: tuple[ScriptStep, ...] = ()
    caller: Caller = Caller()
    checks: tuple[CheckSpec, ...] = ()
    budget_s: float = 2.0
    tags: tuple[str, ...] = ()
    description: str = ""
    not_run: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
