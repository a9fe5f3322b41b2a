"""RoomTransport: the room as a Pipecat transport, on Pipecat's public transport base."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputTransportMessageFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
    StartFrame,
    TTSStoppedFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import BaseTransport, TransportParams

from harness.caller._room import RoomLine
from harness.caller._sender import PacedSender
from harness.nouns import LANE_RATE

__all__ = ["LineEnds", "RoomTransport"]

_HEARD_WAITING = 250
"""Frames of 20 ms: five seconds."""


class _RoomInput(BaseInputTransport):
    """Passes the agent's messages and heard sound into the pipeline, in the order they came."""

    def __init__(self, params: TransportParams, line: RoomLine) -> None:
        super().__init__(params)
        self._messages = line.inbox.messages
        self._heard: asyncio.Queue[Frame] = asyncio.Queue(_HEARD_WAITING)
        self._pumps: list[asyncio.Task[None]] = []

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._pumps = [self.create_task(self._deliver()), self.create_task(self._deliver_sound())]

    async def cleanup(self) -> None:
        await super().cleanup()
        for pump in self._pumps:
            await self.cancel_task(pump)
        self._pumps = []

    def hear(self, frame: Frame) -> None:
        """Take a frame of heard sound for the recogniser; too many waiting are too late anyway."""
        if self._heard.full():
            self._heard.get_nowait()
        self._heard.put_nowait(frame)

    async def _deliver(self) -> None:
        while True:
            message = await self._messages.get()
            await self.push_frame(InputTransportMessageFrame(message=message))

    async def _deliver_sound(self) -> None:
        while True:
            await self.push_frame(await self._heard.get())


class _RoomOutput(BaseOutputTransport):
    """Hands the voice's audio to the paced sender, which alone decides when a sample leaves."""

    def __init__(self, params: TransportParams, line: RoomLine, sender: PacedSender) -> None:
        super().__init__(params)
        self._line = line
        self._sender = sender

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Take a chunk at once; the sender holds what is not due yet."""
        self._sender.feed(np.frombuffer(frame.audio, np.int16))
        return True

    async def send_message(
        self, frame: OutputTransportMessageFrame | OutputTransportMessageUrgentFrame
    ) -> None:
        """Send a message to the agent."""
        await self._line.send(frame.message)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """An interruption, the end and a cancel break off what is being said."""
        if isinstance(frame, InterruptionFrame | CancelFrame | EndFrame):
            self._sender.cut()
        await super().process_frame(frame, direction)


class RoomTransport(BaseTransport):
    """A LiveKit room as a transport for the caller's pipeline.

    Unlike Pipecat's own LiveKit transport it keeps the sender's queue near empty, takes time from
    sample counts and leaves the room's life to :class:`RoomLine`.
    """

    def __init__(self, line: RoomLine, sender: PacedSender | None) -> None:
        super().__init__()
        params = TransportParams(
            audio_in_enabled=False,
            audio_out_enabled=sender is not None,
            audio_out_sample_rate=LANE_RATE,
            audio_out_channels=1,
            audio_out_10ms_chunks=2,
            audio_out_end_silence_secs=0,
            audio_out_auto_silence=False,
        )
        self._input = _RoomInput(params, line)
        self._output = None if sender is None else _RoomOutput(params, line, sender)

    def input(self) -> _RoomInput:
        """The processor the agent's messages come from."""
        return self._input

    def output(self) -> _RoomOutput | None:
        """The processor the caller's voice goes to; None for one who types."""
        return self._output


class LineEnds(FrameProcessor):
    """Behind the output: tells when the voice has given its last sample of a text."""

    def __init__(self, over: Callable[[], None]) -> None:
        super().__init__()
        self._over = over

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """The stop frame comes after the audio before it has been written."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSStoppedFrame):
            self._over()
        await self.push_frame(frame, direction)
