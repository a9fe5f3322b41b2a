"""``ringback scenarios check``: what is in scenario files, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from harness.caller.speech import get_stack
from harness.cli._terminal import Terminal
from harness.cli._words import clean
from harness.errors import RingbackError, ScenarioError
from harness.grade import decides_by_rule
from harness.nouns import Scenario
from harness.scenarios import AgentKind, FileReport, check_paths
from harness.settings import Settings
from harness.store import EndpointLibrary

__all__ = ["check_scenarios"]

_AGENTS = {
    "stock": "a bot of plain Pipecat",
    "demo": "an agent that takes the messages of Pipecat Evals",
    "no_rtvi": "an agent without RTVI",
}


def check_scenarios(
    paths: Sequence[Path], agent_kind: AgentKind, settings: Settings, *, to_stdout: bool
) -> dict[str, Any]:
    """Check files and folders; prints the report for people, returns the one for ``--json``."""
    endpoints = EndpointLibrary(settings).all()
    reports = check_paths(
        paths, agent_kind, judge=bool(endpoints), by_rule=decides_by_rule, endpoints=endpoints
    )
    if to_stdout:
        _print(reports, agent_kind)
    return {
        "ok": all(report.problem is None for report in reports),
        "agent_kind": agent_kind,
        "files": [_as_json(report) for report in reports],
    }


def _as_json(report: FileReport) -> dict[str, Any]:
    return {
        "path": str(report.path),
        "ok": report.problem is None,
        "scenarios": [
            {
                "name": scenario.name,
                "title": scenario.title,
                "kind": scenario.kind,
                "steps": len(scenario.steps),
                "checks": [check.name for check in scenario.checks],
            }
            for scenario in report.scenarios
        ],
        "features": list(report.features),
        "cannot": [
            {"scenario": name, "expectation": wish, "kind": why.value, "reason": why.sentence}
            for name, wish, why in report.cannot
        ],
        "warnings": list(_warnings(report)),
        "error": None if report.problem is None else _problem(report.problem),
    }


def _problem(problem: ScenarioError) -> dict[str, str]:
    return {
        "kind": problem.kind,
        "message": problem.message,
        "cause": problem.cause,
        "remedy": problem.remedy,
    }


def _warnings(report: FileReport) -> dict[str, None]:
    """Each once: most are about the file and stand with all of its scenarios."""
    told = [text for scenario in report.scenarios for text in scenario.warnings]
    told += [text for scenario in report.scenarios for text in _cannot_speak(scenario)]
    return dict.fromkeys(told)


def _cannot_speak(scenario: Scenario) -> list[str]:
    """What keeps the scenario's caller from speaking here; on another computer it may."""
    caller = scenario.caller
    if caller.by != "voice":
        return []
    try:
        get_stack(caller.stack).check(caller.voice, caller.language)
    except RingbackError as error:
        return [f"{scenario.name} cannot be called from this computer. {error.message}"]
    return []


def _print(reports: Sequence[FileReport], agent_kind: AgentKind) -> None:
    terminal = Terminal()
    for report in reports:
        mark = ("✗", "bold red") if report.problem else ("✓", "green")
        terminal.print(Text.assemble(mark, f" {clean(str(report.path))}"), soft_wrap=True)
        for line, style in _lines(report, agent_kind):
            terminal.print(Text(f"    {clean(line)}", style), soft_wrap=True)
    broken = sum(report.problem is not None for report in reports)
    found = sum(len(report.scenarios) for report in reports)
    terminal.print(
        f"{_count(len(reports), 'file')}, {_count(found, 'scenario')}, {broken or 'none'} broken."
    )


def _lines(report: FileReport, agent_kind: AgentKind) -> list[tuple[str, str]]:
    if report.problem is not None:
        problem = report.problem
        told = [problem.message, problem.cause, problem.remedy]
        return [(text, "red" if text == problem.message else "") for text in told if text]
    lines = [(f"{scenario.name} ({scenario.kind})", "") for scenario in report.scenarios]
    lines.append((f"uses: {', '.join(report.features)}", "dim"))
    lines += [(f"warning: {text}", "yellow") for text in _warnings(report)]
    if report.cannot:
        lines.append((f"cannot be asked of {_AGENTS[agent_kind]}:", ""))
    lines += [
        (f"  {name}: {wish.rstrip('.')}. {why.sentence}", "") for name, wish, why in report.cannot
    ]
    return lines


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
