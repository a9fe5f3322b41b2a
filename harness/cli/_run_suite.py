"""``ringback run``: from a suite to what became of its calls."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.text import Text

from harness.calls import Archive, RunComparison, RunSummary, baseline_of, compare_runs
from harness.cli._choose import choose_agent
from harness.cli._place import CallEngine, Interrupts, patiently
from harness.cli._reports import sound_progress
from harness.cli._run_display import RunBars, plan_table, print_outcome
from harness.cli._run_gates import exit_code, judge, read_rules
from harness.cli._surroundings import Surroundings
from harness.cli._terminal import Terminal
from harness.errors import InputError, RunNotOpen
from harness.nouns import Agent, RunHead, RunPlan, RunState
from harness.report import (
    GateReport,
    ReportOptions,
    prepare_folder,
    read_formats,
    suite_report,
    write_reports,
)
from harness.scenarios import load_suite, plan_of
from harness.settings import Settings
from harness.store import Store

__all__ = ["Wanted", "run_suite"]

_TICK_S = 0.2
_HERE = ("demo", "bot_file")
_MEASURING_S = 10.0
"""So long the command waits, before reports are written, for recordings to be measured."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed; see `ringback run --help`."""

    suite: str = ""
    resume: str = ""
    rerun_failed: str = ""
    agent: str = ""
    repeat: int | None = None
    concurrency: int | None = None
    seed: int | None = None
    only: Sequence[str] = ()
    label: str = ""
    version: str = ""
    baseline: str = ""
    fail_on: Sequence[str] = ()
    time_limit_s: float | None = None
    dry_run: bool = False
    report: str = ""
    out: Path = Path("results")
    keep_personal: bool = False
    audio: bool = False


def run_suite(wanted: Wanted, around: Surroundings, *, to_stdout: bool) -> dict[str, Any]:
    """Place the calls of a suite, or go on with a run, and tell what became of them.

    Returns:
        What ``--json`` prints, with `exit_code`.

    Raises:
        RingbackError: Nothing could be placed.
        KeyboardInterrupt: Stopped before anything was placed.
    """
    if sum(map(bool, (wanted.suite, wanted.resume, wanted.rerun_failed))) != 1:
        raise InputError(
            "Name a suite, or a run to resume or to repeat: one of them.",
            remedy="ringback run smoke, ringback run --resume RUN, or "
            "ringback run --rerun-failed RUN",
        )
    settings = around.settings()
    plan = _plan(wanted, settings)
    rules = read_rules(wanted.fail_on or plan.fail_on)
    formats = (
        read_formats(wanted.report, personal=not wanted.keep_personal) if wanted.report else ()
    )
    if wanted.dry_run:
        if to_stdout:
            plan_table(plan)
            Terminal().print(f"{len(plan.items)} calls; nothing was placed.")
        return {"planned": [item.slot for item in plan.items], "exit_code": 0}
    slots = settings.concurrency or max(1, (os.cpu_count() or 2) - 1)
    notes = Terminal(stderr=True)
    if plan.concurrency is not None and plan.concurrency > slots:
        notes.print(
            f"{plan.concurrency} calls at once are wanted; this computer carries {slots} "
            "(RINGBACK_CONCURRENCY raises it, and may spoil latencies)."
        )
    if formats:
        prepare_folder(wanted.out)  # what cannot be written is better known before anybody calls
    engine = around.engine(settings, _main_agent(plan))
    if warning := engine.machine().sentence:
        notes.print(warning)
    summary, comparison, against = _carry(engine, wanted, plan)
    gates = judge(rules, summary, comparison)
    code = exit_code(summary, gates)
    if to_stdout:
        more = []
        if comparison is not None and against is not None:
            more = [f"Compared with {against.id}: {comparison.sentence}", *comparison.warnings]
        print_outcome(summary, gates, more)
    told = tuple(
        GateReport(rule=gate.rule, holds=gate.holds, sentence=gate.sentence) for gate in gates
    )
    compared = comparison.sentence if comparison is not None else None
    sentence = f"Compared with {against.id}: {compared}" if against and compared else ""
    written = _reports(wanted, formats, settings, summary.head.id, told, sentence)
    if to_stdout:
        for path in written.values():
            Terminal().print(Text(path), soft_wrap=True)
    return suite_report(
        summary,
        gates=told,
        baseline=against.id if against is not None else None,
        comparison=compared,
        reports=written,
        exit_code=code,
    )


def _reports(
    wanted: Wanted,
    formats: Sequence[str],
    settings: Settings,
    run_id: str,
    gates: tuple[GateReport, ...],
    compared: str,
) -> dict[str, str]:
    """Write what was asked for; the path of each format."""
    if not formats:
        return {}
    options = ReportOptions(
        personal=not wanted.keep_personal, audio=wanted.audio, gates=gates, compared=compared
    )
    store = Store.open(settings)
    try:
        archive = Archive(store, settings)
        with sound_progress(options) as told:
            written = write_reports(archive, run_id, formats, wanted.out, told)
    finally:
        store.close()
    return {name: str(path) for name, path in written.items()}


def _plan(wanted: Wanted, settings: Settings) -> RunPlan:
    if not wanted.suite:
        given = (wanted.agent, wanted.repeat, wanted.concurrency, wanted.seed, wanted.only)
        more = (wanted.label, wanted.version, wanted.time_limit_s)
        if any(value for value in (*given, *more)):
            raise InputError(
                "A run that is there already keeps its plan.",
                remedy="Leave out what changes it, or run its suite again.",
            )
        run_id = wanted.resume or wanted.rerun_failed
        store = Store.open(settings)
        try:
            plan = Archive(store, settings).plan(run_id)
        finally:
            store.close()
        if plan is None:
            raise RunNotOpen(
                "The run has no plan.",
                cause="Its calls were placed one by one.",
                remedy="Run a suite: ringback suites lists them.",
            )
        return plan
    suite = load_suite(wanted.suite)
    for sentence in suite.notes:
        Terminal(stderr=True).print(sentence)
    plan = plan_of(
        suite,
        lambda text: choose_agent(text, settings, body=None, token_env=None),
        agent=wanted.agent,
        repeat=wanted.repeat,
        concurrency=wanted.concurrency,
        seed=wanted.seed,
        only=wanted.only,
    )
    changes: dict[str, Any] = {"label": wanted.label, "version": wanted.version}
    if wanted.time_limit_s is not None:
        changes["time_limit_s"] = wanted.time_limit_s
    return plan.model_copy(update=changes)


def _main_agent(plan: RunPlan) -> Agent:
    """The one to have ready first: what is run on this computer takes longest."""
    agents = list(plan.agents.values())
    return next((agent for agent in agents if agent.provider in _HERE), agents[0])


def _carry(
    engine: CallEngine, wanted: Wanted, plan: RunPlan
) -> tuple[RunSummary, RunComparison | None, RunHead | None]:
    """Start the engine, carry the run to its end, and compare it, while the engine runs."""
    bars, interrupts = RunBars(), Interrupts()
    with interrupts:
        try:
            patiently(engine.start, engine, bars)
            if wanted.baseline not in ("", "pinned", "last", "none"):
                engine.archive.run(wanted.baseline)
            head = patiently(lambda: _begin(engine, wanted, plan), engine, bars)
            interrupts.can_hang_up = True
            _follow(engine, head, interrupts, bars)
            if wanted.report:
                _measured(engine, head.id)
            summary = engine.archive.summary(head.id)
            against = _baseline(engine.archive, summary.head, wanted.baseline)
            comparison = None
            if against is not None and summary.head.state is not RunState.INTERRUPTED:
                comparison = compare_runs(engine.archive, against.id, head.id)
            return summary, comparison, against
        finally:
            interrupts.can_hang_up = True
            engine.stop()


def _begin(engine: CallEngine, wanted: Wanted, plan: RunPlan) -> RunHead:
    if wanted.resume:
        return engine.resume_run(wanted.resume)
    if wanted.rerun_failed:
        return engine.rerun_failed(wanted.rerun_failed)
    return engine.start_run(plan)


def _follow(engine: CallEngine, head: RunHead, interrupts: Interrupts, bars: RunBars) -> None:
    """Show a run until it is over; the first Ctrl-C cancels it."""
    bars.start()
    try:
        while True:
            now = engine.run_progress(head.id)
            bars.preparing(engine.progress())
            bars.progress(now)
            bars.ended(engine.archive.calls_of(head.id), now.head.planned)
            if now.head.state is None or now.head.state.is_final:
                return
            if interrupts.take():
                bars.hanging_up()
                engine.cancel_run(head.id)
            time.sleep(_TICK_S)
    finally:
        bars.stop()


def _measured(engine: CallEngine, run_id: str) -> None:
    """Wait a little for the sound of the last calls: reports tell it."""
    until = time.monotonic() + _MEASURING_S
    for call in engine.archive.calls_of(run_id):
        engine.wait_measured(call.id, max(0.0, until - time.monotonic()))


def _baseline(archive: Archive, head: RunHead, wanted: str) -> RunHead | None:
    match wanted:
        case "none":
            return None
        case "":
            return baseline_of(archive, head)
        case "pinned":
            pinned = archive.store.baseline(head.suite) if head.suite else None
            return archive.run(pinned) if pinned is not None and pinned != head.id else None
        case "last":
            before = archive.runs(suite=head.suite) if head.suite else []
            return next(
                (
                    run
                    for run in before
                    if run.state is RunState.DONE and run.created_at < head.created_at
                ),
                None,
            )
    return archive.run(wanted)
