"""When the caller's turn begins and ends, and how the agent's own speech is paced."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pipecat.frames.frames import Frame, TTSAudioRawFrame, TTSStartedFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.turns.user_mute import BaseUserMuteStrategy
from pipecat.turns.user_start import TranscriptionUserTurnStartStrategy, VADUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies

__all__ = ["VAD_START_S", "VAD_STOP_S", "MuteWhen", "ShortPauses", "turn_strategies"]

VAD_START_S = 0.2
VAD_STOP_S = 0.2
_PAUSE_S = 0.45
"""Silence after the VAD's own that ends a turn: an answer is heard about 1.2 s after the caller. A
caller who pauses longer is answered and, going on, breaks in; the brain reads both lines as one."""
_QUIET = 10 ** (-50 / 20) * 32768
_FIRST_S = 0.04
_LONGEST_S = 0.32


def turn_strategies(*, interruptible: bool) -> UserTurnStrategies:
    """Turns by voice activity and a pause: no model to download, and a steady answer time.

    Args:
        interruptible: Whether the caller can break in while the agent speaks.
    """
    return UserTurnStrategies(
        start=[
            VADUserTurnStartStrategy(enable_interruptions=interruptible),
            TranscriptionUserTurnStartStrategy(enable_interruptions=interruptible),
        ],
        stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=_PAUSE_S)],
    )


class MuteWhen(BaseUserMuteStrategy):
    """Does not listen while a condition holds.

    Args:
        condition: Asked at every frame.
    """

    def __init__(self, condition: Callable[[], bool]) -> None:
        super().__init__()
        self._condition = condition

    async def process_frame(self, frame: Frame) -> bool:
        """Whether the caller is muted."""
        return self._condition()


class ShortPauses(FrameProcessor):
    """Cuts silence out of the agent's speech: nearly all of it before, most of it inside.

    The voice pads every sentence with a third of a second on both sides, which the caller would
    hear as a slow answer.
    """

    def __init__(self) -> None:
        super().__init__()
        self._left_s = _FIRST_S

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Drop quiet audio once a silence has lasted long enough."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSStartedFrame):
            self._left_s = _FIRST_S
        elif isinstance(frame, TTSAudioRawFrame):
            samples = np.frombuffer(frame.audio, np.int16)
            seconds = len(samples) / frame.num_channels / frame.sample_rate
            if len(samples) and np.abs(samples).max() >= _QUIET:
                self._left_s = _LONGEST_S
            elif seconds > self._left_s + 1e-6:
                return
            else:
                self._left_s -= seconds
        await self.push_frame(frame, direction)
