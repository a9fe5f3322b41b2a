"""RoomStream: Pipecat Evals' stream of events, of an agent that is heard in a room."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from pipecat.evals.events import EvalEventStream
from pipecat.evals.results import EvalTrace
from pipecat.evals.script import FUNCTION_CALL_EVENTS

from harness.caller._floor import Floor
from harness.caller.evals._wordless import UNKNOWN_WORDS

__all__ = ["RoomStream"]


class RoomStream(EvalEventStream):
    """What the drivers read. Heard audio says whose turn it is; words are never still awaited.

    Args:
        floor: Whether the agent is heard, and has really stopped.
        patience_s: How long it must have been silent before the caller speaks.
        trace: The driver's own log.

    Attributes:
        heard: Whether a reply of the agent is on: from its first sound until it has really stopped.
        interjecting: Whether a typed line comes between, or its answer is still awaited.
        held: Whether a person has the caller's side.
        claimed: The event that was found last; None before any, and while one is looked for.
        nameless: Whether, of the calls found since it was cleared, one was told without its name or
            arguments.
        on_unknown: Called when a `response` of unknown words is found, before it is matched.
        on_turn: Called when a turn begins.
        on_input: Called when the caller's line has begun, or a turn that only listens.
    """

    def __init__(self, floor: Floor, patience_s: float, trace: EvalTrace) -> None:
        super().__init__(bot_audio=True, trace=trace)
        self._floor = floor
        self._patience_s = patience_s
        self._began_at: float = time.monotonic() - self.elapsed()
        self.heard = False
        self.interjecting = False
        self.held = False
        self.claimed: dict[str, Any] | None = None
        self.nameless = False
        self.on_unknown: Callable[[], None] = lambda: None
        self.on_turn: Callable[[], None] = lambda: None
        self.on_input: Callable[[], None] = lambda: None

    @property
    def between(self) -> bool:
        """Whether somebody else has the caller's turn: a person who types or speaks."""
        return self.interjecting or self.held

    @property
    def bot_speaking(self) -> bool:
        """Whether it is the agent's turn: it is heard, says that more is to come, or is asked."""
        return self.heard or self.between or self._floor.busy

    @property
    def bot_transcribed(self) -> bool:
        """Its words are told, not transcribed."""
        return True

    async def wait_bot_transcribed(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Nothing to wait for."""
        return True

    async def wait_bot_quiet(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until the agent has really stopped; False after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    await self._floor.wait_for_quiet(self._patience_s)
                    if not self.between:
                        return True
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return False

    def begin_turn(self) -> None:
        """A turn begins."""
        super().begin_turn()
        self.on_turn()

    def input_sent(self) -> None:
        """The caller's line has begun: what the agent begins from now on answers it."""
        super().input_sent()
        self.on_input()

    def observing_boundary(self) -> None:
        """A turn begins that only listens: what the agent begins from now on belongs to it."""
        super().observing_boundary()
        self.on_input()

    async def next_event(
        self,
        event_type: str,
        deadline: float,
        *,
        since: int | None = None,
        accept: Callable[[dict[str, Any]], bool] | None = None,
    ) -> dict[str, Any]:
        """The next such event; a call that is told in part only is taken for the one awaited."""
        if event_type in FUNCTION_CALL_EVENTS and accept is not None:
            asked = accept

            def accept(event: dict[str, Any]) -> bool:
                if asked(event):
                    return True
                if (guess := _guess(event)) is None or not asked(guess):
                    return False
                self.nameless = True
                return True

        self.claimed = None
        event: dict[str, Any] = await super().next_event(
            event_type, deadline, since=since, accept=accept
        )
        self.claimed = event
        if self.claimed_unknown:
            self.on_unknown()
        return event

    @property
    def claimed_unknown(self) -> bool:
        """Whether the event that was found last is a reply of unknown words."""
        return self.claimed is not None and "unknown" in self.claimed

    async def reply_without_words(self) -> None:
        """Append a `response` that was heard, and whose words nobody told."""
        await self.append({"type": "response", "text": UNKNOWN_WORDS, "unknown": True})

    def moment(self, event: dict[str, Any]) -> float:
        """When an event came, as `time.monotonic()` would have told it."""
        at: float = event.get("at", 0.0)
        return self._began_at + at

    def dated(self, event_type: str, at: float) -> None:
        """The latest event of a type happened at `at` (`time.monotonic()`), before it was known."""
        self.latest_event_times[event_type] = min(at, time.monotonic())


class _Whatever(dict[str, Any]):
    """Arguments that nobody told: each may have been what is awaited."""

    def __bool__(self) -> bool:
        return True

    def get(self, key: str, default: Any = None) -> Any:
        return _Equal()


class _Equal:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__


class _Name(str):
    """A name that nobody told."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


def _guess(event: dict[str, Any]) -> dict[str, Any] | None:
    """A call as it may have been, where less than all was told of it."""
    told: tuple[bool, bool] = event.get("told", (True, True))
    if all(told):
        return None
    return {
        **event,
        "name": event.get("name") if told[0] else _Name(),
        "args": event.get("args") if told[1] else _Whatever(),
    }
