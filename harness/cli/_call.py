"""``ringback call``: from what was typed to the report."""

from __future__ import annotations

from typing import Any

from harness.calls import CallRequest
from harness.cli._choose import choose_agent, choose_caller, read_body
from harness.cli._place import place_and_follow
from harness.cli._report import call_report
from harness.cli._surroundings import Surroundings
from harness.cli._terminal import Terminal
from harness.cli._transcript import Transcript
from harness.scenarios import find_scenario
from harness.store import Artifacts

__all__ = ["run_call"]


def run_call(
    around: Surroundings,
    *,
    agent: str,
    scenario: str,
    body: str | None,
    voice: str | None,
    speed: float | None,
    token_env: str | None,
    to_stderr: bool,
) -> dict[str, Any]:
    """Place the call and follow it; see `ringback call --help` for what was typed.

    Args:
        around: Settings and engine.
        agent: demo, a name or an address.
        scenario: A name or a file.
        body: JSON text.
        voice: In place of the scenario's.
        speed: In place of the scenario's.
        token_env: Variable with a room's token.
        to_stderr: Whether standard output is kept for the report.

    Returns:
        The report; see :func:`harness.cli._report.call_report`.

    Raises:
        RingbackError: No call could be placed.
        KeyboardInterrupt: Stopped before it was placed.
    """
    settings = around.settings()
    session_body = read_body(body)
    chosen = choose_agent(agent, settings, body=session_body, token_env=token_env)
    script = find_scenario(scenario)
    caller = choose_caller(script.caller, voice=voice, speed=speed)
    request = CallRequest(agent=chosen, scenario=script, caller=caller)
    transcript = Transcript(Terminal(stderr=to_stderr))
    transcript.begin(chosen, script)
    engine = around.engine(settings, chosen)
    transcript.warn(engine.machine().sentence)
    view = place_and_follow(engine, request, transcript)
    report = call_report(view, Artifacts.of(settings, view.call_id), script)
    transcript.end(view, report["recording"])
    return report
