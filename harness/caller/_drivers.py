"""The two drivers of a caller: a script, and a person who types."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Literal, Protocol

from harness.caller._floor import Floor
from harness.caller._tap import CallTap
from harness.nouns import Caller, EventKind, ScriptStep

__all__ = ["Hangup", "Script", "Voice"]

_GREETING_S = 5.0
_GOODBYE_S = 1.5
_UNANSWERED = 2


class Voice(Protocol):
    """Says a line and tells when its last speech sample has left."""

    async def say(
        self, text: str, source: Literal["script", "typed"], *, as_text: bool = False
    ) -> float:
        """Speak `text`, or send it as text; returns the second its speech ended."""
        ...


class Hangup(Exception):
    """The caller is done. `reason`: script_done, no_answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Script:
    """Plays the steps; lines a person types come between them and are spoken at once.

    Without steps it only waits for typed lines, until somebody hangs up. `done` is set when every
    step was played.
    """

    def __init__(
        self, steps: Sequence[ScriptStep], caller: Caller, voice: Voice, floor: Floor, tap: CallTap
    ) -> None:
        self._steps = steps
        self._caller = caller
        self._voice = voice
        self._floor = floor
        self._tap = tap
        self._typed: deque[tuple[str, bool]] = deque()
        self._by_text = caller.by == "text"
        self._last_by_text = self._by_text
        self._typing = asyncio.Event()
        self._unanswered = 0
        self.done = False

    def type_line(self, text: str, *, as_text: bool = False) -> None:
        """Have `text` spoken at once, or sent as text."""
        self._typed.append((text, as_text or self._by_text))
        self._typing.set()
        self._floor.wake()

    async def run(self) -> None:
        """Talk until done.

        Raises:
            Hangup: The caller ends the call, and why.
        """
        await self._greeting()
        for number, step in enumerate(self._steps):
            self._step(number, "current")
            await self._play(step)
            self._step(number, "done")
        self.done = True
        while self._steps:
            if await self._interruptible(asyncio.sleep(_GOODBYE_S)):
                raise Hangup("script_done")
            await self._hear_out(self._tap.now() - 0.3, self._caller.answer_timeout_s)
        while True:
            await self._typing.wait()
            await self._say_typed()

    async def _greeting(self) -> None:
        """Let the agent greet first, if it does."""
        if self._steps and self._steps[0].say is None:
            return
        if await self._interruptible(self._speech(0.0, _GREETING_S)):
            await self._interruptible(self._floor.wait_for_quiet(self._caller.patience_s))

    async def _play(self, step: ScriptStep) -> None:
        if step.pause_s:
            await self._interruptible(asyncio.sleep(step.pause_s))
        if step.say is None:
            await self._hear_out(since=0.0, timeout_s=self._caller.answer_timeout_s)
            return
        ended = await self._say(step.say)
        await self._reply(ended)

    async def _reply(self, ended: float) -> None:
        """Wait for the answer to a line; ask once more, then give up."""
        if await self._hear_out(self._since(ended), self._caller.answer_timeout_s):
            self._unanswered = 0
            return
        self._unanswered += 1
        self._tap.emit(
            EventKind.CALLER_GAVE_UP, waited_s=round(self._tap.now() - ended, 3), line=None
        )
        if self._unanswered >= _UNANSWERED:
            raise Hangup("no_answer")
        ended = await self._say("Hello? Are you still there?")
        await self._reply(ended)

    async def _hear_out(self, since: float, timeout_s: float) -> bool:
        """Whether the agent spoke since `since`; returns when it has really stopped."""
        while True:
            spoke = await self._interruptible(self._speech(since, timeout_s))
            if spoke is None:
                since = self._since(self._tap.now())
                continue
            if not spoke:
                return False
            quiet = await self._interruptible(self._floor.wait_for_quiet(self._caller.patience_s))
            if quiet is None:
                since = self._since(self._tap.now())
                continue
            return True

    def _since(self, ended: float) -> float:
        """From when on a sign of the agent answers a line that ended at `ended`.

        The boundaries of speech may lie a little before it; a text cannot.
        """
        return ended if self._last_by_text else ended - 0.3

    async def _speech(self, since: float, timeout_s: float) -> bool:
        return await self._floor.wait_for_speech(since, timeout_s, or_text=self._last_by_text)

    async def _say(self, text: str) -> float:
        self._last_by_text = self._by_text
        return await self._voice.say(text, "script", as_text=self._by_text)

    async def _interruptible(self, waiting: object) -> bool | None:
        """Await `waiting`; a typed line breaks it off, is spoken, and gives None."""
        task = asyncio.ensure_future(waiting)  # type: ignore[call-overload]
        typing = asyncio.ensure_future(self._typing.wait())
        try:
            await asyncio.wait({task, typing}, return_when=asyncio.FIRST_COMPLETED)
            if not typing.done():
                result = task.result()
                return True if result is None else bool(result)
        finally:
            task.cancel()
            typing.cancel()
        await self._say_typed()
        return None

    async def _say_typed(self) -> None:
        self._typing.clear()
        while self._typed:
            text, self._last_by_text = self._typed.popleft()
            await self._voice.say(text, "typed", as_text=self._last_by_text)

    def _step(self, number: int, status: str) -> None:
        self._tap.emit(EventKind.CALLER_STEP, step=number, of=len(self._steps), status=status)
