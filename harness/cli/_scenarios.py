"""``ringback scenarios``: the commands. What they need is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.cli._group import finish, surroundings
from harness.cli._options import AsJson

__all__ = ["scenarios"]

scenarios = typer.Typer(name="scenarios", invoke_without_command=True)


@scenarios.callback()
def list_scenarios(context: typer.Context, as_json: AsJson = False) -> None:
    """List the scenarios a call can be placed with, or check files of your own."""
    if context.invoked_subcommand is not None:
        return
    from harness.cli._list_scenarios import print_scenarios, read_library, scenarios_as_json

    found = read_library()
    if not as_json:
        print_scenarios(found)
    finish(context, scenarios_as_json(found))


@scenarios.command()
def check(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, and folders of files.")
    ],
    agent_kind: Annotated[
        Literal["stock", "demo", "no_rtvi"],
        typer.Option(
            help="The agent they are for: stock is a bot of plain Pipecat, demo one that takes the "
            "messages of Pipecat Evals, as our demo agent does, no_rtvi one without RTVI."
        ),
    ] = "stock",
    as_json: AsJson = False,
) -> None:
    """Check scenario files: what is in them, and what of it cannot be asked of an agent.

    Exit code: 1 if a file is broken, else 0.
    """
    from harness.cli._check_scenarios import check_scenarios

    report = check_scenarios(
        paths, agent_kind, surroundings(context).settings(), to_stdout=not as_json
    )
    finish(context, report, 0 if report["ok"] else 1)
