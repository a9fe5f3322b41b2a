"""What is said of a LiveKit token before anybody is asked."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from harness.agents._token import check_token, checked, speaks, time_left
from harness.errors import (
    MayNotHear,
    MayNotPublish,
    RoomError,
    RoomRefused,
    TokenExpired,
    TokenForOtherRoom,
)
from harness.nouns import Session


def jwt(video: Any = None, **claims: Any) -> str:
    """A token with any claims; the signature does not matter here."""
    grants = {"roomJoin": True, "room": "r"} if video is None else video
    all_claims = {"sub": "me", "exp": time.time() + 86_400, "video": grants} | claims

    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'HS256'})}.{part(all_claims)}.c2ln"


JOIN = {"roomJoin": True, "room": "r"}


@pytest.mark.parametrize(
    ("token", "error", "named"),
    [
        ("abc", RoomRefused, "not a LiveKit token"),
        ("a.b.c", RoomRefused, "not a LiveKit token"),
        (jwt(exp=time.time() - 86400 * 3), TokenExpired, "ago"),
        (jwt(nbf=time.time() + 86400 * 3), RoomRefused, "good only in "),
        (jwt({"room": "r"}), RoomRefused, "join"),
        (jwt({"roomJoin": False, "room": "r"}), RoomRefused, "join"),
        (jwt("everything"), RoomRefused, "join"),
        (jwt({"roomJoin": True}), RoomRefused, "names no room"),
        (jwt(sub=""), RoomRefused, "identity"),
        (jwt({**JOIN, "canPublish": False}), MayNotPublish, "speak"),
        (jwt({**JOIN, "canPublishSources": ["camera"]}), MayNotPublish, "speak"),
        (jwt({**JOIN, "canPublish": False, "canPublishData": False}), MayNotPublish, "speak"),
        (jwt({**JOIN, "canSubscribe": False}), MayNotHear, "hear"),
    ],
)
def test_tokens_that_let_nobody_call(token: str, error: type[RoomError], named: str):
    with pytest.raises(error) as caught:
        check_token(token)
    assert named in caught.value.message
    assert caught.value.cause and caught.value.remedy.startswith("Make a new access token")
    assert token not in str(caught.value) or len(token) < 6


@pytest.mark.parametrize(("seconds", "said"), [(30, "30 s ago"), (7200, "2 h ago")])
def test_how_long_ago_a_token_ran_out(monkeypatch: pytest.MonkeyPatch, seconds: int, said: str):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    with pytest.raises(TokenExpired) as caught:
        check_token(jwt(exp=now - seconds))
    assert said in caught.value.message


@pytest.mark.parametrize(
    "token",
    [
        jwt(),
        jwt(exp=None),
        jwt(nbf=time.time() + 30),  # clocks differ, and LiveKit allows a minute
        jwt({**JOIN, "canPublish": None, "canSubscribe": None}),
        jwt({**JOIN, "canPublishSources": []}),
        jwt({**JOIN, "canPublishSources": ["camera", "microphone"]}),
    ],
)
def test_tokens_that_are_fine(token: str):
    claims = check_token(token, room="r")
    assert claims["sub"] == "me" and speaks(claims)


@pytest.mark.parametrize("grants", [{"canPublish": False}, {"canPublishSources": ["camera"]}])
def test_a_token_for_typing_is_taken(grants: dict[str, Any]):
    claims = check_token(jwt({**JOIN, **grants, "canPublishData": True}))
    assert not speaks(claims)


def test_a_token_for_another_room_names_both_and_who_is_to_mend_it():
    with pytest.raises(TokenForOtherRoom) as caught:
        check_token(jwt(), room="blue", maker="the runner at h:1")
    assert caught.value.message == "The token is for the room r, not for blue."
    assert caught.value.remedy.startswith("Have the runner at h:1 make")


def test_what_may_spoil_the_call_is_a_warning():
    def warnings(**grants: Any) -> tuple[str, ...]:
        return checked(Session.with_token("ws://h", jwt({**JOIN, **grants}))).warnings

    assert warnings() == ()
    assert "no RTVI" in warnings(canPublishData=False)[0]
    assert "hidden" in warnings(hidden=True)[0]


def test_how_long_a_token_lasts():
    assert time_left({"exp": time.time() + 599.9}) == "good for 10 min"
    assert time_left({}) == "good without end"
