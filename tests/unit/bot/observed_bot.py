"""A bot in small, carrying the observer; run by any Pipecat, it prints what a caller is told.

    PYTHONPATH=<this repository> python observed_bot.py [--without-rtvi] [--without-values]

Its frames are those a call brings, put in by hand; what leaves it are RTVI messages, one a line.
"""

from __future__ import annotations

import asyncio
import json
import sys

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    ClientConnectedFrame,
    EndFrame,
    Frame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    TTSAudioRawFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.metrics.metrics import TTFBMetricsData, TurnMetricsData
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from harness.bot import RingbackObserver


class Line(FrameProcessor):
    """The end of the pipeline: what a transport would send to the caller is printed."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        message = getattr(frame, "message", None)
        if isinstance(message, dict) and message.get("label") == "rtvi-ai":
            print(json.dumps(message), flush=True)
        await self.push_frame(frame, direction)


CALL = {"function_name": "book", "tool_call_id": "c1", "arguments": {"day": "Friday"}}
BEFORE: list[Frame] = [
    ClientConnectedFrame(),
    BotStartedSpeakingFrame(),
    BotStoppedSpeakingFrame(),
]
TURN: list[Frame] = [
    VADUserStartedSpeakingFrame(),
    UserStartedSpeakingFrame(),
    VADUserStoppedSpeakingFrame(stop_secs=0.2),
    MetricsFrame(
        data=[
            TurnMetricsData(
                processor="t", is_complete=True, probability=0.9, e2e_processing_time_ms=120.0
            ),
            TTFBMetricsData(processor="llm", value=0.1),
        ]
    ),
    UserStoppedSpeakingFrame(),
    LLMFullResponseStartFrame(),
    FunctionCallInProgressFrame(**CALL),
    FunctionCallResultFrame(**CALL, result={"notes": "x" * 9_000}),
    LLMTextFrame(text="Booked."),
    TTSAudioRawFrame(audio=b"\0\0" * 480, sample_rate=24_000, num_channels=1),
    BotStartedSpeakingFrame(),
    BotStoppedSpeakingFrame(),
]


async def main() -> None:
    """Carry the call through."""
    worker = PipelineWorker(
        Pipeline([Line()]),
        params=PipelineParams(enable_metrics=True),
        enable_rtvi="--without-rtvi" not in sys.argv,
        observers=[RingbackObserver(values="--without-values" not in sys.argv)],
    )

    async def call(*_: object) -> None:
        await worker.queue_frames(BEFORE)
        if "--without-rtvi" not in sys.argv:
            # What RTVI's processor does when the client's message comes.
            await worker.rtvi.set_client_ready()
        await worker.queue_frames([*TURN, EndFrame()])

    worker.add_event_handler("on_pipeline_started", call)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


if __name__ == "__main__":
    asyncio.run(main())
