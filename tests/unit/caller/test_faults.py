"""What a room's faults are called."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from livekit import api, rtc

from harness.caller import removed
from harness.caller._faults import check_permissions, check_room, two_agents, why_not
from harness.errors import MayNotHear, MayNotPublish, RoomError, TokenForOtherRoom
from harness.nouns import Session


def session(room: str = "r", **grants: object) -> Session:
    video = api.VideoGrants(**{"room_join": True, "room": "r", **grants})  # type: ignore[arg-type]
    token = api.AccessToken("APIkey", "s" * 40).with_identity("me").with_grants(video)
    return Session("ws://localhost:1", token.to_jwt(), room)


@dataclass
class Allowed:
    can_publish: bool = True
    can_subscribe: bool = True
    can_publish_data: bool = True
    can_publish_sources: list[int] = field(default_factory=list)


@pytest.mark.parametrize("by", ["voice", "text"])
def test_enough_is_allowed(by: str):
    check_permissions(Allowed(), by)  # type: ignore[arg-type]
    microphone = [rtc.TrackSource.SOURCE_CAMERA, rtc.TrackSource.SOURCE_MICROPHONE]
    check_permissions(Allowed(can_publish_sources=microphone), by)  # type: ignore[arg-type]


def test_who_types_needs_no_voice_and_who_speaks_no_data():
    check_permissions(Allowed(can_publish=False), "text")
    check_permissions(Allowed(can_publish_data=False), "voice")


@pytest.mark.parametrize(
    ("allowed", "by", "error"),
    [
        (Allowed(can_publish=False), "voice", MayNotPublish),
        (Allowed(can_publish_sources=[rtc.TrackSource.SOURCE_CAMERA]), "voice", MayNotPublish),
        (Allowed(can_publish_data=False), "text", MayNotPublish),
        (Allowed(can_subscribe=False), "voice", MayNotHear),
        (Allowed(can_subscribe=False), "text", MayNotHear),
    ],
)
def test_what_is_not_allowed(allowed: Allowed, by: str, error: type[RoomError]):
    with pytest.raises(error) as caught:
        check_permissions(allowed, by)  # type: ignore[arg-type]
    assert caught.value.message and caught.value.cause and caught.value.remedy


def test_a_token_for_another_room():
    check_room(session("r"), "r")
    check_room(session(""), "anything")
    with pytest.raises(TokenForOtherRoom, match="other"):
        check_room(session("r"), "other")


def test_a_refusal_never_shows_the_token():
    ours = session(room_join=False)
    error = why_not(f"client error: 401 Unauthorized - {ours.token}", ours)
    assert error.kind == "room_refused" and "roomJoin" in error.cause
    assert ours.token not in str(error)
    assert why_not("IO error: refused", ours).kind == "room_unreachable"


def test_two_agents_are_named_without_acting_on_a_terminal():
    error = two_agents(["b\x1b[31m", "a" * 500])
    assert "\x1b" not in str(error) and "b[31m" in error.message and len(error.message) < 250


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("participant_removed", "removed"),
        ("room_deleted", "deleted"),
        ("room_closed", "closed"),
        ("duplicate_identity", "identity"),
        ("server_shutdown", "shut down"),
        ("connection_lost", "connection"),
        ("unknown_reason", "connection"),
        ("signal_close", "connection"),
        ("something_new", "connection"),
    ],
)
def test_each_way_out_of_the_room_has_its_words(reason: str, words: str):
    error = removed(reason)
    assert error.kind == "removed_from_room" and words in error.message
    assert error.cause and error.remedy
