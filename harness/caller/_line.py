"""SpokenLine, NoLine and OpenLine: what the caller is to say, and a line on its way out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Keys", "LineSource", "NoLine", "OpenLine", "SpokenLine"]

LineSource = Literal["script", "typed", "played", "persona", "person"]


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line to be said.

    Attributes:
        text: What is said; of a recording, what it says, empty if nobody knows.
        source: Who thought of it.
        parts: The line in pieces: texts, and between them pauses in milliseconds.
        audio: Path of a recording that is played instead of the voice.
        as_text: It is sent by the agent's text channel.
        starts_at: Second of the call's clock before which its speech does not begin; a line that
            is known a little earlier then begins on the sample.
    """

    text: str
    source: LineSource
    parts: tuple[str | int, ...] = ()
    audio: str | None = None
    as_text: bool = False
    starts_at: float | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys to be pressed.

    Attributes:
        keys: Of a telephone, in their order.
        source: Who thought of it.
    """

    keys: str
    source: LineSource


@dataclass(frozen=True, slots=True)
class NoLine:
    """A sound to be made that is no line.

    Attributes:
        sound: One of `SOUNDS`, or the path of a recording.
        seed: Of a named one.
        starts_at: Second of the call's clock before which it does not begin.
    """

    sound: str
    seed: int = 0
    starts_at: float | None = None


class OpenLine:
    """A line on its way: it has begun, or is about to.

    Attributes:
        text: What is said.
        started_at: Second its speech began, on the call's clock; 0.0 before.
        over: Done with the second of its last speech sample; failed when the voice gave none.
    """

    def __init__(self, text: str) -> None:
        loop = asyncio.get_running_loop()
        self.text = text
        self.started_at = 0.0
        self.over: asyncio.Future[float] = loop.create_future()
        self._started: asyncio.Future[None] = loop.create_future()
        # Nobody may be waiting any more when a line fails: that is told where it matters.
        self.over.add_done_callback(_looked_at)

    @property
    def begun(self) -> bool:
        """Whether its first speech sample has left."""
        return self._started.done()

    def begin(self, at: float) -> None:
        """Its first speech sample leaves at second `at`."""
        if not self._started.done():
            self.started_at = at
            self._started.set_result(None)

    def end(self, at: float) -> None:
        """Its last speech sample has left at second `at`."""
        if not self.over.done():
            self.over.set_result(at)

    def fail(self, error: Exception) -> None:
        """It will not be heard."""
        if not self.over.done():
            self.over.set_exception(error)

    def then(self, do: Callable[[], None]) -> None:
        """Call `do` when it is over, however."""
        self.over.add_done_callback(lambda _: do())

    async def onset(self) -> None:
        """Wait until it has begun, or is over without.

        Raises:
            Exception: What it failed with.
        """
        either: set[asyncio.Future[Any]] = {self._started, self.over}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self.over.done():
            self.over.result()


def _looked_at(over: asyncio.Future[float]) -> None:
    if not over.cancelled():
        over.exception()
