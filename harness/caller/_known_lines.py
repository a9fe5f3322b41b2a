"""What a caller is known to say before the call, so that nobody waits for its voice."""

from __future__ import annotations

from harness.caller.evals._habits import Mannered
from harness.caller.evals._rules import lines_of
from harness.nouns import Caller, RulesBrain, Scenario, Simulation

__all__ = ["STILL_THERE", "known_lines"]

STILL_THERE = "Hello? Are you still there?"
"""What a caller asks whom nobody answers."""

_MOST = 200
"""Pieces made ready at most. A voice speaks one in some 30 ms, and the call waits for them all."""


def known_lines(scenario: Scenario | None, caller: Caller) -> list[str]:
    """Texts in the order in which they are likely to be needed.

    Of a script all its lines; of a simulated person all answers its rules know, with their slots
    filled, and what its habits put before them. A line made of several pieces is cut into sentences
    by the voice: each is ready if its piece was.

    Args:
        scenario: What the caller does; None for a call that a person types.
        caller: How it behaves.
    """
    if scenario is None:
        return []
    person = scenario.simulation
    lines = _of_script(scenario) if person is None else _of_person(person)
    return [*lines[:_MOST], STILL_THERE] if caller.asks_again else lines[:_MOST]


def _of_script(scenario: Scenario) -> list[str]:
    lines: list[str] = []
    for step in scenario.steps:
        if step.audio is None and step.dtmf is None:
            parts = [part for part in step.parts if isinstance(part, str)]
            lines += parts or ([step.say] if step.say else [])
    return lines


def _of_person(simulation: Simulation) -> list[str]:
    brain = simulation.brain
    lines = lines_of(brain) if isinstance(brain, RulesBrain) else []
    return Mannered(simulation.habits, 0).pieces(lines)
