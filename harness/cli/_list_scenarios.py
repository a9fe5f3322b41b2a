"""``ringback scenarios``: what a call can be placed with."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from harness.cli._terminal import Terminal, new_table, print_table
from harness.cli._words import clean
from harness.nouns import Scenario
from harness.scenarios import Library, read_library

__all__ = ["print_scenarios", "read_library", "scenarios_as_json"]


def scenarios_as_json(library: Library) -> dict[str, Any]:
    """What ``ringback scenarios --json`` prints."""
    return {
        "scenarios": [
            {
                "name": scenario.name,
                "title": scenario.title,
                "description": scenario.description,
                "tags": list(scenario.tags),
                "path": scenario.path,
                "steps": len(scenario.steps),
                "checks": [check.name for check in scenario.checks],
            }
            for scenario in library.scenarios
        ],
        "problems": [
            {"path": str(path), "message": problem.message, "remedy": problem.remedy}
            for path, problem in library.problems
        ],
    }


def _lines(scenario: Scenario) -> str:
    if scenario.kind == "simulation":
        return "a person"
    return str(sum(step.say is not None for step in scenario.steps))


def print_scenarios(library: Library) -> None:
    """A table of scenarios, and the files that cannot be used."""
    table = new_table("scenario", "title", "lines", "checks", "tags")
    for scenario in library.scenarios:
        table.add_row(
            Text(clean(scenario.name)),
            Text(clean(scenario.title)),
            _lines(scenario),
            str(len(scenario.checks)),
            Text(clean(", ".join(scenario.tags))),
        )
    print_table(table)
    for _, problem in library.problems:
        Terminal(stderr=True).print(
            Text(f"Cannot be used: {clean(problem.message)}", "yellow"), soft_wrap=True
        )
