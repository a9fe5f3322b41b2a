"""RunKeeper: places the calls of a plan, a few at a time, until it is done or is to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from loguru import logger

from harness.calls._archive import Archive
from harness.calls._regressions import regressions_of
from harness.errors import RingbackError
from harness.nouns import Call, CallState, PlannedCall, RunPlan, RunState, Verdict
from harness.store import BEAT_EVERY_S

__all__ = ["RunKeeper"]

_CANCELLED = "Cancelled."
_ENDED = "Ringback was ended before the run was over."

Place = Callable[[str, RunPlan, PlannedCall], Awaitable[Call]]
"""Stores and queues a call of a run; on the engine's loop."""


@dataclass(slots=True)
class _Kept:
    """A run that goes on.

    Attributes:
        pending: What has not been placed, in order.
        live: What has, and has not ended, by the call's id.
        stop: Why no further call is placed; empty while there are to be more.
        final: The state it will have, if no further call is placed.
        outcome: Its state and why, once it is over.
        news: Set when there is something to look at.
    """

    run_id: str
    plan: RunPlan
    pending: list[PlannedCall]
    live: dict[str, PlannedCall] = field(default_factory=dict)
    stop: str = ""
    final: RunState = RunState.DONE
    outcome: tuple[RunState, str] | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)
    passed: int = 0
    failed: int = 0
    spoiled: int = 0

    def next(self, slots: int) -> PlannedCall | None:
        """The first call whose agent has room for one more."""
        at_once = min(self.plan.concurrency or slots, slots)
        if self.stop or len(self.live) >= at_once:
            return None
        busy = [item.agent for item in self.live.values()]
        for item in self.pending:
            cap = self.plan.caps.get(item.agent)
            if cap is None or busy.count(item.agent) < cap:
                self.pending.remove(item)
                return item
        return None

    def end(self, final: RunState, reason: str) -> None:
        """Place no further call; the first reason counts, unless a person cancels."""
        if not self.stop or final is RunState.CANCELLED:
            self.final, self.stop = final, reason
        self.news.set()

    def count(self, verdict: Verdict | None, spoiled: bool) -> None:
        """Take an ended call into account, and stop if a rule of the plan says so."""
        self.passed += verdict is Verdict.PASSED
        self.failed += verdict is Verdict.FAILED
        self.spoiled += spoiled
        rules, decided = self.plan.stop, self.passed + self.failed
        if rules.failed_calls is not None and self.failed >= rules.failed_calls:
            self.end(
                RunState.STOPPED, f"{_calls(self.failed)} failed, as many as the suite allows."
            )
        if rules.harness_failures is not None and self.spoiled >= rules.harness_failures:
            self.end(
                RunState.STOPPED,
                f"{_calls(self.spoiled)} met trouble of Ringback or this computer.",
            )
        least = rules.pass_rate_below
        if least is not None and decided >= rules.after and self.passed < least * decided:
            self.end(
                RunState.STOPPED,
                f"{self.passed} of {_calls(decided)} passed; the suite stops below "
                f"{100 * least:.0f} %.",
            )


class RunKeeper:
    """Keeps the runs of an engine going. Lives on the engine's loop.

    Only calls under way are entered in the store: what is planned stands in the run's plan.

    Args:
        archive: Stored runs.
        place: Stores and queues a call.
        hang_up: Ends a call.
        lease: The engine's lease as it is just now.
        slots: Calls the engine carries at once.
    """

    def __init__(
        self,
        archive: Archive,
        place: Place,
        hang_up: Callable[[str], None],
        lease: Callable[[], str],
        slots: int,
    ) -> None:
        self._archive = archive
        self._store = archive.store
        self._place = place
        self._hang_up = hang_up
        self._lease = lease
        self.slots = slots
        self._kept: dict[str, _Kept] = {}
        self._tasks: dict[asyncio.Task[None], str] = {}

    def start(self, run_id: str, plan: RunPlan, items: Iterable[PlannedCall]) -> None:
        """Place these calls of a run, which is the engine's own and running."""
        run = self._kept[run_id] = _Kept(run_id, plan, list(items))
        task = asyncio.get_running_loop().create_task(self._keep(run))
        self._tasks[task] = run_id
        task.add_done_callback(self._tasks.pop)

    def keeps(self, run_id: str) -> bool:
        """Whether a run goes on here."""
        return run_id in self._kept

    def extend(self, run_id: str, plan: RunPlan, items: Iterable[PlannedCall]) -> bool:
        """Place further calls of a run that goes on.

        Returns:
            False if it does not, or is about to end.
        """
        run = self._kept.get(run_id)
        if run is None or run.stop or run.outcome is not None:
            return False
        run.plan = plan
        run.pending.extend(items)
        run.news.set()
        return True

    def queued(self, run_id: str) -> int:
        """How many calls of a run have not been placed; 0 of one that does not go on here."""
        run = self._kept.get(run_id)
        return 0 if run is None or run.stop else len(run.pending)

    async def cancel(self, run_id: str) -> bool:
        """Place no further call of a run and hang up those under way.

        Returns:
            False if it does not go on here.
        """
        run = self._kept.get(run_id)
        if run is None:
            return False
        run.end(RunState.CANCELLED, _CANCELLED)
        for call_id in list(run.live):
            self._hang_up(call_id)
        return True

    async def on_stored(self, call_id: str) -> None:
        """A call has ended and is stored."""
        for run in self._kept.values():
            if call_id in run.live:
                call, spoiled = await asyncio.to_thread(self._outcome, call_id)
                run.count(call.verdict, spoiled)
                run.live.pop(call_id, None)
                run.news.set()
                return

    async def watch(self) -> None:
        """Keep hold of the runs, and see when another process wants one cancelled."""
        while True:
            await asyncio.sleep(BEAT_EVERY_S)
            for run in list(self._kept.values()):
                try:
                    await self._look_after(run)
                except RingbackError as error:
                    logger.warning("run {}: {}", run.run_id, error)

    async def stop(self) -> None:
        """Place nothing more, and leave the runs to be resumed."""
        tasks = dict(self._tasks)
        for task, run_id in tasks.items():
            if run_id in self._kept:
                task.cancel()
        # Figures of a run that is over are still made.
        await asyncio.gather(*tasks, return_exceptions=True)
        for run_id in list(self._kept):
            outcome = self._kept.pop(run_id).outcome or (RunState.INTERRUPTED, _ENDED)
            await asyncio.to_thread(self._end, run_id, *outcome)

    # Inside

    async def _keep(self, run: _Kept) -> None:
        limit = run.plan.time_limit_s
        timer = None
        if limit is not None:
            timer = asyncio.get_running_loop().call_later(
                limit, run.end, RunState.STOPPED, f"The run's time limit of {limit:g} s is over."
            )
        try:
            await self._place_all(run)
        finally:
            if timer is not None:
                timer.cancel()
        done = not run.pending and run.final is not RunState.CANCELLED
        run.outcome = (RunState.DONE, "") if done else (run.final, run.stop)
        await asyncio.to_thread(self._end, run.run_id, *run.outcome)
        del self._kept[run.run_id]
        # Intervals take a second or two; lists of runs read them from here on.
        await asyncio.to_thread(self._archive.digest, run.run_id)
        await asyncio.to_thread(regressions_of, self._archive)

    async def _place_all(self, run: _Kept) -> None:
        told = False
        while True:
            run.news.clear()
            while item := run.next(self.slots):
                await self._place_one(run, item)
            if run.stop and not told:
                told = True
                await asyncio.to_thread(
                    self._store.update_run,
                    run.run_id,
                    state=RunState.STOPPING,
                    stop_reason=run.stop,
                )
            if not run.live and (run.stop or not run.pending) and not run.news.is_set():
                return
            await run.news.wait()

    async def _place_one(self, run: _Kept, item: PlannedCall) -> None:
        try:
            call = await self._place(run.run_id, run.plan, item)
        except RingbackError as error:
            run.pending.insert(0, item)
            run.end(RunState.STOPPED, str(error.message))
        except Exception:
            logger.exception("run {}: a call cannot be placed", run.run_id)
            run.pending.insert(0, item)
            run.end(RunState.STOPPED, "A call could not be placed; the console's log says more.")
        else:
            run.live[call.id] = item
            if run.final is RunState.CANCELLED:
                self._hang_up(call.id)

    async def _look_after(self, run: _Kept) -> None:
        """The store may say that the run was taken for dead, or that it is to end."""
        mine = await asyncio.to_thread(self._store.claim_run, run.run_id, self._lease())
        if run.run_id not in self._kept or not mine:
            return
        head = await asyncio.to_thread(self._store.run, run.run_id)
        if head.state is RunState.INTERRUPTED:
            state = RunState.STOPPING if run.stop else RunState.RUNNING
            await asyncio.to_thread(self._store.update_run, run.run_id, state=state, stop_reason="")
        elif head.state is RunState.STOPPING and not run.stop:
            await self.cancel(run.run_id)

    def _outcome(self, call_id: str) -> tuple[Call, bool]:
        """An ended call, and whether it was spoiled by Ringback itself."""
        call = self._store.get_call(call_id)
        figures = self._store.figures([call_id]).get(call_id)
        ours = figures is not None and figures.exit_code == 3
        return call, ours or call.state is CallState.LOST

    def _end(self, run_id: str, state: RunState, reason: str) -> None:
        self._store.update_run(run_id, state=state, stop_reason=reason, ended_at=datetime.now(UTC))


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number} calls"
