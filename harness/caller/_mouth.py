"""Mouth: how the caller's lines leave it, by voice, as text or as keys."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from harness.caller._channel import TextChannel
from harness.caller._line import LineSource, NoLine, OpenLine, SpokenLine
from harness.caller._person_voice import PersonVoice
from harness.caller._recording import load_recording
from harness.caller._room import RoomLine
from harness.caller._rtvi import RtviEar, press_keys
from harness.caller._sender import PacedSender
from harness.caller._sounds import make_sound
from harness.caller._tap import CallTap, Samples
from harness.errors import InternalError, redact
from harness.measure import speech_bounds
from harness.nouns import LANE_RATE, SOUNDS, EventKind, by_person

__all__ = ["Mouth"]

_VOICE_S = 20.0


class Mouth:
    """Says one line after the other.

    Args:
        tap: The call's clock and events.
        room: The room, for keys.
        rtvi: Whether the agent takes keys by RTVI.
        channel: How a line is sent as text.
        speed: Pace of the voice.

    Attributes:
        sender: The caller's track; None for one who types.
        speak: Has the voice speak a text; :meth:`part_over` tells when it is through.
        on_begun: Called when a line begins, with whether it goes as text.
        on_over: Called with the second at which a line is over.
    """

    def __init__(
        self, tap: CallTap, room: RoomLine, rtvi: RtviEar, channel: TextChannel, speed: float
    ) -> None:
        self._tap = tap
        self._room = room
        self._rtvi = rtvi
        self._channel = channel
        self._speed = speed
        self._number = 0
        self._turn = asyncio.Lock()
        self._free = asyncio.Event()
        self._free.set()
        self._voice_done = asyncio.Event()
        self._voice_done.set()
        self._part_over = asyncio.Event()
        self._recordings: dict[str, Samples] = {}
        self._sounds: dict[tuple[str, int], Samples] = {}
        self._in_voice = False
        self._failure: Exception | None = None
        self._voices: set[asyncio.Task[None]] = set()
        self.sender: PacedSender | None = None
        self.speak: Callable[[str], Awaitable[None]] | None = None
        self.on_begun: Callable[[bool], None] = lambda by_text: None
        self.on_over: Callable[[float], None] = lambda at: None

    @property
    def speaking(self) -> bool:
        """Whether a line is being spoken or waits to be."""
        return self.sender is not None and self.sender.speaking

    def next_number(self) -> int:
        """The number of the next line, whoever says it."""
        self._number += 1
        return self._number

    def take_over(
        self, voice: PersonVoice, heard: Callable[[int, Samples], None]
    ) -> tuple[float, int | None]:
        """Let a person speak: what is said is broken off, and lines wait until they give back.

        What somebody types or plays is said all the same. `heard` gets what is sent.

        Returns:
            As :meth:`PacedSender.take_over`.
        """
        assert self.sender is not None
        self._free.clear()
        self._room.begun = True
        self.sender.on_person = heard
        return self.sender.take_over(voice)

    def give_back(self) -> None:
        """Lines are said again."""
        self._free.set()

    def part_over(self) -> None:
        """The voice has given its last sample of a text."""
        self._part_over.set()

    def voice_failed(self, error: Exception) -> None:
        """The voice has failed, and with it what it is speaking, if anything."""
        if self._in_voice:
            self._failure = self._failure or error
            self._part_over.set()

    async def open_line(self, line: SpokenLine) -> OpenLine:
        """Speak or send one line, after those that are being said; returns when it begins.

        Whoever stops waiting for a line does not take it back.

        Raises:
            SpeechFailed: The voice fails.
            InternalError: It gives no sound and does not say why.
            ScenarioError: A recording cannot be played.
        """
        recording = None if line.audio is None else await self._recording(line.audio)
        await self._acquire_turn(by_hand=by_person(line.source))
        opened = OpenLine(line.text)
        opened.then(self._turn.release)
        self.next_number()
        self._room.begun = True
        if line.as_text or self.sender is None:
            await self._send(line, opened)
        else:
            self._begin(line, opened, recording, self.sender)
            await opened.onset()
        return opened

    async def _acquire_turn(self, *, by_hand: bool) -> None:
        """Wait until nothing else is said, and, but for what a person wants, no person speaks."""
        while True:
            if not by_hand:
                await self._free.wait()
            await self._turn.acquire()
            try:
                # Of a line that was broken off the voice still makes samples: they are not ours.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._voice_done.wait(), _VOICE_S)
            except BaseException:
                self._turn.release()
                raise
            if by_hand or self._free.is_set():
                return
            self._turn.release()

    async def make_sound(self, sound: NoLine) -> float | None:
        """Make a sound that is no line, whatever is being said; returns when it is over.

        Returns:
            The second of its end; None from a caller who types and cannot be heard, or in whose
            place a person speaks.

        Raises:
            ScenarioError: A recording cannot be played.
        """
        if self.sender is None or not self._free.is_set():
            return None
        samples = await self._sound(sound)
        name = sound.sound if sound.sound in SOUNDS else Path(sound.sound).name
        return await self.sender.sound(name, samples, sound.starts_at)

    async def prepare(self, recordings: Iterable[str], sounds: Iterable[NoLine] = ()) -> None:
        """Load recordings and make sounds before anybody waits for them.

        Raises:
            ScenarioError: One cannot be played.
        """
        for path in recordings:
            await self._recording(path)
        for sound in sounds:
            await self._sound(sound)

    async def press(self, keys: str, source: LineSource = "script") -> OpenLine:
        """Press keys, by RTVI where the agent speaks it, else as LiveKit's tones.

        Raises:
            Exception: Whatever the room raises when they cannot be sent.
        """
        await self._acquire_turn(by_hand=by_person(source))
        try:
            self.next_number()
            self._room.begun = True
            if self._rtvi.ready:
                await self._room.send(press_keys(keys))
            else:
                await self._room.press(keys)
            self._tap.emit(EventKind.CALLER_PRESSED, keys=keys)
            opened = OpenLine(" ".join(["Keys", *keys]))
            self._tell_sent(opened, source, "dtmf", self._tap.now())
            return opened
        finally:
            self._turn.release()

    def close(self) -> None:
        """Break off what is being said."""
        for voice in self._voices:
            voice.cancel()
        if self.sender is not None:
            self.sender.cut()

    async def _sound(self, sound: NoLine) -> Samples:
        if sound.sound not in SOUNDS:
            whole = await self._recording(sound.sound)
            heard = speech_bounds(whole, LANE_RATE)
            if heard is None or heard.end is None:
                return whole
            return whole[round(heard.start * LANE_RATE) : round(heard.end * LANE_RATE)]
        key = (sound.sound, sound.seed)
        if key not in self._sounds:
            self._sounds[key] = await asyncio.to_thread(make_sound, *key)
        return self._sounds[key]

    async def _recording(self, path: str) -> Samples:
        if path not in self._recordings:
            self._recordings[path] = await load_recording(path)
        return self._recordings[path]

    def _begin(
        self, line: SpokenLine, opened: OpenLine, recording: Samples | None, sender: PacedSender
    ) -> None:
        """Give a line to the sender, which tells when it begins and ends."""
        parts = line.parts or (line.text,)
        pauses_s = sum(part for part in parts if isinstance(part, int)) / 1000
        longest = _VOICE_S + pauses_s + len(line.text) * 0.2 / self._speed
        if recording is not None:
            longest += len(recording) / LANE_RATE
        if line.starts_at is not None:
            longest += max(0.0, line.starts_at - self._tap.now())
        late = asyncio.get_running_loop().call_later(longest, opened.fail, _mute())
        opened.then(late.cancel)
        listener = _Listener(opened, self)
        sender.begin(self._number, line.text, line.source, listener, line.starts_at)
        if recording is not None:
            sender.play(recording)
            return
        self._voice_done.clear()
        voice = asyncio.create_task(self._give_voice(parts, opened, sender))
        self._voices.add(voice)
        voice.add_done_callback(self._voices.discard)

    async def _give_voice(
        self, parts: Sequence[str | int], opened: OpenLine, sender: PacedSender
    ) -> None:
        """Have the voice speak the texts of the newest line, one after the other."""
        assert self.speak is not None
        try:
            for part in parts:
                if opened.over.done():
                    return
                if isinstance(part, int):
                    sender.pause(part / 1000)
                    continue
                self._part_over.clear()
                self._in_voice, self._failure = True, None
                await self.speak(part)
                await self._part_over.wait()
                self._in_voice = False
                if self._failure is not None:
                    raise self._failure
            if not opened.over.done():
                sender.complete()
        except Exception as error:
            if not opened.over.done():
                opened.fail(error)
                sender.cut()
        finally:
            self._in_voice = False
            self._voice_done.set()

    async def _send(self, line: SpokenLine, opened: OpenLine) -> None:
        """Send a line by the text channel: it takes no time, so it starts and ends at once."""
        try:
            channel = await self._channel.choose()
            at = self._tap.now()
            try:
                await self._channel.send(line.text, channel)
            except Exception as error:
                self._tap.emit(
                    EventKind.ROOM_WARNING,
                    code="text_not_sent",
                    message=f"A line could not be sent by {channel}: {redact(str(error))[:200]}",
                )
                opened.begin(at)
                opened.end(at)
            else:
                self._tell_sent(opened, line.source, channel, at)
        finally:
            opened.over.cancel()

    def _tell_sent(self, opened: OpenLine, source: str, sent_as: str, at: float) -> None:
        """Tell a line that took no time."""
        said = {"line": self._number, "at": round(at, 6)}
        self._tap.emit(
            EventKind.CALLER_STARTED, text=opened.text, source=source, sent_as=sent_as, **said
        )
        self._tap.emit(EventKind.CALLER_STOPPED, cut=False, **said)
        self.on_begun(sent_as != "dtmf")
        self.on_over(at)
        opened.begin(at)
        opened.end(at)


class _Listener:
    """Passes on what the sender tells of a line."""

    def __init__(self, opened: OpenLine, mouth: Mouth) -> None:
        self._opened = opened
        self._mouth = mouth

    def begin(self, at: float) -> None:
        self._mouth.on_begun(False)
        self._opened.begin(at)

    def end(self, at: float) -> None:
        self._mouth.on_over(at)
        if self._opened.begun:
            self._opened.end(at)
        else:
            self._opened.fail(_mute())


def _mute() -> InternalError:
    return InternalError(
        "The caller's voice gave no sound for a line.",
        cause="The speech stack failed; the log says more.",
        remedy="Call again, or choose another stack for the caller.",
    )
