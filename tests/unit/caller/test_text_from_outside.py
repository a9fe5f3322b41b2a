"""What comes from the room: cleaned, bounded, counted; nothing of it stops the caller."""

from __future__ import annotations

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from taps import KeptTap

from harness.caller._data import MOST, MOST_BYTES, DataLog
from harness.caller._inbox import Inbox
from harness.caller._rtvi import RtviEar, client_ready, send_text
from harness.caller._text import LONGEST, clean, clean_json, parse_json
from harness.caller._words import Words, needs_ear
from harness.nouns import Agent, Caller, EventKind


def rtvi(kind: str, **data: object) -> bytes:
    return json.dumps({"label": "rtvi-ai", "type": kind, "data": data}).encode()


@pytest.fixture
def tap() -> KeptTap:
    return KeptTap()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"),
        ("two\nlines", "two\nlines"),
        ("tab\there", "tab here"),
        ("<b>bold</b> & <script>", "<b>bold</b> & <script>"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("bell\a null\0 del\x7f c1\x9b2J", "bell null del c12J"),
        ("turned \u202etxt\u202c", "turned txt"),
        ("half \ud83d pair", "half  pair"),
        ("smile 😀 e\u0301 \u200d", "smile 😀 e\u0301 \u200d"),
    ],
)
def test_text_is_kept_as_text_without_what_acts(text: str, kept: str):
    assert clean(text) == kept


def test_endless_text_is_cut_with_a_mark():
    assert len(clean("x" * 10_000)) == LONGEST and clean("x" * 10_000).endswith("…")


@given(st.text())
def test_what_is_clean_can_be_written_and_stays_as_it_is(text: str):
    once = clean(text)
    once.encode()
    assert clean(once) == once
    assert not any(ord(char) < 32 and char != "\n" for char in once)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_value_becomes_one_that_can_be_stored(value: object):
    json.dumps(clean_json(value), allow_nan=False).encode()


def test_json_that_browsers_and_recursion_cannot_take():
    parsed = parse_json(b'{"a": NaN, "b": 1e999, "c": [1.5]}')
    assert parsed == {"a": None, "b": None, "c": [1.5]}
    with pytest.raises(ValueError):
        parse_json(b"[" * 100_000)
    deep = json.dumps(json.loads("[" * 200 + "]" * 200)).encode()
    assert "…" in json.dumps(parse_json(deep), ensure_ascii=False)


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b'{"message": "hi"}', {"message": "hi"}),
        (b"[1, 2]", [1, 2]),
        (b"just text", "just text"),
        (b"\x1b[2Jtext", "[2Jtext"),
        (b"\xff\xfe\x00", "base64: //4A"),
        (b"", "base64: "),
        ("é".encode() * 9000, None),
        (b"\x00\xff" * 9000, None),
        (json.dumps({"big": "x" * 5000}).encode(), None),
    ],
)
def test_data_packets_are_shown_by_what_they_are(tap: KeptTap, payload: bytes, shown: object):
    DataLog(tap).take(payload, "bot\n", "topic\x07")
    [event] = tap.of(EventKind.AGENT_DATA)
    assert (event["from"], event["topic"], event["bytes"]) == ("bot\n", "topic", len(payload))
    if shown is None:
        assert isinstance(event["data"], str) and 0 < len(event["data"]) <= LONGEST
        assert event["data"].endswith("…")
    else:
        assert event["data"] == shown


def test_a_flood_of_data_makes_a_handful_of_events(tap: KeptTap):
    log = DataLog(tap)
    for number in range(5000):
        log.take(b"%d" % number, "bot", "")
    log.close()
    kept = tap.of(EventKind.AGENT_DATA)
    assert [event["data"] for event in kept if "data" in event] == list(range(MOST))
    counts = [event["left_out"] for event in kept if "left_out" in event]
    assert counts[-1] == 5000 - MOST and counts == sorted(set(counts)) and len(counts) < 20


def test_few_but_large_packets_reach_the_limit_in_bytes(tap: KeptTap):
    log = DataLog(tap)
    for _ in range(100):
        log.take(b"x" * 50_000, "bot", "")
    log.close()
    kept = [event for event in tap.of(EventKind.AGENT_DATA) if "data" in event]
    assert sum(len(event["data"]) for event in kept) <= MOST_BYTES + LONGEST
    assert len(kept) < 20


def test_the_inbox_sorts_rtvi_from_the_rest(tap: KeptTap):
    inbox = Inbox(tap)
    inbox.take(rtvi("bot-ready", version="2.0.0"), "bot", "")
    inbox.take(b'{"label": "other"}', "bot", "")
    assert inbox.messages.get_nowait()["type"] == "bot-ready"
    assert inbox.messages.empty() and len(tap.of(EventKind.AGENT_DATA)) == 1
    inbox.close()
    assert tap.of(EventKind.ROOM_WARNING) == [] and inbox.left_out == 0


def test_the_inbox_tells_who_says_that_it_is_ready(tap: KeptTap):
    inbox, seen = Inbox(tap), []
    inbox.on_ready = seen.append
    inbox.take(rtvi("bot-ready"), "one", "")
    inbox.take(rtvi("bot-output"), "two", "")
    assert seen == ["one"]


def test_a_flood_of_rtvi_is_bounded_counted_and_cheap(tap: KeptTap):
    inbox = Inbox(tap)
    began = time.process_time()
    for _ in range(50_000):
        inbox.take(rtvi("server-message", n=1), "bot", "")
    assert time.process_time() - began < 5.0
    waiting = inbox.messages.qsize()
    assert 100 < waiting <= 500 and waiting + inbox.left_out == 50_000
    tap.t += 1.0
    inbox.messages.get_nowait()
    inbox.take(rtvi("server-message"), "bot", "")
    assert inbox.messages.qsize() == waiting, "after the flood there is room again"
    inbox.close()
    first, last = tap.of(EventKind.ROOM_WARNING)
    assert first["code"] == last["code"] == "flood" and f"{inbox.left_out:,}" in last["message"]


def test_a_normal_call_loses_nothing(tap: KeptTap):
    inbox, streamed = Inbox(tap), []
    inbox.on_stream = lambda: streamed.append(1)
    for _ in range(60):
        tap.t += 1.0
        for _ in range(1000):
            inbox.take(rtvi("bot-llm-text", text="word "), "bot", "")
        for _ in range(60):
            inbox.take(rtvi("bot-output", text="A sentence."), "bot", "")
        assert inbox.messages.qsize() == 60, "tokens do not go into the pipeline"
        while not inbox.messages.empty():
            inbox.messages.get_nowait()
    assert inbox.left_out == 0 and len(streamed) == 60_000


def test_every_message_is_passed_on_in_order_tokens_too(tap: KeptTap):
    inbox, seen = Inbox(tap), []
    inbox.on_message = lambda message: seen.append(message["type"])
    kinds = ["bot-llm-started", "bot-llm-text", "bot-tts-text", "user-input", "bot-llm-stopped"]
    for kind in kinds:
        inbox.take(rtvi(kind), "bot", "")
    assert seen == kinds and inbox.messages.qsize() == 2


def test_a_flood_does_not_swallow_the_end_of_an_answer(tap: KeptTap):
    inbox, seen = Inbox(tap), []
    inbox.on_message = lambda message: seen.append(message["type"])
    for _ in range(1000):
        inbox.take(rtvi("server-message", n=1), "bot", "")
    inbox.take(rtvi("bot-llm-stopped"), "bot", "")
    assert seen[-1] == "bot-llm-stopped"
    before = inbox.left_out
    for _ in range(1000):
        inbox.take(rtvi("bot-llm-started"), "bot", "")
    assert inbox.left_out > before + 900, "but it is no way around the limit"


def test_large_messages_use_up_the_allowance_sooner(tap: KeptTap):
    inbox = Inbox(tap)
    for _ in range(100):
        inbox.take(rtvi("server-message", blob="x" * 60_000), "bot", "")
    assert inbox.messages.qsize() < 40


def ear_of(tap: KeptTap, words: Words | None = None) -> RtviEar:
    return RtviEar(tap, lambda: None, words or Words(tap))


@pytest.mark.parametrize(
    "message",
    [
        {"label": "rtvi-ai"},
        {"label": "rtvi-ai", "type": None, "data": None},
        {"label": "rtvi-ai", "type": {"a": 1}, "data": 5},
        {"label": "rtvi-ai", "type": "bot-output", "data": {"text": ["x"], "spoken": False}},
        {"label": "rtvi-ai", "type": "user-transcription", "data": {"text": {}, "final": 1}},
        {"label": "rtvi-ai", "type": "bot-ready", "data": {"version": [2], "about": "x" * 9000}},
        {"label": "rtvi-ai", "type": "metrics", "data": {"kind": 1, "self": 2}},
        {"label": "rtvi-ai", "type": "metrics", "data": {"ttfb": ["x" * 9000]}},
        {"label": "rtvi-ai", "type": "error", "data": {"error": {"x": 1}}},
        {"label": "rtvi-ai", "type": "llm-function-call-in-progress", "data": {"arguments": "x"}},
        {"label": "rtvi-ai", "type": "llm-function-call-stopped", "data": {"result": "y" * 9000}},
        {"label": "rtvi-ai", "type": "x" * 9000, "data": {"z": "y" * 9000}},
    ],
)
def test_no_rtvi_message_breaks_the_ear_or_bloats_the_log(tap: KeptTap, message: dict[str, object]):
    ear_of(tap).hear(message)
    assert len(json.dumps([data for _, data in tap.events])) < 5000


def test_an_endless_talker_is_cut_off_once_with_a_word(tap: KeptTap):
    ear = ear_of(tap)
    for _ in range(11_000):
        ear.hear({"label": "rtvi-ai", "type": "bot-llm-started"})
    assert len(tap.of(EventKind.AGENT_REPORTED)) == 10_000
    assert [data["code"] for data in tap.of(EventKind.ROOM_WARNING)] == ["too_many_messages"]


def test_old_bots_are_known_by_the_echo_of_our_messages(tap: KeptTap):
    ear = ear_of(tap)
    for message in (client_ready(), client_ready(), send_text("hi")):
        ear.hear(message)
    [warning] = tap.of(EventKind.ROOM_WARNING)
    assert warning["code"] == "old_bot" and "1.8" in warning["message"]
    assert ear.echoed and ear.told.is_set() and not ear.spoke and not ear.ready
    assert tap.of(EventKind.AGENT_MESSAGE) == []


def test_text_by_rtvi_asks_for_an_answer_at_once_by_voice():
    message = send_text("Hello")
    assert message["type"] == "send-text" and message["label"] == "rtvi-ai" and message["id"]
    assert message["data"] == {
        "content": "Hello",
        "options": {"run_immediately": True, "audio_response": True},
    }


def say_all(words: Words) -> None:
    words.by_transcription("lk")
    words.by_ear("heard", 1.0)
    words.by_rtvi("rtvi")
    words.by_transcription("lk again")
    words.by_ear("heard again", 2.0)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("auto", ["lk", "rtvi"]),
        ("rtvi", ["rtvi"]),
        ("lk.transcription", ["lk", "lk again"]),
        ("stt", ["heard", "heard again"]),
    ],
)
def test_words_come_from_one_source(tap: KeptTap, source: str, told: list[str]):
    say_all(Words(tap, source))  # type: ignore[arg-type]
    assert [data["text"] for data in tap.of(EventKind.AGENT_TEXT)] == told


def test_a_bot_that_said_ready_is_not_read_by_transcription(tap: KeptTap):
    words = Words(tap)
    words.speaks_rtvi = True
    words.by_transcription("lk")
    words.heard_by_agent("from lk", "lk.transcription")
    words.heard_by_agent("from rtvi", "rtvi")
    assert tap.of(EventKind.AGENT_TEXT) == []
    assert tap.of(EventKind.AGENT_HEARD) == [{"text": "from rtvi"}]


def test_what_we_recognise_is_no_sign_of_the_agent(tap: KeptTap):
    words = Words(tap, "stt")
    words.by_ear("heard", 1.0)
    assert words.any and words.told_at is None


@pytest.mark.parametrize(
    ("transcript", "stack", "needed"),
    [
        ("auto", "offline", False),
        ("auto", "local", True),
        ("auto", "cloud", True),
        ("stt", "offline", True),
        ("rtvi", "cloud", False),
        ("lk.transcription", "local", False),
    ],
)
def test_the_ear_is_used_where_it_is_fit_or_asked_for(transcript: str, stack: str, needed: bool):
    agent = Agent(name="a", provider="room", transcript=transcript)  # type: ignore[arg-type]
    assert needs_ear(Caller(stack=stack), agent) is needed


def test_floats_stay_finite():
    assert clean_json(math.inf) is None and clean_json(1.5) == 1.5
