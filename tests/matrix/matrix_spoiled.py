"""Whether this machine, and not the agent, made a call of the matrix what it is."""

from __future__ import annotations

from collections.abc import Sequence, Set

from matrix_pairs import failed

from harness.nouns import CallState, CheckResult, CheckVerdict, Failure

__all__ = ["spoiled"]


def spoiled(
    state: CallState,
    failure: Failure | None,
    checks: Sequence[CheckResult],
    flags: Sequence[str],
    must: Set[str],
) -> str | None:
    """How this machine spoiled a call, by the rules of the product itself; None if it did not.

    Some flagged turns alone leave a call its truth, as they do in the product: they are left out
    of its latencies. They make it a doubtful witness against what must fail, though.

    Args:
        state: The one it ended in.
        failure: Why it could not be carried through.
        checks: Its verdicts.
        flags: What spoiled the timing of its turns, in words.
        must: The names of the checks that must fail.
    """
    if state is CallState.LOST:
        return "it was lost"
    if failure is not None and failure.exit_code > 1:
        return failure.message
    for check in checks:
        if check.verdict is CheckVerdict.ERROR:
            return f"“{check.name}”: {check.message}"
    if flags and failed(checks) != must:
        return f"the timing of a turn was spoiled ({flags[0]}), and the result is unexpected"
    return None
