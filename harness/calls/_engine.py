"""Engine: one asyncio loop in one thread that places, supervises and stores calls."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import functools
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from harness.agents import ActiveSession
from harness.calls._archive import Archive
from harness.calls._dispatch import Dispatch
from harness.calls._engine_hands import HandSide
from harness.calls._engine_people import PeopleSide
from harness.calls._engine_stored import StoredSide
from harness.calls._host import AgentHost, NoHost
from harness.calls._inheritance import Inheritance
from harness.calls._intake import Intake
from harness.calls._lane_sound import LaneSound
from harness.calls._live_call import LiveCall, not_live, view_update
from harness.calls._machine import MachineLoad, MachineWatch
from harness.calls._measuring import Measuring
from harness.calls._planned import request_of
from harness.calls._platform_logs import PlatformLogs
from harness.calls._platform_sessions import insight_of
from harness.calls._preparing import Preparing
from harness.calls._request import CallRequest
from harness.calls._run_desk import RunDesk
from harness.calls._run_keeper import RunKeeper
from harness.calls._session_book import SessionBook
from harness.calls._stored import error_bar
from harness.calls._versions import Versions
from harness.calls._view import CallView
from harness.nouns import (
    Agent,
    Call,
    PlannedCall,
    RunHead,
    RunPlan,
    RunProgress,
)
from harness.secrets import Secrets
from harness.settings import Settings, get_settings
from harness.store import Store

__all__ = ["Engine"]

T = TypeVar("T")

_STOP_S = 30.0
_MEASURED_AGAIN = 20
"""So many of the newest calls are measured at the start, if they have not been."""


class Engine(StoredSide, PeopleSide, HandSide):
    """Implements :class:`harness.calls.CallService`; the same in the console and in the CLI.

    Args:
        settings: Data folder, concurrency.
        host: Runs agents on this machine; without one only agents elsewhere can be called.

    Attributes:
        loop: The engine's loop; its async iterators belong to it.
        recovered: Set when what dead engines left has been dealt with.
    """

    def __init__(self, settings: Settings | None = None, host: AgentHost | None = None) -> None:
        self.settings = settings or get_settings()
        self.loop = asyncio.new_event_loop()
        self._host: AgentHost = host or NoHost()
        self.recovered = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ringback-engine", daemon=True)
        self._live: dict[str, LiveCall] = {}
        self._preparing = Preparing(self._host)
        self._store: Store | None = None
        self._machine = MachineWatch()
        self._dispatch: Dispatch | None = None
        self._keeper: RunKeeper | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._logs = PlatformLogs(self.loop, self.resolved)
        self._versions = Versions(self.resolved)
        self._measuring = Measuring()
        self._measuring.on_measured = lambda call_id: self.archive.forget(call_id)

    # Its life

    def start(self) -> None:
        """Open the store, recover what dead engines left, and begin to warm up.

        Returns when calls can be placed; the LiveKit server and the demo agent may still be on
        their way (see :meth:`progress`).

        Raises:
            SetupError: The data folder or its database cannot be used.
        """
        self._store = Store.open(self.settings)
        self._archive = Archive(self._store, self.settings)
        self._inheritance = Inheritance(self.settings, self._store)
        self._intake = Intake(self.settings, self._store, self._host, self.resolved)
        self._thread.start()
        self._call(self._start())

    def stop(self) -> None:
        """End all calls in order, the workers, the agents and the LiveKit server. Repeatable."""
        if not self._thread.is_alive():
            return
        with contextlib.suppress(concurrent.futures.TimeoutError):
            self._call(self._stop(), timeout=_STOP_S)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5.0)
        if self._store is not None:
            self._inheritance.drop()
            self._store.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()

    async def _start(self) -> None:
        limit = self.settings.concurrency or max(1, (os.cpu_count() or 2) - 1)
        self._book = SessionBook(self.store, Secrets(self.settings), self.resolved)
        self._dispatch = Dispatch(
            self.settings, self.store, self._host, self._live, limit, self.resolved, self._book
        )
        self._dispatch.on_stored = self._on_stored
        self._keeper = RunKeeper(
            self.archive, self._place_planned, self.hang_up, lambda: self._inheritance.lease, limit
        )
        self._desk = RunDesk(
            self.archive, self._intake, self._keeper, self._call, lambda: self._inheritance.lease
        )
        self._spawn(self._keeper.watch())
        self._spawn(self._inheritance.beat())
        self._spawn(self._machine.run())
        self._spawn(self._recover())
        self._spawn(self._preparing.start(self._dispatch.warm_up))

    async def _stop(self) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        if self._keeper is not None:
            await self._keeper.stop()
        if self._dispatch is not None:
            await self._dispatch.stop()
        await self._measuring.stop()
        await self._host.stop()

    async def _recover(self) -> None:
        await self._inheritance.settle(self._book)
        self._spawn(self._inheritance.housekeeping.daily())
        for call in await asyncio.to_thread(self.store.calls, limit=_MEASURED_AGAIN):
            if call.state.is_final and call.id not in self._live:
                files = self.store.artifacts(call.id)
                self._measuring.queue(call.id, files, call.provider)
        self.recovered.set()
        await self._inheritance.fill_in()

    # CallService

    @property
    def store(self) -> Store:
        """The store; the engine has been started."""
        assert self._store is not None, "Engine.start() was not called"
        return self._store

    @property
    def archive(self) -> Archive:
        """Stored calls and runs; the engine has been started."""
        assert self._store is not None, "Engine.start() was not called"
        return self._archive

    def resolved(self, agent: Agent) -> Agent:
        """`agent` with its secrets in place of the references to them; not to be stored.

        Raises:
            MissingSecret: One is not there.
        """
        secrets = Secrets(self.settings)
        found = {"config": secrets.resolve(agent.config), "body": secrets.resolve(agent.body)}
        return agent.model_copy(update=found)

    def prepare(self, agent: Agent) -> None:
        """Begin to warm an agent of this computer; see CallService."""
        if self._host.runs(agent) and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the engine is just ending
                self.loop.call_soon_threadsafe(lambda: self._spawn(self._preparing.prepare(agent)))

    def place(self, request: CallRequest) -> Call:
        """Queue a call and return at once; see CallService."""
        (call,) = self.place_run(request, 1)
        return call

    def place_run(self, request: CallRequest, runs: int | None = None) -> tuple[Call, ...]:
        """Queue the calls of one run and return at once; see CallService."""
        placed = tuple(self._queue(*each) for each in self._intake.enter(request, runs))
        if request.purpose == "call":
            self.loop.call_soon_threadsafe(lambda: self._spawn(self._tell_version(placed, request)))
        return placed

    async def _tell_version(self, calls: Sequence[Call], request: CallRequest) -> None:
        """Find out the version of an agent while its calls begin: nobody waits for it."""
        version = await self._versions.of(calls[0].run_id, request.agent)
        for call in calls if version is not None else ():
            await asyncio.to_thread(self.store.update_call, call.id, version=version)

    def _queue(self, call: Call, request: CallRequest) -> Call:
        """Have a call carried that has been stored."""

        async def queue() -> None:
            self._queue_here(call, request)

        self._call(queue())
        return call

    def _queue_here(self, call: Call, request: CallRequest) -> None:
        assert self._dispatch is not None
        files = self.store.artifacts(call.id)
        files.folder.mkdir(parents=True, exist_ok=True)
        self._live[call.id] = LiveCall(
            call, request, files.recording, functools.partial(error_bar, self.store)
        )
        self._dispatch.queue(call.id)

    async def _place_planned(self, run_id: str, plan: RunPlan, item: PlannedCall) -> Call:
        """Store and queue a call of a run, on the loop."""
        version = await self._versions.of(run_id, plan.agents[item.agent], plan.version)
        call, request = await asyncio.to_thread(
            self._intake.stored, request_of(plan, item), run_id, item, version
        )
        self._queue_here(call, request)
        return call

    # Runs

    def start_run(self, plan: RunPlan) -> RunHead:
        """Begin a run and return at once; see CallService."""
        return self._desk.start(plan)

    def cancel_run(self, run_id: str) -> None:
        """End a run; see CallService."""
        self._desk.cancel(run_id)

    def resume_run(self, run_id: str) -> RunHead:
        """Go on with a run; see CallService."""
        return self._desk.resume(run_id)

    def rerun_failed(self, run_id: str) -> RunHead:
        """Call again what did not pass, in a new run; see CallService."""
        return self._desk.rerun_failed(run_id)

    def add_repeats(self, run_id: str, n: int, scenarios: Sequence[str] = ()) -> RunHead:
        """Call more often; see CallService."""
        return self._desk.add_repeats(run_id, n, scenarios)

    def run_progress(self, run_id: str) -> RunProgress:
        """How far a run has come; see CallService."""
        return self._desk.progress(run_id, self._live_states())

    def hang_up(self, call_id: str) -> None:
        """End a call from any state; see CallService."""
        if call_id in self._live and self._dispatch is not None:
            self.loop.call_soon_threadsafe(self._dispatch.hang_up, call_id)

    def view(self, call_id: str) -> CallView:
        """The call as it stands; see CallService."""
        live = self._live.get(call_id)
        return live.view() if live is not None else self.archive.view(call_id)

    def _live_states(self) -> dict[str, Call]:
        return {call_id: _as_it_stands(one) for call_id, one in self._live.copy().items()}

    def live(self) -> Sequence[Call]:
        """Calls of this engine that have not ended."""
        live = self._live.copy().values()
        return [_as_it_stands(one) for one in live if one.request.purpose == "call"]

    def history(self, *, include_deleted: bool = False) -> Sequence[Call]:
        """Stored calls, newest first; see CallService."""
        live = self._live.copy()
        return [
            _as_it_stands(live[call.id]) if call.id in live else call
            for call in self.store.calls(include_deleted=include_deleted)
        ]

    def delete(self, call_id: str) -> None:
        """Mark a call deleted; one that is live is ended first."""
        self.hang_up(call_id)
        self.store.delete_call(call_id)

    def restore(self, call_id: str) -> None:
        """Undo :meth:`delete`."""
        self.store.restore_call(call_id)

    async def follow(self, call_id: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """Updates of a call; see CallService."""
        live = self._live.get(call_id)
        if live is not None:
            async for update in live.follow(after):
                yield update
                after = update.get("seq", after)
        view = await asyncio.to_thread(self.archive.view, call_id)
        yield view_update(view, after)
        yield {"type": "end"}

    async def hear(self, call_id: str) -> AsyncGenerator[LaneSound, None]:
        """Each lane of a live call by itself; see CallService."""
        live = self._live.get(call_id)
        if live is None or self._dispatch is None:
            raise not_live()
        self._dispatch.listen(call_id, True)
        async with contextlib.aclosing(live.listen()) as pieces:
            try:
                async for piece in pieces:
                    yield piece
            finally:
                await pieces.aclose()
                if not live.listened:
                    self._dispatch.listen(call_id, False)

    def wait_measured(self, call_id: str, within_s: float) -> None:
        """Wait until a call's recording is measured; see CallService."""
        self._call(self._measuring.wait(call_id, within_s))

    def agent_log(self, call_id: str, last: int = 200) -> list[str]:
        """The last lines of an agent that we run; see CallService."""
        if self._dispatch is not None and (lines := self._dispatch.agent_log(call_id, last)):
            return lines
        path = self.store.artifacts(call_id).agent_log
        if not path.exists():
            live = self._live.get(call_id)
            return [] if live is None else self._logs.last(live, last)
        return path.read_text(errors="replace").splitlines()[-last:]

    def sessions(self, agent: Agent) -> list[ActiveSession]:
        """What runs of `agent` on its platform; see CallService."""
        return self._call(insight_of(self.resolved(agent)).sessions())

    def end_session(self, agent: Agent, session_id: str) -> None:
        """End one of them; see CallService."""
        self._call(insight_of(self.resolved(agent)).end(session_id))

    def progress(self) -> list[str]:
        """What is being prepared right now."""
        return self._preparing.told()

    def machine(self) -> MachineLoad:
        """Whether this computer has time to measure; see CallService."""
        return self._machine.now

    # Inside

    def _talking(self, call_id: str) -> tuple[LiveCall, Dispatch]:
        live = self._live.get(call_id)
        if live is None or self._dispatch is None or live.over.is_set():
            raise not_live()
        return live, self._dispatch

    def _on_stored(self, call_id: str) -> None:
        self.archive.forget(call_id)
        if self._keeper is not None:
            self._spawn(self._keeper.on_stored(call_id))
        live = self._live.get(call_id)
        if live is not None and live.request.purpose == "call":
            files = self.store.artifacts(call_id)
            self._measuring.queue(call_id, files, live.request.agent.provider)

    def _call(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _as_it_stands(live: LiveCall) -> Call:
    """The row of a call that has not ended; its state is stored only at its end."""
    return replace(live.call, state=live.view().state)
