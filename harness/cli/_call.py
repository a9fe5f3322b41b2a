"""``ringback call``: from what was typed to the report."""

from __future__ import annotations

from typing import Any

from harness.calls import CallRequest, CallView
from harness.cli._choose import choose_agent, choose_caller, read_body
from harness.cli._place import place_and_follow_run
from harness.cli._surroundings import Surroundings
from harness.cli._terminal import Terminal
from harness.cli._transcript import Transcript
from harness.nouns import Scenario
from harness.report import call_report, run_report
from harness.scenarios import find_scenario
from harness.settings import Settings
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
    runs: int | None,
    token_env: str | None,
    to_stderr: bool,
) -> dict[str, Any]:
    """Place the call, or those of a run; see `ringback call --help` for what was typed.

    Args:
        around: Settings and engine.
        agent: demo, a name or an address.
        scenario: A name or a file.
        body: JSON text.
        voice: In place of the scenario's.
        speed: In place of the scenario's.
        runs: How many calls, in place of what the scenario says.
        token_env: Variable with a room's token.
        to_stderr: Whether standard output is kept for the report.

    Returns:
        The report; see :func:`harness.report.call_report`, and of several calls
        :func:`harness.report.run_report`.

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
    shown = _Shown(transcript, settings, script)
    engine = around.engine(settings, chosen)
    transcript.warn(engine.machine().sentence)
    views = place_and_follow_run(engine, request, shown, runs)
    if len(views) == 1:
        return shown.reports[0]
    transcript.end_run(views)
    return run_report(views, shown.reports)


class _Shown:
    """Shows the calls of a run, and keeps the report of each.

    Attributes:
        reports: Of the calls that have ended.
    """

    def __init__(self, transcript: Transcript, settings: Settings, script: Scenario) -> None:
        self._transcript = transcript
        self._settings = settings
        self._script = script
        self.preparing = transcript.preparing
        self.hanging_up = transcript.hanging_up
        self.show = transcript.show
        self.stop = transcript.stop
        self.begin_call = transcript.begin_call
        self.reports: list[dict[str, Any]] = []

    def end_call(self, view: CallView) -> None:
        """Print checks, figures and verdict."""
        paths = Artifacts.of(self._settings, view.call_id)
        report = call_report(view, paths, self._script)
        self._transcript.end(view, report["recording"], self._script)
        self.reports.append(report)
