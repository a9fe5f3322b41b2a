"""The commands. What they need is imported when they run: ``ringback --help`` answers at once."""

from __future__ import annotations

from typing import Annotated

import typer

from harness import __version__
from harness.cli import _calls, _machine, _runs
from harness.cli._agents import agents
from harness.cli._conversation import conversation
from harness.cli._group import Group
from harness.cli._judges import judges
from harness.cli._scenarios import scenarios
from harness.cli._suites import suites

__all__ = ["app", "main"]

app = typer.Typer(
    name="ringback",
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Place real calls to Pipecat voice agents, and see and hear what the caller gets.",
)

for commands in (_calls.commands, _runs.commands, _machine.commands):
    app.add_typer(commands)
app.add_typer(agents)
app.add_typer(scenarios)
app.add_typer(conversation)
app.add_typer(judges)
app.add_typer(suites)


def main() -> None:
    """What the command ``ringback`` runs."""
    app(prog_name="ringback")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ringback {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass
