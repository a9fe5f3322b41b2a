"""Reports: what is handed on of calls and runs, the same from the console and the command line."""

from harness.report._call_json import (
    CallReport,
    ErrorReport,
    call_report,
    call_schema,
    error_report,
    problem,
)
from harness.report._check_json import CheckReport, JudgingReport, ReportPart, judging_report
from harness.report._run_json import RunReport, run_report, run_schema
from harness.report._sound_json import SoundReport, sound_line, sound_report

__all__ = [
    "CallReport",
    "CheckReport",
    "ErrorReport",
    "JudgingReport",
    "ReportPart",
    "RunReport",
    "SoundReport",
    "call_report",
    "call_schema",
    "error_report",
    "judging_report",
    "problem",
    "run_report",
    "run_schema",
    "sound_line",
    "sound_report",
]
