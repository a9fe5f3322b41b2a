"""``ringback suites``: the commands. What they need is imported when they run."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli._group import finish, surroundings
from harness.cli._options import AsJson

__all__ = ["suites"]

suites = typer.Typer(name="suites", invoke_without_command=True)


@suites.callback()
def list_suites(context: typer.Context, as_json: AsJson = False) -> None:
    """List the suites a run can be made of; check one of your own."""
    if context.invoked_subcommand is not None:
        return
    from harness.cli._terminal import Terminal, new_table, print_problem, print_table
    from harness.scenarios import read_suites

    shelf = read_suites()
    if not as_json:
        table = new_table("suite", "title", "file")
        for suite in shelf.suites:
            table.add_row(suite.name, suite.title, str(suite.path))
        print_table(table)
        for _, problem in shelf.problems:
            print_problem(Terminal(stderr=True), problem)
    found = [
        {"name": suite.name, "title": suite.title, "path": str(suite.path)}
        for suite in shelf.suites
    ]
    broken = [{"path": str(path), "message": problem.message} for path, problem in shelf.problems]
    finish(context, {"suites": found, "problems": broken})


@suites.command()
def check(
    context: typer.Context,
    suite: Annotated[str, typer.Argument(metavar="SUITE", help="A name, or a file.")],
    as_json: AsJson = False,
) -> None:
    """Check a suite: its file, its agents and scenarios, and list what it calls.

    Exit code: 2 if it cannot be used, else 0.
    """
    from harness.cli._run_suite import Wanted, run_suite

    result = run_suite(
        Wanted(suite=suite, dry_run=True), surroundings(context), to_stdout=not as_json
    )
    finish(context, result, 0)
