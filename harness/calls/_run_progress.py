"""How far a run has come, looked up once a second without a look at each of its calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from harness.calls._archive import Archive
from harness.nouns import Call, CallState, RunProgress

__all__ = ["ProgressBook"]


@dataclass(frozen=True, slots=True)
class _Stand:
    """The calls of a run between two ends of them.

    Attributes:
        stamp: Of :meth:`harness.store.Store.run_stamp`.
        entered: Places of the plan that were called, however often.
        on: Calls that have not ended, by id.
        usual_s: What half of those that were carried through took at most; None without any.
    """

    stamp: tuple[int, int, int]
    entered: int
    on: dict[str, Call]
    usual_s: float | None


class ProgressBook:
    """Tells how far runs have come; all calls of a run are read only after one has ended."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._stands: dict[str, _Stand] = {}

    def of(
        self,
        run_id: str,
        live: Mapping[str, Call],
        *,
        queued: int | None = None,
        at_once: int | None = None,
    ) -> RunProgress:
        """How far a run has come.

        Args:
            run_id: The run.
            live: Calls as they stand that the store may not know of yet, by id.
            queued: How many are still to be placed; None for what its plan leaves.
            at_once: How many are placed together; None if that is not known: nor is then how long
                it takes.

        Raises:
            NotFound: No such run.
        """
        head = self._archive.run(run_id)
        stand = self._stand(run_id)
        if head.state is not None and head.state.is_final:
            self._stands.pop(run_id, None)
        now = (live.get(call_id, call) for call_id, call in sorted(stand.on.items()))
        on = tuple(call for call in now if not call.state.is_final)
        planned = max(head.planned, stand.entered)
        left = planned - stand.entered if queued is None else queued
        eta_s = None
        if at_once is not None and stand.usual_s is not None:
            eta_s = stand.usual_s * -(-(left + len(on)) // max(1, at_once))
        return RunProgress(head, left, on, planned - left - len(on), eta_s)

    def _stand(self, run_id: str) -> _Stand:
        stamp = self._archive.store.run_stamp(run_id)
        known = self._stands.get(run_id)
        if known is None or known.stamp != stamp:
            known = self._stands[run_id] = self._read(run_id, stamp)
        return known

    def _read(self, run_id: str, stamp: tuple[int, int, int]) -> _Stand:
        newest = self._archive.store.slots_done(run_id)
        calls = list(newest.values()) or self._archive.calls_of(run_id)
        took = [
            (call.ended_at - call.created_at).total_seconds()
            for call in calls
            if call.state is CallState.DONE and call.ended_at is not None
        ]
        on = {call.id: call for call in calls if not call.state.is_final}
        return _Stand(stamp, len(calls), on, median(took) if took else None)
