"""Where the pages are: absolute, because Streamlit looks beside the shell script otherwise."""

from __future__ import annotations

from harness.settings import ROOT

__all__ = ["AGENTS", "CALL", "RUNS", "SCENARIOS", "SETTINGS"]

CALL = ROOT / "pages" / "call.py"
RUNS = ROOT / "pages" / "runs.py"
SCENARIOS = ROOT / "pages" / "scenarios.py"
AGENTS = ROOT / "pages" / "agents.py"
SETTINGS = ROOT / "pages" / "settings.py"
