"""What ``ringback call --json`` prints of a run of several calls: one object with each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import Field

from harness.calls import CallView, pass_rate
from harness.report._call_json import CallReport
from harness.report._check_json import ReportPart, schema_of

__all__ = ["RunReport", "run_report", "run_schema"]

VERSION: Final = 1
"""Of the report of a run, as that of a call has its own."""


class RunReport(ReportPart):
    """A run of several calls."""

    version: Literal[1] = Field(VERSION, description="Of this schema.")
    run_id: str
    runs: int = Field(description="How many calls it has.", ge=2)
    passed: int
    failed: int
    undecided: int = Field(description="Calls without a verdict: not run, cancelled, lost.")
    pass_interval: tuple[float, float] = Field(
        description="95 % interval of the share that passes, by Wilson, 0 to 1, of the calls that "
        "passed or failed."
    )
    spoiled: int = Field(
        description="Turns of all calls that are left out of percentiles, since this computer "
        "spoiled their timing.",
        ge=0,
    )
    exit_code: int = Field(description="The highest of its calls.", ge=0, le=3)
    calls: list[CallReport] = Field(description="In the order in which they were placed.")


def run_report(views: Sequence[CallView], reports: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The report of a run, as JSON values.

    Args:
        views: Its calls, all of which have ended.
        reports: Of each of them; see :func:`harness.report._call_json.call_report`.
    """
    rate = pass_rate(views)
    low, high = rate.interval
    return RunReport(
        run_id=views[0].run_id,
        runs=rate.calls,
        passed=rate.passed,
        failed=rate.failed,
        undecided=rate.undecided,
        pass_interval=(round(low, 4), round(high, 4)),
        spoiled=sum(view.spoiled for view in views),
        exit_code=max(report["exit_code"] for report in reports),
        calls=[CallReport.model_validate(report) for report in reports],
    ).model_dump(mode="json")


def run_schema() -> dict[str, Any]:
    """The JSON schema of the report, that of its calls included."""
    return schema_of(RunReport)
