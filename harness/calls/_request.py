"""What is asked for when a call is placed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.calls._view import EarChoice
from harness.nouns import Agent, Caller, Scenario

__all__ = ["CallRequest", "Limits"]


class Limits(BaseModel):
    """When a call is ended whatever happens (seconds)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wall_clock_s: float = Field(300.0, gt=0)
    silence_s: float = Field(60.0, gt=0, description="Nobody speaks for so long.")
    session_s: float = Field(60.0, gt=0, description="For the agent's session to start.")
    join_s: float = Field(20.0, gt=0, description="For the agent to join and publish audio.")


class CallRequest(BaseModel):
    """A call to place.

    `scenario` None is a call without a script: a person types. `caller` overrides the scenario's.

    `purpose` test is a connection test: each step of the way to the agent is tried and told
    (:attr:`CallView.steps`), nothing is said, and the session is stopped. It is left out of
    :meth:`CallService.live` and :meth:`CallService.history`, and kept for a day. So is a call of
    purpose calibrate, which is carried as any other.

    `person_ear` is the stack whose recogniser writes down what a person says who takes the call
    over: that of the caller, another one, or off for none. The offline stack has none for people.
    """

    model_config = ConfigDict(frozen=True)

    agent: Agent
    scenario: Scenario | None = None
    caller: Caller | None = None
    limits: Limits = Limits()
    purpose: Literal["call", "test", "calibrate"] = "call"
    person_ear: EarChoice = "stack"

    @property
    def ear_stack(self) -> str:
        """The stack whose recogniser that is, by name; empty for none."""
        if self.person_ear == "stack":
            return (self.caller or Caller()).stack
        return "" if self.person_ear == "off" else self.person_ear
