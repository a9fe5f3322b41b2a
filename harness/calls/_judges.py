"""Who judges a call and who plays its person: from names in a plan to what can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import NoJudge
from harness.nouns import (
    CheckSpec,
    Criterion,
    Expected,
    JudgePlan,
    LlmAccess,
    OpenAiBrain,
    Scenario,
    SimMeasure,
    Success,
)
from harness.store import EndpointLibrary

__all__ = ["Helpers", "helpers_of", "is_judged", "judges_of"]


@dataclass(frozen=True, slots=True)
class Helpers:
    """The language models of one call, with their keys.

    Attributes:
        judges: Who judges; empty if nobody is asked, or nobody is there.
        brain: What plays the simulated person; None with rules.
    """

    judges: tuple[LlmAccess, ...] = ()
    brain: LlmAccess | None = None


def is_judged(spec: CheckSpec) -> bool:
    """Whether a judge decides this check."""
    match spec:
        case Criterion() | Success():
            return True
        case SimMeasure():
            return spec.metric.criterion is not None
        case Expected():
            return spec.eval is not None
    return False


def judges_of(plan: JudgePlan, library: EndpointLibrary) -> tuple[LlmAccess, ...]:
    """Who judges by this plan; nobody if it names nobody and there is no usual one.

    Raises:
        UnknownName: A judge is not known.
        MissingSecret: Its key is not there.
        EndpointError: The file of language models cannot be used.
    """
    if plan.endpoints:
        return tuple(library.access(name) for name in plan.endpoints)
    usual = library.usual()
    return (library.access(usual.name),) if usual is not None else ()


def helpers_of(scenario: Scenario | None, library: EndpointLibrary) -> Helpers:
    """The language models that a call of this scenario needs.

    Raises:
        NoJudge: Its simulated person needs one, and there is none.
        UnknownName: One that it names is not known.
        MissingSecret: The key of one is not there.
        EndpointError: The file of language models cannot be used.
    """
    if scenario is None:
        return Helpers()
    judged: Sequence[CheckSpec] = [spec for spec in scenario.checks if is_judged(spec)]
    judges = judges_of(scenario.judge, library) if judged else ()
    simulation = scenario.simulation
    if simulation is None or not isinstance(simulation.brain, OpenAiBrain):
        return Helpers(judges)
    name = simulation.brain.endpoint
    if not name and (usual := library.usual()) is not None:
        name = usual.name
    if not name:
        raise NoJudge(
            f"Nobody can play the person of {scenario.title}.",
            cause="Its brain is a language model, and none is set up.",
            remedy="Set one up (ringback judges add), or write a brain by rules into the scenario.",
        )
    return Helpers(judges, library.access(name))
