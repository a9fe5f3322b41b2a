"""Run: calls that were placed together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.nouns._call import Call

__all__ = ["Run", "runs_of"]


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
