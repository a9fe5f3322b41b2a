"""Speaking in the caller's place from a page: what goes to the call, and what a page cannot do."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay_service import ReplayService
from starlette.applications import Starlette
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from harness.calls import CallRequest, Hold
from harness.calls._people import People
from harness.console import _tokens, install
from harness.console._routes import _speak, routes
from harness.console._routes._speak import VOICE
from harness.console._routes._voice_rules import VoiceRules
from harness.errors import CannotWhisper, NotFound
from harness.nouns import Person
from tests.unit.console.conftest import DEMO

HOME = "http://testserver"
BEN = Person("b2", "Ben")


class Desk(ReplayService):
    """A service whose calls can be taken; notes what is asked of it."""

    def __init__(self) -> None:
        super().__init__("short", speed=1)
        self.call = People("call")
        self.over = False
        self.heard: list[tuple[int, bytes]] = []
        self.told: list[Any] = []
        self.gone = threading.Event()
        self.stopped = threading.Event()

    def take(self, call_id: str, person: Person) -> Hold:
        return self.call.take(person)

    def speak(self, hold: Hold, first: int, pcm: bytes) -> None:
        assert self.call.holds(hold)
        self.heard.append((first, pcm))

    def give_back(self, hold: Hold, *, instruction: str = "", step: int | None = None) -> None:
        if instruction:
            raise CannotWhisper("No.", cause="It is a script.", remedy="Type it.")
        self.told.append(("give_back", step))
        self.call.let_go(hold)

    def let_go(self, hold: Hold) -> None:
        if self.call.let_go(hold):
            self.gone.set()

    def whisper(self, call_id: str, person: Person, text: str) -> None:
        self.told.append(("whisper", person.name, text))

    def ask_for(self, call_id: str, person: Person) -> None:
        self.call.ask(person)

    def stop_asking(self, call_id: str, person: Person) -> None:
        if (hold := self.call.withdraw(person)) is not None:
            self.let_go(hold)
        self.stopped.set()

    def keep(self, hold: Hold) -> None:
        self.call.keep(hold)
        self.told.append("keep")

    def pass_on(self, hold: Hold) -> Hold | None:
        return self.call.pass_on(hold)

    def holds(self, hold: Hold) -> bool:
        return self.call.holds(hold)

    def people(self, call_id: str) -> Any:
        if self.over:
            raise NotFound("The call is not live.")
        return self.call.present()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(_speak, "_LOOK_S", 0.02)
    service = Desk()
    service.start()
    install(service)
    yield service
    install(None)
    service.stop()


@pytest.fixture
def call_id(desk: Desk) -> str:
    return desk.place(CallRequest(agent=DEMO)).id


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return TestClient(Starlette(routes=routes()))


def opened(
    client: TestClient, call_id: str, *, form: str = VOICE, token: str = "", origin: str = HOME
) -> WebSocketTestSession:
    offered = [form, token or _tokens.mint(call_id, "speak")]
    headers = {"origin": origin} if origin else {}
    return client.websocket_connect(
        f"/ringback/calls/{call_id}/speak", subprotocols=offered, headers=headers
    )


def taken(socket: WebSocketTestSession, name: str = "Ann") -> None:
    socket.send_json({"type": "take", "id": name.lower(), "name": name})
    assert socket.receive_json() == {"type": "taken"}


def piece(first: int = 0, count: int = 480, **head: int) -> bytes:
    zeros = head.get("zeros", 0)
    return struct.pack("<BBHIQ", head.get("version", 1), zeros, 0, 0, first) + b"\1\0" * count


def closed(socket: WebSocketTestSession) -> int:
    with pytest.raises(WebSocketDisconnect) as end:
        while True:
            socket._raise_on_close(socket.receive())
    return int(end.value.code)


def test_a_page_takes_the_call_speaks_whispers_and_hands_back(
    client: TestClient, desk: Desk, call_id: str
) -> None:
    with opened(client, call_id) as socket:
        assert socket.accepted_subprotocol == VOICE
        taken(socket)
        socket.send_bytes(piece(0))
        socket.send_bytes(piece(480, 2400))
        socket.send_json({"type": "whisper", "text": "be brief"})
        socket.send_json({"type": "give_back", "instruction": "ask for Friday"})
        refused = socket.receive_json()
        assert refused["type"] == "refused" and refused["error"]["kind"] == "cannot_whisper"
        socket.send_json({"type": "give_back", "step": 2})
        assert socket.receive_json() == {"type": "given_back"}
        assert closed(socket) == 1000
    assert desk.heard == [(0, b"\1\0" * 480), (480, b"\1\0" * 2400)]
    assert desk.told == [("whisper", "Ann", "be brief"), ("give_back", 2)]


def test_a_page_that_goes_away_has_given_it_back(
    client: TestClient, desk: Desk, call_id: str
) -> None:
    with opened(client, call_id) as socket:
        taken(socket)
    assert desk.gone.wait(30)
    assert desk.call.present() == ()


def test_two_testers(client: TestClient, desk: Desk, call_id: str) -> None:
    with opened(client, call_id) as socket:
        taken(socket)
        with opened(client, call_id) as other:
            other.send_json({"type": "take", "id": "ben", "name": "Ben"})
            assert other.receive_json()["error"]["message"] == "Ann has the call."
            assert closed(other) == 1000
        desk.call.ask(BEN)
        assert socket.receive_json() == {"type": "asked", "by": "Ben"}
        socket.send_json({"type": "keep"})
        assert socket.receive_json() == {"type": "asked", "by": ""}
        desk.call.ask(BEN)
        assert socket.receive_json() == {"type": "asked", "by": "Ben"}
        socket.send_json({"type": "pass_on"})
        assert socket.receive_json() == {"type": "given_back"}
        assert closed(socket) == 1000
    assert [one.person for one in desk.call.present()] == [BEN]
    assert not desk.gone.is_set()


def asking(socket: WebSocketTestSession) -> None:
    socket.send_json({"type": "ask", "id": BEN.id, "name": BEN.name})
    assert socket.receive_json() == {"type": "asking"}


def test_who_asks_is_given_it_or_told_that_it_is_kept(
    client: TestClient, desk: Desk, call_id: str
) -> None:
    with opened(client, call_id) as ann:
        taken(ann)
        with opened(client, call_id) as ben:
            asking(ben)
            ann.send_json({"type": "keep"})
            assert ben.receive_json() == {"type": "kept", "by": "Ann"}
            assert closed(ben) == 1000
        with opened(client, call_id) as ben:
            asking(ben)
            assert ann.receive_json() == {"type": "asked", "by": "Ben"}
            ann.send_json({"type": "pass_on"})
            assert ben.receive_json() == {"type": "taken"}
            ben.send_bytes(piece(7))
            ben.send_json({"type": "give_back"})
            assert ben.receive_json() == {"type": "given_back"}
    assert desk.heard == [(7, b"\1\0" * 480)]
    assert desk.call.present() == ()


def test_what_is_let_go_comes_to_who_asks(client: TestClient, desk: Desk, call_id: str) -> None:
    with opened(client, call_id) as ann:
        taken(ann)
        with opened(client, call_id) as ben:
            asking(ben)
            ann.send_json({"type": "give_back"})
            assert ben.receive_json() == {"type": "taken"}


def test_nobody_is_given_the_call_whose_page_went_away(
    client: TestClient, desk: Desk, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = desk.call.take(Person("ann", "Ann"))
    with opened(client, call_id) as ben:
        asking(ben)
        monkeypatch.setattr(_speak, "_LOOK_S", 3600)  # it does not learn that the call is its own
        assert desk.call.pass_on(hold) is not None
    assert desk.stopped.wait(30) or desk.gone.wait(30)
    assert desk.call.present() == ()


def test_who_asks_is_not_heard_yet(client: TestClient, desk: Desk, call_id: str) -> None:
    desk.call.take(Person("ann", "Ann"))
    for message in (piece(), b'{"type": "keep"}'):
        with opened(client, call_id) as ben:
            asking(ben)
            if message[0] == 1:
                ben.send_bytes(message)
            else:
                ben.send_text(message.decode())
            assert closed(ben) == 1008
    assert desk.heard == [] and desk.told == []


def test_it_ends_with_the_call_and_with_the_hold(
    client: TestClient, desk: Desk, call_id: str
) -> None:
    with opened(client, call_id) as old:
        taken(old)
        with opened(client, call_id) as new:
            taken(new)  # the same person, in another window
            assert old.receive_json() == {"type": "given_back"}
            assert closed(old) == 1000
            desk.over = True
            assert closed(new) == 1000


@pytest.mark.parametrize(
    ("wrong", "action"),
    [
        ({"origin": "http://evil.invalid"}, "speak"),
        ({"origin": ""}, "speak"),
        ({}, "listen"),
        ({"token": "x.y.z"}, "speak"),
        ({"form": "ringback.voice.v9"}, "speak"),
    ],
    ids=["another site", "no origin", "of another action", "forged", "unknown form"],
)
def test_who_may_not_is_not_let_in(
    client: TestClient, desk: Desk, call_id: str, wrong: dict[str, str], action: _tokens.Action
) -> None:
    how: dict[str, Any] = {"token": _tokens.mint(call_id, action)} | wrong
    with pytest.raises(WebSocketDisconnect) as refused, opened(client, call_id, **how):
        pass
    assert refused.value.code == 1008


def test_a_page_learns_that_its_token_is_too_old(
    client: TestClient, desk: Desk, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = _tokens.check
    monkeypatch.setattr(_tokens, "check", lambda *of: check(*of, life_s=-1))
    with opened(client, call_id) as socket:
        assert closed(socket) == 4001


@pytest.mark.parametrize(
    "messages",
    [
        [piece(0, 479)],
        [piece(0, 2401)],
        [piece(0) + b"\0"],
        [b""],
        [b"\0" * 1_000_000],
        [piece(0, version=2)],
        [piece(0, zeros=1)],
        [piece(1 << 48)],
        [piece(n * 2400, 2400) for n in range(45)],
        ["{"],
        ["[" * 4000],
        [json.dumps({"type": "keep", "more": 1})],
        [json.dumps({"type": "hang_up"})],
        [json.dumps({"type": "take", "id": "x", "name": "Again"})],
        [json.dumps({"type": "whisper", "text": "x" * 5000})],
        ['{"type": "keep"}'] * 20,
    ],
    ids=[
        *("short", "long", "half a sample", "nothing", "huge", "version", "spare", "place"),
        *("faster than sound", "no JSON", "deep", "more", "unknown", "taken twice", "a long text"),
        "a flood",
    ],
)
def test_a_page_that_breaks_a_rule_loses_the_call(
    client: TestClient, desk: Desk, call_id: str, messages: list[Any]
) -> None:
    with opened(client, call_id) as socket:
        taken(socket)
        for message in messages:
            (socket.send_bytes if isinstance(message, bytes) else socket.send_text)(message)
        assert closed(socket) == 1008
    assert desk.gone.wait(30)
    assert desk.call.present() == ()


def test_who_has_not_taken_it_is_not_heard(client: TestClient, desk: Desk, call_id: str) -> None:
    with opened(client, call_id) as socket:
        socket.send_bytes(piece())
        assert closed(socket) == 1008
    with opened(client, call_id) as socket:
        socket.send_json({"type": "keep"})
        assert closed(socket) == 1008
    assert desk.heard == [] and desk.told == []


def test_who_says_nothing_is_let_go(
    client: TestClient, desk: Desk, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_speak, "_TAKE_S", 0.05)
    with opened(client, call_id) as socket:
        assert closed(socket) == 1000


@given(st.lists(st.tuples(st.floats(0, 0.3), st.integers(480, 2400)), max_size=200))
def test_sound_comes_hardly_faster_than_it_sounds(sent: list[tuple[float, int]]) -> None:
    rules, now, heard_s = VoiceRules(0.0), 0.0, 0.0
    for wait, count in sent:
        now += wait
        if rules.piece(piece(0, count), now) is None:
            break
        heard_s += count / 24_000
        assert heard_s <= 4.0 + 1.25 * now + 1e-9


def test_a_microphone_at_its_own_pace_is_never_refused() -> None:
    rules = VoiceRules(0.0)
    for number in range(3000):
        stalled = 1.5 if number % 500 > 400 else 0.0  # and comes at once afterwards
        assert rules.piece(piece(number * 480), number * 0.02 + stalled) is not None
