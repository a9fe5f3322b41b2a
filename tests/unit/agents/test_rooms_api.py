"""Rooms by LiveKit's API: what goes wrong is told in our words, and keys stay here."""

from __future__ import annotations

from pathlib import Path

import pytest
from cloud_platform import LIVEKIT_KEY, LIVEKIT_SECRET
from plain_web import reply, self_signed, serve

from harness.agents._rooms import RoomKeys
from harness.errors import BadRoomAddress, RoomError, RoomRefused, RoomUnreachable
from harness.local import free_port
from harness.nouns import token_claims

REFUSED = {"code": "unauthenticated", "msg": f"invalid token, secret {LIVEKIT_SECRET}"}


def keys(url: str) -> RoomKeys:
    return RoomKeys(url, LIVEKIT_KEY, LIVEKIT_SECRET)


async def errors_of(url: str) -> list[RoomError]:
    found = []
    asking = keys(url)
    for work in (
        lambda: asking.create("r"),
        lambda: asking.delete("r"),
        lambda: asking.dispatch("r", "worker"),
    ):
        with pytest.raises(RoomError) as caught:
            await work()
        error = caught.value
        assert error.message and error.cause and error.remedy
        assert LIVEKIT_SECRET not in str(error) and "eyJ" not in str(error)
        found.append(error)
    return found


def test_keys_are_not_shown():
    assert LIVEKIT_SECRET not in repr(keys("wss://h")) and LIVEKIT_KEY not in repr(keys("wss://h"))


def test_tokens_for_callers_and_agents():
    ours = token_claims(keys("wss://h").token("r", "me", name="Caller", ttl_s=60))
    assert ours["video"]["room"] == "r" and ours["video"]["roomJoin"] is True
    assert (ours["sub"], ours["name"], ours["kind"]) == ("me", "Caller", "standard")
    assert ours["exp"] - ours["nbf"] == 60 and ours["iss"] == LIVEKIT_KEY
    theirs = token_claims(keys("wss://h").token("r", "bot", agent=True))
    assert (theirs["kind"], theirs["video"]["agent"], theirs["name"]) == ("agent", True, "bot")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, REFUSED, RoomRefused),
        (403, {"code": "permission_denied", "msg": "no"}, RoomRefused),
        (400, {"code": "invalid_argument", "msg": "a name is too long"}, RoomRefused),
        (500, {"code": "internal", "msg": "trouble"}, RoomUnreachable),
        (502, b"<html>Bad gateway</html>", RoomUnreachable),
        (404, b"<html>nginx</html>", RoomUnreachable),
        (200, b"<html>hello</html>", RoomUnreachable),
        (400, [1, 2], RoomUnreachable),
        (400, {"code": 7, "msg": ["x"]}, RoomRefused),
    ],
)
async def test_what_answers_wrong(status: int, body: object, kind: type[RoomError]):
    async with serve(reply(status, body)) as web:
        assert {type(error) for error in await errors_of(web.url)} == {kind}


async def test_a_room_that_is_gone_is_no_error():
    gone = {"code": "not_found", "msg": "requested room does not exist"}
    async with serve(reply(404, gone)) as web:
        await keys(web.url).delete("r")


async def test_nobody_there(tmp_path: Path):
    for url in (f"ws://127.0.0.1:{free_port()}", "wss://no-such-host.invalid"):
        assert {type(error) for error in await errors_of(url)} == {RoomUnreachable}
    async with serve(reply(200), self_signed(tmp_path)) as web:
        (error, *_) = await errors_of(web.url.replace("https", "wss"))
        assert isinstance(error, RoomUnreachable) and "certificate" in error.message


async def test_an_address_that_is_none():
    assert {type(error) for error in await errors_of("my-project")} == {BadRoomAddress}
