"""Everything Ringback takes from Pipecat Evals, in one place.

Pipecat is imported when the first file is read: it takes a second or two.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

__all__ = [
    "EvalsCall",
    "EvalsError",
    "EvalsExpectation",
    "EvalsMetric",
    "EvalsScenario",
    "EvalsSimulation",
    "EvalsTurn",
    "read_evals",
    "written_of",
]

_REFUSALS = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RecursionError,
    yaml.YAMLError,
)
"""How Pipecat's loader ends with a file it cannot use: it says so only of what it looks for."""


@dataclass(frozen=True, slots=True)
class EvalsCall:
    """A function call that is expected."""

    name: Any
    args: Any


@dataclass(frozen=True, slots=True)
class EvalsExpectation:
    """An event that is expected; the event as written, before Pipecat resolves `response`."""

    event: str
    within_ms: Any
    text_contains: Any
    text_excludes: Any
    calls: tuple[EvalsCall, ...]
    eval: Any
    absent: bool
    check_from: Any
    marker: Any = None
    marker_first: bool | None = None
    markers: int | None = None
    text_after: bool | None = None


@dataclass(frozen=True, slots=True)
class EvalsTurn:
    """A turn of a script; `parts` holds texts and pauses in milliseconds, paths are absolute."""

    user: str | None
    parts: tuple[str | int, ...]
    audio: str | None
    dtmf: str | None
    image: str | None
    send_event: str | None
    send_delay_ms: int | None
    expect: tuple[EvalsExpectation, ...]


@dataclass(frozen=True, slots=True)
class EvalsMetric:
    """A metric of a simulation."""

    name: str
    criterion: str | None
    min_score: float | None
    measure: str | None
    min_value: float | None
    max_value: float | None
    calls: tuple[EvalsCall, ...] | None


@dataclass(frozen=True, slots=True)
class EvalsSimulation:
    """A persona with a goal instead of a script."""

    persona: str
    goal: str
    success: str
    metrics: tuple[EvalsMetric, ...]
    max_turns: int
    max_duration_s: float
    max_silence_s: float
    runs: int


@dataclass(frozen=True, slots=True)
class EvalsScenario:
    """A scenario as Pipecat's own loader understood it: `turns`, or a simulation if None."""

    name: str
    turns: tuple[EvalsTurn, ...] | None
    stop_on_failure: bool = True
    simulation: EvalsSimulation | None = None
    allow_continue: bool = True


class EvalsError(Exception):
    """Pipecat refuses the file.

    Attributes:
        problem: Pipecat's words without the path.
        scenario: Position of the scenario in the file, None if it is the file as a whole.
        turn: Position of the turn, or None.
        expectation: Position of the expectation, or None.
        metric: Position or name of the metric, or None.
        call: Position of the call of a metric, or None.
        key: The key that Pipecat names, or empty.
    """

    def __init__(self, problem: str, scenario: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.scenario = _number(r"(?<!\w)scenario #(\d+)", problem)
        if self.scenario is None:
            self.scenario = scenario
        self.turn = _number(r"turn #(\d+)", problem)
        self.expectation = _number(r"expectation #(\d+)", problem)
        self.metric: int | str | None = _number(r"metric #(\d+)", problem)
        self.call = _number(r"entry #(\d+)", problem) if problem.startswith("metric ") else None
        named = re.match(r"metric '((?:[^'\\]|\\.)*)'|metric \"([^\"]*)\"", problem)
        if named:
            self.metric = named.group(1) if named.group(1) is not None else named.group(2)
            problem = problem[named.end() :]
        found = re.search(r"'([a-z_.]+):?[^']*'", problem)
        self.key = found.group(1) if found else ""


def _number(pattern: str, text: str) -> int | None:
    found = re.search(pattern, text)
    return int(found.group(1)) if found else None


def read_evals(path: Path, data: dict[str, Any]) -> tuple[EvalsScenario, ...]:
    """Read a scenario file by Pipecat's own loader.

    Args:
        path: The file, already known to be safe to read.
        data: Its plain data, to say which scenario is wrong and what was written.

    Raises:
        EvalsError: Pipecat refuses it.
    """
    from pipecat.evals.scenario import EvalScenarioFile, EvalScriptScenario

    # The old shape of a file is told to the user by ourselves, with the line; only recording keeps
    # Pipecat's own warning from being printed.
    with warnings.catch_warnings(record=True):
        try:
            loaded = EvalScenarioFile.load(path)
        except _REFUSALS as error:
            raise EvalsError(_without_path(error, path), _which(path, data)) from error
    scenarios = []
    for index, scenario in enumerate(loaded):
        if not isinstance(scenario, EvalScriptScenario):
            simulation = _simulation(scenario)
            scenarios.append(EvalsScenario(scenario.name, None, simulation=simulation))
            continue
        written = written_of(data, index).get("turns", ())
        turns = tuple(_turn(turn, written[number]) for number, turn in enumerate(scenario.turns))
        scenarios.append(
            EvalsScenario(
                scenario.name,
                turns,
                stop_on_failure=scenario.stop_on_failure,
                # As its own judge reads it.
                allow_continue=scenario.judge.get("allow_continue", True) is not False,
            )
        )
    return tuple(scenarios)


def written_of(data: dict[str, Any], scenario: int) -> dict[str, Any]:
    """A scenario as it stands in the file: its own keys before those of the file for all."""
    entries = data.get("scenarios")
    if not isinstance(entries, list):
        return data
    defaults = {key: value for key, value in data.items() if key != "scenarios"}
    return {**defaults, **entries[scenario]}


def _turn(turn: Any, written: dict[str, Any]) -> EvalsTurn:
    expect = tuple(
        _expectation(expectation, written["expect"][index])
        for index, expectation in enumerate(turn.expect)
    )
    return EvalsTurn(
        user=turn.user,
        parts=tuple(turn.parts or ()),
        audio=turn.audio,
        dtmf=turn.dtmf,
        image=turn.image,
        send_event=turn.send_after.event if turn.send_after else None,
        send_delay_ms=turn.send_after.delay_ms if turn.send_after else None,
        expect=expect,
    )


def _expectation(expectation: Any, written: dict[str, Any]) -> EvalsExpectation:
    return EvalsExpectation(
        event=str(written["event"]),
        within_ms=expectation.within_ms,
        text_contains=expectation.text_contains,
        text_excludes=expectation.text_excludes,
        calls=tuple(EvalsCall(call.name, call.args) for call in expectation.calls or ()),
        eval=expectation.eval,
        absent=expectation.absent,
        check_from=expectation.check_from,
        marker=expectation.marker,
        marker_first=expectation.marker_first,
        markers=expectation.markers,
        text_after=expectation.text_after,
    )


def _simulation(simulation: Any) -> EvalsSimulation:
    return EvalsSimulation(
        persona=simulation.persona,
        goal=simulation.goal,
        success=simulation.success,
        metrics=tuple(_metric(metric) for metric in simulation.metrics),
        max_turns=simulation.max_turns,
        max_duration_s=simulation.max_duration_s,
        max_silence_s=simulation.max_silence_s,
        runs=simulation.runs,
    )


def _metric(metric: Any) -> EvalsMetric:
    calls = metric.calls
    return EvalsMetric(
        name=metric.name,
        criterion=metric.criterion,
        min_score=metric.min_score,
        measure=metric.measure,
        min_value=metric.min_value,
        max_value=metric.max_value,
        calls=None if calls is None else tuple(EvalsCall(call.name, call.args) for call in calls),
    )


def _without_path(error: Exception, path: Path) -> str:
    return str(error).removeprefix(f"{path}: ")


def _which(path: Path, data: dict[str, Any]) -> int | None:
    """Which scenario of a refused file is wrong; Pipecat names the turn but not the scenario."""
    from pipecat.evals.scenario import _scenario_from_mapping

    entries = data.get("scenarios")
    if not isinstance(entries, list):
        return None
    defaults = {key: value for key, value in data.items() if key != "scenarios"}
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            return index
        try:
            _scenario_from_mapping({**defaults, **entry, "name": "x"}, path)
        except _REFUSALS:
            return index
    return None
