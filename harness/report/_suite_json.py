"""What ``ringback run --json`` and ``ringback runs RUN --json`` print of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import Field

from harness.calls import Cell, RunSummary, versions_of
from harness.report._check_json import ReportPart, rounded, schema_of

__all__ = ["GateReport", "SuiteReport", "suite_report", "suite_schema"]

VERSION: Final = 2
"""Of the report of a run; version 1 is that of ``ringback call`` with several calls."""


class GateReport(ReportPart):
    """A rule by which a run can fail."""

    rule: str = Field(description="As it was written; goal: a part of the suite's goal.")
    holds: bool | None = Field(description="Whether the run fails by it; null: it cannot be told.")
    sentence: str


class SuiteCellReport(ReportPart):
    """One agent with one scenario and one caller."""

    agent: str
    scenario: str
    caller: str
    planned: int
    passed: int
    failed: int
    not_run: int
    p50_s: float | None
    p95_s: float | None
    calls: list[str] = Field(description="Ids, by attempt; of one called again, the newest.")


class SuiteReport(ReportPart):
    """A run of a suite. Times in seconds, heard."""

    version: Literal[2] = Field(VERSION, description="Of this schema.")
    run_id: str
    suite: str = Field(description="Name of the suite; empty for calls placed one by one.")
    name: str
    label: str = Field(description="What a person called it.")
    state: str | None = Field(
        description="running, stopping, done, stopped, cancelled or interrupted; null: no suite."
    )
    stop_reason: str
    versions: dict[str, str] = Field(
        description="What is known of each agent's version: a person's name for it, the "
        "deployment, the commit."
    )
    seed: int
    planned: int
    passed: int
    failed: int
    undecided: int = Field(description="Calls without a verdict: not run, cancelled, lost.")
    pass_interval: tuple[float, float] = Field(
        description="95 % interval of the share that passes, by Wilson, 0 to 1, of the calls that "
        "passed or failed."
    )
    p50_s: float | None
    p95_s: float | None
    no_answer: int
    turns: int
    spoiled: int = Field(description="Turns left out of percentiles.")
    failures: dict[str, int] = Field(description="In how many calls each check failed, most first.")
    cells: list[SuiteCellReport]
    gates: list[GateReport] = Field(description="Empty in `ringback runs`.")
    baseline: str | None = Field(description="Id of the run it was compared with.")
    comparison: str | None = Field(description="What the comparison says.")
    reports: dict[str, str] = Field(description="Path of the file of each format of --report.")
    exit_code: int = Field(
        description="What `ringback run` ends with; in `ringback runs`: what it would end with by "
        "the rule `check`.",
        ge=0,
        le=3,
    )


def suite_report(
    summary: RunSummary,
    *,
    gates: Sequence[GateReport] = (),
    baseline: str | None = None,
    comparison: str | None = None,
    reports: Mapping[str, str] | None = None,
    exit_code: int | None = None,
) -> dict[str, Any]:
    """The report of a run, as JSON values.

    Args:
        summary: The run.
        gates: What its rules say.
        baseline: Id of the run it was compared with.
        comparison: What that says.
        reports: Path of each file that was written of it, by format.
        exit_code: What the command ends with; the summary's own if None.
    """
    head, rate = summary.head, summary.rate
    low, high = rate.interval
    return SuiteReport(
        run_id=head.id,
        suite=head.suite,
        name=head.name,
        label=head.label,
        state=head.state.value if head.state is not None else None,
        stop_reason=head.stop_reason,
        versions={name: each.whole for name, each in versions_of(summary).items()},
        seed=head.seed,
        planned=head.planned,
        passed=rate.passed,
        failed=rate.failed,
        undecided=rate.undecided,
        pass_interval=(round(low, 4), round(high, 4)),
        p50_s=rounded(summary.p50.value),
        p95_s=rounded(summary.p95.value),
        no_answer=summary.no_answer,
        turns=summary.turns,
        spoiled=summary.spoiled,
        failures=summary.failures,
        cells=[_cell(cell) for cell in summary.cells],
        gates=list(gates),
        baseline=baseline,
        comparison=comparison,
        reports=dict(reports or {}),
        exit_code=summary.exit_code if exit_code is None else exit_code,
    ).model_dump(mode="json")


def suite_schema() -> dict[str, Any]:
    """The JSON schema of the report; `docs/schemas/run.schema.json` is a copy."""
    return schema_of(SuiteReport)


def _cell(cell: Cell) -> SuiteCellReport:
    return SuiteCellReport(
        agent=cell.agent,
        scenario=cell.scenario,
        caller=cell.caller,
        planned=cell.planned,
        passed=cell.passed,
        failed=cell.failed,
        not_run=cell.not_run,
        p50_s=rounded(cell.p50_s),
        p95_s=rounded(cell.p95_s),
        calls=[call.id for call in cell.calls],
    )
