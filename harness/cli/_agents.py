"""``ringback agents``: the commands. What they need is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli._group import finish, surroundings
from harness.cli._options import AsJson, Body, TokenEnv

__all__ = ["agents"]

agents = typer.Typer(
    name="agents",
    no_args_is_help=True,
    help="The saved agents: how each is reached. Their secrets are never shown.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a saved agent.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="In place of the saved agent of that name.")
]


@agents.command("list")
def list_agents(context: typer.Context, as_json: AsJson = False) -> None:
    """List the agents, and the files that cannot be used."""
    from harness.cli._saved_agents import list_agents

    finish(context, list_agents(surroundings(context).settings(), to_stdout=not as_json))


@agents.command()
def show(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="Name of a saved agent, demo, or a file.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show how an agent is reached; with references for its secrets."""
    from harness.cli._saved_agents import show_agent

    finish(context, show_agent(name, surroundings(context).settings(), to_stdout=not as_json))


@agents.command()
def add(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="A name of its own: letters, digits, hyphens.")
    ] = None,
    provider: Annotated[
        str | None,
        typer.Option(help="bot_file, pipecat_cloud, dev_runner, http_runner, room, or demo."),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="A field of the provider, see docs/agents; several times. A secret only as "
            "env:NAME or secret:NAME. FIELD.NAME=VALUE sets one of several, such as headers.",
        ),
    ] = None,
    secrets: Annotated[
        list[str] | None,
        typer.Option(
            "--secret",
            metavar="FIELD",
            help="Ask for this secret field without showing it; without a terminal, read it from "
            "standard input, a line each. It is kept in a file only you can read.",
        ),
    ] = None,
    body: Body = None,
    title: Annotated[str | None, typer.Option(help="For people, in place of the name.")] = None,
    text_channel: Annotated[
        str | None, typer.Option(help="How typed text is sent: auto, rtvi, lk.chat or data.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="Take everything from a file (YAML or JSON) in place of the options."),
    ] = None,
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Save an agent, for instance: add clinic --provider bot_file --set file=bot.py."""
    from harness.cli._new_agent import NewAgent, add_agent

    new = NewAgent(
        name=name,
        provider=provider,
        values=values or (),
        secrets=secrets or (),
        body=body,
        title=title,
        text_channel=text_channel,
        file=file,
    )
    settings = surroundings(context).settings()
    finish(context, add_agent(new, settings, replace=replace, to_stdout=not as_json))


@agents.command("test")
def try_out(
    context: typer.Context,
    agent: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE",
            help="demo, the name of a saved agent, a file (YAML or JSON), http(s)://... of a "
            "runner, or ws(s)://... of a room.",
        ),
    ],
    body: Body = None,
    token_env: TokenEnv = None,
    as_json: AsJson = False,
) -> None:
    """Try each step of the way to an agent: a session is started and stopped, nothing is said.

    Exit code: 0 every step done; 1 the agent failed once it was reached; 2 it was not reached; 3
    trouble of Ringback itself.
    """
    from harness.cli._test_agent import run_test

    report = run_test(
        surroundings(context), agent=agent, body=body, token_env=token_env, to_stderr=as_json
    )
    finish(context, report, report["exit_code"])


@agents.command()
def remove(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Remove a saved agent; `restore` brings it back."""
    from harness.cli._saved_agents import remove_agent

    finish(context, remove_agent(name, surroundings(context).settings(), to_stdout=not as_json))


@agents.command()
def restore(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Bring a removed agent back."""
    from harness.cli._saved_agents import restore_agent

    finish(context, restore_agent(name, surroundings(context).settings(), to_stdout=not as_json))


@agents.command("import")
def bring_in(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="YAML or JSON, one agent or several, or an agent of Preclinical; - is standard "
            "input. Plain secrets are moved to a file only you can read.",
        ),
    ],
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Save the agents of files, all of them or none."""
    from harness.cli._new_agent import import_agents

    settings = surroundings(context).settings()
    finish(context, import_agents(files, settings, replace=replace, to_stdout=not as_json))


@agents.command("export")
def hand_out(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="All if none is given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print saved agents as YAML (or JSON), to be read by `import`; no secret is in it."""
    from harness.cli._saved_agents import export_agents

    settings = surroundings(context).settings()
    finish(context, export_agents(names or (), settings, to_stdout=not as_json))
