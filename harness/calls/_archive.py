"""Archive: stored calls and runs, read without an engine. The same for pages, reports and CLI."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from harness.calls._figures import keep_figures
from harness.calls._run_summary import RunSummary, digest_of, summarise
from harness.calls._stored import stored_view
from harness.calls._view import CallView
from harness.errors import NotFound
from harness.nouns import (
    Call,
    CallChoices,
    CallCounts,
    CallFigures,
    CallPage,
    CallQuery,
    Event,
    RunDigest,
    RunHead,
    RunPlan,
    from_json,
)
from harness.settings import Settings
from harness.store import Beside, Store, read_events

__all__ = ["Archive"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
T = TypeVar("T")

_VIEWS = 64
_SUMMARIES = 16
_LARGEST_RUN = 10_000


class Archive:
    """What is stored. All methods may be called from any thread.

    A live call of this process is seen by :meth:`harness.calls.CallService.view`; here it is as
    far as its files tell.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self._views: _Recent[tuple[str, tuple[int, ...]], CallView] = _Recent(_VIEWS)
        self._plans: _Recent[tuple[str, int], RunPlan] = _Recent(_SUMMARIES)
        self._made: _Recent[Hashable, Any] = _Recent(_SUMMARIES)
        self._summaries: _Recent[tuple[Hashable, ...], RunSummary] = _Recent(_SUMMARIES)
        self._of_runs: _Recent[Hashable, tuple[tuple[RunSummary, ...], Any]] = _Recent(_SUMMARIES)

    # Calls

    def view(self, call_id: str) -> CallView:
        """A stored call as it is seen.

        Raises:
            NotFound: No such call.
        """
        key = (call_id, self._stamp(call_id))
        view = self._views.get(key)
        if view is None:
            view = stored_view(self.store, call_id)
            if view.state.is_final:
                self._views.put(key, view)
        return view

    def forget(self, call_id: str | None = None) -> None:
        """Read a call anew the next time, or every one: it was graded, or calibrated."""
        self._views.drop(lambda key: call_id is None or key[0] == call_id)

    def recording(self, call_id: str) -> Path:
        """The recording of a call, a stereo FLAC (left caller, right agent).

        Raises:
            NotFound: There is none.
        """
        path = self.store.artifacts(call_id).recording
        if not path.exists():
            raise NotFound(
                "This call has no recording.",
                cause="It ended before any audio was sent, or has not ended yet.",
                remedy="Wait for the end of the call, or place another.",
            )
        return path

    def events(self, call_id: str) -> list[Event]:
        """The events of a call.

        Raises:
            NotFound: No such call.
        """
        self.store.get_call(call_id)
        return read_events(self.store.artifacts(call_id).events)

    def agent_log(self, call_id: str, last: int = 2000) -> list[str]:
        """What was kept of the lines the agent wrote; none if nothing was."""
        path = self.store.artifacts(call_id).agent_log
        return path.read_text(errors="replace").splitlines()[-last:] if path.exists() else []

    def figures(self, calls: Iterable[Call]) -> dict[str, CallFigures]:
        """The figures of those that have ended, by id.

        What is missing, or of an older version, is made of the events once and kept.
        """
        ended = [call.id for call in calls if call.state.is_final]
        found = self.store.figures(ended)
        for call_id in ended:
            if call_id not in found:
                found[call_id] = keep_figures(self.store, stored_view(self.store, call_id))
        return found

    def search(self, query: CallQuery) -> CallPage:
        """A page of the calls that are asked for."""
        return self.store.search(query)

    def counts(self, query: CallQuery) -> CallCounts:
        """How many calls are asked for by each outcome, whichever the query asks for."""
        return self.store.counts(query)

    def choices(self, query: CallQuery) -> CallChoices:
        """What a query can be narrowed by, with how many calls each would leave."""
        return self.store.choices(query)

    def places(self, call_ids: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Which call of its run each is, from 1, and how many the run has."""
        return self.store.places(call_ids)

    def beside(self, call_id: str) -> Beside:
        """The ended calls of its run around a call, in the order in which they were placed."""
        return self.store.beside(call_id)

    # Runs

    def run(self, run_id: str) -> RunHead:
        """A run's row.

        Raises:
            NotFound: No such run.
        """
        return self.store.run(run_id)

    def runs(
        self,
        *,
        suite: str = "",
        kind: Literal["probe", "suite", "import"] | None = None,
        limit: int = 100,
        offset: int = 0,
        include_deleted: bool = False,
    ) -> list[RunHead]:
        """Runs, newest first; see :meth:`harness.store.Store.runs`."""
        return self.store.runs(
            suite=suite, kind=kind, limit=limit, offset=offset, include_deleted=include_deleted
        )

    def latest_run(self, kind: Literal["probe", "suite", "import"] | None = None) -> RunHead | None:
        """The newest run that is not deleted."""
        return next(iter(self.store.runs(kind=kind, limit=1)), None)

    def calls_of(self, run_id: str) -> tuple[Call, ...]:
        """The calls of a run in the order in which they were placed, without deleted ones."""
        return tuple(reversed(self.store.calls(run_id=run_id, limit=_LARGEST_RUN)))

    def plan(self, run_id: str) -> RunPlan | None:
        """The plan of a run; None of a probe.

        Raises:
            NotFound: No such run.
        """
        # A plan grows when repeats are added, and changes in nothing else.
        key = (run_id, self.store.run(run_id).planned)
        known = self._plans.get(key)
        if known is None and (kept := self.store.run_plan(run_id)) is not None:
            known = from_json(RunPlan, kept)
            self._plans.put(key, known)
        return known

    def summary(self, run_id: str) -> RunSummary:
        """What became of a run, or has so far.

        The same one until a call of it is placed or ends.

        Raises:
            NotFound: No such run.
        """
        head = self.run(run_id)
        # Before the calls are read: what ends meanwhile is read again, never missed.
        key = (head, self.store.run_stamp(run_id))
        found = self._summaries.get(key)
        if found is None:
            calls = self.calls_of(run_id)
            found = summarise(head, self.plan(run_id), calls, self.figures(calls))
            self._summaries.put(key, found)
        return found

    def kept(self, key: Hashable, of: tuple[RunSummary, ...], make: Callable[[], T]) -> T:
        """What was made of these summaries, made anew only if a run has changed since.

        Args:
            key: What it is, and of which runs.
            of: The runs as they are now, by :meth:`summary`.
            make: Makes it.
        """
        known = self._of_runs.get(key)
        # A run has another summary after each end of a call.
        if known is None or any(one is not now for one, now in zip(known[0], of, strict=True)):
            known = (of, make())
            self._of_runs.put(key, known)
        found: T = known[1]
        return found

    def digest(self, run_id: str) -> RunDigest:
        """The figures of a run; of one that is over they are made once and kept.

        Raises:
            NotFound: No such run.
        """
        kept = self.digests([run_id])
        if run_id in kept:
            return kept[run_id]
        summary = self.summary(run_id)
        digest = digest_of(summary)
        state = summary.head.state
        if not summary.rate.running and (state is None or state.is_final):
            self.store.put_digest(run_id, digest)
        return digest

    def digests(self, run_ids: Iterable[str]) -> dict[str, RunDigest]:
        """Those that are kept already, by run: nothing is computed."""
        return self.store.digests(run_ids)

    def remembered(self, key: Hashable, make: Callable[[], V]) -> V:
        """What `make` gives, made once for a while; `key` must name all that it depends on."""
        found: V | None = self._made.get(key)
        if found is None:
            found = make()
            self._made.put(key, found)
        return found

    def _stamp(self, call_id: str) -> tuple[int, ...]:
        """Grows with whatever a view is made of, so that another process's work is seen too."""
        files = self.store.artifacts(call_id)
        return tuple(
            part
            for path in (files.events, files.measured, files.recording)
            for part in _size_and_time(path)
        )


class _Recent(Generic[K, V]):
    """The newest of what was made, for several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._known[key] = value
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def drop(self, which: Callable[[K], bool]) -> None:
        with self._lock:
            for key in [key for key in self._known if which(key)]:
                del self._known[key]


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
