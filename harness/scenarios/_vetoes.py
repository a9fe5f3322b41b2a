"""Vetoes: what a criterion names must be a check by rule."""

from __future__ import annotations

from collections.abc import Sequence

from harness.nouns import CheckSpec, Criterion, SimMeasure, Success
from harness.scenarios._document import Document, KeyPath
from harness.scenarios._keys import did_you_mean

__all__ = ["check_vetoes"]


def check_vetoes(
    document: Document, where: KeyPath, written: Sequence[CheckSpec], checks: Sequence[CheckSpec]
) -> None:
    """See that the checks which criteria name as their vetoes are there, and no judgements.

    Args:
        document: The file, for errors by line.
        where: Where the list of checks stands in it.
        written: The checks that stand there.
        checks: All checks there are, those of the script included.

    Raises:
        ScenarioError: One is not; the message names file, line and key.
    """
    rules = [check.name for check in checks if not _is_judged(check)]
    judged = {check.name for check in checks} - set(rules)
    for index, check in enumerate(written):
        for number, name in enumerate(check.vetoes if isinstance(check, Criterion) else ()):
            if name in rules:
                continue
            inside = (*where, index, "vetoes", number)
            if name in judged:
                problem = f"`{name}` is decided by judges; only a check by rule can veto."
            else:
                close = did_you_mean(name, rules)
                problem = f"there is no check by rule called `{name}`.{close}"
            known = ", ".join(f"`{rule}`" for rule in rules) or "none"
            raise document.error(inside, problem, remedy=f"Checks by rule are: {known}.")


def _is_judged(check: CheckSpec) -> bool:
    if isinstance(check, SimMeasure):
        return True  # also what is measured: it is no rule a criterion could be held to
    return isinstance(check, Criterion | Success) or getattr(check, "eval", None) is not None
