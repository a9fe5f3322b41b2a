"""Run: calls that were placed together, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from harness.nouns._call import Call

__all__ = ["Run", "RunHead", "RunProgress", "RunState", "runs_of"]


class RunState(StrEnum):
    """Where a run stands.

    A running run that is cancelled, or meets a condition to stop, places no further call and waits
    for those under way: stopping. Its engine died: interrupted, which only resuming leads on from.
    """

    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self not in (RunState.RUNNING, RunState.STOPPING)


@dataclass(frozen=True, slots=True)
class RunHead:
    """A run's row in the store.

    Attributes:
        name: For people.
        state: None of a probe and an import: their calls tell.
        suite: Name of the suite file; baselines and trends are kept under it.
        label: Free text of a person ("prompt v12").
        parent_id: The run whose failed calls this one repeats.
        stop_reason: A sentence, if it is stopped, cancelled or interrupted.
        planned: Calls of its plan.
        seed: Of its plan.
    """

    id: str
    name: str
    created_at: datetime
    kind: Literal["probe", "suite", "import"] = "probe"
    state: RunState | None = None
    suite: str = ""
    label: str = ""
    parent_id: str | None = None
    ended_at: datetime | None = None
    stop_reason: str = ""
    planned: int = 0
    seed: int = 0
    note: str = ""
    starred: bool = False
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run has come.

    Attributes:
        queued: Calls of the plan that have not been placed.
        live: Those under way, as they stand.
        done: Those that have ended.
        eta_s: Seconds until the last one ends, by how long calls took so far; None if unknown.
    """

    head: RunHead
    queued: int
    live: tuple[Call, ...]
    done: int
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a plan. A manual probe is a run of one call.

    Attributes:
        id: Of each of its calls, :attr:`Call.run_id`.
        calls: In the order in which they were placed.
    """

    id: str
    calls: tuple[Call, ...]

    def number(self, call_id: str) -> int:
        """Which of its calls it is, from 1.

        Raises:
            ValueError: It is none of them.
        """
        return [call.id for call in self.calls].index(call_id) + 1


def runs_of(calls: Iterable[Call]) -> dict[str, Run]:
    """The runs of calls in any order, by id."""
    found: dict[str, list[Call]] = {}
    for call in sorted(calls, key=lambda call: (call.created_at, call.id)):
        found.setdefault(call.run_id, []).append(call)
    return {run_id: Run(run_id, tuple(members)) for run_id, members in found.items()}
