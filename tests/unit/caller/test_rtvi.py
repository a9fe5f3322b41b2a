"""RTVI messages as events, and what the agent still has to say."""

from __future__ import annotations

import asyncio

import pytest
from taps import KeptTap

from harness.caller._rtvi import RtviEar, client_ready
from harness.caller._words import Words
from harness.nouns import EventKind


def message(kind: str, **data: object) -> dict[str, object]:
    return {"label": "rtvi-ai", "type": kind, "data": data}


@pytest.fixture
def tap() -> KeptTap:
    return KeptTap()


@pytest.fixture
def ear(tap: KeptTap) -> RtviEar:
    return RtviEar(tap, lambda: None, Words(tap))


def test_client_ready_speaks_version_two():
    ready = client_ready()
    assert ready["label"] == "rtvi-ai" and ready["type"] == "client-ready"
    assert ready["data"]["version"].split(".")[0] == "2"
    assert len(ready["data"]["version"].split(".")) == 3


@pytest.mark.parametrize(
    "other", [None, [], "text", {"message": "hi"}, {"label": "x", "type": "y"}]
)
def test_what_is_not_rtvi_is_left_alone(ear: RtviEar, tap: KeptTap, other: object):
    ear.hear(other)
    assert tap.events == [] and not ear.spoke


def test_words_are_taken_once_from_bots_that_tell_their_output(ear: RtviEar, tap: KeptTap):
    ear.hear(message("bot-ready", version="2.2.0"))
    ear.hear(message("bot-transcription", text="Hello there."))
    ear.hear(message("bot-output", text="Hello there.", will_be_spoken=True, spoken_status="new"))
    ear.hear(
        message("bot-output", text="Hello there.", will_be_spoken=True, spoken_status="completed")
    )
    ear.hear(message("bot-output", text="code", will_be_spoken=False, spoken_status="new"))
    assert tap.of(EventKind.AGENT_TEXT) == [{"text": "Hello there.", "source": "rtvi"}]


def test_older_bots_tell_their_words_by_transcription(ear: RtviEar, tap: KeptTap):
    ear.hear(message("bot-ready", version="1.0.0"))
    ear.hear(message("bot-transcription", text="Hello   there."))
    assert tap.of(EventKind.AGENT_TEXT) == [{"text": "Hello there.", "source": "rtvi"}]


def test_the_agents_hearing_is_taken_when_final(ear: RtviEar, tap: KeptTap):
    ear.hear(message("user-transcription", text="boo", final=False))
    ear.hear(message("user-transcription", text="book", final=True))
    assert tap.of(EventKind.AGENT_HEARD) == [{"text": "book"}]


def test_function_calls_with_and_without_names(ear: RtviEar, tap: KeptTap):
    ear.hear(message("llm-function-call-started"))
    ear.hear(message("llm-function-call-in-progress", tool_call_id="1"))
    assert ear.busy
    ear.hear(message("llm-function-call-stopped", tool_call_id="1", cancelled=False))
    assert not ear.busy
    full = {"tool_call_id": "2", "function_name": "book", "arguments": {"day": "Friday"}}
    ear.hear(message("llm-function-call-in-progress", **full))
    ear.hear(
        message(
            "llm-function-call-stopped",
            tool_call_id="2",
            function_name="book",
            cancelled=True,
            result={"big": "x" * 9000},
        )
    )
    called, returned = tap.of(EventKind.TOOL_CALLED), tap.of(EventKind.TOOL_RETURNED)
    assert called[0] == {"id": "1", "name": None, "arguments": None}
    assert called[1] == {"id": "2", "name": "book", "arguments": {"day": "Friday"}}
    assert returned[1]["cancelled"] is True
    assert list(returned[1]["result"]) == ["left_out"], "a big result does not bloat the log"


@pytest.mark.parametrize(
    ("kinds", "busy"),
    [
        (["bot-llm-started"], True),
        (["bot-llm-started", "bot-llm-stopped"], False),
        (["bot-tts-started"], True),
        (["bot-tts-started", "bot-started-speaking"], True),
        (["bot-tts-started", "bot-started-speaking", "bot-stopped-speaking"], False),
        (["bot-started-speaking", "bot-tts-started", "bot-interrupted"], False),
        (["bot-started-speaking", "bot-stopped-speaking", "bot-tts-started"], True),
    ],
)
def test_what_is_still_to_come(ear: RtviEar, kinds: list[str], busy: bool):
    for kind in kinds:
        ear.hear(message(kind))
    assert ear.busy is busy
    ear.forget_busy()
    assert not ear.busy


def test_errors_and_unknown_messages_are_kept_small_streams_are_not(ear: RtviEar, tap: KeptTap):
    ear.hear(message("error", error="No key", fatal=True))
    ear.hear(message("server-message", hello=1))
    for kind in ("bot-llm-text", "bot-tts-text", "user-audio-level", "user-input"):
        ear.hear(message(kind, text="a"))
    assert tap.of(EventKind.AGENT_ERROR) == [{"message": "No key", "fatal": True}]
    assert tap.of(EventKind.AGENT_MESSAGE) == [{"type": "server-message", "data": {"hello": 1}}]
    assert len(tap.events) == 2


async def test_who_talks_rtvi_but_never_says_bot_ready_is_old(ear: RtviEar, tap: KeptTap):
    ear.hear({"label": "rtvi-ai", "type": "bot-started-speaking"})
    await ear.wait_for_answer(0.01)
    ear.hear(client_ready())  # an echo that comes late tells nothing new
    [warning] = tap.of(EventKind.ROOM_WARNING)
    assert warning["code"] == "old_bot" and "pipecat-ai 1.8" in warning["message"]


async def test_who_answers_or_talks_no_rtvi_at_all_is_not_called_old(ear: RtviEar, tap: KeptTap):
    await ear.wait_for_answer(0.01)
    ear.hear({"label": "rtvi-ai", "type": "bot-started-speaking"})
    waiting = asyncio.create_task(ear.wait_for_answer(5.0))
    await asyncio.sleep(0)
    ear.hear({"label": "rtvi-ai", "type": "bot-ready", "data": {"version": "2.2.0"}})
    await waiting
    assert tap.of(EventKind.ROOM_WARNING) == []


def test_what_the_observer_tells_is_an_insight_without_the_bots_clock(ear: RtviEar, tap: KeptTap):
    told = {"ringback": 1, "kind": "latency", "at": 1.5e9, "seconds": 0.7}
    ear.hear({"label": "rtvi-ai", "type": "server-message", "data": told})
    assert tap.of(EventKind.AGENT_INSIGHT) == [{"kind": "latency", "seconds": 0.7}]
    assert tap.of(EventKind.AGENT_MESSAGE) == []
