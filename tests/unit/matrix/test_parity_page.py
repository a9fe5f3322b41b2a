"""docs/parity.md tells of the files that there are, and of nothing that is not explained."""

from __future__ import annotations

import sys

from harness.settings import ROOT

sys.path.append(str(ROOT / "tests" / "parity"))

from parity_case import BRIEF, CASES, differences
from parity_table import expectations
from pipecat_side import read_verbose

PAGE = (ROOT / "docs" / "parity.md").read_text(encoding="utf-8")

WRITTEN = """
      turn 0 → (observe)
        ✓ llm_response — "Northgate Clinic, this is Ava."
      turn 1 → "Where can I park?"
        ✗ function_call — function call 'find_parking' not seen (matched: none)
        ✓ llm_response — "There is free parking."
  ✗ ws://127.0.0.1:7860/ws a/one 1/2 turns (6150ms)
      turn 0 → (observe)
        ✓ llm_response
  ✓ ws://127.0.0.1:7860/ws a/two (120ms)

  Failures (1 of 2):

  ✗ ws://127.0.0.1:7860/ws a/one 1/2 turns passed
      • turn 1 function_call missing_function_call — function call 'find_parking' not seen

  1/2 passed, 1 failed  ·  6.3s
"""


def test_every_expectation_of_every_file_is_on_the_page() -> None:
    assert len(CASES) >= 15 and set(BRIEF) <= {case.name for case in CASES}
    for case in CASES:
        assert f"## {case.name}" in PAGE
        for (scenario, turn, index), _ in expectations(case):
            assert f"| {scenario.split('/')[-1]} {turn}.{index}: " in PAGE


def test_nothing_on_the_page_is_unexplained() -> None:
    assert "unexplained" not in PAGE
    known = {key for case in CASES for key, _ in expectations(case)}
    assert set(differences()) <= known
    assert all(each.why.strip() for each in differences().values())


def test_what_pipecat_writes_is_read() -> None:
    assert read_verbose(WRITTEN) == {
        ("a/one", 0, 0): "passed",
        ("a/one", 1, 0): "failed missing_function_call",
        ("a/one", 1, 1): "passed",
        ("a/two", 0, 0): "passed",
    }
