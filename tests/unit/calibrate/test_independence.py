"""The agent of known delay shares nothing with the caller whose accuracy it proves."""

from __future__ import annotations

import subprocess
import sys

from harness.settings import ROOT

OURS = """
import sys
import harness.calibrate._child
print(*sorted(name for name in sys.modules if name.split(".")[0] in ("harness", "pipecat")))
"""


def test_its_process_loads_neither_measuring_nor_the_caller() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", OURS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.split())
    assert loaded == {
        "harness",
        "harness.calibrate",
        "harness.calibrate._child",
        "harness.calibrate._lines",
        "harness.calibrate._match",
        "harness.calibrate._peer",
    }
