"""Checks of two calls side by side."""

from __future__ import annotations

import pytest

from harness.measure import flips
from harness.nouns import CheckResult, CheckVerdict


def check(name: str, verdict: str) -> CheckResult:
    return CheckResult(name, "agent_said", CheckVerdict(verdict))


@pytest.mark.parametrize(
    ("a", "b", "change"),
    [
        ("met", "not_met", "worse"),
        ("not_met", "met", "better"),
        ("met", "met", "same"),
        ("not_run", "not_run", "same"),
        ("not_run", "not_met", "undecided"),
        ("met", "not_proven", "undecided"),
        ("error", "met", "undecided"),
        ("pending", "met", "undecided"),
    ],
)
def test_what_a_check_became(a: str, b: str, change: str) -> None:
    (flip,) = flips([check("Says goodbye", a)], [check("Says goodbye", b)])
    assert flip.change == change


def test_worse_comes_first_and_what_only_one_has_is_kept() -> None:
    a = [check("same", "met"), check("gone", "met"), check("better", "not_met"), check("w", "met")]
    b = [check("better", "met"), check("w", "not_met"), check("same", "met"), check("new", "met")]
    found = flips(a, b)
    assert [(flip.name, flip.change) for flip in found] == [
        ("w", "worse"),
        ("better", "better"),
        ("new", "undecided"),
        ("gone", "undecided"),
        ("same", "same"),
    ]
    assert found[3].b is None
    assert found[2].a is None
