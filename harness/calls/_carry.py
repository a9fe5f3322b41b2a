"""Carry one call through, inside a worker: start, ring, talk, end, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from loguru import logger

from harness.caller import (
    CallTap,
    Ending,
    Samples,
    SimulatedCaller,
    known_lines,
    needs_ear,
    removed,
    silero,
)
from harness.caller.speech import get_stack
from harness.calls._judging import panel_of
from harness.calls._log_tap import LogTap
from harness.calls._order import Fate, Order
from harness.calls._session_keeper import SessionKeeper
from harness.errors import (
    AgentCrashed,
    AgentLeft,
    AgentSilent,
    BotDied,
    CallLost,
    ConnectError,
    InternalError,
    LiveKitStopped,
    RingbackError,
    redact,
)
from harness.grade import Panel, eval_judge
from harness.nouns import (
    CallState,
    EventKind,
    Failure,
    GivenBack,
    Judgement,
    Session,
    WhyBack,
    to_json,
)

__all__ = ["Cancelled", "Carriage"]

T = TypeVar("T")

_STOP_S = 6.0
_CRASH_S = 6.0
"""A process that fails takes its time to fall: Pipecat's runner shuts its server down first."""
_QUIET_END_S = 0.3


class Cancelled(Exception):
    """Somebody hung up before the call was through."""


class Carriage:
    """One call on its way.

    Args:
        order: What to do.
        tap: Where it is written down.
        ask_fate: Asks the engine what became of the agent's process, giving it some seconds to end.
    """

    _needs_stop = False
    """Whether a session that cannot be stopped is a failure by itself."""

    def __init__(
        self, order: Order, tap: LogTap, ask_fate: Callable[[float], Awaitable[Fate | None]]
    ) -> None:
        self._order = order
        self._tap = tap
        self._ask_fate = ask_fate
        self._hang_up = asyncio.Event()
        self._engine_gone = False
        self._caller: SimulatedCaller | None = None
        self._keeper = SessionKeeper(order.agent, tap)
        self._panel: Panel | None = None

    def hang_up(self, *, engine_gone: bool = False) -> None:
        """End the call from any state."""
        self._engine_gone = engine_gone
        self._hang_up.set()

    def type_line(self, text: str, *, as_text: bool = False) -> None:
        """Have the caller say `text`, or send it by the agent's text channel."""
        if self._caller is not None:
            self._caller.type_line(text, as_text=as_text)

    def press(self, keys: str) -> None:
        """Have the caller press keys."""
        if self._caller is not None:
            self._caller.press(keys)

    def play(self, path: str, words: str) -> None:
        """Have the caller play a recording that says `words`."""
        if self._caller is not None:
            self._caller.play(path, words)

    def take(self, who: str) -> None:
        """A person has the caller's side from now on."""
        if self._caller is not None:
            self._caller.take(who)

    def person_voice(self, first: int, samples: Samples) -> None:
        """A piece of that person's microphone came."""
        if self._caller is not None:
            self._caller.person_voice(first, samples)

    def give_back(self, why: WhyBack, back: GivenBack) -> None:
        """The simulated caller goes on, or nobody if there is none."""
        if self._caller is not None:
            self._caller.give_back(why, back)

    def whisper(self, who: str, text: str) -> None:
        """Tell a simulated person what to do."""
        if self._caller is not None:
            self._caller.whisper(who, text)

    async def run(self) -> None:
        """Carry the call to a final state. Never raises."""
        state, failure = CallState.FAILED, None
        try:
            state, failure = await self._through()
        except Cancelled:
            state = CallState.CANCELLED
        except RingbackError as error:
            failure = await self._explained(error)
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

    async def forget(self) -> None:
        """After the end: see that no session begins which nobody waits for any more."""
        await self._keeper.forget(hurry=self._engine_gone)

    async def _explained(self, error: RingbackError) -> Failure:
        """The failure of a call that broke off; an agent of ours knows better than we why."""
        asked = isinstance(error, BotDied)
        if self._order.hosted and isinstance(error, ConnectError) and not asked:
            fate = await self._ask_fate(_QUIET_END_S)
            if fate is not None and (fate.trouble or fate.own):
                return fate.trouble or fate.own or Failure.of(error)
        return Failure.of(error)

    async def _through(self) -> tuple[CallState, Failure | None]:
        self._state(CallState.STARTING)
        self._keeper.provider.check()
        await self._or_hang_up(self._prepare_voice())
        session = await self._start_session()
        self._state(CallState.RINGING)
        self._caller = self._new_caller(session, self._tap)
        await self._or_hang_up(self._join(self._caller))
        self._state(CallState.LIVE)
        ending = await self._talk(self._caller)
        self._tap.emit(EventKind.HANGUP, by=ending.by, reason=ending.reason)
        return await self._judge(ending, self._caller)

    async def _prepare_voice(self) -> None:
        """Check the voice and have the lines that are known ready before anybody waits for them."""
        await asyncio.to_thread(silero)
        caller = self._order.caller
        hears = needs_ear(caller, self._order.agent)
        if caller.by == "text" and not hears:
            return
        stack = get_stack(caller.stack)
        await asyncio.to_thread(stack.check, caller.voice)
        if caller.by == "text":
            return
        lines = known_lines(self._order.scenario, caller)
        await stack.prepare(caller.voice, lines, speed=caller.speed, seed=caller.seed)

    async def _start_session(self) -> Session:
        return await self._or_hang_up(self._keeper.start(self._order.limits.session_s))

    def _new_caller(self, session: Session, tap: CallTap) -> SimulatedCaller:
        order = self._order
        judge = None
        # Nobody, if nothing is asked in words or no language model is there to judge it.
        if order.judges and (scenario := order.scenario) is not None:
            self._panel = panel_of(order.judges, scenario.judge)
            judge = eval_judge(self._panel, self._judged, allow_continue=scenario.allow_continue)
        return SimulatedCaller(
            tap,
            session,
            order.caller,
            order.scenario,
            self._tap.zero,
            order.agent,
            judge,
            order.brain,
            order.person_ear,
        )

    def _judged(self, judgement: Judgement) -> None:
        self._tap.emit(EventKind.JUDGE_VERDICT, **to_json(judgement))

    async def _join(self, caller: SimulatedCaller) -> None:
        """Join the agent in its room; nobody waits on for an agent whose process has ended.

        Raises:
            ConnectError: The room or the agent was not reached, and why.
        """
        limit_s = self._order.limits.join_s
        if not self._order.hosted:
            return await caller.join(limit_s)
        joining = asyncio.ensure_future(caller.join(limit_s))
        fate = asyncio.ensure_future(self._ask_fate(limit_s))
        try:
            await asyncio.wait({joining, fate}, return_when=asyncio.FIRST_COMPLETED)
            if not joining.done() and (end := fate.result()) and end.exit_code is not None:
                raise _died(end)
            await joining
        finally:
            joining.cancel()
            fate.cancel()
            await asyncio.gather(joining, fate, return_exceptions=True)

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
        scenario = self._order.scenario
        free = scenario is None or not (scenario.steps or scenario.simulation)
        through = caller.script_done or free
        if ending.by == "person":
            # Whoever has the caller's side ends the call as a caller does.
            over = through or caller.held
            return (CallState.DONE if over else CallState.CANCELLED), None
        if ending.by in ("agent", "server"):
            fate = await self._ask_fate(_QUIET_END_S if through else _CRASH_S)
            if fate is not None and fate.trouble is not None:
                return CallState.FAILED, fate.trouble
            if fate is not None and (fate.exit_code or (fate.own and not through)):
                return CallState.FAILED, Failure.of(_crashed(fate))
            if not caller.script_done and (limit := await self._keeper.at_limit()):
                return CallState.FAILED, Failure.of(limit)
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
        if self._panel is not None:
            await self._panel.aclose()
        trouble = await self._stop_session()
        if trouble is not None and self._needs_stop and failure is None:
            state, failure = CallState.FAILED, Failure.of(trouble)
        await self._keeper.look_back()
        await self._tap.close_recording()
        self._state(state, failure)

    async def _stop_session(self) -> RingbackError | None:
        return await self._keeper.stop()

    def _state(self, state: CallState, failure: Failure | None = None) -> None:
        data: dict[str, Any] = {"state": str(state)}
        if state is CallState.STARTING:
            data["clock_started_at"] = self._tap.began_at.isoformat()
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
            raise Cancelled
        finally:
            task.cancel()
            hung_up.cancel()
            await asyncio.gather(task, hung_up, return_exceptions=True)


def _died(fate: Fate) -> BotDied | LiveKitStopped:
    """What to tell of an agent whose process ended before it was heard."""
    if (trouble := fate.trouble) is not None:
        return LiveKitStopped(trouble.message, cause=trouble.cause, remedy=trouble.remedy)
    if (own := fate.own) is not None:
        return BotDied(own.message, cause=own.cause, remedy=own.remedy)
    return BotDied(
        f"The bot's process ended with code {fate.exit_code} before anybody heard it.",
        cause=_last_words(fate),
        remedy="Read its log beside the call: a bot stays until its caller has left.",
    )


def _crashed(fate: Fate) -> AgentCrashed:
    if fate.own is not None:
        return AgentCrashed(fate.own.message, cause=fate.own.cause, remedy=fate.own.remedy)
    return AgentCrashed(
        f"The agent's process ended with code {fate.exit_code}.",
        cause=_last_words(fate),
        remedy="Read its log beside the call, mend the bot, then call again.",
    )


def _last_words(fate: Fate) -> str:
    last = next((line for line in reversed(fate.lines) if line.strip()), "")
    return f"Its last words: {last.strip()[:300]}" if last else "It said nothing."
