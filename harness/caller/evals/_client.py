"""RoomEvalClient: what Pipecat Evals' drivers call to speak, in a room."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from harness.caller._line import LineSource, NoLine, OpenLine, SpokenLine
from harness.caller.evals._link import EvalsLink
from harness.caller.evals._stream import RoomStream
from harness.nouns import ScriptStep

__all__ = ["LineDown", "RoomEvalClient", "SaysLines"]


class SaysLines(Protocol):
    """Who says lines and presses keys."""

    async def open_line(self, line: SpokenLine) -> OpenLine:
        """Say a line; returns when it begins."""
        ...

    async def press(self, keys: str, source: LineSource = "script") -> OpenLine:
        """Press keys."""
        ...

    async def make_sound(self, sound: NoLine) -> float | None:
        """Make a sound that is no line; returns the second of its end when it is over."""
        ...


class LineDown(Exception):
    """The agent has left: there is nobody to speak to."""


class RoomEvalClient:
    """Says what a driver wants said. Each method returns when the line has begun.

    Attributes:
        step: The step that is being played; None in a simulation.
        due: Tells the second of the call's clock at which the line shall begin, None for at once.
        line: The latest line, None before any and where none was sent.
        on_no_keys: Called when keys could not be pressed.
        on_hang_up: Called when the driver is done with the simulated person.
        on_end_call: Takes the simulated person's end of the call, when its words are out.
    """

    def __init__(
        self, mouth: SaysLines, stream: RoomStream, link: EvalsLink, *, voice: bool
    ) -> None:
        self._mouth = mouth
        self._stream = stream
        self._link = link
        self._voice = voice
        self.step: ScriptStep | None = None
        self.due: Callable[[], float | None] = lambda: None
        self.line: OpenLine | None = None
        self.on_no_keys: Callable[[], None] = lambda: None
        self.on_hang_up: Callable[[], None] = lambda: None
        self.on_end_call: Callable[[dict[str, Any]], Awaitable[None]] = stream.append

    @property
    def has_user_tts(self) -> bool:
        """Whether lines are spoken."""
        return self._voice

    async def say(self, text: str) -> None:
        """Speak `text`."""
        await self._open(SpokenLine(text, "script", starts_at=self.due()))

    async def say_with_pauses(self, parts: Sequence[str | int]) -> None:
        """Speak texts with pauses (milliseconds) between them."""
        text = " ".join(part for part in parts if isinstance(part, str))
        line = SpokenLine(text, "script", parts=tuple(parts), starts_at=self.due())
        await self._open(line)

    async def play(self, path: str) -> None:
        """Play a recording."""
        text = self.step.say if self.step is not None and self.step.say else ""
        await self._open(SpokenLine(text, "script", audio=path, starts_at=self.due()))

    async def send_text(self, text: str) -> None:
        """Send `text` by the agent's text channel."""
        await self._open(SpokenLine(text, "script", as_text=True))

    async def send_dtmf(self, keys: str) -> None:
        """Press keys."""
        await self._before()
        try:
            line = await self._mouth.press(keys)
        except Exception:  # whatever the room says: it took no keys
            self.line = None
            self.on_no_keys()
        else:
            self._begun(line)

    async def make_sound(self, sound: NoLine) -> None:
        """Make a sound that is no line; returns when it is over. Who types makes none."""
        if self._voice and not self._stream.bot_has_ended:
            await self._mouth.make_sound(sound)

    async def send_image(self, path: str) -> None:
        """Give the agent an image."""
        await self._link.image(path)

    async def hang_up(self) -> None:
        """The simulated person says nothing more."""
        self.on_hang_up()

    async def report_end_call(self, event: dict[str, Any]) -> None:
        """The simulated person ends the call."""
        await self.on_end_call(event)

    async def _open(self, line: SpokenLine) -> None:
        await self._before()
        self._begun(await self._mouth.open_line(line))

    async def _before(self) -> None:
        if self._stream.bot_has_ended:
            raise LineDown
        if self.step is not None and self.step.pause_s:
            await asyncio.sleep(self.step.pause_s)

    def _begun(self, line: OpenLine) -> None:
        self.line = line
        # What was said until now, while the voice got ready, does not answer this line.
        self._stream.drop_pending_bot_output("at the onset")
