"""A CallService over a store of seeded calls and runs (tests/seeded.py): nothing is ever called.

What is asked of it is noted in `asked`, and done to the store as far as a page can see it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.calls import Archive, CallView, ProgressBook
from harness.nouns import (
    Call,
    CallQuery,
    CallState,
    PlannedCall,
    RunHead,
    RunPlan,
    RunProgress,
    RunState,
    Verdict,
    to_json,
)
from harness.settings import Settings
from harness.store import Store, new_id

sys.path.insert(0, str(Path(__file__).parent / "pages"))

from replay_service import ReplayService

__all__ = ["SeededService"]


class SeededService(ReplayService):
    """Calls that are placed are replayed; stored ones are those of the store.

    Attributes:
        asked: Each thing that was asked of a run, with its arguments, in order.
    """

    def __init__(self, store: Store, settings: Settings, **options: Any) -> None:
        super().__init__(**options)
        self._archive.store.close()
        self._archive = Archive(store, settings)
        self._progress = ProgressBook(self._archive)
        self.asked: list[tuple[Any, ...]] = []

    # Runs

    def start_run(self, plan: RunPlan) -> RunHead:
        self.asked.append(("start_run", plan))
        return self._enter(plan, None)

    def cancel_run(self, run_id: str) -> None:
        self.asked.append(("cancel_run", run_id))
        for call in self.archive.calls_of(run_id):
            if not call.state.is_final:
                self._store.update_call(call.id, state=CallState.CANCELLED)
        self._store.update_run(
            run_id, state=RunState.CANCELLED, ended_at=datetime.now(UTC), stop_reason="Cancelled."
        )

    def resume_run(self, run_id: str) -> RunHead:
        self.asked.append(("resume_run", run_id))
        return self._store.update_run(run_id, state=RunState.RUNNING, stop_reason="")

    def rerun_failed(self, run_id: str) -> RunHead:
        self.asked.append(("rerun_failed", run_id))
        plan = self.archive.plan(run_id)
        assert plan is not None
        done = self._store.slots_done(run_id)
        passed = {slot for slot, call in done.items() if call.verdict is Verdict.PASSED}
        items = tuple(item for item in plan.items if item.slot not in passed)
        return self._enter(plan.model_copy(update={"items": items}), run_id)

    def add_repeats(self, run_id: str, n: int, scenarios: Sequence[str] = ()) -> RunHead:
        self.asked.append(("add_repeats", run_id, n, tuple(scenarios)))
        plan = self.archive.plan(run_id)
        assert plan is not None
        last = {
            (item.agent, item.scenario, item.caller): item.attempt
            for item in sorted(plan.items, key=lambda item: item.attempt)
            if not scenarios or item.scenario in scenarios
        }
        more = tuple(
            PlannedCall(*key, attempt + number)
            for number in range(1, n + 1)
            for key, attempt in last.items()
        )
        plan = plan.model_copy(update={"items": plan.items + more})
        return self._store.update_run(
            run_id, state=RunState.RUNNING, plan=to_json(plan), planned=len(plan.items)
        )

    def run_progress(self, run_id: str) -> RunProgress:
        return self._progress.of(run_id, {}, at_once=1)

    # Calls

    def view(self, call_id: str) -> CallView:
        return super().view(call_id) if self._is_placed(call_id) else self.archive.view(call_id)

    def live(self) -> Sequence[Call]:
        running = self.archive.search(CallQuery(outcome="running", limit=100)).calls
        return [
            self._row(self._calls[call.id]) if self._is_placed(call.id) else call
            for call in reversed(running)
        ]

    def history(self, *, include_deleted: bool = False) -> Sequence[Call]:
        placed = {one.id: one for one in super().history(include_deleted=include_deleted)}
        return [
            placed.get(call.id, call) for call in self._store.calls(include_deleted=include_deleted)
        ]

    def recording(self, call_id: str) -> Path:
        if self._is_placed(call_id):
            return super().recording(call_id)
        return self.archive.recording(call_id)

    def agent_log(self, call_id: str, last: int = 200) -> list[str]:
        if self._is_placed(call_id):
            return super().agent_log(call_id, last)
        return self.archive.agent_log(call_id, last)

    def hang_up(self, call_id: str) -> None:
        if self._is_placed(call_id):
            super().hang_up(call_id)
        else:
            self.asked.append(("hang_up", call_id))

    def delete(self, call_id: str) -> None:
        if self._is_placed(call_id):
            super().delete(call_id)
        else:
            self._store.delete_call(call_id)

    def restore(self, call_id: str) -> None:
        if self._is_placed(call_id):
            super().restore(call_id)
        else:
            self._store.restore_call(call_id)

    # Inside

    @property
    def _store(self) -> Store:
        return self._archive.store

    def _is_placed(self, call_id: str) -> bool:
        return call_id in self._calls

    def _enter(self, plan: RunPlan, parent_id: str | None) -> RunHead:
        now = datetime.now(UTC)
        head = RunHead(
            new_id("run"), plan.name, now, "suite", RunState.RUNNING, plan.suite, plan.label,
            planned=len(plan.items), seed=plan.seed,
        )  # fmt: skip
        head = replace(head, parent_id=parent_id)
        self._store.add_run(head.id, head.name, now, head=head, plan=to_json(plan))
        return head
