"""What a plan will take, by how long calls of its scenarios took so far."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from harness.calls._archive import Archive
from harness.nouns import CallQuery, CallState, RunPlan

__all__ = ["Expected", "expected_of"]

_LOOKED_AT = 20
"""Newest calls of a scenario that are looked at."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A plan's size.

    Attributes:
        calls: All of them.
        took_s: Seconds until the last one ends; None if no call of any of its scenarios is known.
        unknown: Scenarios that were never called: the median of the others stands for them.
    """

    calls: int
    took_s: float | None
    unknown: int


def expected_of(archive: Archive, plan: RunPlan, slots: int) -> Expected:
    """How many calls a plan means, and how long they take.

    Args:
        archive: Earlier calls.
        plan: What is to be called.
        slots: How many calls this computer carries at once.
    """
    lengths = {
        name: _length_s(archive, scenario.title) for name, scenario in plan.scenarios.items()
    }
    known = [length for length in lengths.values() if length is not None]
    called = {item.scenario for item in plan.items}
    unknown = sum(lengths[name] is None for name in called)
    if not known:
        return Expected(len(plan.items), None, unknown)
    usual = median(known)
    each = [lengths[item.scenario] or usual for item in plan.items]
    at_once = max(1, min(plan.concurrency or slots, slots))
    return Expected(len(plan.items), max(sum(each) / at_once, max(each, default=0.0)), unknown)


def _length_s(archive: Archive, title: str) -> float | None:
    """The median length of the newest calls of a scenario, seconds."""
    found = archive.search(CallQuery(scenario=title, limit=_LOOKED_AT)).calls
    lengths = [
        call.duration_s
        for call in found
        if call.state is CallState.DONE and call.duration_s is not None
    ]
    return median(lengths) if lengths else None
