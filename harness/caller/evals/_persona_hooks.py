"""What a simulated person needs of the call it holds."""

from __future__ import annotations

from typing import Protocol

from harness.caller._line import OpenLine, SpokenLine
from harness.caller._tap import CallTap
from harness.caller.evals._stream import RoomStream
from harness.nouns import Caller

__all__ = ["Ear", "PersonaHooks"]


class Ear(Protocol):
    """Whose turn it is, by heard audio: what a person needs of :class:`Floor`."""

    @property
    def agent_speaking(self) -> bool:
        """Whether agent speech is being heard right now."""
        ...

    def spoke_since(self, t: float) -> bool:
        """Whether agent speech was heard at or after second `t`."""
        ...

    async def wait_for_speech(
        self, since: float, timeout_s: float, *, or_text: bool = False
    ) -> bool:
        """Wait until the agent is heard at or after second `since`; False after `timeout_s`."""
        ...


class PersonaHooks(Protocol):
    """What a person needs of the call."""

    @property
    def stream(self) -> RoomStream:
        """What the agent does, as Pipecat Evals' events, and whether a typed line comes between."""
        ...

    @property
    def tap(self) -> CallTap:
        """The call's clock and events."""
        ...

    @property
    def floor(self) -> Ear:
        """Whose turn it is."""
        ...

    @property
    def caller(self) -> Caller:
        """Voice and manners."""
        ...

    async def open_line(self, line: SpokenLine) -> OpenLine:
        """Begin to say a line; returns when it has begun."""
        ...
