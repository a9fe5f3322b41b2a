"""RunService: what may be asked of runs of several calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from harness.nouns import RunHead, RunPlan, RunProgress

__all__ = ["RunService"]


class RunService(Protocol):
    """That part of :class:`harness.calls.CallService` which is about runs."""

    def start_run(self, plan: RunPlan) -> RunHead:
        """Begin a run and return at once; its calls are placed a few at a time.

        Raises:
            RingbackError: As of :meth:`place`, for any agent, scenario or caller of the plan.
        """
        ...

    def cancel_run(self, run_id: str) -> None:
        """Place no further call of a run and hang up those under way; one that is over is left.

        A run of another process is cancelled by it within some seconds.

        Raises:
            NotFound: No such run.
        """
        ...

    def resume_run(self, run_id: str) -> RunHead:
        """Go on with a run that was interrupted, cancelled or stopped.

        What came to an end is not called again; calls that were lost, cancelled or never got
        through are, with the same attempt.

        Raises:
            NotFound: No such run.
            RunNotOpen: It is none of these, or nothing is left of it.
            RingbackError: As of :meth:`start_run`.
        """
        ...

    def rerun_failed(self, run_id: str) -> RunHead:
        """Begin a new run of the calls that did not pass; its `parent_id` is this run.

        Raises:
            NotFound: No such run.
            RunNotOpen: It goes on, has no plan, or all of its calls passed.
            RingbackError: As of :meth:`start_run`.
        """
        ...

    def add_repeats(self, run_id: str, n: int, scenarios: Sequence[str] = ()) -> RunHead:
        """Call each combination of a run `n` times more, in the same run.

        Args:
            run_id: A run that is finished, or goes on in this process.
            n: 1 to 100.
            scenarios: Only those of this name in the plan; all if empty.

        Raises:
            NotFound: No such run.
            InputError: `n` is out of range, or the plan would get too large.
            RunNotOpen: It is neither of these.
            RingbackError: As of :meth:`start_run`.
        """
        ...

    def run_progress(self, run_id: str) -> RunProgress:
        """How far a run has come.

        Raises:
            NotFound: No such run.
        """
        ...
