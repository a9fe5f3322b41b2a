"""Scenario files: Pipecat Evals files with our `ringback:` block, the library of them, personas."""

from harness.scenarios._as_called import as_called, differs
from harness.scenarios._beside import file_name
from harness.scenarios._block import RULES
from harness.scenarios._check import AgentKind, FileReport, check_paths
from harness.scenarios._criteria import load_checks
from harness.scenarios._draft import Draft, Problem, new_draft
from harness.scenarios._from_call import FromCall, Proposal, from_call
from harness.scenarios._generate import KINDS, LONGEST_SOURCE, MOST, generate
from harness.scenarios._ignored import STAND_IN_VOICE
from harness.scenarios._keys import EVENTS
from harness.scenarios._library import Library, find_scenario, library, read_library
from harness.scenarios._limits import LIMITS, SIZES, Limit, limit_of
from harness.scenarios._load import load_scenarios
from harness.scenarios._personas import find_persona, personas, with_persona
from harness.scenarios._plan import AS_WRITTEN, LARGEST_PLAN, plan_of, scenario_plan
from harness.scenarios._schema import scenario_schema
from harness.scenarios._simulation import checks_of
from harness.scenarios._suites import SuiteShelf, load_suite, read_suites, suite_schema, suites
from harness.scenarios._tree import look
from harness.scenarios._write import delete_file, is_own, save, write_to

__all__ = [
    "AS_WRITTEN",
    "EVENTS",
    "KINDS",
    "LARGEST_PLAN",
    "LIMITS",
    "LONGEST_SOURCE",
    "MOST",
    "RULES",
    "SIZES",
    "STAND_IN_VOICE",
    "AgentKind",
    "Draft",
    "FileReport",
    "FromCall",
    "Library",
    "Limit",
    "Problem",
    "Proposal",
    "SuiteShelf",
    "as_called",
    "check_paths",
    "checks_of",
    "delete_file",
    "differs",
    "file_name",
    "find_persona",
    "find_scenario",
    "from_call",
    "generate",
    "is_own",
    "library",
    "limit_of",
    "load_checks",
    "load_scenarios",
    "load_suite",
    "look",
    "new_draft",
    "personas",
    "plan_of",
    "read_library",
    "read_suites",
    "save",
    "scenario_plan",
    "scenario_schema",
    "suite_schema",
    "suites",
    "with_persona",
    "write_to",
]
