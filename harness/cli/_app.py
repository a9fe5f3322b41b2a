"""The commands. What they need is imported when they run: ``ringback --help`` answers at once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from harness import __version__
from harness.cli._agents import agents
from harness.cli._conversation import conversation
from harness.cli._group import Group, finish, surroundings
from harness.cli._judges import judges
from harness.cli._options import AsJson, Body, HideName, KeepPersonal, TokenEnv
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


@app.command()
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


@app.command()
def console(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port to listen at; the next free one if busy.")
    ] = 8501,
    open_browser: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    address: Annotated[
        str,
        typer.Option(
            help="Address to listen at. Beyond this computer it places calls only behind a login: "
            "RINGBACK_BEHIND_LOGIN=1."
        ),
    ] = "127.0.0.1",
    certificate: Annotated[
        Path | None,
        typer.Option(help="PEM file: speak HTTPS, without which browsers give no microphone."),
    ] = None,
    key: Annotated[Path | None, typer.Option(help="PEM file of the certificate's key.")] = None,
) -> None:
    """Start the console, the page in the browser, on this computer only unless told otherwise."""
    from harness.cli._console import Listening, run_console

    run_console(Listening(port, address, certificate, key), open_browser=open_browser)


@app.command()
def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Say what this computer has and lacks, and how to mend it."""
    import asyncio
    from dataclasses import asdict

    from harness.local import doctor as examine
    from harness.local import findings_as_text

    findings = asyncio.run(examine(surroundings(context).settings()))
    if not as_json:
        typer.echo(findings_as_text(findings))
    missing = any(finding.status == "missing" for finding in findings)
    finish(context, {"findings": [asdict(finding) for finding in findings]}, 2 if missing else 0)


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command("export")
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


@app.command("import")
def import_bundle(
    context: typer.Context,
    file: Annotated[list[Path], typer.Argument(help="What ringback export wrote; several.")],
    as_json: AsJson = False,
) -> None:
    """Take in the calls of bundles that another Ringback wrote."""
    from harness.cli._bundle import take_in

    settings = surroundings(context).settings()
    finish(context, take_in(file, settings, to_stdout=not as_json))


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def calibrate(
    context: typer.Context,
    turns: Annotated[
        int, typer.Option(min=4, max=400, help="Turns with a known delay; 3 to 4 seconds each.")
    ] = 12,
    livekit_url: Annotated[
        str | None,
        typer.Option(help="A LiveKit server of yours (ws:// or wss://); Ringback's own if not."),
    ] = None,
    key_env: Annotated[
        str, typer.Option(help="Environment variable with its API key.")
    ] = "LIVEKIT_API_KEY",
    secret_env: Annotated[
        str, typer.Option(help="Environment variable with its API secret.")
    ] = "LIVEKIT_API_SECRET",
    as_json: AsJson = False,
) -> None:
    """Measure how accurate the caller is on this computer, with an agent whose delay is known.

    The result is kept, and calls from then on show it beside their latencies. Exit code: 0 done;
    2 it cannot be run; 3 the agent could not be called, or the computer was too busy.
    """
    from harness.cli._calibrate import Server, run_calibrate

    server = Server(livekit_url, key_env, secret_env) if livekit_url is not None else None
    settings = surroundings(context).settings()
    report = run_calibrate(settings, turns, server, to_stderr=as_json)
    finish(context, report, report["exit_code"])


@app.command("cloud-emulator")
def cloud_emulator(
    context: typer.Context,
    agent: Annotated[
        list[str] | None,
        typer.Option(help="NAME=path/to/bot.py, several times; the demo front desk if not given."),
    ] = None,
    public_key: Annotated[
        str | None, typer.Option(help="Starts sessions; made and printed if not given.")
    ] = None,
    private_key: Annotated[
        str | None, typer.Option(help="Looks at and ends them; made and printed if not given.")
    ] = None,
    max_sessions: Annotated[
        int, typer.Option(min=1, max=50, help="Sessions at once, of each agent.")
    ] = 2,
    max_session_duration: Annotated[
        float, typer.Option(min=1, max=14400, help="Seconds after which a session is cut.")
    ] = 7200,
    answer: Annotated[
        Literal["url", "livekit", "snake", "room_url", "nested", "none", "daily"],
        typer.Option(help="How a start answer tells where the room is: see docs/agents."),
    ] = "url",
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port to listen at; the next free one if busy.")
    ] = 7400,
    org: Annotated[str, typer.Option(help="The account's organization.")] = "ringback",
) -> None:
    """Run a Pipecat Cloud emulator on this computer, with bot files of yours."""
    from harness.cli._cloud_emulator import EmulatorOptions, run_cloud_emulator

    options = EmulatorOptions(
        agents=agent or (),
        public_key=public_key,
        private_key=private_key,
        max_sessions=max_sessions,
        max_session_s=max_session_duration,
        style=answer,
        port=port,
        organization=org,
    )
    run_cloud_emulator(surroundings(context).settings(), options)


@app.command()
def schema(
    of: Annotated[
        Literal["call", "calibration", "run"], typer.Argument(help="Of which command's result.")
    ] = "call",
    run: Annotated[
        bool, typer.Option("--run", help="Of a run of several calls, not of one call.")
    ] = False,
) -> None:
    """Print the JSON schema of what `ringback call --json` and `calls CALL --json` print.

    With `calibration`: of what `ringback calibrate --json` prints; with `run`: of
    `ringback run SUITE --json` and `ringback runs RUN --json`.
    """
    import json

    if of == "calibration":
        from harness.cli._calibrate import calibration_schema

        typer.echo(json.dumps(calibration_schema(), indent=2))
        return
    from harness.report import call_schema, run_schema, suite_schema

    if of == "run":
        typer.echo(json.dumps(suite_schema(), indent=2))
        return
    typer.echo(json.dumps(run_schema() if run else call_schema(), indent=2))
