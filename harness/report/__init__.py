"""Reports: what is handed on of calls and runs, the same from the console and the command line."""

from harness.report._bundle import goes_on
from harness.report._call_json import (
    CallReport,
    ErrorReport,
    call_report,
    call_schema,
    error_report,
    problem,
)
from harness.report._check_json import CheckReport, JudgingReport, ReportPart, judging_report
from harness.report._content import Content, content_schema
from harness.report._examples import ExampleReport
from harness.report._hider import Hider, hide_personal
from harness.report._options import ReportOptions
from harness.report._read_examples import ExampleCases, read_examples
from harness.report._run_json import RunReport, run_report, run_schema
from harness.report._size import estimate_size
from harness.report._sound_json import SoundReport, sound_line, sound_report
from harness.report._suite_json import GateReport, SuiteReport, suite_report, suite_schema
from harness.report._unbundle import ImportedBundle, read_bundle
from harness.report._write import (
    FORMATS,
    prepare_folder,
    read_formats,
    write_bundle,
    write_csv,
    write_examples,
    write_html,
    write_json,
    write_junit,
    write_markdown,
    write_one_file,
    write_reports,
)

__all__ = [
    "FORMATS",
    "CallReport",
    "CheckReport",
    "Content",
    "ErrorReport",
    "ExampleCases",
    "ExampleReport",
    "GateReport",
    "Hider",
    "ImportedBundle",
    "JudgingReport",
    "ReportOptions",
    "ReportPart",
    "RunReport",
    "SoundReport",
    "SuiteReport",
    "call_report",
    "call_schema",
    "content_schema",
    "error_report",
    "estimate_size",
    "goes_on",
    "hide_personal",
    "judging_report",
    "prepare_folder",
    "problem",
    "read_bundle",
    "read_formats",
    "run_report",
    "run_schema",
    "sound_line",
    "sound_report",
    "suite_report",
    "suite_schema",
    "write_bundle",
    "write_csv",
    "read_examples",
    "write_examples",
    "write_html",
    "write_json",
    "write_junit",
    "write_markdown",
    "write_one_file",
    "write_reports",
]
