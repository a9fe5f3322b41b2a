"""Call, its states and verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from harness.errors import RingbackError
from harness.nouns._version import AgentVersion

__all__ = ["TRANSITIONS", "Call", "CallState", "Failure", "Verdict"]


class CallState(StrEnum):
    """Where a call stands."""

    QUEUED = "queued"
    STARTING = "starting"
    RINGING = "ringing"
    LIVE = "live"
    ENDING = "ending"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return not TRANSITIONS[self]


_ENDS = frozenset({CallState.FAILED, CallState.CANCELLED, CallState.LOST})

TRANSITIONS: dict[CallState, frozenset[CallState]] = {
    CallState.QUEUED: frozenset({CallState.STARTING}) | _ENDS,
    CallState.STARTING: frozenset({CallState.RINGING, CallState.ENDING}) | _ENDS,
    CallState.RINGING: frozenset({CallState.LIVE, CallState.ENDING}) | _ENDS,
    CallState.LIVE: frozenset({CallState.ENDING}) | _ENDS,
    CallState.ENDING: frozenset({CallState.DONE}) | _ENDS,
    CallState.DONE: frozenset(),
    CallState.FAILED: frozenset(),
    CallState.CANCELLED: frozenset(),
    CallState.LOST: frozenset(),
}
"""Which state may follow which. The final states have none."""


class Verdict(StrEnum):
    """What the checks of a call say together."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call could not be carried through, or what the agent did to end it.

    `kind` is the machine key of the error class, the rest its three sentences.
    """

    kind: str
    message: str
    cause: str = ""
    remedy: str = ""
    exit_code: int = 2

    @classmethod
    def of(cls, error: RingbackError) -> Failure:
        """The failure that stands for `error`."""
        return cls(error.kind, error.message, error.cause, error.remedy, error.exit_code)


@dataclass(frozen=True, slots=True)
class Call:
    """One conversation: its row in the store. Events and recording are its truth.

    Attributes:
        id: Sortable by time of creation.
        run_id: The run it belongs to; a manual probe is a run of one call.
        agent: Name of the agent; `provider` is its kind.
        scenario: Name of the scenario, or None for a call without a script.
        duration_s: Seconds from taking up to the end, None while it goes on.
        summary: Figures for lists: turns, no_answer, spoiled (turns that are left out of
            percentiles), p50_s, p95_s, checks_met, checks, score.
        purpose: test is a connection test: no conversation, not for lists. import is a conversation
            that was read from a file: it has neither recording nor times.
        slot: Its place in its run's plan (:attr:`PlannedCall.slot`); empty without a plan.
        attempt: Which repeat it is, from 1; 0 without a plan.
        agent_name: What the agent is saved under; `agent` is what it is called for people.
        version: The agent's, as far as it was found out.
        note: Of a person.
        origin: Where it came from, if it was not placed here: ``bundle:NAME``.
    """

    id: str
    run_id: str
    agent: str
    provider: str
    scenario: str | None
    voice: str
    state: CallState
    verdict: Verdict | None
    failure: Failure | None
    created_at: datetime
    ended_at: datetime | None = None
    duration_s: float | None = None
    summary: dict[str, float | int | None] | None = None
    deleted_at: datetime | None = None
    purpose: Literal["call", "test", "import", "calibrate"] = "call"
    slot: str = ""
    attempt: int = 0
    agent_name: str = ""
    version: AgentVersion | None = None
    starred: bool = False
    note: str = ""
    origin: str = ""
