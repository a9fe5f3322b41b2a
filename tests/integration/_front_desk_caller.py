"""A plain LiveKit participant that speaks to the front desk and notes what it hears."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
from livekit import rtc

from harness.caller.speech import synthesize

RATE = 24000
_FRAME = RATE // 50
_LOUD = 10 ** (-45 / 20) * 32768

Message = dict[str, Any]


class PlainCaller:
    """Speaks lines, keeps every RTVI message and the time of every loud sound.

    Attributes:
        messages: RTVI messages in the order of their arrival.
        sounds: Times (`time.monotonic`) at which the agent was heard, one for each loud 10 ms.
        left: Set when the agent has left the room.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.sounds: list[float] = []
        self.left = asyncio.Event()
        self._room = rtc.Room()
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=60)
        self._subscribed = asyncio.Event()
        self._spoken = asyncio.Event()
        self._samples: npt.NDArray[np.int16] = np.zeros(0, np.int16)
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def join(self, url: str, body: dict[str, Any]) -> None:
        """Start a session at the runner, join its room and wait for the agent's audio track."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            order = {"transport": "livekit", "body": body}
            answer = (await client.post(f"{url}/start", json=order)).raise_for_status().json()
        self._room.on("track_subscribed", self._on_track)
        self._room.on("data_received", self._on_data)
        self._room.on("participant_disconnected", lambda _: self.left.set())
        await self._room.connect(answer["url"], answer["token"])
        track = rtc.LocalAudioTrack.create_audio_track("caller", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self._room.local_participant.publish_track(track, options)
        self._spawn(self._speak())
        await asyncio.wait_for(self._subscribed.wait(), 30)

    async def leave(self) -> None:
        """Leave the room."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._room.disconnect()

    async def send(self, kind: str, data: dict[str, Any]) -> None:
        """Send an RTVI message."""
        message = {"label": "rtvi-ai", "type": kind, "id": uuid.uuid4().hex[:8], "data": data}
        await self._room.local_participant.publish_data(json.dumps(message), reliable=True)

    async def ready(self) -> None:
        """Send client-ready until an answer comes: one sent too early is lost."""
        since = len(self.messages)
        for _ in range(3):
            await self.send("client-ready", {"version": "2.2.0", "about": {"library": "test"}})
            with contextlib.suppress(TimeoutError):
                await self.message(
                    lambda message: message.get("type") in ("bot-ready", "error"),
                    since=since,
                    timeout_s=5,
                )
                return
        raise TimeoutError("the agent does not answer client-ready")

    async def say(self, text: str) -> float:
        """Say a line to its end; the time its last loud sample left."""
        samples = synthesize(text, voice="heart", speed=1.0, seed=1, sample_rate=RATE)
        quiet_tail = len(samples) - int(np.flatnonzero(np.abs(samples) > _LOUD)[-1])
        self._spoken.clear()
        self._samples = samples
        await self._spoken.wait()
        return time.monotonic() - quiet_tail / RATE

    async def message(
        self, that: Callable[[Message], bool], *, since: int = 0, timeout_s: float = 30
    ) -> Message:
        """Wait for a message, looking at those from number `since` on."""
        found: Message = await self._when(
            lambda: next((each for each in self.messages[since:] if that(each)), None), timeout_s
        )
        return found

    async def sound(self, after: float, timeout_s: float = 30) -> float:
        """Wait for the first sound of the agent after a moment; its time."""
        at: float = await self._when(
            lambda: next((at for at in self.sounds if at > after), None), timeout_s
        )
        return at

    async def quiet(self, for_s: float = 0.8) -> float:
        """Wait until the agent has been silent for a while; when its last sound was."""
        while True:
            last = self.sounds[-1] if self.sounds else time.monotonic()
            try:
                await self.sound(last, timeout_s=for_s)
            except TimeoutError:
                return last

    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        """Functions called, with their arguments."""
        return [
            (each["data"]["function_name"], each["data"]["arguments"])
            for each in self.messages
            if each.get("type") == "llm-function-call-in-progress"
        ]

    def texts(self, kind: str, *, since: int = 0) -> list[str]:
        """The texts of all messages of a kind."""
        return [each["data"]["text"] for each in self.messages[since:] if each.get("type") == kind]

    async def _when(self, found: Callable[[], Any], timeout_s: float) -> Any:
        async def wait() -> Any:
            async with self._news:
                while (result := found()) is None:
                    await self._news.wait()
                return result

        return await asyncio.wait_for(wait(), timeout_s)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)

    def _on_track(self, track: Any, *_: Any) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._spawn(self._listen(track))
            self._subscribed.set()

    def _on_data(self, packet: Any) -> None:
        with contextlib.suppress(ValueError):
            self.messages.append(json.loads(packet.data))
            self._spawn(self._tell())

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _listen(self, track: Any) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, frame_size_ms=10)
        async for event in stream:
            samples = np.frombuffer(event.frame.data, np.int16).astype(np.float64)
            if np.sqrt(np.mean(samples**2)) > _LOUD:
                self.sounds.append(time.monotonic())
                await self._tell()

    async def _speak(self) -> None:
        tone = (np.random.default_rng(0).standard_normal(_FRAME) * 10).astype(np.int16)
        due = time.monotonic()
        while True:
            frame = tone.copy()
            piece, self._samples = self._samples[:_FRAME], self._samples[_FRAME:]
            frame[: len(piece)] += piece
            await self._source.capture_frame(rtc.AudioFrame(frame.tobytes(), RATE, 1, _FRAME))
            if not len(self._samples):
                self._spoken.set()
            due += 0.02
            await asyncio.sleep(max(0.0, due - time.monotonic()))
