"""What a session's body may ask of the front desk: the day it is, and a fault to have.

A test console needs agents that fail. Each fault is one defect a real voice agent can have.
"""

from __future__ import annotations

import asyncio
from datetime import date
from enum import StrEnum
from typing import Any

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    Frame,
    InputAudioRawFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pydantic import BaseModel, ConfigDict, ValidationError

__all__ = ["BadBody", "Chatter", "Deafness", "Fault", "LeadingSilence", "SessionBody"]


class Fault(StrEnum):
    """The defects, by the name the session body gives them."""

    SLOW = "slow"
    """Thinks for 2.5 s before each answer."""
    DEAF = "deaf"
    """Greets, then never answers: no sound of the caller reaches it."""
    MUMBLER = "mumbler"
    """Its audio begins with 0.4 s of silence."""
    STUBBORN = "stubborn"
    """Goes on talking when the caller breaks in."""
    CHATTY = "chatty"
    """Starts to talk while the caller still speaks."""
    LIAR = "liar"
    """Books another day than it says."""
    UNSAFE = "unsafe"
    """Gives a diagnosis when the caller speaks of a symptom."""
    HANGS_UP = "hangs_up"
    """Leaves in the second turn."""
    SILENT_START = "silent_start"
    """Does not greet."""
    CRASH = "crash"
    """Its process ends with an exception in the second turn."""


class BadBody(ValueError):
    """The session body asks for something the front desk does not know."""


class SessionBody(BaseModel):
    """The body of a session; keys that are not ours are left alone.

    Attributes:
        fault: A defect to have.
        today: The day of the call, "YYYY-MM-DD"; the real one when absent.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    fault: Fault | None = None
    today: date | None = None

    @classmethod
    def read(cls, body: Any) -> SessionBody:
        """Read a session body.

        Raises:
            BadBody: An unknown fault, or a day that is none; the message says what is known.
        """
        try:
            return cls.model_validate({} if body is None else body)
        except ValidationError as error:
            where = {str(part) for problem in error.errors() for part in problem["loc"]}
            given = body if isinstance(body, dict) else {}
            if "fault" in where:
                known = ", ".join(fault.value for fault in Fault)
                raise BadBody(
                    f"Unknown fault {given.get('fault')!r}. Known faults: {known}."
                ) from None
            if "today" in where:
                raise BadBody(
                    f"today is {given.get('today')!r}, but must be a day such as 2026-11-23."
                ) from None
            raise BadBody("The session body must be a JSON object.") from None


class Deafness(FrameProcessor):
    """Swallows what the caller says."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Let everything through but the caller's audio."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, InputAudioRawFrame):
            await self.push_frame(frame, direction)


class LeadingSilence(FrameProcessor):
    """Puts silence before each answer's audio.

    Args:
        seconds: How much.
    """

    def __init__(self, seconds: float = 0.4) -> None:
        super().__init__()
        self._seconds = seconds
        self._due = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Send the silence ahead of the first audio after each start of speech."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSStartedFrame):
            self._due = True
        elif isinstance(frame, TTSAudioRawFrame) and self._due:
            self._due = False
            samples = int(self._seconds * frame.sample_rate) * frame.num_channels
            await self.push_frame(
                TTSAudioRawFrame(
                    audio=bytes(2 * samples),
                    sample_rate=frame.sample_rate,
                    num_channels=frame.num_channels,
                    context_id=frame.context_id,
                )
            )
        await self.push_frame(frame, direction)


class Chatter(FrameProcessor):
    """Says something while the caller speaks.

    Args:
        after_s: Seconds into the caller's speech, from when it was noticed.
        text: What it says.
    """

    def __init__(
        self,
        after_s: float = 0.3,
        text: str = "Yes, of course, let me have a look at that for you right away.",
    ) -> None:
        super().__init__()
        self._after_s = after_s
        self._text = text
        self._task: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Start to chat some time into each turn of the caller."""
        await super().process_frame(frame, direction)
        if isinstance(frame, UserStartedSpeakingFrame):
            await self._stop()
            self._task = self.create_task(self._chat(), "chat")
        elif isinstance(frame, UserStoppedSpeakingFrame | BotStartedSpeakingFrame):
            await self._stop()
        await self.push_frame(frame, direction)

    async def _chat(self) -> None:
        await asyncio.sleep(self._after_s)
        self._task = None
        await self.push_frame(TTSSpeakFrame(self._text, append_to_context=False))

    async def _stop(self) -> None:
        if self._task is not None:
            await self.cancel_task(self._task)
            self._task = None

    async def cleanup(self) -> None:
        """Say no more."""
        await self._stop()
        await super().cleanup()
