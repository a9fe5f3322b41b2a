"""RunnerHooks: what a runner of Pipecat Evals' drivers finds in a caller."""

from __future__ import annotations

from typing import Protocol

from harness.caller._floor import Floor
from harness.caller._line import OpenLine, SpokenLine
from harness.caller._tap import CallTap
from harness.caller.evals._client import RoomEvalClient
from harness.caller.evals._feed import EvalsFeed
from harness.caller.evals._link import EvalsLink
from harness.caller.evals._stream import RoomStream
from harness.nouns import Caller

__all__ = ["RunnerHooks"]


class RunnerHooks(Protocol):
    """The call as a runner sees it.

    Attributes:
        stream: The agent's events, fed while the call lasts.
        client: What drivers speak by.
        feed: What feeds the stream.
        link: Pipecat Evals' own messages to the agent.
        tap: The call's clock and events.
        floor: Whose turn it is to speak.
        caller: How the caller sounds and behaves.
    """

    stream: RoomStream
    client: RoomEvalClient
    feed: EvalsFeed
    link: EvalsLink
    tap: CallTap
    floor: Floor
    caller: Caller

    async def open_line(self, line: SpokenLine) -> OpenLine:
        """Say a line, after those that are being said; returns when it begins."""
        ...

    async def ready(self) -> bool:
        """Whether the agent said bot-ready, as soon as that is known."""
        ...
