"""What the checks of a call say together: its verdict and the exit code of a command."""

from __future__ import annotations

from collections.abc import Sequence

from harness.nouns import CallState, CheckResult, CheckVerdict, Failure, NotRun, Verdict

__all__ = ["exit_code_of", "score_of", "verdict_of"]

_UNDECIDED = frozenset({CheckVerdict.NOT_PROVEN, CheckVerdict.NOT_RUN, CheckVerdict.PENDING})

_DECIDED = frozenset({CheckVerdict.MET, CheckVerdict.NOT_MET, CheckVerdict.NOT_PROVEN})


def exit_code_of(
    state: CallState,
    verdict: Verdict | None,
    results: Sequence[CheckResult],
    failure: Failure | None = None,
) -> int:
    """The exit code for a call that has ended: of all that hold, the highest.

    0: every required check met. 1: a required check not met, or the agent let a live call down.
    2: no verdict possible. 3: harness trouble.

    What was never reached because something else failed before it does not hide that failure: a
    script that stops at its first failed expectation has failed.

    Args:
        state: The call's final state.
        verdict: A verdict that is already stored; it can only make the code worse. None if there
            is none.
        results: All checks; advisory ones do not count.
        failure: Why the call could not be carried through.

    Raises:
        ValueError: The call has not ended.
    """
    if not state.is_final:
        raise ValueError(f"a call in state {state} has no exit code")
    blame = failure.exit_code if failure is not None else 0
    asked = [result for result in results if result.required]
    if blame == 1 or any(result.verdict is CheckVerdict.NOT_MET for result in asked):
        asked = [result for result in asked if not _unreached(result)]
    required = {result.verdict for result in asked}
    if state is CallState.LOST or blame == 3 or CheckVerdict.ERROR in required:
        return 3
    unexplained = state is CallState.FAILED and failure is None
    if state is CallState.CANCELLED or unexplained or blame == 2 or required & _UNDECIDED:
        return 2
    if verdict is Verdict.NOT_RUN:
        return 2
    if blame == 1 or CheckVerdict.NOT_MET in required or verdict is Verdict.FAILED:
        return 1
    return 0


def _unreached(result: CheckResult) -> bool:
    return result.verdict is CheckVerdict.NOT_RUN and result.kind == NotRun.NOT_REACHED


def verdict_of(
    results: Sequence[CheckResult],
    state: CallState = CallState.DONE,
    failure: Failure | None = None,
) -> Verdict | None:
    """The verdict of a call; None while it goes on, and for one of which nothing was asked.

    Args:
        results: All checks; advisory ones do not count.
        state: The call's state.
        failure: Why the call could not be carried through.
    """
    if not state.is_final:
        return None
    code = exit_code_of(state, None, results, failure)
    if code == 0:
        return Verdict.PASSED if results else None
    return Verdict.FAILED if code == 1 else Verdict.NOT_RUN


def score_of(results: Sequence[CheckResult]) -> float | None:
    """The weight of the checks that are met, as a share of all that were decided.

    For lists and comparisons; it decides nothing. None if nothing of any weight was decided.
    """
    decided = [r for r in results if r.verdict in _DECIDED]
    whole = sum(result.weight for result in decided)
    met = sum(result.weight for result in decided if result.verdict is CheckVerdict.MET)
    return met / whole if whole else None
