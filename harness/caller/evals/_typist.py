"""Typist: what a person has the caller say, press or play; it comes between the script's lines."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path

from harness.caller._line import Keys, SpokenLine
from harness.caller.evals._hooks import RunnerHooks
from harness.errors import ScenarioError, redact
from harness.nouns import EventKind

__all__ = ["BEFORE_S", "Typist"]

BEFORE_S = 0.3
"""The boundaries of an answer's speech may lie a little before the line has ended."""


class Typist:
    """Has a person's lines said at once, each after what is just being said.

    Until the answer was heard out it is the agent's turn: the script waits. A line that cannot be
    said is told as a warning: the call goes on.

    Attributes:
        by_text: Whether the latest line was sent as text.
        idle: Set unless a line waits, is said or waits for its answer.
        last: Second the latest one was over, None before any.
    """

    def __init__(self, hooks: RunnerHooks) -> None:
        self._hooks = hooks
        self._always_text = hooks.caller.by == "text"
        self._lines: deque[SpokenLine | Keys] = deque()
        self._typing = asyncio.Event()
        self.by_text = self._always_text
        self.last: float | None = None
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def busy(self) -> bool:
        """Whether a line waits, is said or waits for its answer."""
        return not self.idle.is_set()

    def type_line(self, text: str, *, as_text: bool = False) -> None:
        """Have `text` spoken, or sent as text."""
        self._add(SpokenLine(text, "typed", as_text=as_text or self._always_text))

    def press(self, keys: str) -> None:
        """Have keys pressed."""
        self._add(Keys(keys, "typed"))

    def play(self, path: str, words: str) -> None:
        """Have a recording played as a line; `words` are what it says, empty if nobody knows."""
        self._add(SpokenLine(words, "played", audio=path))

    def _add(self, line: SpokenLine | Keys) -> None:
        self._lines.append(line)
        self._hooks.stream.interjecting = True
        self.idle.clear()
        self._typing.set()

    async def run(self) -> None:
        """Say and press what a person wants, until cancelled."""
        while True:
            await self._typing.wait()
            self._typing.clear()
            while self._lines:
                line = self._lines.popleft()
                self.by_text = self._always_text or (isinstance(line, SpokenLine) and line.as_text)
                self.last = await self._say(line)
            await self._hear_out(self.last or 0.0)
            if not self._lines:
                self._hooks.stream.interjecting = False
                self.idle.set()

    async def _say(self, line: SpokenLine | Keys) -> float | None:
        """Gives the second at which it was over; None for what did not work."""
        try:
            if isinstance(line, SpokenLine):
                return await (await self._hooks.open_line(line)).over
            return await (await self._hooks.mouth.press(line.keys, line.source)).over
        except ScenarioError as error:
            self._warn("recording_not_played", error.message)
        except Exception as error:
            if isinstance(line, SpokenLine):
                raise
            self._warn("keys_not_sent", f"Keys could not be sent: {redact(str(error))[:200]}")
        finally:
            _forget(line)
        return self.last

    def close(self) -> None:
        """Nothing more is said; recordings that still wait are gone."""
        while self._lines:
            _forget(self._lines.popleft())

    def _warn(self, code: str, message: str) -> None:
        self._hooks.tap.emit(EventKind.ROOM_WARNING, code=code, message=message)

    async def _hear_out(self, ended: float) -> None:
        """Wait for the answer and its end; the next line does not wait."""
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


def _forget(line: SpokenLine | Keys) -> None:
    """The file of a recording is of no use once it was played: the call's recording has it."""
    if isinstance(line, SpokenLine) and line.source == "played" and line.audio is not None:
        Path(line.audio).unlink(missing_ok=True)
