"""Start answers: every spelling is understood, and nothing that comes from outside breaks us."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from livekit import api

from harness.agents._start_answer import StartAnswer, session_from
from harness.errors import ConnectError, DailyTransport, NoRoomInAnswer, TokenForOtherRoom

WHO = "The runner at http://localhost:7860"
URL = "wss://my-project.livekit.cloud"


def token(room: str = "kitchen") -> str:
    grants = api.VideoGrants(room_join=True, room=room)
    made = api.AccessToken("key", "s" * 32).with_identity("me").with_grants(grants)
    return made.with_ttl(timedelta(minutes=5)).to_jwt()


TOKEN = token()
DAILY = {"dailyRoom": "https://me.daily.co/abc", "dailyToken": "eyJhbGciOiJIUzI1NiJ9.e30.abc"}


@pytest.mark.parametrize(
    "answer",
    [
        {"url": URL, "token": TOKEN, "sessionId": "s-1"},
        {"livekitUrl": URL, "livekitToken": TOKEN, "livekitRoom": "kitchen", "sessionId": "s-1"},
        {"livekit_url": URL, "livekit_token": TOKEN, "session_id": "s-1"},
        {"room_url": URL, "token": TOKEN, "session_id": "s-1"},
        {"roomUrl": URL, "roomToken": TOKEN, "session": {"id": "s-1"}},
        {"LIVEKIT_URL": URL, "LIVEKIT_TOKEN": TOKEN, "SESSION_ID": "s-1"},
        {"livekit-url": URL, "access-token": TOKEN, "session-id": "s-1"},
        {"serverUrl": URL, "participantToken": TOKEN, "session": {"id": "s-1"}},
        {"livekit": {"url": URL, "token": TOKEN, "room": "kitchen"}, "sessionId": "s-1"},
        {"data": {"room": {"url": URL, "token": TOKEN, "name": "kitchen"}, "sessionId": "s-1"}},
        {"sessions": [{"sessionId": "s-1", "connection": {"liveKitUrl": URL, "token": TOKEN}}]},
        # What else is called url and token must not be taken for it.
        {
            "url": "https://dashboard.example/s-1",
            "token": "not-livekit",
            "result": {"url": URL, "token": TOKEN, "sessionId": "s-1"},
        },
        {**DAILY, "livekitUrl": URL, "livekitToken": TOKEN, "sessionId": "s-1"},
    ],
)
def test_every_spelling(answer: dict[str, Any]):
    session = session_from(answer, WHO)
    assert (session.url, session.token, session.room) == (URL, TOKEN, "kitchen")
    assert session.session_id == "s-1"
    assert TOKEN not in repr(session) and TOKEN not in repr(StartAnswer.read(answer))


def test_an_address_of_the_configuration_stands_above_the_answers():
    own = "ws://127.0.0.1:7880"
    for answer in ({"url": URL, "token": TOKEN}, {"token": TOKEN}, {**DAILY, "token": TOKEN}):
        assert session_from(answer, WHO, livekit_url=own).url == own


def test_the_room_is_named_by_the_answer_if_the_token_does_not_say():
    assert session_from({"url": URL, "token": "opaque", "room": "bath"}, WHO).room == "bath"
    assert session_from({"url": URL, "token": "opaque"}, WHO).room == ""
    assert session_from({"url": URL, "token": TOKEN, "room": "RM_abc"}, WHO).room == "kitchen"


@pytest.mark.parametrize("value", [7, "7", " 7 "])
def test_a_session_id_may_be_a_number(value: object):
    assert session_from({"url": URL, "token": TOKEN, "sessionId": value}, WHO).session_id == "7"


@pytest.mark.parametrize(
    "value", ["", "..", ".", "a/b", "a b", "a?b", "a#b", "é", "x" * 201, True, None, [], {}, 1.5]
)
def test_what_cannot_be_a_session_id_is_none(value: object):
    assert session_from({"url": URL, "token": TOKEN, "sessionId": value}, WHO).session_id is None


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"sessionId": "s-1"},
        {"token": TOKEN},
        {"url": "", "token": TOKEN},
        {"url": 5, "token": TOKEN},
        {"url": "my-project.livekit.cloud", "token": TOKEN},
        {"url": "wss://", "token": TOKEN},
        {"url": "wss://h:0", "token": TOKEN},
        {"url": "wss://h:99999", "token": TOKEN},
        {"url": "wss://[", "token": TOKEN},
        {"url": "ftp://h", "token": TOKEN},
        {"url": "wss://h\n", "token": "a\x00b"},
        # The websocket transport of Pipecat Cloud.
        {"wsUrl": "wss://us-west.api.pipecat.daily.co/ws/generic/a.b", "token": "eyJz.dGVz"},
    ],
)
def test_no_livekit_url_has_the_documented_remedies(answer: dict[str, Any]):
    with pytest.raises(NoRoomInAnswer) as caught:
        session_from(answer, WHO)
    error = caught.value
    assert error.kind == "no_livekit_url" and "eyJ" not in str(error)
    if "url" not in answer or "no token" not in error.message:
        assert "No LiveKit URL" in error.message and "didn't return a URL" in error.cause
        assert "Set livekit_url" in error.remedy
    assert "livekit_api_key" in error.remedy and "livekit_api_secret" in error.remedy


def test_an_address_without_a_token():
    with pytest.raises(NoRoomInAnswer, match="no token"):
        session_from({"url": URL}, WHO)


@pytest.mark.parametrize(
    "answer",
    [
        DAILY,
        {"dailyRoom": DAILY["dailyRoom"]},
        {"room_url": DAILY["dailyRoom"], "token": DAILY["dailyToken"]},
        {"roomUrl": "https://ME.Daily.CO./abc", "token": DAILY["dailyToken"]},
        {"data": {"daily": {"url": DAILY["dailyRoom"], "token": "x"}}},
        {"room_url": DAILY["dailyRoom"], "url": URL, "token": DAILY["dailyToken"]},
    ],
)
def test_daily_has_the_documented_remedy(answer: dict[str, Any]):
    for own in (None, URL):
        with pytest.raises(DailyTransport) as caught:
            session_from(answer, WHO, livekit_url=own)
        assert "Daily transport error" in caught.value.message
        assert "using Daily instead of LiveKit" in caught.value.cause
        assert "Switch the agent to the LiveKit transport" in caught.value.remedy


def test_names_like_dailys_are_not_daily():
    answer = {"url": "wss://notdaily.co", "token": TOKEN, "daily": "report"}
    assert session_from(answer, WHO).url == "wss://notdaily.co"


def test_a_token_for_another_room():
    with pytest.raises(TokenForOtherRoom) as caught:
        session_from({"url": URL, "token": TOKEN, "livekitRoom": "bath"}, WHO)
    assert "kitchen" in caught.value.message and "bath" in caught.value.message
    # A room of some other kind is no contradiction.
    assert session_from({"url": URL, "token": TOKEN, "room": "42"}, WHO).room == "kitchen"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=12) | st.sampled_from(["url", "token", "room"]), inner)
    ),
    max_leaves=25,
)
URL_NAMES = ["url", "livekitUrl", "livekit_url", "LIVEKIT_URL", "liveKitURL", "room_url", "RoomUrl"]
TOKEN_NAMES = ["token", "livekitToken", "livekit_token", "accessToken", "LIVEKIT-TOKEN"]
ID_NAMES = ["sessionId", "session_id", "SessionID", "session-id"]
# Neutral wrappers: they add nothing to a name that would make it another one.
WRAPS = ["data", "result", "connection", "livekit", "response", "x"]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=12), JSON, max_size=6))
def test_junk_is_refused_in_our_words(answer: dict[str, Any]):
    try:
        session = session_from(answer, WHO)
    except ConnectError as error:
        assert error.message and error.cause and error.remedy
    else:
        assert session.url.startswith(("ws", "http")) and session.token


@settings(max_examples=100, deadline=None)
@given(
    names=st.tuples(*map(st.sampled_from, (URL_NAMES, TOKEN_NAMES, ID_NAMES))),
    wraps=st.lists(st.sampled_from(WRAPS), max_size=4),
    in_list=st.booleans(),
    junk=st.dictionaries(st.sampled_from(["status", "ok", "message", "ice"]), JSON, max_size=3),
    room=st.text("abcdefghij-_0123456789", min_size=1, max_size=40),
    number=st.integers(0, 10**9),
)
def test_any_spelling_at_any_depth_beside_anything(
    names: tuple[str, str, str],
    wraps: list[str],
    in_list: bool,
    junk: dict[str, Any],
    room: str,
    number: int,
):
    way_in = token(room)
    answer: Any = {names[0]: URL, names[1]: way_in, names[2]: f"s{number}"}
    for wrap in wraps:
        answer = {wrap: [answer] if in_list else answer}
    answer = {"status": "ok", **answer, **_without_answers(junk)}
    session = session_from(answer, WHO)
    assert (session.url, session.token, session.room) == (URL, way_in, room)
    assert session.session_id == f"s{number}"


def _without_answers(junk: dict[str, Any]) -> dict[str, Any]:
    """Junk that happens to spell a second answer would be a fair one."""
    spelt = json.dumps(junk).lower()
    return {} if any(word in spelt for word in ("url", "token", "room", "session")) else junk


def test_a_huge_answer_is_read_in_no_time():
    wide = {f"k{n}": {"url": "x" * 9000, "n": [n] * 50} for n in range(3000)}
    deep: Any = {"url": URL}
    for _ in range(400):
        deep = {"a": deep}
    with pytest.raises(NoRoomInAnswer):
        session_from({**wide, "deep": deep}, WHO)
