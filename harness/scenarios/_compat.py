"""Everything Ringback takes from Pipecat Evals, in one place.

Pipecat is imported when the first file is read: it takes a second or two.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = [
    "EvalsCall",
    "EvalsError",
    "EvalsExpectation",
    "EvalsScenario",
    "EvalsTurn",
    "read_evals",
]


@dataclass(frozen=True, slots=True)
class EvalsCall:
    """A function call that is expected."""

    name: str | None
    args: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class EvalsExpectation:
    """An event that is expected; the event as written, before Pipecat resolves `response`."""

    event: str
    within_ms: Any
    text_contains: Any
    text_excludes: Any
    calls: tuple[EvalsCall, ...]
    eval: str | None
    absent: bool
    check_from: str


@dataclass(frozen=True, slots=True)
class EvalsTurn:
    """A turn of a script; `parts` holds texts and pauses in milliseconds."""

    user: str | None
    parts: tuple[str | int, ...]
    audio: str | None
    dtmf: str | None
    image: str | None
    send_event: str | None
    send_delay_ms: int | None
    expect: tuple[EvalsExpectation, ...]


@dataclass(frozen=True, slots=True)
class EvalsScenario:
    """A scenario as Pipecat's own loader understood it. `turns` is None for a simulation."""

    name: str
    turns: tuple[EvalsTurn, ...] | None
    has_context: bool


class EvalsError(Exception):
    """Pipecat refuses the file.

    Attributes:
        problem: Pipecat's words without the path.
        scenario: Position of the scenario in the file, None if it is the file as a whole.
        turn: Position of the turn, or None.
        expectation: Position of the expectation, or None.
        key: The key that Pipecat names, or empty.
    """

    def __init__(self, problem: str, scenario: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.scenario = scenario
        found = re.search(r"(?<!\w)scenario #(\d+)", problem)
        if found:
            self.scenario = int(found.group(1))
        found = re.search(r"turn #(\d+)", problem)
        self.turn = int(found.group(1)) if found else None
        found = re.search(r"expectation #(\d+)", problem)
        self.expectation = int(found.group(1)) if found else None
        found = re.search(r"'([a-z_.]+):?[^']*'", problem)
        self.key = found.group(1) if found else ""


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
        except ValueError as error:
            raise EvalsError(_without_path(error, path), _which(path, data)) from error
    scenarios = []
    for index, scenario in enumerate(loaded):
        if not isinstance(scenario, EvalScriptScenario):
            scenarios.append(EvalsScenario(scenario.name, None, False))
            continue
        written = written_turns(data, index)
        turns = tuple(_turn(turn, written[number]) for number, turn in enumerate(scenario.turns))
        scenarios.append(EvalsScenario(scenario.name, turns, bool(scenario.context)))
    return tuple(scenarios)


def written_turns(data: dict[str, Any], scenario: int) -> list[Any]:
    """The turns of a scenario as they stand in the file: its own, or the file's for all."""
    entries = data.get("scenarios")
    if isinstance(entries, list) and "turns" in entries[scenario]:
        return list(entries[scenario]["turns"])
    return list(data.get("turns", ()))


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
        except ValueError:
            return index
    return None
