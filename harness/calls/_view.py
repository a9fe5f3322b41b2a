"""CallView: everything a page shows of one call, live or stored, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from harness.agents import SessionDetails
from harness.nouns import (
    AudioReport,
    Caller,
    CallState,
    CheckResult,
    Failure,
    Metric,
    Turn,
    Verdict,
)

__all__ = [
    "CallView",
    "ConnectionStep",
    "EarChoice",
    "Health",
    "Milestones",
    "ObserverInfo",
    "PersonEar",
    "PlanStep",
]

EarChoice: TypeAlias = Literal["stack", "off", "local", "cloud"]
"""By what a person's words are recognised: the stack of the caller, none, or another stack."""


@dataclass(frozen=True, slots=True)
class Milestones:
    """Getting connected: seconds on the call's clock, None if not reached."""

    session_started: float | None = None
    agent_joined: float | None = None
    agent_ready: float | None = None
    first_words: float | None = None


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One line of the caller's plan."""

    label: str
    status: Literal["todo", "current", "done", "skipped"]


@dataclass(frozen=True, slots=True)
class ConnectionStep:
    """One step of a connection test.

    Attributes:
        name: resolve, tls, authorise, ready, start, join, agent_found, agent_audio, rtvi_ready,
            stop or cleaned.
        title: What is done, for people.
        status: Why it failed is the view's `failure`; what comes after a failed step stays
            pending, but stop and cleaned are always tried.
        took_s: Seconds, None while it is not over.
        note: What was found, or why it was skipped.
    """

    name: str
    title: str
    status: Literal["pending", "running", "done", "skipped", "failed"]
    took_s: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """The caller's own health over one second (see EventKind.HEALTH)."""

    t: float
    loop_lag_ms: float
    skipped_ms: float
    concealed_ms: float
    jitter_buffer_ms: float | None
    packet_loss: float | None


@dataclass(frozen=True, slots=True)
class ObserverInfo:
    """The observer that a bot carries (harness/bot).

    Attributes:
        pipecat: The bot's version of Pipecat.
        kinds: What it has told so far, by the kinds of its messages.
    """

    pipecat: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonEar:
    """What writes down the words of a person who takes the call over.

    Attributes:
        choice: What was asked for.
        by: The recogniser, by name; empty if there is none, and in a stored call.
        cloud: Whether the person's voice is sent to its provider.
    """

    choice: EarChoice = "stack"
    by: str = ""
    cloud: bool = False


@dataclass(frozen=True, slots=True)
class CallView:
    """A function of a call's events, the same live and afterwards.

    Attributes:
        seq: Last event it rests on.
        t: Call clock now (live) or length of the call (stored), seconds.
        clock_started_at: Wall clock of t = 0, in the zone of the computer that called; None if
            nobody wrote it down.
        agent_title: The agent's name for people; `agent_where` tells how it is reached, `agent` is
            the name it is saved under.
        caller: How the caller was to sound; None as the scenario says, or in old calls.
        ended_by: caller, agent, person or limit, once it ended.
        speaking: Who is heard speaking right now.
        health: One entry a second, at most the last 60.
        warnings: Sentences, for instance a second audio publisher in the room.
        has_recording: Whether the recording can be played (after the end).
        exit_code: What a command would exit with; None while it goes on.
        steps: Of a connection test; empty for a call.
        waits: Why the session's start took longer than usual, one sentence each.
        session: What the platform told of the session afterwards; None if nothing.
        kind: script (also a call without one), simulation, or import: a conversation that was read
            from a file and has neither recording nor times.
        features: Which of Pipecat Evals' messages the agent said it takes.
        scenario_source: The YAML text of its scenario, empty if it is not known.
        gradings: Ids of later gradings, oldest first; what was graded live is in `checks`.
        audio: How the agent's lane sounds; None until its recording has been measured.
        error_s: Half the width of the error bar of latencies, by the last calibration of this
            machine; None if there is none.
        observer: The observer in the bot, if it carries ours.
        person_ear: What writes down a person's words.
        implied: Names of the checks that another one implies, and that one's name: lists and
            counts leave them to it.
    """

    call_id: str
    run_id: str
    seq: int
    t: float
    clock_started_at: datetime | None
    state: CallState
    verdict: Verdict | None
    failure: Failure | None
    agent_title: str
    agent_where: str
    scenario: str | None
    scenario_title: str
    voice: str
    budget_s: float
    milestones: Milestones
    plan: tuple[PlanStep, ...]
    turns: tuple[Turn, ...]
    checks: tuple[CheckResult, ...]
    metrics: tuple[Metric, ...]
    health: tuple[Health, ...]
    speaking: tuple[Literal["caller", "agent"], ...]
    warnings: tuple[str, ...]
    ended_by: str | None
    has_recording: bool
    created_at: datetime
    exit_code: int | None = None
    agent_body: dict[str, Any] | None = None
    steps: tuple[ConnectionStep, ...] = ()
    waits: tuple[str, ...] = ()
    session: SessionDetails | None = None
    agent: str = ""
    caller: Caller | None = None
    kind: Literal["script", "simulation", "import"] = "script"
    features: tuple[str, ...] = ()
    scenario_source: str = ""
    gradings: tuple[str, ...] = ()
    audio: AudioReport | None = None
    error_s: float | None = None
    observer: ObserverInfo | None = None
    person_ear: PersonEar = PersonEar()
    implied: dict[str, str] = field(default_factory=dict)

    @property
    def spoiled(self) -> int:
        """How many turns with a latency are left out of percentiles: this computer spoiled them."""
        return sum(bool(t.flags) and t.response_latency_s is not None for t in self.turns)

    @property
    def observed(self) -> bool:
        """Whether the observer in the bot told anything of a turn."""
        return self.observer is not None or any(
            turn.latency_source == "observer"
            or any(stage.source == "observer" for stage in turn.stages)
            for turn in self.turns
        )
