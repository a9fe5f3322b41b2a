"""Where the pages are: absolute, because Streamlit looks beside the shell script otherwise."""

from __future__ import annotations

from harness.settings import ROOT

__all__ = ["AGENTS", "CALL", "COMPARE", "INSPECT", "RUNS", "SCENARIOS", "SETTINGS"]

CALL = ROOT / "pages" / "call.py"
RUNS = ROOT / "pages" / "runs.py"
INSPECT = ROOT / "pages" / "inspect_call.py"
"""Not named `inspect`, as a module of the standard library is."""
COMPARE = ROOT / "pages" / "compare.py"
SCENARIOS = ROOT / "pages" / "scenarios.py"
AGENTS = ROOT / "pages" / "agents.py"
SETTINGS = ROOT / "pages" / "settings.py"
