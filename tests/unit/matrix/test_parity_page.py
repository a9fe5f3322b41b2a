"""docs/parity.md tells of the files that there are, and of nothing that is not explained."""

from __future__ import annotations

import sys

from harness.settings import ROOT

sys.path.append(str(ROOT / "tests" / "parity"))

from parity_case import BRIEF, CASES, differences
from parity_kept import kept
from parity_table import expectations, label, write
from pipecat_output import read_verbose

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


def test_every_expectation_of_every_file_was_compared_and_is_on_the_page() -> None:
    assert len(CASES) >= 15 and set(BRIEF) <= {case.name for case in CASES}
    assert set(kept()) == {key for case in CASES for key, _ in expectations(case)}
    assert write(kept()) == PAGE
    for case in CASES:
        assert f"## {case.name}" in PAGE
        for key, name in expectations(case):
            assert f"| {label(key)}{name.replace('|', chr(92) + '|')} |" in PAGE


def test_nothing_on_the_page_is_unexplained() -> None:
    assert "unexplained" not in PAGE
    known = {key for case in CASES for key, _ in expectations(case)}
    assert set(differences()) <= known
    assert all(each.why.strip() for each in differences().values())


SIMULATED = """
    conversation:
      bot: Northgate Clinic, this is Ava.
      user: Where can I park?
      bot: There is free parking: 0.50 (min 1.00) | 1/2 turns

      ended by end_call after 1 persona turn(s)

    judge: P(yes)=1.00

    metrics:
      says it: 0.33 (min 0.34) | 1/3 turns
        ✗ turn 1: "Northgate Clinic" — it does not
      says it at times: 0.33 (min 0.33) | 1/3 turns
      only reported: 0.00 | 0/3 turns
      nobody spoke: unscored (min 1.00) | no bot turn to judge
      latency: 1.00 | slowest reply 0.07 s to the first token, at most 20
      words: 0.00 | longest reply 12 words, at most 4

    persona: succeeded: All was asked.

  ✗ ws://127.0.0.1:7860/ws a/short end_call (6150ms)
    conversation:
      ended by max_turns after 2 persona turn(s)

    judge: It does not say so.

  ✗ ws://127.0.0.1:7860/ws a/long max_turns (950ms)
    conversation:
      ended by error after 0 persona turn(s)
  ✗ ws://127.0.0.1:7860/ws a/broken error (950ms)

  Failures (3 of 3):

  ✗ ws://127.0.0.1:7860/ws a/short
      • says it 0.33 below 0.34: turn 1: it does not end_call
  ✗ ws://127.0.0.1:7860/ws a/long
      • goal not met: It does not say so. max_turns
  ✗ ws://127.0.0.1:7860/ws a/broken — Error code: 500
"""


def test_what_pipecat_writes_is_read() -> None:
    assert read_verbose(WRITTEN) == {
        ("a/one", "0.0"): "passed",
        ("a/one", "1.0"): "failed missing_function_call",
        ("a/one", "1.1"): "passed",
        ("a/two", "0.0"): "passed",
    }


def test_what_pipecat_writes_of_a_simulation_is_read() -> None:
    assert read_verbose(SIMULATED) == {
        ("a/short", "success"): "passed",
        ("a/short", "metric says it"): "failed",
        ("a/short", "metric says it at times"): "passed",
        ("a/short", "metric only reported"): "passed",
        ("a/short", "metric nobody spoke"): "passed",
        ("a/short", "metric latency"): "passed",
        ("a/short", "metric words"): "failed",
        ("a/short", "ended"): "end_call",
        ("a/long", "success"): "failed",
        ("a/long", "ended"): "max_turns",
        ("a/broken", "success"): "error",
        ("a/broken", "ended"): "error",
    }
