"""Runs: how often a request is called, what differs between its calls, and how many passed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from harness.calls._request import CallRequest
from harness.errors import InputError
from harness.measure import wilson
from harness.nouns import CallState, RulesBrain, Scenario, Verdict
from harness.scenarios import limit_of

__all__ = ["MAX_RUNS", "PassRate", "calls_of_run", "pass_rate", "requests_of", "with_seed"]

MAX_RUNS = int(limit_of(("runs",)).most)
"""Most calls of one run: more is a mistake sooner than a wish."""


class Ended(Protocol):
    """A call or its view."""

    @property
    def state(self) -> CallState:
        """Where it stands."""
        ...

    @property
    def verdict(self) -> Verdict | None:
        """What its checks say."""
        ...


@dataclass(frozen=True, slots=True)
class PassRate:
    """How many calls of a run passed.

    Attributes:
        calls: All of them.
        passed: Those with verdict passed.
        failed: Those with verdict failed.
        running: Those that have not ended.
        interval: 95 % interval of the share that passes, by Wilson, 0 to 1, of those that passed or
            failed: a call without a verdict says nothing of the agent.
    """

    calls: int
    passed: int
    failed: int
    running: int
    interval: tuple[float, float]

    @property
    def undecided(self) -> int:
        """Those that ended without a verdict."""
        return self.calls - self.passed - self.failed - self.running

    @property
    def sentence(self) -> str:
        """For people."""
        told = f"Passed {self.passed} of {self.calls}"
        if self.passed + self.failed:
            low, high = (round(100 * bound) for bound in self.interval)
            told += f", 95 % interval {low} to {high} %"
        if self.undecided:
            told += f", {self.undecided} without a verdict"
        return f"{told}, {self.running} still to end" if self.running else told


def pass_rate(calls: Iterable[Ended]) -> PassRate:
    """How many of `calls` passed, the live ones left open."""
    calls = tuple(calls)
    ended = [call for call in calls if call.state.is_final]
    passed = sum(call.verdict is Verdict.PASSED for call in ended)
    failed = sum(call.verdict is Verdict.FAILED for call in ended)
    interval = wilson(passed, passed + failed)
    return PassRate(len(calls), passed, failed, len(calls) - len(ended), interval)


def calls_of_run(scenario: Scenario | None, runs: int | None = None) -> int:
    """How many calls a run has: `runs`, or what the scenario says; a script is called once.

    Raises:
        InputError: It is less than one, or more than :data:`MAX_RUNS`.
    """
    person = scenario.simulation if scenario is not None else None
    wanted = runs if runs is not None else person.runs if person is not None else 1
    if not 1 <= wanted <= MAX_RUNS:
        raise InputError(
            f"A run of {wanted:,} calls cannot be placed.",
            cause=f"A run has 1 to {MAX_RUNS} calls.",
            remedy="Correct `runs` of the scenario, or give --runs.",
        )
    return wanted


def requests_of(request: CallRequest, runs: int) -> list[CallRequest]:
    """What is asked for in each of `runs` calls, `request` first.

    A simulated person who is played by rules, and any habit, is the same again with the same seed:
    each call has the next one.
    """
    return [with_seed(request, number) for number in range(runs)]


def with_seed(request: CallRequest, number: int) -> CallRequest:
    """The request with the seed of a simulated person raised by `number`."""
    scenario, caller = request.scenario, request.caller
    if number == 0 or scenario is None or scenario.simulation is None:
        return request
    brain = scenario.simulation.brain
    if isinstance(brain, RulesBrain):
        brain = brain.model_copy(update={"seed": brain.seed + number})
        scenario = replace(scenario, simulation=replace(scenario.simulation, brain=brain))
        return request.model_copy(update={"scenario": scenario})
    caller = caller or scenario.caller
    caller = caller.model_copy(update={"seed": caller.seed + number})
    return request.model_copy(update={"caller": caller})
