"""Commands about runs of suites, and what is handed on of runs and calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli._group import finish, surroundings
from harness.cli._options import AsJson, HideName, KeepPersonal

__all__ = ["commands"]

commands = typer.Typer()


@commands.command()
def run(
    context: typer.Context,
    suite: Annotated[
        str, typer.Argument(metavar="[SUITE]", help="A name (see: ringback suites), or a file.")
    ] = "",
    resume: Annotated[
        str, typer.Option(metavar="RUN", help="Go on with a run that was stopped or interrupted.")
    ] = "",
    rerun_failed: Annotated[
        str, typer.Option(metavar="RUN", help="Call again, in a new run, what did not pass.")
    ] = "",
    agent: Annotated[
        str, typer.Option(help="In place of the suite's agents; as for ringback call.")
    ] = "",
    repeat: Annotated[
        int | None, typer.Option(min=1, max=100, help="Calls of each combination.")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Most calls at once.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of simulated persons and of shuffling.")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Only scenarios of that name; several times."),
    ] = None,
    label: Annotated[str, typer.Option(help="What you call this run.")] = "",
    agent_version: Annotated[str, typer.Option(help="What you call the agent's version.")] = "",
    baseline: Annotated[
        str,
        typer.Option(
            metavar="RUN|pinned|last|none",
            help="What to compare with; without it the pinned run, else the last finished one.",
        ),
    ] = "",
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE",
            help="check, pass-rate<0.9, p50>1.5, p95>2.0, no-answer>0, regression, flip or never; "
            "several times. In place of the suite's.",
        ),
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(min=1, help="Seconds after which no further call begins.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the calls.")] = False,
    report: Annotated[
        str,
        typer.Option(
            metavar="FORMATS",
            help="Write reports at the end: html, json, csv, junit, md, bundle; commas between.",
        ),
    ] = "",
    out: Annotated[Path, typer.Option(help="The folder reports are written to.")] = Path("results"),
    keep_personal: Annotated[
        bool, typer.Option("--keep-personal", help="Hide secrets only in reports.")
    ] = False,
    audio: Annotated[
        bool, typer.Option("--audio", help="Put the calls' sound into the HTML report.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Place the calls of a suite, a few at a time, and tell what became of them.

    Exit code, the first that holds: 3 trouble of Ringback itself; 2 no verdict possible, or the run
    was not carried through; 1 a rule of --fail-on holds, or the goal is missed; 0.
    """
    from harness.cli._run_suite import Wanted, run_suite

    wanted = Wanted(
        suite=suite,
        resume=resume,
        rerun_failed=rerun_failed,
        agent=agent,
        repeat=repeat,
        concurrency=concurrency,
        seed=seed,
        only=only or (),
        label=label,
        version=agent_version,
        baseline=baseline,
        fail_on=fail_on or (),
        time_limit_s=time_limit,
        dry_run=dry_run,
        report=report,
        out=out,
        keep_personal=keep_personal,
        audio=audio,
    )
    result = run_suite(wanted, surroundings(context), to_stdout=not as_json)
    finish(context, result, result["exit_code"])


@commands.command()
def runs(
    context: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Show this one: its id.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the runs of the past, or show one of them."""
    from harness.cli._list_runs import list_runs

    settings = surroundings(context).settings()
    finish(context, list_runs(settings, run, limit, to_stdout=not as_json))


@commands.command()
def compare(
    context: typer.Context,
    a: Annotated[str, typer.Argument(help="The run or call that was before: its id.")],
    b: Annotated[str, typer.Argument(help="The run or call that is looked at.")],
    as_json: AsJson = False,
) -> None:
    """Tell what two runs, or two calls, differ by, and what the data cannot tell."""
    from harness.cli._compare import compare as compare_both

    settings = surroundings(context).settings()
    finish(context, compare_both(a, b, settings, to_stdout=not as_json))


@commands.command()
def report(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="RUN|CALL", help="Its id.")],
    formats: Annotated[
        str, typer.Option("--format", help="html, json, csv, junit, md, bundle; commas between.")
    ] = "html",
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("results"),
    hide_name: HideName = None,
    keep_personal: KeepPersonal = False,
    title: Annotated[str, typer.Option(help="In place of the run's or the call's own.")] = "",
    audio: Annotated[
        bool, typer.Option("--audio", help="Put the calls' sound into the HTML report.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a run or a call as files that anyone can open, with personal data hidden."""
    from harness.cli._reports import report as write

    result = write(
        id,
        surroundings(context).settings(),
        formats=formats,
        folder=out,
        names=hide_name or (),
        personal=keep_personal,
        title=title,
        audio=audio,
        to_stdout=not as_json,
    )
    finish(context, result)


@commands.command("export")
def export_bundle(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="RUN|CALL", help="Its id.")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; the id with .ringback without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a run or a call with all its files, to be imported into another Ringback.

    Secrets are taken out; what was said stays in it as it was, names and numbers too.
    """
    from harness.cli._bundle import export

    settings = surroundings(context).settings()
    finish(context, export(id, settings, out, to_stdout=not as_json))


@commands.command("import")
def import_bundle(
    context: typer.Context,
    file: Annotated[list[Path], typer.Argument(help="What ringback export wrote; several.")],
    as_json: AsJson = False,
) -> None:
    """Take in the calls of bundles that another Ringback wrote."""
    from harness.cli._bundle import take_in

    settings = surroundings(context).settings()
    finish(context, take_in(file, settings, to_stdout=not as_json))
