"""A part of a call that is looked at: what of the call lies in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.calls import CallView
from harness.console._text import clock
from harness.nouns import CheckResult, Outcome, ToolCall, Turn

__all__ = ["Window", "checks_in", "counted", "tools_in", "turns_in", "window_of"]

_LEAST_S = 0.1
"""A shorter part shows nothing."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end`, seconds on the call's clock, both ends in it."""

    start: float
    end: float

    @property
    def told(self) -> str:
        """``0:38–0:52``, whole seconds of which none is cut."""
        return f"{clock(self.start)}–{clock(math.ceil(self.end))}"

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends."""
        return self.start, self.end

    def holds(self, t: float) -> bool:
        """Whether second `t` lies in it."""
        return self.start <= t <= self.end

    def meets(self, start: float, end: float) -> bool:
        """Whether any of a stretch lies in it."""
        return start <= self.end and end >= self.start


def window_of(view: CallView, start: str, end: str) -> Window | None:
    """The part that an address names; None if it names none, or what is no part of the call."""
    try:
        first, last = float(start), float(end)
    except ValueError:
        return None
    if math.isnan(first) or math.isnan(last):
        return None
    first, last = max(0.0, first), min(view.t, last)
    return Window(first, last) if last - first >= _LEAST_S else None


def counted(shown: int, of: int, what: str, window: Window | None) -> str:
    """``4 of 9 replies in 0:38–0:52``; without a window how many there are.

    Args:
        shown: How many lie in the window.
        of: How many there are.
        what: One of them, in the singular.
        window: The part that is looked at.
    """
    many = _many(of, what)
    return many if window is None else f"{shown} of {many} in {window.told}"


def turns_in(turns: Sequence[Turn], window: Window | None) -> list[Turn]:
    """The turns of which something is heard in the window, waiting for an answer too."""
    if window is None:
        return list(turns)
    return [turn for turn in turns if (span := _span(turn)) and window.meets(*span)]


def checks_in(view: CallView, window: Window | None) -> list[CheckResult]:
    """The checks whose evidence is heard in the window, or the turn that they cite.

    What never happened has no second, and is in no window.
    """
    if window is None:
        return list(view.checks)
    inside = {turn.index for turn in turns_in(view.turns, window)}
    return [
        check
        for check in view.checks
        if (evidence := check.evidence) is not None
        and (window.holds(evidence.at) if evidence.at is not None else evidence.turn in inside)
    ]


def tools_in(tools: Sequence[ToolCall], window: Window | None) -> list[ToolCall]:
    """The functions that ran in the window, or were called in it and did not return."""
    if window is None:
        return list(tools)
    return [
        tool
        for tool in tools
        if window.meets(
            tool.called_at, tool.called_at if tool.returned_at is None else tool.returned_at
        )
    ]


def _span(turn: Turn) -> tuple[float, float] | None:
    """From the first sound of a turn to its last, or to the end of the wait for one."""
    spans = [*((turn.caller,) if turn.caller else ()), *turn.agent]
    if not spans:
        return None
    ends = [span.start if span.end is None else span.end for span in spans]
    if turn.outcome is Outcome.NO_ANSWER and turn.caller and turn.caller.end is not None:
        ends.append(turn.caller.end + (turn.waited_s or 0.0))
    return min(span.start for span in spans), max(ends)


def _many(count: int, what: str) -> str:
    several = (
        f"{what[:-1]}ies" if what.endswith("y") else f"{what}{'es' * what.endswith('ch') or 's'}"
    )
    return f"{count} {what if count == 1 else several}"
