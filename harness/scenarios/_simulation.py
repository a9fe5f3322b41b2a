"""From a Pipecat Evals simulation, and our block beside it, to a simulated person."""

from __future__ import annotations

from typing import Any

from harness.nouns import (
    Brain,
    CheckSpec,
    OpenAiBrain,
    Persona,
    SimMeasure,
    SimMetric,
    Simulation,
    Success,
)
from harness.scenarios._compat import EvalsMetric, EvalsSimulation
from harness.scenarios._document import Document, KeyPath
from harness.scenarios._values import expected_call, shorten

__all__ = ["checks_of", "simulation_of"]


def simulation_of(
    document: Document,
    where: KeyPath,
    read: EvalsSimulation,
    written: list[Any],
    brain: Brain | None,
    persona: Persona | None,
) -> Simulation:
    """The simulated person of a scenario.

    Args:
        document: The file, for errors by line.
        where: Where the scenario's list of metrics stands in it.
        read: What Pipecat's loader made of it.
        written: The metrics as they stand there.
        brain: Of our block; a language model without one.
        persona: Of our block: who it is says more of who calls, its habits are taken over.

    Raises:
        ScenarioError: A value that Pipecat does not look at is wrong.
    """
    return Simulation(
        persona=f"{read.persona}\n\n{persona.description}" if persona else read.persona,
        goal=read.goal,
        success=read.success,
        metrics=tuple(
            _metric(document, (*where, index), metric, written[index])
            for index, metric in enumerate(read.metrics)
        ),
        max_turns=read.max_turns,
        max_duration_s=read.max_duration_s,
        max_silence_s=read.max_silence_s,
        runs=read.runs,
        brain=brain or OpenAiBrain(),
        **({"habits": persona.habits} if persona else {}),
    )


def checks_of(simulation: Simulation) -> list[CheckSpec]:
    """What must hold: that the agent did its job, and each metric that has a bound."""
    success = Success(
        rule="success",
        name=f"Success: {shorten(simulation.success)}",
        text=simulation.success,
    )
    return [success, *(_check(metric) for metric in simulation.metrics)]


def _check(metric: SimMetric) -> SimMeasure:
    judged = metric.criterion is not None
    return SimMeasure(
        rule="metric",
        name=f"Metric: {metric.name}",
        metric=metric,
        # Without a share that must be reached Pipecat reports the score and nothing else.
        required=not judged or metric.min_score is not None,
    )


def _metric(document: Document, where: KeyPath, read: EvalsMetric, written: Any) -> SimMetric:
    calls = None
    if read.calls is not None:
        calls = tuple(
            expected_call(document, (*where, "calls", index), call, written["calls"][index])
            for index, call in enumerate(read.calls)
        )
    return SimMetric(
        name=read.name,
        criterion=read.criterion,
        min_score=read.min_score,
        measure=read.measure,
        min_value=read.min_value,
        max_value=read.max_value,
        calls=calls,
    )
