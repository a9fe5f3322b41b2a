"""Scenario files: Pipecat Evals scripts with our `ringback:` block, and the library of them."""

from harness.scenarios._block import RULES
from harness.scenarios._draft import Draft, Problem, new_draft
from harness.scenarios._from_call import Proposal, file_name, from_call
from harness.scenarios._generate import KINDS, generate
from harness.scenarios._keys import EVENTS
from harness.scenarios._library import Library, find_scenario, library, read_library
from harness.scenarios._load import load_scenarios
from harness.scenarios._schema import scenario_schema
from harness.scenarios._write import delete_file, is_own, save

__all__ = [
    "EVENTS",
    "KINDS",
    "RULES",
    "Draft",
    "Library",
    "Problem",
    "Proposal",
    "delete_file",
    "file_name",
    "find_scenario",
    "from_call",
    "generate",
    "is_own",
    "library",
    "load_scenarios",
    "new_draft",
    "read_library",
    "save",
    "scenario_schema",
]
