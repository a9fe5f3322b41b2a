"""RunPlan: every call of a run, with frozen copies of what it needs, so that it can be resumed."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from harness.nouns._agent import Agent
from harness.nouns._scenario import Caller, Scenario
from harness.nouns._suite import Goal, Redaction, StopRules

__all__ = ["PlannedCall", "RunPlan"]


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A place in a run; `agent`, `scenario` and `caller` are keys of its plan.

    Attributes:
        attempt: From 1: which repeat of the same combination.
    """

    agent: str
    scenario: str
    caller: str
    attempt: int

    @property
    def slot(self) -> str:
        """Its name within the run; that of a call is :attr:`Call.slot`."""
        return f"{self.agent}|{self.scenario}|{self.caller}|{self.attempt}"


class RunPlan(BaseModel):
    """What a run does. Stored with it; agents carry their secrets by reference only.

    Attributes:
        name: For people.
        suite: Name of the suite file; empty without one.
        agents: As they were when the run was placed; likewise `scenarios` and `callers`.
        items: In the order in which calls are placed.
        concurrency: Most calls at once; None for what the engine has slots for.
        caps: Most calls at once with an agent; one that is not named has no cap of its own.
        time_limit_s: After so many seconds no further call is placed.
        seed: Added to the seeds of callers and simulated persons, besides the attempt's number.
        label: Free text of a person.
        version: The agents' version as a person calls it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    suite: str = ""
    agents: dict[str, Agent]
    scenarios: dict[str, Scenario]
    callers: dict[str, Caller]
    items: tuple[PlannedCall, ...]
    concurrency: int | None = None
    caps: dict[str, int] = {}
    time_limit_s: float | None = None
    stop: StopRules = StopRules()
    goal: Goal = Goal()
    fail_on: tuple[str, ...] = ("check",)
    redact: Redaction = Redaction()
    seed: int = 0
    label: str = ""
    version: str = ""
