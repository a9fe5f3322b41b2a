"""``ringback agents test``: each step of the way to an agent, told as it is done."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from harness.agents import SessionDetails
from harness.calls import CallRequest, CallView, ConnectionStep
from harness.cli._choose import choose_agent, read_body
from harness.cli._connection_report import connection_report, took_s, trouble_of
from harness.cli._place import place_and_follow
from harness.cli._progress import Progress
from harness.cli._surroundings import Surroundings
from harness.cli._terminal import Terminal, print_problem
from harness.cli._words import clean, seconds
from harness.nouns import Agent, CallState

__all__ = ["run_test"]

_MARKS = {"done": ("✓", "green"), "skipped": ("○", "dim"), "failed": ("✗", "bold red")}
_COLUMN = 29


def run_test(
    around: Surroundings, *, agent: str, body: str | None, token_env: str | None, to_stderr: bool
) -> dict[str, Any]:
    """Test the connection to an agent; see `ringback agents test --help` for what was typed.

    Args:
        around: Settings and engine.
        agent: demo, a name, a file or an address.
        body: JSON text.
        token_env: Variable with a room's token.
        to_stderr: Whether standard output is kept for the report.

    Returns:
        The report; see :func:`harness.cli._connection_report.connection_report`.

    Raises:
        RingbackError: Nothing could be tried.
        KeyboardInterrupt: Stopped before it began.
    """
    settings = around.settings()
    chosen = choose_agent(agent, settings, body=read_body(body), token_env=token_env)
    steps = _Steps(Terminal(stderr=to_stderr))
    steps.begin(chosen)
    request = CallRequest(agent=chosen, purpose="test")
    view = place_and_follow(around.engine(settings, chosen), request, steps)
    steps.end(view)
    return connection_report(view)


class _Steps(Progress):
    """Prints each step once it is over, and what is new beside."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal, margin="  ", stopping="Cancelling.")
        self._told: set[str] = set()
        self._warned = 0
        self._waited = 0

    def begin(self, agent: Agent) -> None:
        """Say what is going to happen."""
        self._print(
            Text.assemble("Testing the way to ", (clean(agent.title or agent.name), "bold"))
        )

    def show(self, view: CallView) -> None:
        """Print the steps that are over by now, in their order."""
        for wait in view.waits[self._waited :]:
            self._print(Text(f"  … {clean(wait)}", "yellow"))
        self._waited = len(view.waits)
        why = view.failure.message if view.failure else None
        for step in view.steps:
            if step.status == "running" and not view.state.is_final:
                self._spin(f"{step.title} …")
            elif step.status in _MARKS and step.name not in self._told:
                self._told.add(step.name)
                self._step(step, why)
        for warning in view.warnings[self._warned :]:
            self._print(Text(f"  {clean(warning)}", "yellow"))
        self._warned = len(view.warnings)

    def end(self, view: CallView) -> None:
        """Print what became of the test."""
        self._status.stop()
        if view.session is not None and (told := _session(view.session)):
            self._print(Text(f"  Session: {clean(told)}", "dim"))
        trouble = trouble_of(view)
        took = f" in {seconds(took_s(view))}"
        if trouble is None:
            self._print(Text.assemble("\n", ("✓ Works", "bold green"), took))
            return
        failed = next((step for step in view.steps if step.status == "failed"), None)
        if failed is not None:
            self._print(Text.assemble("\n", (f"✗ Failed: {failed.title}", "bold red"), took))
        else:
            word = "Cancelled" if view.state is CallState.CANCELLED else "Not carried through"
            self._print(Text.assemble("\n", (f"○ {word}", "bold"), took))
        print_problem(self._terminal, trouble)

    def _step(self, step: ConnectionStep, why: str | None) -> None:
        mark, style = _MARKS[step.status]
        took = "" if step.status == "skipped" else seconds(step.took_s)
        # Why a step failed is told in full at the end.
        note = "" if step.status == "failed" and why in (None, step.note) else clean(step.note)
        line = Text.assemble((f"  {mark} ", style), f"{step.title:<{_COLUMN}}{took:>8}")
        if note:
            line.append(f"  {note}", "dim")
        line.rstrip()
        self._print(line)


def _session(details: SessionDetails) -> str:
    """What the platform told of the session, as far as it did."""
    parts = []
    if details.cold_start is not None:
        parts.append("cold start" if details.cold_start else "warm start")
    if details.boot_s is not None:
        parts.append(f"booted in {seconds(details.boot_s)}")
    if details.completion:
        parts.append(details.completion)
    if details.cpu:
        parts.append("cores " + ", ".join(f"{k} {v:.2f}" for k, v in details.cpu.items()))
    if details.memory:
        parts.append("MB " + ", ".join(f"{k} {v / 1e6:.0f}" for k, v in details.memory.items()))
    return ", ".join(parts)
