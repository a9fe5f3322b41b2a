"""Scenario files: Pipecat Evals scripts with our `ringback:` block, and the library of them."""

from harness.scenarios._library import Library, find_scenario, library, read_library
from harness.scenarios._load import load_scenarios
from harness.scenarios._schema import scenario_schema

__all__ = [
    "Library",
    "find_scenario",
    "library",
    "load_scenarios",
    "read_library",
    "scenario_schema",
]
