"""Carry one call through, inside a worker: start, ring, talk, end, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from loguru import logger

from harness.agents import AgentProvider, provider_for
from harness.caller import Ending, SimulatedCaller, needs_ear, removed
from harness.caller.speech import get_stack
from harness.calls._log_tap import LogTap
from harness.calls._order import Fate, Order
from harness.errors import (
    AgentCrashed,
    AgentLeft,
    AgentSilent,
    CallLost,
    InternalError,
    RingbackError,
    RunnerTimeout,
    redact,
)
from harness.nouns import CallState, EventKind, Failure, Session, to_json

__all__ = ["Carriage"]

T = TypeVar("T")

_STOP_S = 6.0
_CRASH_S = 6.0
"""A process that fails takes its time to fall: Pipecat's runner shuts its server down first."""
_QUIET_END_S = 0.3


class _Cancelled(Exception):
    """Somebody hung up before the call was through."""


class Carriage:
    """One call on its way.

    Args:
        order: What to do.
        tap: Where it is written down.
        ask_fate: Asks the engine what became of the agent's process, giving it some seconds to end.
    """

    def __init__(
        self, order: Order, tap: LogTap, ask_fate: Callable[[float], Awaitable[Fate | None]]
    ) -> None:
        self._order = order
        self._tap = tap
        self._ask_fate = ask_fate
        self._hang_up = asyncio.Event()
        self._engine_gone = False
        self._caller: SimulatedCaller | None = None
        self._provider: AgentProvider | None = None
        self._session: Session | None = None

    def hang_up(self, *, engine_gone: bool = False) -> None:
        """End the call from any state."""
        self._engine_gone = engine_gone
        self._hang_up.set()

    def type_line(self, text: str, *, as_text: bool = False) -> None:
        """Have the caller say `text`, or send it by the agent's text channel."""
        if self._caller is not None:
            self._caller.type_line(text, as_text=as_text)

    async def run(self) -> None:
        """Carry the call to a final state. Never raises."""
        state, failure = CallState.FAILED, None
        try:
            state, failure = await self._through()
        except _Cancelled:
            state = CallState.CANCELLED
        except RingbackError as error:
            failure = Failure.of(error)
        except Exception as error:
            logger.exception("call {} failed", self._order.call_id)
            failure = Failure.of(
                InternalError(
                    f"Ringback failed while it carried the call: {redact(str(error))[:200]}",
                    cause="A defect in Ringback.",
                    remedy="Call again; the worker's log has the details.",
                )
            )
        if self._engine_gone:
            state = CallState.LOST
            failure = Failure.of(
                CallLost(
                    "The console ended while the call was live.",
                    cause="It was stopped or killed.",
                    remedy="Call again.",
                )
            )
        await self._end(state, failure)

    async def _through(self) -> tuple[CallState, Failure | None]:
        limits = self._order.limits
        self._state(CallState.STARTING)
        self._provider = provider_for(self._order.agent)
        self._provider.check()
        await self._or_hang_up(self._prepare_voice())
        self._session = await self._or_hang_up(self._start_session(self._provider))
        self._state(CallState.RINGING)
        self._caller = SimulatedCaller(
            self._tap,
            self._session,
            self._order.caller,
            self._order.steps,
            self._tap.zero,
            self._order.agent,
        )
        await self._or_hang_up(self._caller.join(limits.join_s))
        self._state(CallState.LIVE)
        ending = await self._talk(self._caller)
        self._tap.emit(EventKind.HANGUP, by=ending.by, reason=ending.reason)
        return await self._judge(ending, self._caller)

    async def _prepare_voice(self) -> None:
        """Check the voice and have the script's lines ready before anybody waits for them."""
        caller = self._order.caller
        hears = needs_ear(caller, self._order.agent)
        if caller.by == "text" and not hears:
            return
        stack = get_stack(caller.stack)
        await asyncio.to_thread(stack.check, caller.voice)
        if caller.by == "text":
            return
        lines = [step.say for step in self._order.steps if step.say]
        await stack.prepare(caller.voice, lines, speed=caller.speed, seed=caller.seed)

    async def _start_session(self, provider: AgentProvider) -> Session:
        began = self._tap.now()
        limit = self._order.limits.session_s
        try:
            async with asyncio.timeout(limit):
                session = await provider.start(self._order.agent.body, self._tell_wait)
        except TimeoutError:
            raise RunnerTimeout(
                f"The agent's session did not start in {limit:g} s.",
                cause="The agent is still loading, or hangs while it starts.",
                remedy="Look at the agent's own log, then call again.",
            ) from None
        self._tap.emit(
            EventKind.SESSION_STARTED,
            provider=self._order.agent.provider,
            session_id=session.session_id,
            room=session.room,
            url=session.url,
            took_s=round(self._tap.now() - began, 3),
        )
        for message in session.warnings:
            self._tap.emit(EventKind.ROOM_WARNING, code="session", message=message)
        return session

    def _tell_wait(self, sentence: str) -> None:
        self._tap.emit(EventKind.SESSION_WAITS, message=sentence)

    async def _talk(self, caller: SimulatedCaller) -> Ending:
        talk = asyncio.create_task(caller.talk())
        limits = asyncio.create_task(self._limits(caller))
        hung_up = asyncio.create_task(self._hang_up.wait())
        try:
            await asyncio.wait({talk, limits, hung_up}, return_when=asyncio.FIRST_COMPLETED)
            if talk.done():
                return talk.result()
            if limits.done():
                return Ending("limit", limits.result())
            return Ending("person", "hung_up")
        finally:
            for task in (talk, limits, hung_up):
                task.cancel()
            await asyncio.gather(talk, limits, hung_up, return_exceptions=True)

    async def _limits(self, caller: SimulatedCaller) -> str:
        limits = self._order.limits
        while True:
            await asyncio.sleep(0.25)
            if self._tap.now() > limits.wall_clock_s:
                return "wall_clock"
            if self._tap.now() - caller.silent_since > limits.silence_s:
                return "silence"

    async def _judge(
        self, ending: Ending, caller: SimulatedCaller
    ) -> tuple[CallState, Failure | None]:
        """What the end of a live conversation means."""
        through = caller.script_done or not self._order.steps
        if ending.by == "person":
            return (CallState.DONE if through else CallState.CANCELLED), None
        if ending.by in ("agent", "server"):
            fate = await self._ask_fate(_QUIET_END_S if through else _CRASH_S)
            if fate is not None and fate.trouble is not None:
                return CallState.FAILED, fate.trouble
            if fate is not None and fate.exit_code:
                return CallState.FAILED, Failure.of(_crashed(fate))
            if ending.by == "server":
                return CallState.FAILED, Failure.of(removed(ending.reason))
            if not through:
                return CallState.FAILED, Failure.of(
                    AgentLeft(
                        "The agent left before the caller was done.",
                        cause="It hung up, or its session ended.",
                        remedy="Read its last lines in the transcript and its log.",
                    )
                )
        if ending.reason == "no_answer" or (ending.reason == "silence" and caller.awaits_answer):
            return CallState.DONE, Failure.of(
                AgentSilent(
                    "The agent stayed silent."
                    if not caller.heard_agent
                    else "The agent stopped answering.",
                    cause="It did not hear the caller, or its answer never became sound.",
                    remedy="See in the transcript what it heard; its log may say more.",
                )
            )
        return CallState.DONE, None

    async def _end(self, state: CallState, failure: Failure | None) -> None:
        with contextlib.suppress(ValueError):
            self._state(CallState.ENDING)
        if self._caller is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._caller.leave(), _STOP_S)
        if self._provider is not None and self._session is not None:
            how = "left"
            with contextlib.suppress(Exception):
                how = await asyncio.wait_for(self._provider.stop(self._session), _STOP_S)
            self._tap.emit(EventKind.SESSION_STOPPED, how=how)
        await self._tap.close_recording()
        self._state(state, failure)

    def _state(self, state: CallState, failure: Failure | None = None) -> None:
        data: dict[str, Any] = {"state": str(state)}
        if failure is not None:
            data["failure"] = to_json(failure)
        self._tap.emit(EventKind.STATE, **data)

    async def _or_hang_up(self, work: Awaitable[T]) -> T:
        """Await `work`, unless somebody hangs up first."""
        task = asyncio.ensure_future(work)
        hung_up = asyncio.ensure_future(self._hang_up.wait())
        try:
            await asyncio.wait({task, hung_up}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise _Cancelled
        finally:
            task.cancel()
            hung_up.cancel()
            await asyncio.gather(task, hung_up, return_exceptions=True)


def _crashed(fate: Fate) -> AgentCrashed:
    last = next((line for line in reversed(fate.lines) if line.strip()), "")
    return AgentCrashed(
        f"The agent's process ended with code {fate.exit_code}.",
        cause=f"Its last words: {last.strip()[:300]}" if last else "It said nothing.",
        remedy="Read its log beside the call, mend the bot, then call again.",
    )
