"""Grading by hand, its rules: what is graded, what a blind grader may see, what is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.calls._judged_as import criterion_texts, judged_as
from harness.calls._view import CallView
from harness.nouns import (
    CheckResult,
    CheckSpec,
    Grade,
    Grading,
    JudgedAs,
)

__all__ = [
    "Graded",
    "GradeTarget",
    "blinded",
    "blinded_update",
    "criteria_of",
    "hidden_from",
    "put_down",
    "shown_to",
]

_WORDED = frozenset({"criterion", "success"})
"""Rules of checks that are a sentence, whether or not anybody could judge them."""
_OF_SCRIPT = "expected"


@dataclass(frozen=True, slots=True)
class GradeTarget:
    """What of a call is graded; all empty: the call.

    Attributes:
        check: Name of a check.
        turn: Index of a turn, or of the turn in which a check is graded.
        at: Second on the call's clock.
    """

    check: str = ""
    turn: int | None = None
    at: float | None = None

    def of(self, grades: Iterable[Grade], grader: str) -> Grade | None:
        """The grade that a person gave it."""
        return next((each for each in self.all_of(grades) if each.grader == grader), None)

    def all_of(self, grades: Iterable[Grade]) -> list[Grade]:
        """What everybody gave it."""
        return [each for each in grades if (each.check, each.turn, each.at) == self._place]

    @property
    def _place(self) -> tuple[str, int | None, float | None]:
        return self.check, self.turn, self.at


@dataclass(frozen=True, slots=True)
class Graded:
    """A criterion of a call, and what judges said of it last.

    Attributes:
        result: As it was judged last.
        grading: Id of the grading in which it was; empty for the call itself.
        text: What must hold, in words; empty if only its name is known.
    """

    result: CheckResult
    grading: str = ""
    text: str = ""

    @property
    def name(self) -> str:
        """Of the check."""
        return self.result.name

    @property
    def turns(self) -> tuple[int, ...]:
        """The turns of which judges were asked one by one; none if they were asked once."""
        asked = [one.turn for one in self.result.judgements if one.turn is not None]
        return tuple(asked) if len(asked) > 1 else ()

    def judged(self, turn: int | None = None) -> JudgedAs | None:
        """What judges had said so far, of a turn or of all; None if nothing."""
        return judged_as(self.result, turn, self.grading)


def criteria_of(
    checks: Sequence[CheckResult], gradings: Sequence[Grading] = (), asked: Sequence[CheckSpec] = ()
) -> tuple[Graded, ...]:
    """What people grade of a call: the checks in words, and all others that judges decided.

    Args:
        checks: Of the call itself.
        gradings: Its later gradings, oldest first: what was judged last counts.
        asked: The checks of its scenario.
    """
    texts = criterion_texts(asked)
    found: dict[str, Graded] = {}
    for result in checks:
        if _is_worded(result):
            found[result.name] = Graded(result, text=texts.get(result.name, ""))
    for grading in gradings:
        texts |= criterion_texts(grading.checks)
        for result in grading.results:
            if _is_worded(result) and (result.judgements or result.name not in found):
                found[result.name] = Graded(result, grading.id, texts.get(result.name, ""))
    return tuple(found.values())


def _is_worded(result: CheckResult) -> bool:
    return result.rule in _WORDED or bool(result.judgements)


def hidden_from(criteria: Iterable[Graded], grades: Iterable[Grade], grader: str) -> frozenset[str]:
    """Names of the criteria of which a blind grader may not know the verdict yet.

    A grade of one turn is not enough: the verdict of the whole would tell of the others.
    """
    own = {each.check for each in grades if each.grader == grader and each.turn is None}
    return frozenset(one.name for one in criteria) - own


def blinded(view: CallView, hidden: Collection[str]) -> CallView:
    """A call as a blind grader may see it: without all that tells how these criteria were judged.

    They are left out with their evidence and messages. So is what follows from them: the verdict
    of the call, its exit code and its later gradings, and, if one of them is expected by a script,
    all that the script expects, for what comes after a failed expectation is never reached.
    """
    if not hidden:
        return view
    of_script = any(one.rule == _OF_SCRIPT for one in view.checks if one.name in hidden)
    checks = tuple(
        one
        for one in view.checks
        if one.name not in hidden and not (of_script and one.rule == _OF_SCRIPT)
    )
    left = {one.name for one in checks}
    return replace(
        view,
        checks=checks,
        verdict=None,
        exit_code=None,
        gradings=(),
        implied={name: by for name, by in view.implied.items() if {name, by} <= left},
    )


def blinded_update(update: Mapping[str, Any], graded: Collection[str]) -> dict[str, Any]:
    """An update of a call, as :meth:`CallService.follow` gives it, as a blind grader may see it.

    What :func:`blinded` leaves out is left out; `hidden` in its view says so.

    Args:
        update: JSON values.
        graded: Names of the checks that they have graded.
    """
    if update.get("type") != "view":
        return dict(update)
    view = update["view"]
    hidden = {
        check["name"]
        for check in view["checks"]
        if (check["rule"] in _WORDED or check["judgements"]) and check["name"] not in graded
    }
    if not hidden:
        return dict(update)
    of_script = any(c["rule"] == _OF_SCRIPT for c in view["checks"] if c["name"] in hidden)
    checks = [
        check
        for check in view["checks"]
        if check["name"] not in hidden and not (of_script and check["rule"] == _OF_SCRIPT)
    ]
    left = {check["name"] for check in checks}
    implied = {name: by for name, by in view["implied"].items() if {name, by} <= left}
    changes = {"checks": checks, "verdict": None, "exit_code": None, "gradings": []}
    return {**update, "view": {**view, **changes, "implied": implied, "hidden": True}}


def shown_to(
    grades: Sequence[Grade], grader: str, *, blind: bool, hidden: Collection[str]
) -> list[Grade]:
    """The grades of a call that a person may see.

    A blind grader sees what others gave a criterion once they have graded it, and what others gave
    the call, its turns and seconds once nothing of the call is hidden from them; of the call and a
    turn they must have graded that itself, too.

    Args:
        grades: Of a call.
        grader: Who looks.
        blind: Whether they grade blind.
        hidden: What :func:`hidden_from` gives.
    """
    if not blind:
        return list(grades)
    own = {each.target for each in grades if each.grader == grader}

    def may(each: Grade) -> bool:
        if each.grader == grader:
            return True
        if each.check:
            return each.check not in hidden
        return not hidden and (each.at is not None or each.target in own)

    return [each for each in grades if may(each)]


def put_down(before: Grade | None, new: Grade, *, unseen: bool) -> Grade:
    """A grade as it is kept, after the one that the same person gave the same thing before.

    A note that is written later leaves the rest as it was. Another value is given by somebody who
    has seen what the judge said, and is held against what the judge says now.

    Args:
        before: Their grade so far.
        new: What they give now, with what the judge says now.
        unseen: Whether the judge's verdict has been hidden from them until now.
    """
    if before is None:
        return replace(new, blind=unseen)
    if before.value == new.value:
        return replace(new, blind=before.blind, judged=before.judged)
    return replace(new, blind=False)
