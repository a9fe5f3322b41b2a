"""Which checks say nothing that another does not say, so that lists can show one check an idea."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.grade._expected import REPLIES
from harness.nouns import (
    AgentSaid,
    CheckResult,
    CheckSpec,
    CheckVerdict,
    Expectation,
    Expected,
    NoMissedTurn,
    SaysDate,
    SaysNumber,
    Scenario,
)

__all__ = ["implied_by"]

_BAD = {
    CheckVerdict.MET: 0,
    CheckVerdict.PENDING: 1,
    CheckVerdict.NOT_RUN: 2,
    CheckVerdict.NOT_PROVEN: 3,
    CheckVerdict.NOT_MET: 4,
    CheckVerdict.ERROR: 5,
}


def implied_by(scenario: Scenario, results: Sequence[CheckResult]) -> dict[str, str]:
    """For each check that another one implies the other's name; verdicts stay as they are.

    What is implied is that a reply comes at all: by something that is expected of a later reply of
    the same step, by the check that no line goes unanswered, or by what is to be said in that very
    reply. Where the verdict of such a check is worse than the other's it is implied by nothing, so
    that no trouble is ever hidden; neither is a required check behind an advisory one.

    Args:
        scenario: What was asked.
        results: What came of it.
    """
    verdicts = {result.name: result.verdict for result in results}
    found = {}
    for check in scenario.checks:
        if not isinstance(check, Expected) or not _only_comes(_expectation(check, scenario)):
            continue
        for other in _wider(check, scenario.checks):
            known = check.name in verdicts and other.name in verdicts
            if not known or (check.required and not other.required):
                continue
            if _BAD[verdicts[check.name]] <= _BAD[verdicts[other.name]]:
                found[check.name] = other.name
                break
    # Nothing stands behind what stands behind something itself.
    return {name: _last(name, found) for name in found}


def _last(name: str, found: dict[str, str]) -> str:
    while name in found:
        name = found[name]
    return name


def _expectation(check: Expected, scenario: Scenario) -> Expectation:
    return scenario.steps[check.step].expect[check.index]


def _only_comes(expectation: Expectation) -> bool:
    """Whether nothing is asked of a reply but that there is one."""
    asks = expectation.contains or expectation.excludes or expectation.eval
    timed = expectation.within_s is not None
    return expectation.event == "response" and not (asks or timed or expectation.absent)


def _wider(check: Expected, checks: Sequence[CheckSpec]) -> Iterator[CheckSpec]:
    """What implies it, the nearest first."""
    for other in checks:
        if isinstance(other, Expected) and _replies_after(other, check):
            yield other
    for other in checks:
        if isinstance(other, NoMissedTurn) and check.line and other.turn in (None, check.line):
            yield other
    for other in checks:
        if isinstance(other, AgentSaid | SaysNumber | SaysDate) and other.turn == check.line:
            yield other


def _replies_after(other: Expected, check: Expected) -> bool:
    """Whether it waits for a later reply of the same step."""
    later = other.step == check.step and other.index > check.index
    return later and other.event in REPLIES and not other.absent
