"""LiveGrader: has judges decide while the call goes on, and once more at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from harness.calls._judging import Key, as_asked, judge_one, spent
from harness.grade import CallFacts, Panel, due, facts_of
from harness.measure import Conversation
from harness.nouns import (
    CheckSpec,
    CheckVerdict,
    Event,
    EventKind,
    Judgement,
    to_json,
)

__all__ = ["LiveGrader", "Note"]

Note = Callable[[EventKind, dict[str, Any]], Awaitable[None]]

_AFTER_S = 0.3
"""A turn's last words come a little after its last sound: what is asked at once is asked twice."""
_TOO_LATE = "No judge answered in time."
_TELLING = frozenset(
    {
        EventKind.STATE,
        EventKind.CALLER_STARTED,
        EventKind.AGENT_STOPPED,
        EventKind.AGENT_TEXT,
        EventKind.TOOL_RETURNED,
        EventKind.HANGUP,
    }
)
"""Only after these there may be something new to ask."""


class LiveGrader:
    """The judges of one call. Lives on the engine's loop.

    What they say becomes events, so that the verdict stays a function of the events. A judgement
    whose turn has changed since it was asked is asked again at the end, and so is one that failed.

    Args:
        specs: The checks that judges decide.
        panel: The judges.
        note: Writes an event into the call; one that gets lost is written again by :meth:`finish`.
    """

    def __init__(self, specs: Sequence[CheckSpec], panel: Panel, note: Note) -> None:
        self._specs = tuple(specs)
        self._panel = panel
        self._note = note
        self._events: list[Event] = []
        self._conversation = Conversation()
        self._asked: dict[Key, str] = {}
        self._said: dict[Key, Judgement] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._look_at: asyncio.TimerHandle | None = None
        self._given_up = asyncio.Event()
        self._opening: asyncio.Task[None] | None = None

    def on_events(self, events: Sequence[Event]) -> None:
        """Take what happened; events that are known already are passed over."""
        seq = self._events[-1].seq if self._events else 0
        new = [event for event in events if event.seq > seq]
        self._events += new
        for event in new:
            self._conversation.add(event)
        if self._look_at is None and any(event.kind in _TELLING for event in new):
            self._look_at = asyncio.get_running_loop().call_later(_AFTER_S, self._look)

    def give_up(self) -> None:
        """Have :meth:`finish` return at once: what is not judged by then is an error."""
        self._given_up.set()

    async def finish(self, limit_s: float) -> None:
        """The call is over: have everything decided, asked anew where more was said since.

        Args:
            limit_s: What is not decided by then is an error.
        """
        if self._look_at is not None:
            self._look_at.cancel()
        facts = self._facts()
        if facts.live:
            self._forget_outdated(facts)
            self._ask(self._facts())
            await self._wait(limit_s)
        late = [key for key, task in self._tasks.items() if not task.done()]
        tasks = [*self._tasks.values(), *([self._opening] if self._opening else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._panel.aclose()
        if facts.live:
            await self._close(late)

    # Inside

    def _facts(self) -> CallFacts:
        facts = facts_of(self._conversation.turns(), self._events)
        return replace(facts, judgements=tuple(self._said.values()))

    def _look(self) -> None:
        self._look_at = None
        facts = self._facts()
        if facts.live and self._opening is None:
            self._opening = asyncio.ensure_future(self._open())
        self._ask(facts)

    async def _open(self) -> None:
        await self._note(EventKind.GRADING, {"status": "started"})

    def _ask(self, facts: CallFacts) -> None:
        for spec, turn in due(self._specs, facts):
            key = (spec.name, turn)
            if key not in self._asked:
                self._asked[key] = as_asked(facts, turn)
                self._tasks[key] = asyncio.create_task(self._decide(spec, facts, turn))

    async def _decide(self, spec: CheckSpec, facts: CallFacts, turn: int | None) -> None:
        said = await judge_one(self._panel, spec, facts, turn)
        self._said[spec.name, turn] = said
        await self._tell(said)

    async def _tell(self, said: Judgement) -> None:
        await self._note(EventKind.JUDGE_VERDICT, to_json(said))

    def _forget_outdated(self, facts: CallFacts) -> None:
        """Take back what was asked of a turn that went on, and what failed."""
        for key, asked in list(self._asked.items()):
            said = self._said.get(key)
            failed = said is not None and said.verdict is CheckVerdict.ERROR
            if failed or asked != as_asked(facts, key[1]):
                self._tasks.pop(key).cancel()
                del self._asked[key]
                self._said.pop(key, None)

    async def _wait(self, limit_s: float) -> None:
        running = {task for task in self._tasks.values() if not task.done()}
        if not running:
            return
        given_up = asyncio.create_task(self._given_up.wait())
        all_said = asyncio.ensure_future(asyncio.wait(running))
        try:
            waiting = {given_up, all_said}
            await asyncio.wait(waiting, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            given_up.cancel()
            all_said.cancel()

    async def _close(self, late: Sequence[Key]) -> None:
        """Write what is missing in the events, also that a judge did not answer in time."""
        for key in late:
            self._said.setdefault(key, Judgement(*key, CheckVerdict.ERROR, reason=_TOO_LATE))
        told = {(one.check, one.turn): one for one in facts_of((), self._events).judgements}
        for key, said in self._said.items():
            if told.get(key) != said:
                await self._tell(said)
        await self._note(EventKind.GRADING, {"status": "done"} | spent(self._said.values()))
