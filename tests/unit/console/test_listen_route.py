"""Listening to a call from a page: what is heard, who may, and what a listener cannot do."""

from __future__ import annotations

import asyncio
import struct
import time
from typing import Any

import pytest
from replay_service import ReplayService
from starlette.applications import Starlette
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from harness.console import _tokens
from harness.console._routes import _listen, routes
from harness.console._routes._listen import LANES

HOME = "http://testserver"


@pytest.fixture
def client(replay: ReplayService) -> TestClient:
    return TestClient(Starlette(routes=routes()))


@pytest.fixture
def live(replay: ReplayService, placed: str) -> str:
    """A call at its second 3, at its own pace."""
    replay._calls[placed].speed = 1
    replay._calls[placed].started -= 3
    return placed


def listening(
    client: TestClient, call_id: str, form: str = LANES, *, token: str = "", origin: str = HOME
) -> WebSocketTestSession:
    offered = [form, token or _tokens.mint(call_id, "listen")]
    headers = {"origin": origin} if origin else {}
    return client.websocket_connect(
        f"/ringback/calls/{call_id}/listen", subprotocols=offered, headers=headers
    )


def closed(socket: WebSocketTestSession) -> int:
    """The code with which a socket is closed, whatever still comes before."""
    with pytest.raises(WebSocketDisconnect) as end:
        while True:
            message = socket.receive()
            socket._raise_on_close(message)
    return int(end.value.code)


def test_each_lane_comes_by_itself_with_its_place(
    client: TestClient, replay: ReplayService, live: str
) -> None:
    began = replay.view(live).clock_started_at
    assert began is not None
    before = time.time() - began.timestamp()
    with listening(client, live) as socket:
        assert socket.accepted_subprotocol == LANES
        hello = socket.receive_json()
        after = time.time() - began.timestamp()
        assert (hello["type"], hello["rate"]) == ("hello", 24000)
        assert before <= (hello["now"] + 1) / 24000 and (hello["now"] - 1) / 24000 <= after
        ends: dict[int, int] = {}
        sounded = 0
        for _ in range(12):
            message = socket.receive_bytes()
            version, lane, form, _, count, first = struct.unpack_from("<BBBBIQ", message)
            assert version == 1 and lane in (0, 1) and ends.get(lane, first) == first
            assert len(message) - 16 == (2 * count if form else 0)
            ends[lane] = first + count
            sounded += form != 0
        assert set(ends) == {0, 1} and sounded


def test_it_ends_with_the_call(client: TestClient, placed: str) -> None:
    with listening(client, placed) as socket:
        assert closed(socket) == 1000


@pytest.mark.parametrize(
    ("wrong", "action"),
    [
        ({"origin": "http://evil.invalid"}, "listen"),
        ({"origin": ""}, "listen"),
        ({}, "events"),
        ({"token": "x.y.z"}, "listen"),
        ({"form": "ringback.lanes.v9"}, "listen"),
        ({"form": ""}, "listen"),
    ],
    ids=["another site", "no origin", "of another action", "forged", "unknown form", "no form"],
)
def test_who_may_not_is_not_let_in(
    client: TestClient, placed: str, wrong: dict[str, str], action: _tokens.Action
) -> None:
    how: dict[str, Any] = {"token": _tokens.mint(placed, action)} | wrong
    with pytest.raises(WebSocketDisconnect) as refused, listening(client, placed, **how):
        pass
    assert refused.value.code == 1008


def test_a_token_of_another_call_opens_nothing(client: TestClient, placed: str) -> None:
    token = _tokens.mint("call_other", "listen")
    with pytest.raises(WebSocketDisconnect) as refused, listening(client, placed, token=token):
        pass
    assert refused.value.code == 1008


def test_a_page_learns_that_its_token_is_too_old(
    client: TestClient, placed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = _tokens.check
    monkeypatch.setattr(_tokens, "check", lambda *of: check(*of, life_s=-1))
    with listening(client, placed) as socket:
        assert closed(socket) == 4001


@pytest.mark.parametrize(
    ("messages", "code"),
    [(["x"] * 17, 1008), (["x" * 1025], 1009), ([b"\0" * 1_000_000], 1009)],
    ids=["a flood", "a long text", "a large block"],
)
def test_a_listener_has_nothing_to_say(
    client: TestClient, live: str, messages: list[Any], code: int
) -> None:
    with listening(client, live) as socket:
        for message in messages:
            (socket.send_bytes if isinstance(message, bytes) else socket.send_text)(message)
        assert closed(socket) == code


def test_any_number_hears_the_same_up_to_what_a_console_carries(
    client: TestClient, live: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_listen, "MOST_LISTENERS", 3)
    with listening(client, live) as one, listening(client, live) as two:
        with listening(client, live) as three:
            assert all(socket.receive_json()["type"] == "hello" for socket in (one, two, three))
            with listening(client, live) as fourth:
                assert closed(fourth) == 1013
        assert one.receive_bytes() and two.receive_bytes()


class Stuck:
    """A page that stopped reading."""

    def __init__(self, call_id: str) -> None:
        token = _tokens.mint(call_id, "listen")
        self.headers = {
            "host": "testserver",
            "origin": HOME,
            "sec-websocket-protocol": f"{LANES}, {token}",
        }
        self.path_params = {"call_id": call_id}
        self.taken = 0
        self.code = 0

    async def accept(self, **_: Any) -> None:
        pass

    async def receive(self) -> dict[str, Any]:
        return await asyncio.Event().wait()  # type: ignore[return-value]

    async def send_json(self, _: Any) -> None:
        pass

    async def send_bytes(self, _: bytes) -> None:
        self.taken += 1
        if self.taken > 3:
            await asyncio.Event().wait()

    async def close(self, code: int) -> None:
        self.code = code
        await asyncio.Event().wait()


async def test_a_page_that_takes_nothing_is_let_go_and_leaves_nothing(
    replay: ReplayService, live: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_listen, "_SLOW_S", 0.05)
    monkeypatch.setattr(_listen, "_CLOSE_S", 0.05)
    page = Stuck(live)
    async with asyncio.timeout(60):
        await _listen.listen(page)  # type: ignore[arg-type]
    assert (page.taken, page.code) == (4, 1013)
    assert _listen._listening == 0
