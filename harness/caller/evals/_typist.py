"""Typist: lines that a person types; they come between those of the script."""

from __future__ import annotations

import asyncio
from collections import deque

from harness.caller._line import SpokenLine
from harness.caller.evals._hooks import RunnerHooks

__all__ = ["BEFORE_S", "Typist"]

BEFORE_S = 0.3
"""The boundaries of an answer's speech may lie a little before the line has ended."""


class Typist:
    """Has typed lines said at once, each after what is just being said.

    Until the answer was heard out it is the agent's turn: the script waits.

    Attributes:
        by_text: Whether the latest typed line was sent as text.
        idle: Set unless a typed line waits, is said or waits for its answer.
        last: Second the latest one was over, None before any.
    """

    def __init__(self, hooks: RunnerHooks) -> None:
        self._hooks = hooks
        self._always_text = hooks.caller.by == "text"
        self._typed: deque[tuple[str, bool]] = deque()
        self._typing = asyncio.Event()
        self.by_text = self._always_text
        self.last: float | None = None
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def busy(self) -> bool:
        """Whether a typed line waits, is said or waits for its answer."""
        return not self.idle.is_set()

    def type_line(self, text: str, *, as_text: bool = False) -> None:
        """Have `text` spoken, or sent as text."""
        self._typed.append((text, as_text or self._always_text))
        self._hooks.stream.interjecting = True
        self.idle.clear()
        self._typing.set()

    async def run(self) -> None:
        """Say what is typed, until cancelled."""
        while True:
            await self._typing.wait()
            self._typing.clear()
            while self._typed:
                text, self.by_text = self._typed.popleft()
                line = SpokenLine(text, "typed", as_text=self.by_text)
                self.last = await (await self._hooks.open_line(line)).over
            await self._hear_out(self.last or 0.0)
            if not self._typed:
                self._hooks.stream.interjecting = False
                self.idle.set()

    async def _hear_out(self, ended: float) -> None:
        """Wait for the answer and its end; the next typed line does not wait."""
        answer = asyncio.ensure_future(self._answer(ended))
        more = asyncio.ensure_future(self._typing.wait())
        try:
            await asyncio.wait({answer, more}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            answer.cancel()
            more.cancel()

    async def _answer(self, ended: float) -> None:
        caller, floor = self._hooks.caller, self._hooks.floor
        since = ended if self.by_text else ended - BEFORE_S
        if await floor.wait_for_speech(since, caller.answer_timeout_s, or_text=self.by_text):
            await floor.wait_for_quiet(caller.patience_s)
