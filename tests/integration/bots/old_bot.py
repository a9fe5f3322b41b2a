"""A bot as they were written for Pipecat 1.7 and before: a script that joins one room.

It runs in the environment `tests/environments/old_pipecat`::

    python old_bot.py --url ws://... --room NAME [--token ...]

The token may come as LIVEKIT_TOKEN instead: everybody on a machine sees arguments.

It greets whoever comes, says the same sentence after each thing it hears and reads out what is
written to it as data. Voice service and voice detection are real. It waits for the next caller
until it is stopped.
"""

import argparse
import asyncio
import json
import os

import numpy as np
from hibari import SAMPLE_RATE, Hibari
from loguru import logger
from pipecat import __version__ as pipecat_version
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    TTSAudioRawFrame,
    TTSSpeakFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.transports.livekit.transport import LiveKitParams, LiveKitTransport

GREETING = "Hello, this is the old lighthouse."
ANSWER = "The light is on every night."


class HibariTTSService(TTSService):
    """hibari as a Pipecat 1.7 service."""

    def __init__(self, voice: Hibari) -> None:
        settings = TTSSettings(model="hibari", voice="heart", language=None)
        super().__init__(
            sample_rate=SAMPLE_RATE,
            settings=settings,
            push_start_frame=True,
            push_stop_frames=True,
        )
        self._hibari = voice

    async def run_tts(self, text: str, context_id: str):
        samples = await asyncio.to_thread(self._hibari, text)
        pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes()
        yield TTSAudioRawFrame(pcm, SAMPLE_RATE, 1, context_id=context_id)


class Answerer(FrameProcessor):
    """Says its one sentence whenever the caller falls silent."""

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            await self.push_frame(TTSSpeakFrame(ANSWER))


async def main(url: str, room: str, token: str) -> None:
    voice = Hibari()
    voice(GREETING)  # loads what it needs
    transport = LiveKitTransport(
        url=url,
        token=token,
        room_name=room,
        params=LiveKitParams(audio_in_enabled=True, audio_out_enabled=True),
    )
    pipeline = Pipeline(
        [
            transport.input(),
            VADProcessor(vad_analyzer=SileroVADAnalyzer()),
            Answerer(),
            HibariTTSService(voice),
            transport.output(),
        ]
    )
    task = PipelineTask(pipeline, params=PipelineParams(audio_out_sample_rate=SAMPLE_RATE))

    @transport.event_handler("on_connected")
    async def on_connected(transport):
        logger.info(f"In the room with Pipecat {pipecat_version}")

    @transport.event_handler("on_first_participant_joined")
    async def on_first_participant_joined(transport, participant_id):
        await task.queue_frame(TTSSpeakFrame(GREETING))

    @transport.event_handler("on_data_received")
    async def on_data_received(transport, data, participant_id):
        # As in Pipecat's own sample: what is not meant for it raises, and Pipecat logs that.
        message = json.loads(data)
        await task.queue_frame(TTSSpeakFrame(f"You wrote {message['message']}"))

    await PipelineRunner(handle_sigint=False, handle_sigterm=True).run(task)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--room", required=True)
    parser.add_argument("--token", default=os.environ.get("LIVEKIT_TOKEN"))
    arguments = parser.parse_args()
    asyncio.run(main(arguments.url, arguments.room, arguments.token))
