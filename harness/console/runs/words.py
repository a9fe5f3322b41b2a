"""Words for runs: their states, what is called, why calls failed."""

from __future__ import annotations

from harness.calls import RunSummary
from harness.nouns import RunHead, RunPlan, RunState

__all__ = ["STATES", "because", "goes_on", "minutes", "percent", "share", "size_of"]

STATES: dict[RunState, tuple[str, str, str]] = {
    RunState.RUNNING: ("Running", "blue", "play_circle"),
    RunState.STOPPING: ("Stopping", "orange", "pending"),
    RunState.DONE: ("Finished", "gray", "check"),
    RunState.STOPPED: ("Stopped early", "orange", "front_hand"),
    RunState.CANCELLED: ("Cancelled", "gray", "cancel"),
    RunState.INTERRUPTED: ("Interrupted", "orange", "power_off"),
}
"""Word, colour and symbol of each state."""


def because(name: str) -> str:
    """What stands in :attr:`harness.nouns.CallFigures.failed`, for people."""
    if not name.startswith("!"):
        return name
    return name[1:].replace("_", " ").capitalize()


def goes_on(head: RunHead, summary: RunSummary) -> bool:
    """Whether calls of a run are still to end, or to be placed."""
    if head.state is None:
        return bool(summary.rate.running)
    return not head.state.is_final


def percent(value: float | None) -> str:
    """``83 %``; a dash if there is no value."""
    return "–" if value is None else f"{100 * value:.0f} %"


def share(value: float | None, low: float | None, high: float | None) -> str:
    """``83 %, 74–90``: a rate with its range; a dash if there is no value."""
    if value is None or low is None or high is None:
        return "–"
    return f"{percent(value)}, {100 * low:.0f}–{100 * high:.0f}"


def minutes(value_s: float | None) -> str:
    """``15 min``, ``40 s`` or ``2 h 5 min``; a dash if there is no value."""
    if value_s is None:
        return "–"
    if value_s < 90:
        return f"{value_s:.0f} s"
    whole = round(value_s / 60)
    return f"{whole} min" if whole < 120 else f"{whole // 60} h {whole % 60} min"


def size_of(plan: RunPlan) -> str:
    """``10 scenarios × 8 repeats``, and agents and callers where there are several."""
    parts = []
    for many, one, several in (
        (len(plan.agents), "agent", "agents"),
        (len(plan.scenarios), "scenario", "scenarios"),
        (len(plan.callers), "caller", "callers"),
    ):
        if many > 1 or one == "scenario":
            parts.append(f"{many} {one if many == 1 else several}")
    often: dict[tuple[str, str, str], int] = {}
    for item in plan.items:
        key = (item.agent, item.scenario, item.caller)
        often[key] = often.get(key, 0) + 1
    full = len(often) == len(plan.agents) * len(plan.scenarios) * len(plan.callers)
    repeats = set(often.values())
    if full and len(repeats) == 1:
        least = repeats.pop()
        if least > 1:
            parts.append(f"{least} repeats")
        return " × ".join(parts)
    calls = len(plan.items)
    return f"{' × '.join(parts)}, {calls} call{'' if calls == 1 else 's'}"
