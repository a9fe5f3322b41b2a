"""Manners: what a caller does while a driver waits: ask again, give up, hear out."""

from __future__ import annotations

import asyncio

from harness.caller._known_lines import STILL_THERE
from harness.caller._line import SpokenLine
from harness.caller.evals._hooks import RunnerHooks
from harness.caller.evals._typist import BEFORE_S, Typist
from harness.nouns import EventKind

__all__ = ["Manners"]

_GREETING_S = 5.0
_GOODBYE_S = 1.5
_UNANSWERED = 2


class Manners:
    """Waits as a polite caller does.

    Args:
        hooks: The call.
        typist: Whose lines come between.

    Attributes:
        gave_up: Done when two lines in a row went unanswered; failed when a line could not be said.
    """

    def __init__(self, hooks: RunnerHooks, typist: Typist) -> None:
        self._hooks = hooks
        self._typist = typist
        self._unanswered = 0
        self._by_text = hooks.caller.by == "text"
        self._watch: asyncio.Task[None] | None = None
        self.gave_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def greeting(self) -> None:
        """Let the agent greet first, if it does."""
        floor = self._hooks.floor
        waiting = self._unless_typed(floor.wait_for_speech(0.0, _GREETING_S, or_text=self._by_text))
        if await waiting:
            await self._unless_typed(floor.wait_for_quiet(self._hooks.caller.patience_s))

    def await_answer(self, ended: float) -> None:
        """From second `ended` on the agent owes an answer."""
        self.answered()
        self._watch = asyncio.create_task(self._ask_again(ended))

    def answered(self) -> None:
        """Nobody waits for an answer any more."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def hear_out(self, ended: float | None) -> None:
        """Wait for an answer to a line that was over at second `ended`, and for its end."""
        hooks = self._hooks
        if ended is None or await self._answer(ended):
            await hooks.floor.wait_for_quiet(hooks.caller.patience_s)

    async def goodbye(self) -> None:
        """Leave a moment before hanging up; whoever types in it is heard."""
        while True:
            said = self._typist.last
            await asyncio.sleep(_GOODBYE_S)
            await self._typist.idle.wait()
            if self._typist.last == said:
                return

    async def _ask_again(self, ended: float) -> None:
        try:
            while not await self._answer(ended):
                if (typed := self._typist.last or 0.0) > ended or self._typist.busy:
                    ended = max(typed, self._hooks.tap.now() if self._typist.busy else 0.0)
                    continue
                self._unanswered += 1
                waited_s = round(self._hooks.tap.now() - ended, 3)
                self._hooks.tap.emit(EventKind.CALLER_GAVE_UP, waited_s=waited_s, line=None)
                if self._unanswered >= _UNANSWERED:
                    return self.gave_up.set_result(None)
                line = SpokenLine(STILL_THERE, "script", as_text=self._by_text)
                ended = await (await self._hooks.open_line(line)).over
            self._unanswered = 0
        except Exception as error:
            if not self.gave_up.done():
                self.gave_up.set_exception(error)

    async def _answer(self, ended: float) -> bool:
        since = ended if self._by_text else ended - BEFORE_S
        timeout_s = self._hooks.caller.answer_timeout_s
        return await self._hooks.floor.wait_for_speech(since, timeout_s, or_text=self._by_text)

    async def _unless_typed(self, waiting: object) -> bool:
        """Await `waiting`, unless somebody types meanwhile."""
        task = asyncio.ensure_future(waiting)  # type: ignore[call-overload]
        try:
            while not task.done():
                if self._typist.busy:
                    return False
                await asyncio.wait({task}, timeout=0.05)
            return task.result() is not False
        finally:
            task.cancel()
