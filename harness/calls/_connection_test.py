"""A connection test, inside a worker: every step of the way to an agent, and nothing said."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from harness.agents import left_behind
from harness.caller import Samples, SimulatedCaller
from harness.calls._carry import Cancelled, Carriage
from harness.calls._connection_steps import StepTeller
from harness.calls._log_tap import LogTap
from harness.calls._order import Fate, Order
from harness.errors import AgentLeft, RingbackError
from harness.nouns import CallState, EventKind, Failure, Lane

__all__ = ["ConnectionTest"]

_READY_S = 5.0
_NO_PREFLIGHT = "not needed for this way to the agent"
_NO_RTVI = (
    "it speaks no RTVI: voice calls work, its own words and figures are missing unless it writes "
    "transcriptions"
)


class ConnectionTest(Carriage):
    """A call without a conversation; see :class:`harness.calls.CallRequest`."""

    _needs_stop = True

    def __init__(
        self, order: Order, tap: LogTap, ask_fate: Callable[[float], Awaitable[Fate | None]]
    ) -> None:
        super().__init__(order, tap, ask_fate)
        self._steps = StepTeller(lambda data: tap.emit(EventKind.SESSION_STEP, **data), order.told)

    async def _through(self) -> tuple[CallState, Failure | None]:
        self._state(CallState.STARTING)
        if not self._order.hosted:
            await self._or_hang_up(self._preflight())
        async with self._step("start") as took_s:
            session = await self._start_session()
        name = f"session {session.session_id}" if session.session_id else "without a session id"
        self._steps.tell("start", took_s() + self._order.hosted_s, name)
        self._state(CallState.RINGING)
        watch = _Watch(self._tap, self._steps, session.room)
        self._caller = self._new_caller(session, watch)
        async with self._step(None):
            await self._or_hang_up(self._join(self._caller))
        self._state(CallState.LIVE)
        async with self._step("rtvi_ready"):
            await self._wait_for_rtvi(self._caller, watch)
        return CallState.DONE, None

    async def _preflight(self) -> None:
        async with self._step(None):
            self._keeper.provider.check()
            async for step in self._keeper.provider.preflight():
                self._steps.take(step)
        self._steps.preflight_over(_NO_PREFLIGHT)

    async def _wait_for_rtvi(self, caller: SimulatedCaller, watch: _Watch) -> None:
        began = time.monotonic()
        talk = asyncio.create_task(caller.talk())
        ready = asyncio.create_task(watch.ready.wait())
        hung_up = asyncio.create_task(self._hang_up.wait())
        try:
            waiting = {talk, ready, hung_up}
            await asyncio.wait(waiting, timeout=_READY_S, return_when=asyncio.FIRST_COMPLETED)
            if hung_up.done():
                raise Cancelled
            took_s = time.monotonic() - began
            if ready.done():
                self._steps.tell("rtvi_ready", took_s, watch.said_ready)
            elif talk.done():
                talk.result()  # or the error that ended it
                raise AgentLeft(
                    "The agent left as soon as the caller was there.",
                    cause="It failed when the caller joined, or its session ended.",
                    remedy="Look at its log.",
                )
            else:
                self._steps.tell("rtvi_ready", took_s, _NO_RTVI, done=False)
        finally:
            for task in (talk, ready, hung_up):
                task.cancel()
            await asyncio.gather(talk, ready, hung_up, return_exceptions=True)

    async def _stop_session(self) -> RingbackError | None:
        began = time.monotonic()
        session = self._keeper.session
        trouble = await super()._stop_session()
        if session is None:
            self._steps.tell("stop", note="no session was started", done=False)
        elif trouble is None:
            self._steps.tell("stop", time.monotonic() - began)
        else:
            self._steps.fail(trouble, time.monotonic() - began, at="stop")
        if self._order.hosted:
            return trouble  # the engine ends the process, and tells
        if session is None:
            self._steps.tell("cleaned", note="nothing to clean", done=False)
            return trouble
        began = time.monotonic()
        try:
            asked, note = await left_behind(self._order.agent, session)
        except RingbackError as error:
            self._steps.fail(error, time.monotonic() - began, at="cleaned")
            return trouble or error
        self._steps.tell("cleaned", time.monotonic() - began, note, done=asked)
        return trouble

    @contextlib.asynccontextmanager
    async def _step(self, name: str | None) -> AsyncIterator[Callable[[], float]]:
        """A step, or several of which the error says which one failed."""
        began = time.monotonic()
        try:
            yield lambda: time.monotonic() - began
        except RingbackError as error:
            self._steps.fail(error, time.monotonic() - began, at=name)
            raise


class _Watch:
    """The caller's tap: tells the steps that its events stand for."""

    def __init__(self, tap: LogTap, steps: StepTeller, room: str) -> None:
        self._tap = tap
        self._steps = steps
        self._room = room
        self._since = time.monotonic()
        self._joined = False
        self._early: list[tuple[EventKind, dict[str, Any]]] = []
        self.ready = asyncio.Event()
        self.said_ready = ""

    def now(self) -> float:
        return self._tap.now()

    def audio(self, lane: Lane, first: int, samples: Samples) -> None:
        self._tap.audio(lane, first, samples)

    def emit(self, kind: EventKind, /, **data: Any) -> None:
        self._tap.emit(kind, **data)
        match kind:
            case EventKind.ROOM_JOINED:
                self._tell("join", f"room {self._room}" if self._room else "")
                self._joined = True
                for early, told in self._early:
                    self._of_agent(early, told)
            case EventKind.AGENT_JOINED | EventKind.AGENT_AUDIO if not self._joined:
                # The SDK may tell of the agent before it says that we are in, too.
                self._early.append((kind, data))
            case EventKind.AGENT_JOINED | EventKind.AGENT_AUDIO:
                self._of_agent(kind, data)
            case EventKind.AGENT_READY:
                version = data.get("version")
                self.said_ready = f"RTVI {version}" if version else ""
                self.ready.set()

    def _of_agent(self, kind: EventKind, data: dict[str, Any]) -> None:
        if kind is EventKind.AGENT_JOINED:
            self._tell("agent_found", f"{data['identity']} ({data['kind']} participant)")
        else:
            self._tell("agent_found", str(data.get("identity", "")))
            self._tell("agent_audio", "")

    def _tell(self, name: str, note: str) -> None:
        if name not in self._steps.told:
            self._steps.tell(name, time.monotonic() - self._since, note)
            self._since = time.monotonic()
