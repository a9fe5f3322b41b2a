"""RunDesk: begins, ends, resumes and repeats runs, from any thread."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from harness.calls._archive import Archive
from harness.calls._intake import Intake
from harness.calls._planned import (
    distinct_requests,
    is_settled,
    more_repeats,
    plan_to_json,
    with_agents,
)
from harness.calls._run_keeper import RunKeeper
from harness.calls._run_progress import ProgressBook
from harness.errors import InputError, RunNotOpen
from harness.nouns import (
    Call,
    PlannedCall,
    RunHead,
    RunPlan,
    RunProgress,
    RunState,
    Verdict,
)
from harness.scenarios import LARGEST_PLAN
from harness.store import new_id

__all__ = ["RunDesk"]

T = TypeVar("T")

_MOST_REPEATS = 100
_RESUMABLE = (RunState.INTERRUPTED, RunState.CANCELLED, RunState.STOPPED)


class OnLoop(Protocol):
    """Runs something on the engine's loop and waits for it."""

    def __call__(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """The result of `work`."""
        ...


class RunDesk:
    """What pages and the command line may ask of runs.

    Args:
        archive: Stored runs.
        intake: Looks at what is asked for.
        keeper: Places the calls.
        on_loop: Runs something where the keeper lives.
        lease: The engine's lease as it is just now.
    """

    def __init__(
        self,
        archive: Archive,
        intake: Intake,
        keeper: RunKeeper,
        on_loop: OnLoop,
        lease: Callable[[], str],
    ) -> None:
        self._archive = archive
        self._store = archive.store
        self._intake = intake
        self._keeper = keeper
        self._on_loop = on_loop
        self._lease = lease
        self._progress = ProgressBook(archive)

    def start(self, plan: RunPlan, parent_id: str | None = None) -> RunHead:
        """Begin a run; see :meth:`harness.calls.CallService.start_run`."""
        self._check(plan)
        run_id, now = new_id("run"), datetime.now(UTC)
        plan = with_agents(
            plan, lambda agent: self._intake.kept(agent, f"run.{run_id}.{agent.name}")
        )
        head = RunHead(
            id=run_id,
            name=plan.name,
            created_at=now,
            kind="suite",
            state=RunState.RUNNING,
            suite=plan.suite,
            label=plan.label,
            parent_id=parent_id,
            planned=len(plan.items),
            seed=plan.seed,
        )
        self._store.add_run(run_id, plan.name, now, head=head, plan=plan_to_json(plan))
        self._begin(run_id, plan, plan.items)
        return self._store.run(run_id)

    def cancel(self, run_id: str) -> None:
        """End a run; see :meth:`harness.calls.CallService.cancel_run`."""
        head = self._store.run(run_id)
        if self._on_loop(self._keeper.cancel(run_id)) or head.state is not RunState.RUNNING:
            return
        # Its own process sees it with its next look at the store.
        self._store.update_run(run_id, state=RunState.STOPPING)

    def resume(self, run_id: str) -> RunHead:
        """Go on with a run; see :meth:`harness.calls.CallService.resume_run`."""
        head, plan = self._store.run(run_id), self._plan(run_id)
        if head.state not in _RESUMABLE:
            raise RunNotOpen(
                "The run cannot be resumed.",
                cause="It goes on." if _goes_on(head) else "It is finished.",
                remedy="Call again what did not pass, or add repeats.",
            )
        done = self._store.slots_done(run_id)
        left = [
            item for item in plan.items if item.slot not in done or not is_settled(done[item.slot])
        ]
        if not left:
            raise RunNotOpen(
                "Nothing is left of the run.", cause="Every call of its plan came to an end."
            )
        self._reopen(run_id, plan, left)
        return self._store.run(run_id)

    def rerun_failed(self, run_id: str) -> RunHead:
        """Call again what did not pass; see :meth:`harness.calls.CallService.rerun_failed`."""
        head, plan = self._store.run(run_id), self._plan(run_id)
        if _goes_on(head):
            raise RunNotOpen(
                "The run goes on.", remedy="Wait for its end, or cancel it; then call again."
            )
        done = self._store.slots_done(run_id)
        passed = {slot for slot, call in done.items() if call.verdict is Verdict.PASSED}
        items = tuple(item for item in plan.items if item.slot not in passed)
        if not items:
            raise RunNotOpen(
                "Every call of the run passed.", remedy="Add repeats to call it again."
            )
        return self.start(plan.model_copy(update={"items": items}), parent_id=run_id)

    def add_repeats(self, run_id: str, n: int, scenarios: Sequence[str]) -> RunHead:
        """Call more often; see :meth:`harness.calls.CallService.add_repeats`."""
        if not 1 <= n <= _MOST_REPEATS:
            raise InputError(
                f"{n} repeats cannot be added.", cause=f"1 to {_MOST_REPEATS} can, at a time."
            )
        head, plan = self._store.run(run_id), self._plan(run_id)
        if unknown := set(scenarios) - plan.scenarios.keys():
            raise InputError(f"The run has no scenario {', '.join(sorted(unknown))}.")
        items = more_repeats(plan, n, scenarios)
        if len(plan.items) + len(items) > LARGEST_PLAN:
            raise InputError(
                "The run would get too large.", cause=f"A run has at most {LARGEST_PLAN:,} calls."
            )
        plan = plan.model_copy(update={"items": plan.items + items})
        if head.state is RunState.DONE:
            self._reopen(run_id, plan, items)
        elif head.state is RunState.RUNNING and self._on_loop(self._extend(run_id, plan, items)):
            self._store.update_run(run_id, plan=plan_to_json(plan), planned=len(plan.items))
        else:
            raise RunNotOpen(
                "No repeats can be added to the run.",
                cause="It is about to end, or goes on in another process."
                if _goes_on(head)
                else "It came to an end before its plan was done.",
                remedy="Wait for its end." if _goes_on(head) else "Resume it first.",
            )
        return self._store.run(run_id)

    def progress(self, run_id: str, live: Mapping[str, Call]) -> RunProgress:
        """How far a run has come; see :meth:`harness.calls.CallService.run_progress`.

        Args:
            run_id: The run.
            live: Calls of this engine as they stand, by id.
        """
        if not self._keeper.keeps(run_id):
            return self._progress.of(run_id, live)
        queued, at_once = self._keeper.queued(run_id), self._at_once(run_id)
        return self._progress.of(run_id, live, queued=queued, at_once=at_once)

    # Inside

    def _check(self, plan: RunPlan) -> None:
        for request in distinct_requests(plan):
            self._intake.checked(request)

    def _plan(self, run_id: str) -> RunPlan:
        plan = self._archive.plan(run_id)
        if plan is None:
            raise RunNotOpen(
                "The run has no plan.",
                cause="Its calls were placed one by one.",
                remedy="Call its scenario again, or start a run.",
            )
        return plan

    def _at_once(self, run_id: str) -> int:
        plan = self._plan(run_id)
        return min(plan.concurrency or self._keeper.slots, self._keeper.slots)

    def _reopen(self, run_id: str, plan: RunPlan, items: Sequence[PlannedCall]) -> None:
        self._check(plan)
        if not self._store.claim_run(run_id, self._lease()):
            raise RunNotOpen("The run goes on in another process.", remedy="Wait for its end.")
        self._store.update_run(
            run_id,
            state=RunState.RUNNING,
            ended_at=None,
            stop_reason="",
            plan=plan_to_json(plan),
            planned=len(plan.items),
        )
        self._begin(run_id, plan, items)

    def _begin(self, run_id: str, plan: RunPlan, items: Sequence[PlannedCall]) -> None:
        async def begin() -> None:
            self._keeper.start(run_id, plan, items)

        self._on_loop(begin())

    async def _extend(self, run_id: str, plan: RunPlan, items: Sequence[PlannedCall]) -> bool:
        return self._keeper.extend(run_id, plan, items)


def _goes_on(head: RunHead) -> bool:
    return head.state is not None and not head.state.is_final
