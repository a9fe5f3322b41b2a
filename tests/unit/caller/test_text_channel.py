"""Which channel a line goes by, what is sent, and what counts as an answer to it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest
from taps import KeptTap

from harness.caller._channel import TextChannel, filled
from harness.caller._floor import Floor
from harness.caller._rtvi import RtviEar
from harness.caller._words import Words
from harness.nouns import Agent


class Line:
    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def chat(self, text: str) -> None:
        self.sent.append(text)


class Told:
    def __init__(self, **agent: Any) -> None:
        self.tap, self.line = KeptTap(), Line()
        self.ear = RtviEar(self.tap, lambda: None, Words(self.tap))
        self.channel = TextChannel(
            self.line,  # type: ignore[arg-type]
            self.ear,
            Agent(name="a", provider="room", **agent),
        )


@pytest.mark.parametrize("channel", ["rtvi", "lk.chat", "data"])
async def test_a_chosen_channel_is_used_without_asking(channel: str):
    assert await Told(text_channel=channel).channel.choose() == channel


async def test_auto_waits_for_bot_ready_and_then_speaks_rtvi():
    told = Told()
    choosing = asyncio.create_task(told.channel.choose())
    await asyncio.sleep(0)
    told.channel.asked.set()
    told.ear.hear({"label": "rtvi-ai", "type": "bot-ready", "data": {"version": "2.0.0"}})
    assert await asyncio.wait_for(choosing, 1) == "rtvi"


async def test_auto_is_chat_without_bot_ready_and_waits_only_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("harness.caller._channel._KNOWN_S", 0.05)
    told = Told()
    assert await told.channel.choose() == "lk.chat"
    monkeypatch.setattr("harness.caller._channel._KNOWN_S", 60.0)
    assert await asyncio.wait_for(told.channel.choose(), 1) == "lk.chat"
    told.ear.hear({"label": "rtvi-ai", "type": "bot-ready", "data": {}})
    assert await told.channel.choose() == "rtvi", "a late bot-ready counts from then on"


async def test_auto_does_not_wait_for_a_bot_that_echoes():
    told = Told()
    told.channel.asked.set()
    told.ear.hear({"label": "rtvi-ai", "type": "client-ready", "id": "x", "data": {}})
    assert await asyncio.wait_for(told.channel.choose(), 1) == "lk.chat"


async def test_what_each_channel_sends():
    told = Told()
    for channel in ("rtvi", "lk.chat", "data"):
        await told.channel.send("Hi", channel)  # type: ignore[arg-type]
    by_rtvi, chat, data = told.line.sent
    assert by_rtvi["data"]["content"] == "Hi" and chat == "Hi"
    assert data["message"] == "Hi" and datetime.fromisoformat(data["timestamp"]).tzinfo


def test_a_template_is_filled_in_its_strings_wherever_they_are():
    template = {"a": "{text}", "b": ["<{text}>", {"c": "{timestamp}"}], "n": 3, "{text}": None}
    wanted = {"a": "x", "b": ["<x>", {"c": "now"}], "n": 3, "{text}": None}
    assert filled(template, "x", "now") == wanted


@pytest.mark.parametrize("text", ["{timestamp}", "{text}", 'quote " and \\', "{}", "{0}", "ü\n"])
def test_what_somebody_typed_is_never_read_as_a_template(text: str):
    assert filled("say {text} at {timestamp}", text, "now") == f"say {text} at now"


class Ear:
    """A receiver played by hand."""

    speaking = False
    quiet_since: float | None = None


def floor_of(tap: KeptTap, words: Words, receiver: Ear | None) -> Floor:
    floor = Floor(tap.now, RtviEar(tap, lambda: None, words), words)
    floor.receiver = receiver  # type: ignore[assignment]
    return floor


async def run(waiting: Any, tap: KeptTap, until: float) -> Any:
    """Await `waiting` while the tap's clock is moved on."""
    task = asyncio.ensure_future(waiting)
    while not task.done() and tap.t < until:
        tap.t += 0.1
        await asyncio.sleep(0.06)
    if not task.done():
        task.cancel()
        return "still waits"
    return task.result()


async def test_text_answers_where_there_is_no_track():
    tap = KeptTap()
    words = Words(tap)
    floor = floor_of(tap, words, None)
    words.by_transcription("Yes.")
    assert await floor.wait_for_speech(0.0, 5.0, or_text=True)
    assert not await floor.wait_for_speech(0.0, 0.0), "not for a spoken line"


async def test_text_from_before_the_line_is_no_answer():
    tap = KeptTap()
    words = Words(tap)
    floor = floor_of(tap, words, None)
    words.by_transcription("Old.")
    tap.t = 1.0
    assert not await floor.wait_for_speech(1.0, 0.0, or_text=True)


async def test_a_track_gets_a_moment_to_follow_its_text_once():
    tap = KeptTap()
    words = Words(tap)
    floor = floor_of(tap, words, Ear())
    words.by_transcription("Yes.")
    assert await run(floor.wait_for_speech(0.0, 9.0, or_text=True), tap, 6.0) is True
    assert tap.t >= 2.0
    tap.t = 10.0
    words.by_transcription("Yes again.")
    assert await run(floor.wait_for_speech(10.0, 9.0, or_text=True), tap, 11.5) is True


async def test_sound_that_follows_is_the_answer():
    tap = KeptTap()
    words, ear = Words(tap), Ear()
    floor = floor_of(tap, words, ear)
    words.by_transcription("Yes.")
    waiting = asyncio.ensure_future(floor.wait_for_speech(0.0, 9.0, or_text=True))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    ear.speaking = True
    floor.wake()
    assert await asyncio.wait_for(waiting, 1) is True
