"""Simulation: a person with a goal instead of a script."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from harness.nouns._persona import Brain, Habits, OpenAiBrain

__all__ = ["ExpectedCall", "SimMetric", "Simulation"]


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """A function the agent should call.

    Attributes:
        name: None for any.
        arguments: What must be among its arguments; None: whatever they are.
    """

    name: str | None = None
    arguments: dict[str, JsonValue] | None = None


@dataclass(frozen=True, slots=True)
class SimMetric:
    """A metric of a simulation, as Pipecat Evals has it: judged turn by turn, or measured.

    Attributes:
        name: Its name in the results.
        criterion: What a judge decides of each turn of the agent; None for a measured one.
        min_score: Share of the turns that must be judged yes, 0 to 1; None only reports it.
        measure: Pipecat Evals' name of what is measured; None for a judged one.
        min_value: Lower bound of what is measured, inclusive.
        max_value: Upper bound, inclusive.
        calls: Of the measure `function_calls`: what must be called; empty for nothing at all.
    """

    name: str
    criterion: str | None = None
    min_score: float | None = None
    measure: str | None = None
    min_value: float | None = None
    max_value: float | None = None
    calls: tuple[ExpectedCall, ...] | None = None


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a simulated person wants, and when it is enough.

    Attributes:
        persona: Who calls, in words.
        goal: What they want.
        success: What counts as the agent having done its job, for a judge.
        metrics: See :class:`SimMetric`.
        max_turns: Lines of the person.
        max_duration_s: Seconds from the beginning of the call.
        max_silence_s: Seconds in which nobody does anything.
        runs: How many calls a run of it has; every one must pass.
        brain: What decides what is said.
        habits: Of the persona, already applied.
    """

    persona: str
    goal: str
    success: str
    metrics: tuple[SimMetric, ...] = ()
    max_turns: int = 20
    max_duration_s: float = 300.0
    max_silence_s: float = 30.0
    runs: int = 1
    brain: Brain = OpenAiBrain()
    habits: Habits = Habits()
