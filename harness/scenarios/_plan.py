"""Plans: which calls a suite means, in which order."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import ValidationError

from harness.errors import SuiteError, UnknownName
from harness.nouns import (
    Agent,
    Caller,
    CallerVariant,
    PlannedCall,
    RunPlan,
    Scenario,
    Suite,
    SuiteEntry,
)
from harness.scenarios._library import find_scenario, library
from harness.scenarios._load import load_scenarios
from harness.scenarios._personas import find_persona, with_persona

__all__ = ["AS_WRITTEN", "LARGEST_PLAN", "plan_of", "scenario_plan"]

AS_WRITTEN = "as written"
"""The caller of a plan that is in each scenario what the scenario says."""

LARGEST_PLAN = 5_000
"""Most calls of one run."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One agent with one scenario and one caller, called so often."""

    agent: str
    scenario: str
    caller: str
    repeat: int


def plan_of(
    suite: Suite,
    agents: Callable[[str], Agent],
    *,
    agent: str = "",
    repeat: int | None = None,
    concurrency: int | None = None,
    seed: int | None = None,
    only: Sequence[str] = (),
) -> RunPlan:
    """The calls that a suite means.

    Args:
        suite: What was read.
        agents: Finds an agent by what stands in the suite: a name, an address, a file.
        agent: In place of the suite's own agents.
        repeat: In place of how often the suite calls each combination.
        concurrency: In place of the suite's.
        seed: In place of the suite's.
        only: Scenarios that are called, by name or its last part, with wildcards; all if empty.

    Raises:
        SuiteError: Nothing is left to call, too much is, or two entries mean the same calls.
        UnknownName: A scenario, persona or agent is not there.
        ScenarioError: A scenario's file cannot be used.
    """
    maker = _Maker(suite, agents)
    for entry in suite.entries:
        maker.enter(entry, agent, repeat, only)
    if not maker.rows:
        raise SuiteError(
            f"The suite `{suite.name}` has nothing to call.",
            cause=f"No scenario of it fits {', '.join(only)}." if only else "",
            remedy="`ringback suites check` lists what it calls.",
        )
    seed = suite.seed if seed is None else seed
    return RunPlan(
        name=suite.title or suite.name,
        suite=suite.name,
        agents=maker.agents,
        scenarios=maker.scenarios,
        callers=maker.callers,
        items=_in_order(maker.rows, suite.order, seed),
        concurrency=suite.concurrency if concurrency is None else concurrency,
        caps=maker.caps,
        time_limit_s=suite.time_limit_s,
        stop=suite.stop,
        goal=suite.goal,
        fail_on=suite.fail_on,
        redact=suite.redact,
        seed=seed,
    )


def scenario_plan(
    agents: Sequence[Agent],
    scenarios: Sequence[Scenario],
    callers: Sequence[CallerVariant] = (),
    repeat: int | None = None,
    *,
    concurrency: int | None = None,
    order: str = "interleaved",
    seed: int = 0,
    name: str = "",
    label: str = "",
) -> RunPlan:
    """A plan of agents x scenarios x callers without a suite file.

    Args:
        agents: Each with a name of its own.
        scenarios: Likewise.
        callers: Variants; without any each scenario's own caller.
        repeat: Calls of each; None for `runs` of a simulation and one of a script.
        concurrency: Most calls at once; None for what the engine has slots for.
        order: As in a suite: interleaved, grouped or shuffled.
        seed: Added to the seeds of callers and simulated persons.
        name: For people; made of the scenarios if empty.
        label: Free text of a person.

    Raises:
        SuiteError: There is nothing to call, or too much; two agents have the same name.
        UnknownName: A persona is not there.
    """
    if not agents or not scenarios:
        raise SuiteError(
            "There is nothing to call.", remedy="Choose at least one agent and one scenario."
        )
    names = [agent.name for agent in agents]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise SuiteError(
            f"Two of the agents are called `{twice}`.",
            cause="Results are kept by an agent's name.",
            remedy="Choose one of them, or save them under names of their own.",
        )
    by = {AS_WRITTEN: Caller()} if not callers else {each.name: _caller(each) for each in callers}
    rows = [
        _Row(agent.name, scenario.name, caller, _times(scenario, repeat))
        for agent in agents
        for scenario in scenarios
        for caller in by
    ]
    more = f" and {len(scenarios) - 1} more" if len(scenarios) > 1 else ""
    return RunPlan(
        name=name or f"{scenarios[0].title}{more}",
        agents={agent.name: agent for agent in agents},
        scenarios={scenario.name: scenario for scenario in scenarios},
        callers=by,
        items=_in_order(rows, order, seed),
        concurrency=concurrency,
        seed=seed,
        label=label,
    )


class _Maker:
    """Gathers what the entries of a suite mean."""

    def __init__(self, suite: Suite, find: Callable[[str], Agent]) -> None:
        self._suite = suite
        self._find = find
        self.agents: dict[str, Agent] = {}
        self.scenarios: dict[str, Scenario] = {}
        self.callers: dict[str, Caller] = {}
        self.caps: dict[str, int] = {}
        self.rows: list[_Row] = []
        self._seen: dict[tuple[str, str, str], int] = {}
        self._entries = 0

    def enter(self, entry: SuiteEntry, agent: str, repeat: int | None, only: Sequence[str]) -> None:
        """Add the calls of an entry."""
        self._entries += 1
        number = self._entries
        scenarios = [one for one in self._found(entry) if not only or _fits(one.name, only)]
        names = [self._agent(each, entry) for each in ((agent,) if agent else entry.agents)]
        callers = self._callers(entry)
        for name in dict.fromkeys(names):
            if entry.concurrency is not None:
                self.caps[name] = min(entry.concurrency, self.caps.get(name, entry.concurrency))
            for scenario in scenarios:
                self._scenario(scenario)
                for caller in callers:
                    key = (name, scenario.name, caller)
                    if self._seen.setdefault(key, number) != number:
                        if agent:
                            continue  # entries that differed in their agents only
                        raise self._twice(*key)
                    often = repeat or entry.repeat or self._suite.repeat
                    self.rows.append(_Row(*key, _times(scenario, often)))

    def _found(self, entry: SuiteEntry) -> tuple[Scenario, ...]:
        found: dict[str, Scenario] = {}
        for wanted in entry.scenarios:
            for scenario in _scenarios(wanted, self._suite.path):
                found.setdefault(scenario.name, scenario)
        return tuple(found.values())

    def _agent(self, wanted: str | Agent, entry: SuiteEntry) -> str:
        agent = wanted if isinstance(wanted, Agent) else self._find(wanted)
        changes: dict[str, object] = {}
        if entry.body is not None:
            changes["body"] = entry.body
        if entry.name:
            changes |= {"name": entry.name, "title": entry.name}
        agent = agent.model_copy(update=changes) if changes else agent
        if "|" in agent.name:
            agent = agent.model_copy(update={"name": agent.name.replace("|", "/")})
        if self.agents.setdefault(agent.name, agent) != agent:
            raise SuiteError(
                f"Two different agents of the suite are called `{agent.name}`.",
                cause="Results are kept by an agent's name.",
                remedy="Give the entry a `name:` of its own.",
            )
        return agent.name

    def _scenario(self, scenario: Scenario) -> None:
        known = self.scenarios.setdefault(scenario.name, scenario)
        if known.path != scenario.path:
            raise SuiteError(
                f"Two different scenarios of the suite are called `{scenario.name}`.",
                cause=f"They stand in {known.path} and {scenario.path}.",
                remedy="Give one of them another name.",
            )

    def _callers(self, entry: SuiteEntry) -> tuple[str, ...]:
        by = {each.name: _caller(each) for each in entry.callers} or {AS_WRITTEN: Caller()}
        for name, caller in by.items():
            if self.callers.setdefault(name, caller) != caller:
                raise SuiteError(
                    f"Two different callers of the suite are called `{name}`.",
                    remedy="Give one of them another name.",
                )
        return tuple(by)

    def _twice(self, agent: str, scenario: str, caller: str) -> SuiteError:
        with_whom = "" if caller == AS_WRITTEN else f" by `{caller}`"
        return SuiteError(
            f"Two entries of the suite call `{agent}` with `{scenario}`{with_whom}.",
            cause="Their results could not be told apart.",
            remedy="Take it out of one of them, or raise `repeat`.",
        )


def _caller(variant: CallerVariant) -> Caller:
    """Only what a variant says is set; the rest is the scenario's."""
    given = variant.model_dump(exclude_none=True, exclude={"name", "persona"})
    try:
        caller = Caller(**given)
    except ValidationError as error:
        raise SuiteError(
            f"The caller `{variant.name}` cannot be used: {error.errors()[0]['msg']}."
        ) from error
    return with_persona(caller, find_persona(variant.persona)) if variant.persona else caller


def _scenarios(wanted: str, suite: Path | None) -> tuple[Scenario, ...]:
    """What stands in a suite for scenarios: a name, one with wildcards, or a file."""
    file, name = wanted, ""
    for ending in (".yaml:", ".yml:"):
        if ending in wanted:
            file, name = wanted.rsplit(":", 1)
    if file.endswith((".yaml", ".yml")):
        path = Path(file).expanduser()
        beside = path if suite is None or path.is_absolute() else suite.parent / path
        found = load_scenarios(beside)
        if name:
            found = tuple(one for one in found if _fits(one.name, (name,)))
    elif any(sign in wanted for sign in "*?["):
        found = tuple(one for one in library() if fnmatchcase(one.name, wanted))
    else:
        return (find_scenario(wanted),)
    if not found:
        raise UnknownName(
            f"No scenario fits `{wanted}`.", remedy="`ringback scenarios list` names them."
        )
    return found


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(
        fnmatchcase(name, pattern) or fnmatchcase(name.rsplit("/", 1)[-1], pattern)
        for pattern in patterns
    )


def _times(scenario: Scenario, often: int | None) -> int:
    if often is not None:
        return often
    return scenario.simulation.runs if scenario.simulation is not None else 1


def _in_order(rows: Sequence[_Row], order: str, seed: int) -> tuple[PlannedCall, ...]:
    if sum(row.repeat for row in rows) > LARGEST_PLAN:
        raise SuiteError(
            f"A run of {sum(row.repeat for row in rows):,} calls cannot be placed.",
            cause=f"A run has at most {LARGEST_PLAN:,} calls.",
            remedy="Call fewer combinations, or each less often.",
        )
    calls = [
        PlannedCall(row.agent, row.scenario, row.caller, attempt)
        for row in rows
        for attempt in range(1, row.repeat + 1)
    ]
    if order != "grouped":
        calls.sort(key=lambda call: call.attempt)
    if order == "shuffled":
        random.Random(seed).shuffle(calls)
    return tuple(calls)
