"""Expectations: what became of each of a script, and where the script stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from harness.caller._tap import CallTap
from harness.nouns import EventKind, NotRun, ScriptStep

__all__ = ["Expectations", "Place"]

Place: TypeAlias = tuple[int, int]
"""The number of a step among those that are played, and that of its expectation."""
_LONGEST_REASON = 1000


class Expectations:
    """Tells it to the call's events, each thing once.

    Args:
        steps: Those that are played.
        first: The number of the first of them in the whole script.
        of: How many steps the whole script has.
        tap: Where it is told.
    """

    def __init__(self, steps: Sequence[ScriptStep], first: int, of: int, tap: CallTap) -> None:
        self._steps = steps
        self._first = first
        self._of = of
        self._tap = tap
        self._told: dict[Place, tuple[str, str]] = {}

    def told(self, place: Place) -> tuple[str, str] | None:
        """Status and kind that were told of one; None if nothing was yet."""
        return self._told.get(place)

    def tell(
        self,
        place: Place,
        status: str,
        kind: str,
        reason: str,
        *,
        matched: str | None = None,
        own_s: float | None = None,
    ) -> None:
        """Tell what became of one; what was not run stays so."""
        step, index = place
        before = self._told.get(place, ("", ""))
        if index < 0 or before == (status, kind) or before[0] == "not_run":
            return
        self._told[place] = (status, kind)
        self._tap.emit(
            EventKind.EXPECTATION,
            step=self._first + step,
            index=index,
            event=self._steps[step].expect[index].event,
            status=status,
            kind=kind,
            reason=reason[:_LONGEST_REASON],
            matched=matched,
            own_s=own_s,
        )

    def not_run(self, place: Place, why: NotRun) -> None:
        """Tell that one is not asked."""
        self.tell(place, "not_run", why.value, why.sentence)

    def none_from(self, step: int, why: NotRun) -> None:
        """Tell that none is asked from a step on."""
        for number in range(step, len(self._steps)):
            for index in range(len(self._steps[number].expect)):
                self.not_run((number, index), why)

    def leave(self, step: int, why: NotRun = NotRun.NOT_REACHED) -> None:
        """Tell of those of a step that nothing was told of that they were not reached."""
        for index in range(len(self._steps[step].expect)):
            if (step, index) not in self._told:
                self.not_run((step, index), why)

    def missing(self, step: int, why: NotRun) -> None:
        """Tell that the agent could not be given what a step gives it."""
        self._tap.emit(
            EventKind.INPUT_MISSING,
            step=self._first + step,
            kind=why.value,
            message=why.sentence,
        )

    def stand(self, step: int, status: str) -> None:
        """Tell where the script stands."""
        self._tap.emit(EventKind.CALLER_STEP, step=self._first + step, of=self._of, status=status)
