"""Planned calls: what is asked for at each place of a run's plan, and how a plan is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from harness.calls._request import CallRequest
from harness.calls._runs import with_seed
from harness.nouns import (
    Agent,
    Call,
    CallState,
    PlannedCall,
    RunPlan,
    Verdict,
    to_json,
)
from harness.scenarios import AS_WRITTEN

__all__ = [
    "distinct_requests",
    "is_settled",
    "more_repeats",
    "plan_to_json",
    "request_of",
    "with_agents",
]


def request_of(plan: RunPlan, item: PlannedCall) -> CallRequest:
    """What is asked for at one place of a plan.

    A caller of the plan changes what it sets itself; the rest is as the scenario says. Seeds of
    simulated persons go up with the attempt, from the plan's own.
    """
    scenario, caller = plan.scenarios[item.scenario], plan.callers[item.caller]
    if item.caller == AS_WRITTEN:
        caller = scenario.caller
    else:
        given = {name: getattr(caller, name) for name in caller.model_fields_set}
        caller = scenario.caller.model_copy(update=given)
    request = CallRequest(agent=plan.agents[item.agent], scenario=scenario, caller=caller)
    return with_seed(request, plan.seed + item.attempt - 1)


def plan_to_json(plan: RunPlan) -> dict[str, Any]:
    """A plan as it is kept: of its callers only what they set, so that it stays known."""
    kept: dict[str, Any] = to_json(plan)
    kept["callers"] = {
        name: caller.model_dump(mode="json", exclude_unset=True)
        for name, caller in plan.callers.items()
    }
    return kept


def with_agents(plan: RunPlan, change: Callable[[Agent], Agent]) -> RunPlan:
    """A plan with each of its agents changed."""
    return plan.model_copy(
        update={"agents": {name: change(agent) for name, agent in plan.agents.items()}}
    )


def is_settled(call: Call) -> bool:
    """Whether a place need not be called again when its run is resumed.

    A call that was lost, cancelled or never got through told nothing of the agent.
    """
    return call.state is CallState.DONE or call.verdict in (Verdict.PASSED, Verdict.FAILED)


def more_repeats(plan: RunPlan, n: int, scenarios: Iterable[str]) -> tuple[PlannedCall, ...]:
    """`n` further attempts of each combination, or of those with the named scenarios."""
    wanted = set(scenarios)
    last: dict[tuple[str, str, str], int] = {}
    for item in plan.items:
        if not wanted or item.scenario in wanted:
            key = (item.agent, item.scenario, item.caller)
            last[key] = max(last.get(key, 0), item.attempt)
    return tuple(
        PlannedCall(*key, attempt + number)
        for number in range(1, n + 1)
        for key, attempt in last.items()
    )


def distinct_requests(plan: RunPlan) -> tuple[CallRequest, ...]:
    """One request of each agent with each scenario and caller: attempts differ in seeds only."""
    first = {(item.agent, item.scenario, item.caller): item for item in reversed(plan.items)}
    return tuple(request_of(plan, item) for item in first.values())
