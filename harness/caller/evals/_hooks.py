"""RunnerHooks: what a runner of Pipecat Evals' drivers finds in a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from harness.caller._floor import Floor
from harness.caller._line import OpenLine, SpokenLine
from harness.caller._tap import CallTap
from harness.caller.evals._client import RoomEvalClient, SaysLines
from harness.caller.evals._feed import EvalsFeed
from harness.caller.evals._link import EvalsLink
from harness.caller.evals._stream import RoomStream
from harness.nouns import Caller, Scenario

__all__ = ["RunnerHooks"]


@dataclass(frozen=True, slots=True)
class RunnerHooks:
    """The call as a runner sees it.

    Attributes:
        stream: The agent's events, fed while the call lasts.
        client: What drivers speak by.
        feed: What feeds the stream.
        link: Pipecat Evals' own messages to the agent.
        tap: The call's clock and events.
        floor: Whose turn it is to speak.
        caller: How the caller sounds and behaves.
        mouth: Says lines that no driver thought of.
        speaks_rtvi: Whether the agent speaks RTVI, as soon as that is known.
    """

    stream: RoomStream
    client: RoomEvalClient
    feed: EvalsFeed
    link: EvalsLink
    tap: CallTap
    floor: Floor
    caller: Caller
    mouth: SaysLines
    speaks_rtvi: Callable[[], Awaitable[bool]]

    async def introduce(self, scenario: Scenario) -> bool:
        """Ask the agent for what the scenario needs of it.

        Returns:
            Whether it speaks RTVI; one that does not is asked for nothing.
        """
        rtvi = await self.speaks_rtvi()
        if rtvi:
            await self.link.connect(scenario)
        return rtvi

    async def open_line(self, line: SpokenLine) -> OpenLine:
        """Say a line, after those that are being said; returns when it begins."""
        return await self.mouth.open_line(line)
