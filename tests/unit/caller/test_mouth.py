"""Lines on their way out, against a track that is played."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
import soundfile
from played import ClockTap
from virtual import run

from harness.caller._line import SpokenLine
from harness.caller._mouth import Mouth
from harness.caller._sender import PacedSender
from harness.errors import InternalError, ScenarioError
from harness.nouns import LANE_RATE, EventKind


class Room:
    """Takes keys."""

    begun = False

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.tones = ""

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def press(self, keys: str) -> None:
        self.tones += keys


class Rtvi:
    ready = False


class Track:
    async def capture_frame(self, frame: object) -> None:
        pass


class Played:
    """A mouth whose voice speaks each text for `spoken_s` seconds; "mute" gives no sound."""

    def __init__(self, spoken_s: float = 1.0) -> None:
        self.tap, self.room, self.rtvi = ClockTap(), Room(), Rtvi()
        self.mouth = Mouth(self.tap, self.room, self.rtvi, None, 1.0)  # type: ignore[arg-type]
        self.mouth.sender = PacedSender(self.tap, Track())  # type: ignore[arg-type]
        self.mouth.speak = self._speak
        self.spoken = np.full(round(spoken_s * LANE_RATE), 9000, np.int16)
        self.sending = asyncio.create_task(self.mouth.sender.run())

    async def _speak(self, text: str) -> None:
        await asyncio.sleep(0.1)
        assert self.mouth.sender is not None
        if text != "mute":
            self.mouth.sender.feed(self.spoken)
        self.mouth.part_over()


def test_a_line_is_open_from_its_onset_to_its_end():
    async def whole() -> None:
        played = Played()
        line = await played.mouth.open_line(SpokenLine("One.", "script"))
        assert line.begun and not line.over.done()
        assert 0.1 <= line.started_at <= 0.25
        assert await line.over == pytest.approx(line.started_at + 1.0, abs=1e-3)

    run(whole())


def test_lines_are_said_one_after_the_other():
    async def whole() -> None:
        played = Played()
        first = await played.mouth.open_line(SpokenLine("One.", "script"))
        second = await played.mouth.open_line(SpokenLine("Two.", "typed"))
        assert first.over.done() and second.started_at > first.over.result()

    run(whole())


def test_who_stops_waiting_for_a_line_does_not_take_it_back():
    async def whole() -> None:
        played = Played()
        waiting = asyncio.create_task(played.mouth.open_line(SpokenLine("Hello?", "script")))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        line = await played.mouth.open_line(SpokenLine("Two.", "script"))
        await line.over
        stops = [each["at"] for each in played.tap.of(EventKind.CALLER_STOPPED)]
        texts = [each["text"] for each in played.tap.of(EventKind.CALLER_STARTED)]
        assert texts == ["Hello?", "Two."] and stops[0] < line.started_at

    run(whole())


def test_a_voice_without_sound_is_told_and_holds_up_nobody():
    async def whole() -> None:
        played = Played()
        with pytest.raises(InternalError, match="no sound"):
            await played.mouth.open_line(SpokenLine("mute", "script"))
        assert (await played.mouth.open_line(SpokenLine("One.", "script"))).begun

    run(whole())


def test_a_voice_that_never_ends_is_given_up():
    async def whole() -> None:
        played = Played()

        async def never(text: str) -> None:
            await asyncio.Event().wait()

        played.mouth.speak = never
        with pytest.raises(InternalError):
            await played.mouth.open_line(SpokenLine("One.", "script"))
        assert 20 < played.tap.now() < 30

    run(whole())


def test_pieces_are_one_line_with_exact_pauses():
    async def whole() -> None:
        played = Played(0.5)
        line = await played.mouth.open_line(SpokenLine("a b", "script", parts=("a", 800, "b")))
        assert await line.over - line.started_at == pytest.approx(0.5 + 0.8 + 0.5, abs=1e-3)
        assert len(played.tap.of(EventKind.CALLER_STARTED)) == 1

    run(whole())


def test_keys_go_by_rtvi_where_the_agent_speaks_it():
    async def whole() -> None:
        played = Played()
        line = await played.mouth.press("12#")
        assert line.over.done() and played.room.tones == "12#"
        played.rtvi.ready = True
        await played.mouth.press("4")
        assert [(each["type"], each["data"]) for each in played.room.sent] == [
            ("dtmf", {"buttons": ["4"]})
        ]
        told = played.tap.of(EventKind.CALLER_STARTED)
        assert [(each["text"], each["sent_as"]) for each in told] == [
            ("Keys 1 2 #", "dtmf"),
            ("Keys 4", "dtmf"),
        ]
        assert played.tap.of(EventKind.CALLER_PRESSED) == [{"keys": "12#"}, {"keys": "4"}]

    run(whole())


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16000, 2), (44100, 1), (48000, 2)])
def test_a_recording_of_any_rate_lasts_as_long(tmp_path: Any, rate: int, channels: int):
    sound = np.tile(np.sin(np.arange(rate) * 2 * np.pi * 440 / rate)[:, None] * 0.3, channels)
    soundfile.write(tmp_path / "line.wav", sound, rate)

    async def whole() -> None:
        played = Played()
        line = SpokenLine("Recorded.", "script", audio=str(tmp_path / "line.wav"))
        opened = await played.mouth.open_line(line)
        assert await opened.over - opened.started_at == pytest.approx(1.0, abs=0.005)

    asyncio.run(whole())


def test_a_recording_that_is_none_is_an_error_of_the_scenario(tmp_path: Any):
    (tmp_path / "line.wav").write_text("no sound at all")

    async def whole() -> None:
        played = Played()
        line = SpokenLine("Recorded.", "script", audio=str(tmp_path / "line.wav"))
        with pytest.raises(ScenarioError, match=r"line\.wav"):
            await played.mouth.open_line(line)
        played.sending.cancel()

    asyncio.run(whole())
