"""The smallest real Pipecat bot: it joins its room and plays a soft tone until it is put out."""

import asyncio
import math
import struct

from pipecat.frames.frames import OutputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.runner.types import RunnerArguments
from pipecat.transports.livekit.transport import LiveKitParams, LiveKitTransport

RATE = 24000


def tone(seconds: float) -> bytes:
    """A 440 Hz tone at -20 dBFS, 16-bit."""
    samples = int(RATE * seconds)
    return b"".join(
        struct.pack("<h", int(3276 * math.sin(2 * math.pi * 440 * n / RATE)))
        for n in range(samples)
    )


async def bot(runner_args: RunnerArguments) -> None:
    """Called by Pipecat's development runner for each session."""
    await play(runner_args.url, runner_args.token, runner_args.room_name)


async def play(url: str, token: str, room: str) -> None:
    """Join a room and play until the caller leaves."""
    transport = LiveKitTransport(
        url,
        token,
        room,
        params=LiveKitParams(audio_in_enabled=True, audio_out_enabled=True),
    )
    task = PipelineTask(
        Pipeline([transport.input(), transport.output()]),
        params=PipelineParams(audio_out_sample_rate=RATE),
    )

    @transport.event_handler("on_first_participant_joined")
    async def on_first_participant_joined(transport, participant):
        for _ in range(20):
            frame = OutputAudioRawFrame(audio=tone(0.5), sample_rate=RATE, num_channels=1)
            await task.queue_frame(frame)

    @transport.event_handler("on_participant_left")
    async def on_participant_left(transport, participant, reason):
        await task.cancel()

    await PipelineRunner(handle_sigint=False).run(task)
    await asyncio.sleep(0)


if __name__ == "__main__":
    from pipecat.runner.run import main

    main()
