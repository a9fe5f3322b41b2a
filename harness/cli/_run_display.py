"""A run while it goes on, on standard error; and what became of it, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from harness.calls import CallView, RunSummary
from harness.cli._checks import verdict_text
from harness.cli._run_gates import Gate
from harness.cli._terminal import Terminal, new_table, print_table
from harness.cli._words import clean, seconds
from harness.nouns import Call, RunPlan, RunProgress, RunState

__all__ = ["STATES", "RunBars", "cells_table", "plan_table", "print_outcome"]

STATES = {
    None: "",
    RunState.RUNNING: "Running",
    RunState.STOPPING: "Stopping",
    RunState.DONE: "Finished",
    RunState.STOPPED: "Stopped early",
    RunState.CANCELLED: "Cancelled",
    RunState.INTERRUPTED: "Interrupted",
}


class RunBars:
    """How far a run has come: a bar and the calls under way, and a line for each that ended."""

    def __init__(self) -> None:
        self._terminal = Terminal(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=self._terminal,
            transient=True,
            disable=not self._terminal.is_terminal,
        )
        self._calls = self._bars.add_task("Calls", total=None, left="")
        self._live = self._bars.add_task("", total=None, left="", visible=False)
        self._told: set[str] = set()
        self._said = ""

    def start(self) -> None:
        """Take the terminal."""
        self._bars.start()

    def stop(self) -> None:
        """Give the terminal back."""
        self._bars.stop()

    def preparing(self, sentences: Sequence[str]) -> None:
        """Say what is being prepared, each once."""
        if sentences and sentences[-1] != self._said:
            self._said = sentences[-1]
            self._terminal.print(Text(clean(self._said), "dim"))

    def hanging_up(self) -> None:
        """Say that the wish to stop was understood."""
        self._terminal.print("Cancelling the run; once more Ctrl-C ends at once.")

    def show(self, view: CallView) -> None:
        """Nothing: calls are told when they have ended."""

    def progress(self, now: RunProgress) -> None:
        """Move the bar."""
        total = now.queued + len(now.live) + now.done
        left = "" if now.eta_s is None else f"about {now.eta_s / 60:.0f} min left"
        self._bars.update(self._calls, total=total, completed=now.done, left=left)
        names = ", ".join(clean(f"{call.scenario} · {call.agent}") for call in now.live)
        self._bars.update(self._live, description=names, visible=bool(names))

    def ended(self, calls: Sequence[Call], total: int) -> None:
        """Tell of the calls that have ended since the last time."""
        for call in calls:
            if call.id not in self._told and call.state.is_final:
                self._told.add(call.id)
                why = f"  {call.failure.message}" if call.failure is not None else ""
                self._terminal.print(
                    Text.assemble(
                        f"{len(self._told):>4}/{total}  ",
                        verdict_text(call.verdict),
                        clean(f"  {call.scenario} · {call.agent}  {seconds(call.duration_s)}{why}"),
                    ),
                    soft_wrap=True,
                )


def plan_table(plan: RunPlan) -> None:
    """Print what a plan calls, and how often."""
    often: dict[tuple[str, str, str], int] = {}
    for item in plan.items:
        key = (item.agent, item.scenario, item.caller)
        often[key] = often.get(key, 0) + 1
    table = new_table("scenario", "agent", "caller", "calls")
    for (agent, scenario, caller), number in often.items():
        table.add_row(Text(clean(scenario)), Text(clean(agent)), Text(clean(caller)), str(number))
    print_table(table)


def cells_table(summary: RunSummary) -> None:
    """Print the scenarios of a run with what became of their calls."""
    table = new_table("scenario", "agent", "caller", "passed", "p50", "p95", "no answer", "failed")
    for cell in summary.cells:
        failed = ", ".join(f"{name} ({number})" for name, number in cell.failures.items())
        table.add_row(
            Text(clean(cell.scenario)),
            Text(clean(cell.agent)),
            Text(clean(cell.caller)),
            f"{cell.passed} of {cell.passed + cell.failed}"
            + (f", {cell.not_run} not run" if cell.not_run else ""),
            seconds(cell.p50_s),
            seconds(cell.p95_s),
            str(cell.no_answer),
            Text(clean(failed or "–")),
        )
    print_table(table)


def print_outcome(summary: RunSummary, gates: Sequence[Gate], more: Sequence[str]) -> None:
    """Print table, figures, what the rules say and the state of a run."""
    cells_table(summary)
    terminal = Terminal()

    def line(*parts: Any) -> None:
        terminal.print(Text.assemble(*parts), soft_wrap=True)

    line()
    line(f"{summary.rate.sentence}.")
    line(
        f"Heard latency: half within {_with_bounds(summary.p50)}, "
        f"95 % within {_with_bounds(summary.p95)}. "
        f"{summary.no_answer} of {summary.turns} turns got no answer."
    )
    for sentence in more:
        line(clean(sentence))
    marks = {True: ("✗ ", "red"), False: ("✓ ", "green"), None: ("? ", "yellow")}
    for gate in gates:
        line(marks[gate.holds], f"{gate.rule}: {clean(gate.sentence)}")
    reason = f" {clean(summary.head.stop_reason)}" if summary.head.stop_reason else ""
    line((f"{STATES[summary.head.state]}.", "bold"), f"{reason}  {summary.head.id}")


def _with_bounds(figure: Any) -> str:
    if figure.low is None or figure.high is None:
        return seconds(figure.value)
    return f"{seconds(figure.value)} (95 % interval {figure.low:.2f} to {figure.high:.2f} s)"
