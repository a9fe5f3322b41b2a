"""Agents without Pipecat: plain LiveKit participants that run in the test's own loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any, Self

import numpy as np
from livekit import rtc

from harness.caller.speech import synthesize
from harness.measure import SpeechDetector

RATE = 24000
FRAME = RATE // 50


class Participant:
    """Joins a room; with a voice it publishes a track and can say a line with a real voice."""

    def __init__(self, url: str, token: str, *, voice: bool = True) -> None:
        self.room = rtc.Room()
        self._url, self._token, self._voice = url, token, voice
        self._sound: list[np.ndarray] = []
        self._source: rtc.AudioSource | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.heard: list[str] = []
        self.tracks_heard = 0

    async def __aenter__(self) -> Self:
        self.room.on("data_received", self.on_packet)
        self.room.on("participant_connected", self.on_caller)
        self.room.on("track_subscribed", self._on_track)
        self.room.register_text_stream_handler("lk.chat", self._on_chat)
        await self.room.connect(self._url, self._token)
        if self._voice:
            self._source = rtc.AudioSource(RATE, 1, queue_size_ms=200)
            track = rtc.LocalAudioTrack.create_audio_track("voice", self._source)
            options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
            await self.room.local_participant.publish_track(track, options)
            self.spawn(self._play())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.room.disconnect()

    def spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- what an agent may do ---------------------------------------------------------------------

    def on_caller(self, participant: rtc.RemoteParticipant) -> None:
        """Somebody came."""

    def on_line(self, text: str) -> None:
        """A line came by lk.chat."""

    def on_packet(self, packet: rtc.DataPacket) -> None:
        """A data packet came."""

    def on_silence(self) -> None:
        """The caller has stopped speaking."""

    async def say(self, text: str) -> None:
        """Say a line."""
        line = await asyncio.to_thread(
            synthesize, text, voice="heart", speed=1.0, seed=0, sample_rate=RATE
        )
        self._sound.append(np.asarray(line, np.int16))

    async def send(self, value: Any) -> None:
        """Send JSON, or bytes as they are, to the room."""
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        await self.room.local_participant.publish_data(payload, reliable=True)

    async def write(
        self, parts: list[str], *, segment: str, final: bool = True, of: str | None = None
    ) -> None:
        """Write a stream on lk.transcription, as LiveKit's agents do."""
        attributes = {"lk.segment_id": segment, "lk.transcription_final": "false"}
        writer = await self.room.local_participant.stream_text(
            topic="lk.transcription", sender_identity=of, attributes=attributes
        )
        for part in parts:
            await writer.write(part)
        await writer.aclose(attributes={"lk.transcription_final": "true"} if final else None)

    # -- machinery --------------------------------------------------------------------------------

    async def _play(self) -> None:
        assert self._source is not None
        rng = np.random.default_rng(1)
        waiting = np.zeros(0, np.int16)
        while True:
            if len(waiting) < FRAME and self._sound:
                waiting = np.concatenate([waiting, self._sound.pop(0)])
            part, waiting = waiting[:FRAME], waiting[FRAME:]
            tone = np.rint(rng.normal(0, 10, FRAME)).astype(np.int16)
            tone[: len(part)] += part
            await self._source.capture_frame(rtc.AudioFrame(tone.tobytes(), RATE, 1, FRAME))

    def _on_chat(self, reader: rtc.TextStreamReader, identity: str) -> None:
        async def read() -> None:
            text = await reader.read_all()
            self.heard.append(text)
            self.on_line(text)

        self.spawn(read())

    def _on_track(self, track: rtc.Track, *_: object) -> None:
        self.tracks_heard += 1
        self.spawn(self._listen(track))

    async def _listen(self, track: rtc.Track) -> None:
        detector = SpeechDetector(RATE)
        stream = rtc.AudioStream.from_track(track=track, sample_rate=RATE, num_channels=1)
        with contextlib.suppress(asyncio.CancelledError):
            async for event in stream:
                for boundary in detector.feed(np.frombuffer(event.frame.data, np.int16)):
                    if boundary.kind == "stopped":
                        self.on_silence()
        await stream.aclose()


class ChatAgent(Participant):
    """Reads lk.chat and answers on lk.transcription, with interims, and by voice if it has one."""

    number = 0

    def on_line(self, text: str) -> None:
        self.number += 1
        self.spawn(self._answer(text, self.number))

    async def _answer(self, text: str, number: int) -> None:
        us = self.room.remote_participants
        caller = next(iter(us))
        for wording, final in ((text[:5], False), (text, True)):
            await self.write([wording], segment=f"u{number}", final=final, of=caller)
        answer = ["You said: ", f"{text} ", "<b>Is that\x1b[31m all?</b>"]
        await self.write(answer, segment=f"a{number}")
        if self._voice:
            await self.say("We open at eight.")


class DataAgent(Participant):
    """Reads the data packets of Pipecat's LiveKit sample and answers by voice."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.packets: list[dict[str, Any]] = []

    def on_packet(self, packet: rtc.DataPacket) -> None:
        message = json.loads(packet.data)
        if "message" in message:
            self.packets.append(message)
            self.spawn(self.say("We open at eight."))


class OldAgent(Participant):
    """Sends every message back, as bots up to Pipecat 1.7 do, and talks by voice only."""

    def on_packet(self, packet: rtc.DataPacket) -> None:
        self.heard.append(json.loads(packet.data).get("type", ""))
        self.spawn(self.send(packet.data))

    def on_caller(self, participant: rtc.RemoteParticipant) -> None:
        self.spawn(self.say("Northgate Clinic, good morning."))

    def on_silence(self) -> None:
        self.spawn(self.say("We open at eight."))


class TalkingAgent(OldAgent):
    """Talks by voice and says nothing of itself."""

    def on_packet(self, packet: rtc.DataPacket) -> None:
        pass


class FloodingAgent(TalkingAgent):
    """Talks, and sends more than anybody can read."""

    def on_caller(self, participant: rtc.RemoteParticipant) -> None:
        super().on_caller(participant)
        self.spawn(self._flood())

    async def _flood(self) -> None:
        hostile = [
            b"\x00\xff\xfe junk",
            b"[" * 50_000,
            b'{"a": 1e999, "b": NaN, "c": "\\ud800"}',
            b'{"label": "rtvi-ai", "type": "bot-output", "data": {"text": ["x"]}}',
            b'{"label": "rtvi-ai", "type": {"x": 1}, "data": 5}',
            b"x" * 60_000,
            b"<script>alert(1)</script>\x1b[2J",
        ]
        for payload in hostile:
            await self.send(payload)
        message = {"label": "rtvi-ai", "type": "server-message", "data": {"n": 0}}
        for number in range(3000):
            await self.send({**message, "data": {"n": number}} if number % 2 else {"n": number})
        await self.room.local_participant.send_text("y" * 1_000_000, topic="lk.transcription")
        for number in range(100):
            await self.write(["never "], segment=f"f{number}", final=False)
