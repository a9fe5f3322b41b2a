"""Commands about this computer: the console, what it lacks, how accurate it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.cli._group import finish, surroundings
from harness.cli._options import AsJson

__all__ = ["commands"]

commands = typer.Typer()


@commands.command()
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


@commands.command()
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


@commands.command()
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


@commands.command("cloud-emulator")
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


@commands.command()
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
