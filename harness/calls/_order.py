"""Order and Fate: what the engine and a worker tell each other about one call."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from harness.calls._request import Limits
from harness.nouns import Agent, Caller, Failure, LlmAccess, Scenario

__all__ = ["Fate", "Order"]


class Order(BaseModel):
    """What a worker needs to carry a call; over the pipe only, since a token may be in it.

    Attributes:
        hosted: Whether the agent's process was started for this call, which took `hosted_s`.
        told: Of a connection test: steps that the engine told already.
        scenario: What the caller does, script or simulation; None if a person types.
        judges: Who judges what the script expects, with their keys.
        brain: What plays the simulated person, with its key; None with the brain `rules`.
        person_ear: The stack whose recogniser writes down what a person says; empty for none.
    """

    model_config = ConfigDict(frozen=True)

    call_id: str
    agent: Agent
    caller: Caller
    limits: Limits
    purpose: Literal["call", "test", "calibrate"] = "call"
    hosted: bool = False
    hosted_s: float = 0.0
    told: tuple[str, ...] = ()
    scenario: Scenario | None = None
    judges: tuple[LlmAccess, ...] = ()
    brain: LlmAccess | None = None
    person_ear: str = ""


class Fate(BaseModel):
    """What became of an agent that we run, and of the server it ran on.

    `trouble` is set if the room's server failed: then nothing is the agent's fault. `own` is what
    the agent's process wrote of its own failure. `exit_code` is None while the process runs.
    """

    trouble: Failure | None = None
    own: Failure | None = None
    exit_code: int | None = None
    lines: tuple[str, ...] = ()
