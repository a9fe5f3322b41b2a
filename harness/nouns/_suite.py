"""Suite: which agents are called with which scenarios, how often, and when that is good enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.nouns._agent import Agent

__all__ = ["CallerVariant", "Goal", "Redaction", "StopRules", "Suite", "SuiteEntry"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CallerVariant(_Part):
    """A caller that differs from what scenarios say; what is None stays as the scenario has it."""

    name: str = Field(min_length=1, max_length=60)
    voice: str | None = None
    speed: float | None = Field(None, ge=0.5, le=2.0)
    volume_db: float | None = Field(None, ge=-30, le=12, allow_inf_nan=False)
    patience_s: float | None = Field(None, ge=0.1, le=5.0)
    answer_timeout_s: float | None = Field(None, ge=1.0, le=60.0)
    persona: str | None = None
    seed: int | None = None


class StopRules(_Part):
    """When a run places no further calls; None never stops it.

    Attributes:
        failed_calls: So many calls failed.
        harness_failures: So many calls were spoiled by this computer or the room's server.
        pass_rate_below: The share that passed is below this.
        after: So many calls at least have a verdict before the share is looked at.
    """

    failed_calls: int | None = Field(None, ge=1)
    harness_failures: int | None = Field(3, ge=1)
    pass_rate_below: float | None = Field(None, ge=0, le=1)
    after: int = Field(10, ge=1)


class Goal(_Part):
    """What a run must reach; None asks for nothing.

    Attributes:
        pass_rate: Least share of calls that pass, 0 to 1.
        p95_s: Most of the 95th percentile of heard latency, seconds.
    """

    pass_rate: float | None = Field(None, ge=0, le=1)
    p95_s: float | None = Field(None, gt=0)


class Redaction(_Part):
    """Which personal data a report hides.

    Attributes:
        names: Names, besides those that the scenario's own caller has.
        numbers: Runs of digits, written or spoken.
        emails: E-mail addresses.
        addresses: A house number with its street.
        patterns: Regular expressions of one's own.
    """

    names: tuple[str, ...] = ()
    numbers: bool = True
    emails: bool = True
    addresses: bool = True
    patterns: tuple[str, ...] = ()


class SuiteEntry(_Part):
    """Agents x scenarios x callers.

    Attributes:
        agents: Names of saved agents, addresses, or agents written out.
        scenarios: Names of the library, with wildcards, or files beside the suite.
        callers: Variants; without any the caller is as each scenario says.
        repeat: Calls of each; None for what the suite says.
        concurrency: Most calls at once with each of these agents.
        body: In place of the agents' own body.
        name: In place of the agent's own name; for one agent only.
    """

    agents: tuple[str | Agent, ...]
    scenarios: tuple[str, ...]
    callers: tuple[CallerVariant, ...] = ()
    repeat: int | None = Field(None, ge=1, le=100)
    concurrency: int | None = Field(None, ge=1)
    body: dict[str, Any] | None = None
    name: str = ""


class Suite(_Part):
    """A suite file, ours or Pipecat's, as it is understood.

    Attributes:
        name: Of the file, without its ending; baselines and trends are kept under it.
        title: For people.
        repeat: Calls of each combination; None for `runs` of a simulation and one of a script.
        concurrency: Most calls at once; None for what the engine has slots for.
        order: interleaved places every first attempt before any second.
        seed: Added to the seeds of callers and simulated persons; also that of the shuffling.
        time_limit_s: After so many seconds no further call is placed.
        fail_on: Rules by which ``ringback run`` ends with code 1.
        path: The file; None if it was made on a page.
        notes: What a Pipecat manifest says and is not done here, a sentence each.
    """

    name: str
    title: str = ""
    entries: tuple[SuiteEntry, ...]
    repeat: int | None = Field(None, ge=1, le=100)
    concurrency: int | None = Field(None, ge=1)
    order: Literal["interleaved", "grouped", "shuffled"] = "interleaved"
    seed: int = 0
    time_limit_s: float | None = Field(None, gt=0)
    stop: StopRules = StopRules()
    goal: Goal = Goal()
    fail_on: tuple[str, ...] = ("check",)
    redact: Redaction = Redaction()
    path: Path | None = None
    notes: tuple[str, ...] = ()
