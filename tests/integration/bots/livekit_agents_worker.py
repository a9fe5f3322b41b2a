"""A LiveKit Agents worker that needs no key: the front desk of a museum.

It is written as its framework wants it (AgentServer, AgentSession, plug-ins for voice, ear and
mind) and knows nothing of Ringback or Pipecat. It runs in the environment
`tests/environments/livekit_agents` and joins rooms by explicit dispatch::

    LIVEKIT_URL=... LIVEKIT_API_KEY=... LIVEKIT_API_SECRET=... \
        python -m livekit.agents start livekit_agents_worker.py
"""

import asyncio
import json
import tempfile
from pathlib import Path

import numpy as np
from hibari import SAMPLE_RATE, Hibari
from livekit import rtc
from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    Agent,
    AgentServer,
    AgentSession,
    JobContext,
    JobProcess,
    llm,
    stt,
    tts,
    utils,
)
from pocketsphinx import Config, Decoder
from pocketsphinx.lm import ArpaBoLM

AGENT_NAME = "museum"
GREETING = "{place}, how can I help you?"
ANSWERS = {
    "hours": "We are open from nine to five, every day but Monday.",
    "parking": "You can park behind the building, it is free.",
    "goodbye": "Goodbye, and thank you for calling.",
}
PUZZLED = "I am sorry, I did not understand that."
HEARD = (
    "what are your opening hours",
    "when are you open",
    "where can i park",
    "is there parking",
    "that is all goodbye",
    "thank you goodbye",
)
EAR_RATE = 16000


class Voice(tts.TTS):
    """hibari as a text-to-speech plug-in."""

    def __init__(self, voice: Hibari) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
        )
        self.voice = voice

    def synthesize(self, text, *, conn_options=DEFAULT_API_CONNECT_OPTIONS):
        return Utterance(tts=self, input_text=text, conn_options=conn_options)


class Utterance(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        samples = await asyncio.to_thread(self._tts.voice, self.input_text)
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
            mime_type="audio/pcm",
        )
        output_emitter.push((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes())
        output_emitter.flush()


class Ear(stt.STT):
    """pocketsphinx as a speech-to-text plug-in; the session's own VAD cuts the utterances."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self._decoder = decoder

    async def _recognize_impl(self, buffer, *, language=None, conn_options=None):
        text = await asyncio.to_thread(self._decode, rtc.combine_audio_frames(buffer))
        alternatives = [stt.SpeechData(language="en", text=text)] if text else []
        return stt.SpeechEvent(stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=alternatives)

    def _decode(self, frame: rtc.AudioFrame) -> str:
        if frame.sample_rate != EAR_RATE:
            resampler = rtc.AudioResampler(frame.sample_rate, EAR_RATE)
            parts = [*resampler.push(frame), *resampler.flush()]
            frame = rtc.combine_audio_frames(parts)
        self._decoder.start_utt()
        self._decoder.process_raw(bytes(frame.data), full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""


class Mind(llm.LLM):
    """Rules in the place of a language model."""

    def chat(self, *, chat_ctx, tools=None, conn_options=DEFAULT_API_CONNECT_OPTIONS, **_):
        return Thought(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class Thought(llm.LLMStream):
    async def _run(self) -> None:
        said = [item for item in self.chat_ctx.messages() if item.role == "user"]
        text = (said[-1].text_content or "") if said else ""
        delta = llm.ChoiceDelta(role="assistant", content=answer_to(text))
        self._event_ch.send_nowait(llm.ChatChunk(id=utils.shortuuid(), delta=delta))


def answer_to(text: str) -> str:
    words = text.lower()
    if "goodbye" in words:
        return ANSWERS["goodbye"]
    if "park" in words:
        return ANSWERS["parking"]
    return ANSWERS["hours"] if "open" in words or "hours" in words else PUZZLED


class Museum(Agent):
    def __init__(self, place: str) -> None:
        super().__init__(instructions="You are the front desk of a museum.")
        self._place = place

    async def on_enter(self) -> None:
        await self.session.say(GREETING.format(place=self._place))


def make_ear() -> Decoder:
    model = ArpaBoLM(text="\n".join(HEARD), add_start=True)
    model.compute()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "museum.arpa")
        with path.open("w", encoding="utf-8") as file:
            model.write(file)
        return Decoder(Config(lm=str(path), loglevel="FATAL"))


def setup(process: JobProcess) -> None:
    """Load voice and ear before a call needs them."""
    voice = Hibari()
    voice(GREETING)
    process.userdata.update(voice=voice, ear=make_ear())


server = AgentServer(
    setup_fnc=setup,
    num_idle_processes=1,
    # A worker calls itself full at 70 % processor load, and the server gives no job to one at
    # 100 %, whatever it calls itself: tests may load the machine.
    load_fnc=lambda: 0.0,
    initialize_process_timeout=120.0,
    host="127.0.0.1",
    port=0,
)


@server.rtc_session(agent_name=AGENT_NAME)
async def museum(ctx: JobContext) -> None:
    loaded = ctx.proc.userdata
    place = json.loads(ctx.job.metadata or "{}").get("place", "Harbour Museum")
    session = AgentSession(
        stt=Ear(loaded["ear"]),
        llm=Mind(),
        tts=Voice(loaded["voice"]),
        # Others ask for a model by the network.
        turn_handling={"turn_detection": "vad", "interruption": {"mode": "vad"}},
    )
    await session.start(agent=Museum(place), room=ctx.room)
