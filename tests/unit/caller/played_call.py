"""A call whose agent is played, in real time but fast: for whoever holds a conversation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from pipecat.evals.client import BOT_ENDED_EVENT
from pipecat.evals.results import EvalTrace
from taps import KeptTap

from harness.caller._line import OpenLine, SpokenLine
from harness.caller.evals._stream import RoomStream
from harness.nouns import Caller

LINE_S = 0.04
REPLY_S = 0.08


class ClockTap(KeptTap):
    """A tap on a clock that runs."""

    def __init__(self) -> None:
        super().__init__()
        self._zero = time.monotonic()

    def now(self) -> float:
        return time.monotonic() - self._zero


class PlayedFloor:
    """Whose turn it is, as the played agent has it."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.agent_speaking = False
        self.busy = False
        self.stopped_at: float | None = None
        self.awaited = asyncio.Event()
        """Set once somebody listens."""

    def spoke_since(self, t: float) -> bool:
        return self.agent_speaking or (self.stopped_at is not None and self.stopped_at >= t)

    async def wait_for_speech(
        self, since: float, timeout_s: float, *, or_text: bool = False
    ) -> bool:
        self.awaited.set()
        try:
            async with asyncio.timeout(timeout_s):
                while not self.spoke_since(since):  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
        except TimeoutError:
            return False
        return True

    async def wait_for_quiet(self, patience_s: float) -> None:
        quiet_since = self._now()
        while self._now() - quiet_since < patience_s:
            if self.agent_speaking:
                quiet_since = self._now()
            await asyncio.sleep(0.005)


class PlayedCall:
    """The hooks of a call.

    Args:
        answers: What the agent says to a line; None for nothing, and text that ends with `*` is
            said without its words ever being told.
        greeting: What it says first; None for nothing.
    """

    def __init__(
        self, answers: Callable[[str], str | None], greeting: str | None = "How can I help?"
    ) -> None:
        self.tap = ClockTap()
        self.floor = PlayedFloor(self.tap.now)
        self.stream = RoomStream(self.floor, 0.03, EvalTrace())  # type: ignore[arg-type]
        # As patient as a test has time for, which is less than files may say.
        self.caller = Caller.model_construct(
            **{**Caller().__dict__, "patience_s": 0.03, "answer_timeout_s": 0.25}
        )
        self.texts: list[str] = []
        """What the caller said."""
        self.talked_over: list[bool] = []
        """Of each line, whether the agent was speaking when it began."""
        self.lines: list[SpokenLine] = []
        self.reply_s = REPLY_S
        self.stubborn = False
        self._answers = answers
        self._tasks = [asyncio.create_task(self._greet(greeting))] if greeting else []
        self._line_on = False

    def change(self, **manners: Any) -> None:
        """Change the caller's manners."""
        self.caller = self.caller.model_copy(update=manners)

    async def open_line(self, line: SpokenLine) -> OpenLine:
        opened = OpenLine(line.text)
        opened.begin(self.tap.now())
        self.texts.append(line.text)
        self.talked_over.append(self.floor.agent_speaking)
        self.lines.append(line)
        self._tasks.append(asyncio.create_task(self._speak(opened)))
        return opened

    async def leave(self) -> None:
        """The agent hangs up."""
        self.stream.bot_ended()
        await self.stream.append({"type": BOT_ENDED_EVENT})

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _greet(self, text: str) -> None:
        await self.floor.awaited.wait()
        await self._agent(text)

    async def _speak(self, line: OpenLine) -> None:
        self._line_on = True
        await asyncio.sleep(LINE_S)
        self._line_on = False
        line.end(self.tap.now())
        answer = self._answers(line.text)
        if answer == "<hang up>":
            await self.leave()
        elif answer is not None:
            await self._agent(answer)

    async def _agent(self, text: str) -> None:
        for piece in text.split("|"):
            await asyncio.sleep(0.01)
            self.floor.agent_speaking = True
            if not piece.endswith("*"):
                await self.stream.append({"type": "response", "text": piece})
            ends = self.tap.now() + self.reply_s
            while self.tap.now() < ends:
                await asyncio.sleep(0.005)
                if self._line_on and not self.stubborn:
                    break
            self.floor.agent_speaking = False
            self.floor.stopped_at = self.tap.now()
            await asyncio.sleep(0.05)
