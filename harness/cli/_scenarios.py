"""``ringback scenarios``: the commands. What they need is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.cli._group import finish, surroundings
from harness.cli._options import AsJson

__all__ = ["scenarios"]

Folder = Annotated[
    Path | None,
    typer.Option(help="Write them there, under names that are free; without it they are printed."),
]
Save = Annotated[
    bool, typer.Option("--save", help="Keep them among your own scenarios, as the page does.")
]

scenarios = typer.Typer(name="scenarios", invoke_without_command=True)


@scenarios.callback()
def list_scenarios(context: typer.Context, as_json: AsJson = False) -> None:
    """List the scenarios a call can be placed with; check, write or record some of your own."""
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


@scenarios.command()
def generate(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A text: a wish, a procedure, or the agent's own prompt; - is standard input. The "
            "language model gets it, and nothing else.",
        ),
    ],
    way: Annotated[
        Literal["script", "simulation"],
        typer.Option(help="Written line by line, or a simulated person each."),
    ] = "script",
    kind: Annotated[
        list[str] | None,
        typer.Option(
            help="How to vary, several times: happy, goal, mood, data, correction, edge, refusal. "
            "Without it in all these ways."
        ),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=12, help="How many.")] = 4,
    model: Annotated[
        str | None,
        typer.Option(help="Name of the language model (see: ringback judges), else the usual one."),
    ] = None,
    folder: Folder = None,
    save: Save = False,
    as_json: AsJson = False,
) -> None:
    """Have a language model write scenarios about a text. Look at them before you rely on them.

    Exit code: 1 if one of them cannot be used as it is, else 0.
    """
    from harness.cli._drafts import Put
    from harness.cli._generate_scenarios import Wanted, generate_scenarios

    wanted = Wanted(source, way, kind or (), count, model or "", Put(folder, save))
    result = generate_scenarios(wanted, surroundings(context).settings(), to_stdout=not as_json)
    finish(context, result, 0 if all(one["ok"] for one in result["scenarios"]) else 1)


@scenarios.command("from-call")
def record(
    context: typer.Context,
    call: Annotated[str, typer.Argument(metavar="CALL", help="Id of a call.")],
    expect: Annotated[
        Literal["usual", "all", "none"],
        typer.Option(
            help="What must hold from now on, of what the agent did and what its scenario asked: "
            "what is worth asking in nearly every scenario, all of it, or nothing."
        ),
    ] = "usual",
    title: Annotated[str | None, typer.Option(help="For people.")] = None,
    person: Annotated[
        Literal["audio", "text"],
        typer.Option(
            help="What a person said or played in the call: played again as it was recorded, or "
            "said by the caller's voice as far as the words are known."
        ),
    ] = "audio",
    folder: Folder = None,
    save: Save = False,
    as_json: AsJson = False,
) -> None:
    """Make a scenario of a call: what the caller did is its script."""
    from harness.cli._drafts import Put
    from harness.cli._scenario_of_call import Wanted, scenario_of_call

    wanted = Wanted(call, expect, title or "", person, Put(folder, save))
    finish(
        context,
        scenario_of_call(wanted, surroundings(context).settings(), to_stdout=not as_json),
    )
