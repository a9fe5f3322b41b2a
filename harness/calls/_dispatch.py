"""Dispatch: brings queued calls to workers, and each call to its stored end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from loguru import logger

from harness.calls._build_view import build_view, summary_of
from harness.calls._connection_steps import StepTeller
from harness.calls._engine_steps import finish_here, try_before
from harness.calls._figures import keep_figures
from harness.calls._host import AgentHost, HostedAgent
from harness.calls._judges import Helpers, helpers_of, is_judged
from harness.calls._judging import panel_of
from harness.calls._lane_sound import LaneSound, VoiceSound
from harness.calls._live_call import LiveCall
from harness.calls._live_grader import LiveGrader
from harness.calls._order import Fate, Order
from harness.calls._recovery import append_event, recover
from harness.calls._request import Limits
from harness.calls._session_book import SessionBook
from harness.calls._worker_handle import WorkerHandle
from harness.errors import InternalError, RingbackError
from harness.nouns import (
    Agent,
    Caller,
    CallState,
    Event,
    EventKind,
    Expected,
    Failure,
    Scenario,
    Simulation,
    from_json,
    to_json,
)
from harness.settings import Settings
from harness.store import EndpointLibrary, Store, read_events

__all__ = ["Dispatch"]

_CALLS_PER_WORKER = 8
_READY_S = 60.0
_LOG_LINES = 2000
_TESTS = 2
_GRADING_S = 30.0
"""So long the last judges may take once a call is over."""
_SPARE_S = 30.0
"""A simulation ends itself at its own limits; the call's are wider, and for what hangs."""


class Dispatch:
    """Runs each call from the queue to the store. Lives on the engine's loop.

    Args:
        live: The engine's calls that have not ended; a call is taken out when it is stored.
        limit: Calls at once.
        resolved: Puts secrets in the place of references to them.
        book: Where started sessions are taken down.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        host: AgentHost,
        live: dict[str, LiveCall],
        limit: int,
        resolved: Callable[[Agent], Agent],
        book: SessionBook,
    ) -> None:
        self._settings = settings
        self._store = store
        self._host = host
        self._resolved = resolved
        self._live = live
        self._book = book
        self._slots = asyncio.Semaphore(limit)
        # A test takes some seconds and measures nothing: it does not wait for calls to end.
        self._test_slots = asyncio.Semaphore(_TESTS)
        self._workers: list[WorkerHandle] = []
        self._spawning = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._agents: dict[str, Agent] = {}
        self._hosted: dict[str, HostedAgent] = {}
        self._rooms: dict[str, str] = {}
        self._carried: dict[str, asyncio.Future[bool]] = {}
        self._by: dict[str, WorkerHandle] = {}
        self._side: set[asyncio.Task[None]] = set()
        self._graders: dict[str, LiveGrader] = {}
        self._ending: set[str] = set()
        self._stopping = False
        self.on_stored: Callable[[str], None] = lambda call_id: None

    async def warm_up(self) -> None:
        """Have a worker ready before the first call."""
        await self._worker()

    def queue(self, call_id: str) -> None:
        """Bring a call to its end, when there is a slot."""
        self._tasks[call_id] = asyncio.create_task(self._bring(call_id))

    def hang_up(self, call_id: str) -> None:
        """End a call: by its worker if one carries it, else here; its judges if it is over."""
        worker = self._by.get(call_id)
        if call_id in self._ending:
            if grader := self._graders.get(call_id):
                grader.give_up()
            return
        if worker is not None and worker.alive:
            worker.tell({"do": "hang_up", "call_id": call_id})
        elif call_id in self._tasks and call_id not in self._carried:
            self._tasks[call_id].cancel()

    def tell(self, call_id: str, command: dict[str, Any]) -> None:
        """Pass a command to the call's worker, if one carries it."""
        if worker := self._by.get(call_id):
            worker.tell({**command, "call_id": call_id})

    def speak(self, sound: VoiceSound) -> None:
        """Pass a person's voice to the call's worker."""
        if worker := self._by.get(sound.call_id):
            worker.speak(sound)

    def listen(self, call_id: str, on: bool) -> None:
        """Have the call's worker pass audio on, or stop it."""
        if worker := self._by.get(call_id):
            worker.tell({"do": "listen", "call_id": call_id, "on": on})

    def agent_log(self, call_id: str, last: int) -> list[str]:
        """The last lines of the process that is the call's agent, while it runs."""
        hosted = self._hosted.get(call_id)
        return hosted.last_lines(last) if hosted else []

    async def stop(self) -> None:
        """Hang up every call, wait for their ends, and end the workers."""
        self._stopping = True
        for call_id in list(self._tasks):
            self.hang_up(call_id)
        if self._tasks:
            await asyncio.wait(set(self._tasks.values()), timeout=12.0)
        await asyncio.gather(*(worker.stop() for worker in self._workers), return_exceptions=True)
        if self._tasks:
            await asyncio.wait(set(self._tasks.values()), timeout=5.0)

    # Reports of workers

    def on_message(self, worker: WorkerHandle, message: dict[str, Any]) -> None:
        """An event, peaks, a question or the end of a call."""
        call_id = message["call_id"]
        live = self._live.get(call_id)
        match message["is"]:
            case "event" if live:
                event = from_json(Event, message["event"])
                if event.kind == EventKind.SESSION_STARTED:
                    self._rooms[call_id] = event.data.get("room") or ""
                    self._book.enter(call_id, live.request.agent.provider, event)
                live.add(event)
                if grader := self._graders.get(call_id):
                    grader.on_events((event,))
            case "peaks" if live:
                live.add_peaks(message["lane"], message["first"], message["values"])
            case "ask_fate":
                self._aside(self._tell_fate(worker, call_id, message))
            case "over":
                self._settle(call_id, True)

    def on_sound(self, sound: LaneSound) -> None:
        """Sound for listeners."""
        if live := self._live.get(sound.call_id):
            live.hear(sound)

    def on_worker_gone(self, worker: WorkerHandle) -> None:
        """Its calls are lost."""
        if worker in self._workers:
            self._workers.remove(worker)
        for call_id in list(worker.calls):
            self._settle(call_id, False)
        if not self._stopping:
            self._aside(self._worker_again())

    # One call

    async def _bring(self, call_id: str) -> None:
        live = self._live[call_id]
        is_test = live.request.purpose == "test"
        try:
            async with self._test_slots if is_test else self._slots:
                await self._run(call_id, live)
        except asyncio.CancelledError:
            await self._end_here(call_id, CallState.CANCELLED, None)
        except RingbackError as error:
            await self._end_here(call_id, CallState.FAILED, Failure.of(error))
        except Exception as error:
            logger.exception("call {} could not be carried", call_id)
            trouble = InternalError(
                f"Ringback failed while it prepared the call: {error}",
                cause="A defect in Ringback.",
                remedy="Call again; the console's log has the details.",
            )
            await self._end_here(call_id, CallState.FAILED, Failure.of(trouble))
        finally:
            self._ending.add(call_id)
            await self._clean_up(call_id, live)
            await self._finish_grading(call_id)
            await self._store_end(call_id, live)
            self._ending.discard(call_id)

    async def _run(self, call_id: str, live: LiveCall) -> None:
        request = live.request
        steps = self._steps(call_id, live) if request.purpose == "test" else None
        began = time.monotonic()
        try:
            agent = self._agents[call_id] = self._resolved(request.agent)
            if hosted := self._host.runs(agent):
                if steps is not None:
                    await try_before(agent, steps)
                self._hosted[call_id] = await self._host.lease(agent)
                agent = self._agents[call_id] = self._hosted[call_id].agent
            worker = await self._worker()
        except RingbackError as error:
            if steps is not None:
                at = "start" if "ready" in steps.told else None
                steps.fail(error, time.monotonic() - began, at=at)
            raise
        helpers = helpers_of(request.scenario, EndpointLibrary(self._settings))
        simulation = request.scenario.simulation if request.scenario else None
        order = Order(
            call_id=call_id,
            agent=agent,
            caller=request.caller or Caller(),
            limits=request.limits if simulation is None else _wider(request.limits, simulation),
            purpose=request.purpose,
            hosted=hosted,
            hosted_s=time.monotonic() - began if hosted else 0.0,
            told=steps.told if steps is not None else (),
            scenario=request.scenario,
            judges=helpers.judges if _judged_on_the_way(request.scenario) else (),
            brain=helpers.brain,
            person_ear=request.ear_stack,
        )
        self._begin_grading(call_id, live, helpers)
        over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._carried[call_id] = over
        self._by[call_id] = worker
        worker.calls.add(call_id)
        worker.tell({"do": "carry", "call_id": call_id, "order": order.model_dump(mode="json")})
        if live.listened:
            self.listen(call_id, True)
        try:
            in_order = await asyncio.shield(over)
        finally:
            worker.calls.discard(call_id)
            del self._carried[call_id], self._by[call_id]
        if not in_order:
            await asyncio.to_thread(recover, self._store, live.call)

    def _begin_grading(self, call_id: str, live: LiveCall, helpers: Helpers) -> None:
        """Have judges follow the call; what a script expects is judged where the script runs."""
        scenario = live.request.scenario
        if scenario is None:
            return
        specs = [
            spec for spec in scenario.checks if is_judged(spec) and not isinstance(spec, Expected)
        ]
        if not specs:
            return

        async def note(kind: EventKind, data: dict[str, Any]) -> None:
            if worker := self._by.get(call_id):
                command = {"do": "note", "call_id": call_id, "kind": str(kind), "data": data}
                worker.tell(command)
            elif call_id in self._ending:
                self._append(call_id, live, kind, data)

        panel = panel_of(helpers.judges, scenario.judge)
        self._graders[call_id] = LiveGrader(specs, panel, note)

    async def _finish_grading(self, call_id: str) -> None:
        """Let the judges come to their end; their trouble never keeps a call from its own."""
        grader = self._graders.get(call_id)
        if grader is None:
            return
        try:
            path = self._store.artifacts(call_id).events
            # Also what was told when no worker was left to tell it.
            grader.on_events(await asyncio.to_thread(read_events, path))
            await grader.finish(_GRADING_S)
        except Exception:
            logger.exception("call {} could not be graded", call_id)
        finally:
            del self._graders[call_id]

    async def _end_here(self, call_id: str, state: CallState, failure: Failure | None) -> None:
        """Write the end of a call that no worker carried."""
        data: dict[str, Any] = {"state": str(state)}
        if failure is not None:
            data["failure"] = to_json(failure)
        await asyncio.to_thread(append_event, self._store, call_id, EventKind.STATE, data)

    async def _clean_up(self, call_id: str, live: LiveCall) -> None:
        """Stop the session, end the agent's process and delete the room, whatever happened."""
        room = self._rooms.pop(call_id, "")
        hosted = self._hosted.pop(call_id, None)
        agent = self._agents.pop(call_id, None)
        events = await asyncio.to_thread(read_events, self._store.artifacts(call_id).events)
        with contextlib.suppress(RingbackError, OSError):
            how = await self._book.settle(call_id, events, agent)
            if how is not None:
                self._append(call_id, live, EventKind.SESSION_STOPPED, {"how": how})
        with contextlib.suppress(RingbackError, OSError):
            if hosted is not None:
                await self._keep_log(call_id, hosted)
                await self._host.release(hosted, room)
            elif room:
                await self._host.clean_room(room)
        if live.request.purpose == "test":
            with contextlib.suppress(RingbackError, OSError):
                steps = self._steps(call_id, live)
                await finish_here(steps, self._host, room, hosted=hosted is not None)

    def _steps(self, call_id: str, live: LiveCall) -> StepTeller:
        """Tells steps of a test that are done by the engine."""
        told = [event.data["name"] for event in live.events if event.kind == EventKind.SESSION_STEP]
        return StepTeller(
            lambda data: self._append(call_id, live, EventKind.SESSION_STEP, data), told
        )

    def _append(self, call_id: str, live: LiveCall, kind: EventKind, data: dict[str, Any]) -> None:
        """Write an event while no worker does."""
        live.add(append_event(self._store, call_id, kind, data))

    async def _keep_log(self, call_id: str, hosted: HostedAgent) -> None:
        lines = hosted.last_lines(_LOG_LINES)
        path = self._store.artifacts(call_id).agent_log
        await asyncio.to_thread(path.write_text, "\n".join(lines) + "\n")

    async def _store_end(self, call_id: str, live: LiveCall) -> None:
        def write() -> None:
            files = self._store.artifacts(call_id)
            view = build_view(live.call, live.request, read_events(files.events))
            live.call = self._store.update_call(
                call_id,
                state=view.state,
                verdict=view.verdict,
                failure=view.failure,
                ended_at=datetime.now(UTC),
                duration_s=view.t,
                summary=summary_of(view),
            )
            if live.request.purpose == "call":
                keep_figures(self._store, view)

        await asyncio.to_thread(write)
        self.on_stored(call_id)
        self._live.pop(call_id, None)
        self._tasks.pop(call_id, None)
        live.finish(live.call)

    def _settle(self, call_id: str, in_order: bool) -> None:
        over = self._carried.get(call_id)
        if over is not None and not over.done():
            over.set_result(in_order)

    async def _tell_fate(
        self, worker: WorkerHandle, call_id: str, question: dict[str, Any]
    ) -> None:
        hosted = self._hosted.get(call_id)
        fate = Fate()
        if hosted is not None:
            code = await hosted.exit_code(question["within_s"])
            if call_id not in self._hosted:
                return  # the call is over, and its process ended by us
            trouble = await self._host.trouble()
            own = await hosted.trouble()
            fate = Fate(
                trouble=Failure.of(trouble) if trouble else None,
                own=Failure.of(own) if own else None,
                exit_code=code,
                lines=tuple(hosted.last_lines(40)),
            )
        told = {"call_id": call_id, "ask": question["ask"], "fate": fate.model_dump(mode="json")}
        worker.tell({"do": "fate", **told})

    # Workers

    async def _worker(self) -> WorkerHandle:
        """A worker with room for one more call, spawned if there is none."""
        async with self._spawning:
            for worker in self._workers:
                if worker.alive and len(worker.calls) < _CALLS_PER_WORKER:
                    break
            else:
                worker = await WorkerHandle.spawn(self._settings, self)
                self._workers.append(worker)
            await asyncio.wait_for(worker.ready.wait(), _READY_S)
        if not worker.alive:
            raise InternalError(
                "The process that carries calls ended as it started.",
                cause="A package is missing or broken; worker.log in the data folder says more.",
                remedy="Run `ringback doctor`, then call again.",
            )
        return worker

    async def _worker_again(self) -> None:
        with contextlib.suppress(RingbackError, TimeoutError, OSError):
            await self._worker()

    def _aside(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._side.add(task)
        task.add_done_callback(self._side.discard)


def _judged_on_the_way(scenario: Scenario | None) -> bool:
    """Whether a judge decides how the script goes on; the others stay here, with their keys."""
    checks = scenario.checks if scenario is not None else ()
    return any(isinstance(spec, Expected) and spec.eval for spec in checks)


def _wider(limits: Limits, simulation: Simulation) -> Limits:
    return limits.model_copy(
        update={
            "wall_clock_s": max(limits.wall_clock_s, simulation.max_duration_s + _SPARE_S),
            "silence_s": max(limits.silence_s, simulation.max_silence_s + _SPARE_S),
        }
    )
