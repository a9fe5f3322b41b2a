"""Commands about calls: to place one, and to see, find, judge and remove what was called."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.cli._group import finish, surroundings
from harness.cli._options import AsJson, Body, TokenEnv

__all__ = ["commands"]

commands = typer.Typer()


@commands.command()
def call(
    context: typer.Context,
    scenario: Annotated[
        str, typer.Option(help="Name of a scenario (see: ringback scenarios), or a file.")
    ],
    agent: Annotated[
        str,
        typer.Option(
            help="demo, the name of a saved agent (see: ringback agents), a file (YAML or JSON), "
            "http(s)://... of a runner, or ws(s)://... of a room."
        ),
    ] = "demo",
    body: Body = None,
    voice: Annotated[str | None, typer.Option(help="The caller's voice.")] = None,
    speed: Annotated[
        float | None, typer.Option(help="The caller's speed, 0.5 to 2.0; 1.0 is normal.")
    ] = None,
    runs: Annotated[
        int | None,
        typer.Option(
            min=1, max=100, help="How many calls, in place of what the scenario says (`runs`)."
        ),
    ] = None,
    token_env: TokenEnv = None,
    as_json: AsJson = False,
) -> None:
    """Place a call, or the several of a run, and follow them to their end.

    Exit code, of several calls the highest: 0 every required check met; 1 a check failed or the
    agent let the call down; 2 no verdict possible; 3 trouble of Ringback itself.
    """
    from harness.cli._call import run_call

    report = run_call(
        surroundings(context),
        agent=agent,
        scenario=scenario,
        body=body,
        voice=voice,
        speed=speed,
        runs=runs,
        token_env=token_env,
        to_stderr=as_json,
    )
    finish(context, report, report["exit_code"])


@commands.command()
def calls(
    context: typer.Context,
    call: Annotated[
        str | None, typer.Argument(metavar="[CALL]", help="Show this one: its id.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the calls of the past, or show one of them as `ringback call` did."""
    from harness.cli._list_calls import calls_as_json, print_calls, show_call, stored_calls

    if call is not None:
        settings = surroundings(context).settings()
        finish(context, show_call(call, settings, to_stdout=not as_json))
    found = stored_calls(surroundings(context).settings(), limit)
    if not as_json:
        print_calls(found)
    finish(context, calls_as_json(found))


@commands.command()
def find(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="[TEXT]", help="Words that were said, or of names and notes.")
    ] = "",
    agent: Annotated[str, typer.Option(help="The agent's title or name.")] = "",
    scenario: Annotated[str, typer.Option(help="The scenario's title.")] = "",
    outcome: Annotated[
        Literal["", "passed", "failed", "not_run", "running"],
        typer.Option(help="What became of it.", show_default=False),
    ] = "",
    failure: Annotated[str, typer.Option(help="Name of a check that failed.")] = "",
    tag: Annotated[str, typer.Option(help="A tag of it.")] = "",
    suite: Annotated[str, typer.Option(help="The suite of its run.")] = "",
    p95_over: Annotated[
        float | None, typer.Option(min=0, help="Heard latency, p95, above so many seconds.")
    ] = None,
    starred: Annotated[bool, typer.Option("--starred", help="Starred calls only.")] = False,
    since: Annotated[
        datetime | None, typer.Option(help="Placed then or later, by this computer's clock.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Placed before then.")] = None,
    sort: Annotated[
        Literal["newest", "oldest", "slowest", "longest"], typer.Option(help="Which come first.")
    ] = "newest",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find calls of the past by what was said, and by whatever else is known of them."""
    from harness.cli._find import find as find_calls
    from harness.cli._find import local
    from harness.nouns import CallQuery

    query = CallQuery(
        text=text,
        agent=agent,
        scenario=scenario,
        suite=suite,
        tag=tag,
        failure=failure,
        outcome=outcome,
        p95_over_s=p95_over,
        starred=True if starred else None,
        since=local(since),
        until=local(until),
        sort=sort,
        limit=limit,
    )
    settings = surroundings(context).settings()
    finish(context, find_calls(settings, query, to_stdout=not as_json))


@commands.command()
def regrade(
    context: typer.Context,
    call: Annotated[
        str, typer.Argument(metavar="CALL", help="Id of a call (see: ringback calls).")
    ],
    judge: Annotated[
        str,
        typer.Option(
            metavar="NAME[,NAME]",
            help="Who judges (see: ringback judges list); the usual one if not given.",
        ),
    ] = "",
    repeats: Annotated[
        int, typer.Option(min=1, max=9, help="How often each judge is asked; the majority decides.")
    ] = 1,
    criteria: Annotated[
        Path | None,
        typer.Option(help="A YAML file with `checks:`, in place of the scenario's own."),
    ] = None,
    criterion: Annotated[
        list[str] | None, typer.Option(help="What must hold, in words; several times.")
    ] = None,
    label: Annotated[str, typer.Option(help="For people, to tell versions apart.")] = "",
    as_json: AsJson = False,
) -> None:
    """Judge a stored call once more, without calling again; the result is kept beside the call.

    Exit code: 0 every required check met; 1 one failed; 2 no verdict possible; 3 a judge failed.
    """
    from harness.cli._regrade import Wanted, run_regrade

    wanted = Wanted(
        call=call,
        judges=judge,
        repeats=repeats,
        criteria=criteria,
        criterion=criterion or (),
        label=label,
    )
    result = run_regrade(wanted, surroundings(context).settings(), to_stdout=not as_json)
    finish(context, result, result["exit_code"])


@commands.command()
def clean(
    context: typer.Context,
    keep_days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="Remove calls that are older.")
    ] = None,
    keep_gb: Annotated[
        float | None,
        typer.Option(min=0, help="Remove the oldest until calls take no more (10^9 bytes)."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Remove them for good; without it they are only listed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell which old calls are beyond a limit, and remove them with --yes.

    Without a limit: by the one that was set in Settings. Starred calls, calls of starred runs and
    baselines, and calls under way always stay.
    """
    from harness.cli._clean import clean as clean_up

    settings = surroundings(context).settings()
    result = clean_up(
        settings, keep_days=keep_days, keep_gb=keep_gb, yes=yes, to_stdout=not as_json
    )
    finish(context, result)
