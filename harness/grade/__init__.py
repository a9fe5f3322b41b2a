"""Checks: what must hold in a call, decided by rule, with evidence."""

from harness.grade._evaluate import evaluate
from harness.grade._facts import CallFacts, ExpectationFact, facts_of
from harness.grade._verdict import exit_code_of, verdict_of
from harness.grade._verify import verify

__all__ = [
    "CallFacts",
    "ExpectationFact",
    "evaluate",
    "exit_code_of",
    "facts_of",
    "verdict_of",
    "verify",
]
