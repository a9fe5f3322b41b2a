"""Checks: what must hold in a call, decided by rule, with evidence."""

from harness.grade._evaluate import evaluate
from harness.grade._facts import CallFacts, facts_of
from harness.grade._verdict import exit_code_of, verdict_of

__all__ = ["CallFacts", "evaluate", "exit_code_of", "facts_of", "verdict_of"]
