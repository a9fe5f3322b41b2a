"""Which checks came out otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from harness.nouns import CheckResult, CheckVerdict

__all__ = ["Change", "Flip", "flips"]

Change: TypeAlias = Literal["worse", "better", "same", "undecided"]
"""What a check became from A to B; `undecided`: one of them did not come to a verdict."""

_ORDER: tuple[Change, ...] = ("worse", "better", "undecided", "same")
_DECIDED = {CheckVerdict.MET, CheckVerdict.NOT_MET}


@dataclass(frozen=True, slots=True)
class Flip:
    """A check of two calls.

    Attributes:
        a: As it came out in A; None if A has no such check.
        b: The same of B.
    """

    name: str
    a: CheckResult | None
    b: CheckResult | None
    change: Change


def flips(a: Sequence[CheckResult], b: Sequence[CheckResult]) -> tuple[Flip, ...]:
    """The checks of two calls side by side, paired by their names.

    Returns:
        Those that are worse, then better, then undecided, then the same; each in the order of B,
        and after them those that only A has.
    """
    in_a = {check.name: check for check in a}
    names = dict.fromkeys([check.name for check in b] + [check.name for check in a])
    in_b = {check.name: check for check in b}
    found = [Flip(n, in_a.get(n), in_b.get(n), _change(in_a.get(n), in_b.get(n))) for n in names]
    return tuple(sorted(found, key=lambda flip: _ORDER.index(flip.change)))


def _change(a: CheckResult | None, b: CheckResult | None) -> Change:
    one, two = (None if check is None else check.verdict for check in (a, b))
    if one is two:
        return "same"
    if one not in _DECIDED or two not in _DECIDED:
        return "undecided"
    return "better" if two is CheckVerdict.MET else "worse"
