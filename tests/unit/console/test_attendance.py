"""Who is at a call: every page counts as long as it follows or hears it, and is gone after that."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from replay_service import ReplayService
from starlette.applications import Starlette
from starlette.testclient import TestClient
from test_routes import bearer, messages

from harness.console import _tokens
from harness.console._attendance import ATTENDANCE, Attendance, name_in, page_in
from harness.console._routes import routes
from harness.console._routes._listen import LANES
from harness.nouns import LONGEST_NAME, Person, Presence

ANN, BEN = "page-of-ann", "page-of-ben"


def told(attendance: Attendance, page: str, *people: Presence) -> list[str]:
    """`Ann*` has the call, `Ann?` asks for it, `Ann)` listens, `>Ann` is the page that asks."""
    return [
        ">" * one["you"]
        + one["name"]
        + "*" * one["holds"]
        + "?" * one["asks"]
        + ")" * one["listens"]
        for one in attendance.present("call", page, people)
    ]


def test_a_page_is_there_as_long_as_anything_of_it() -> None:
    here = Attendance()
    with here.watching("call", ANN, "Ann"), here.watching("call", "", "") as stranger:
        with here.watching("call", BEN, "Ben"), here.listening("call", BEN):
            with here.watching("call", BEN, ""):  # a second component, or a connection made anew
                assert told(here, ANN) == [">Ann", "Ben)", ""]
                assert told(here, BEN) == [">Ben)", "Ann", ""]
            assert told(here, stranger) == [">", "Ben)", "Ann"]
        assert told(here, ANN) == [">Ann", ""]
        assert here.present("another", ANN) == []
    assert here.present("call", ANN) == [] and not here._calls


def test_who_has_the_call_comes_first_and_may_be_at_a_hidden_page() -> None:
    here = Attendance()
    ben, cleo = (
        Presence(Person(BEN, "Benedict"), holds=True),
        Presence(Person("c", "Cleo"), asks=True),
    )
    with here.watching("call", ANN, "Ann"), here.listening("call", BEN):
        assert told(here, ANN, ben, cleo) == [">Ann", "Benedict*)", "Cleo?"]
        # The name that was given last is kept, also once they have handed it back.
        assert told(here, ANN) == [">Ann", "Benedict)"]


def test_there_is_an_end_to_what_a_page_is_told() -> None:
    here = Attendance()
    pages = [here.watching("call", f"page-{number:03}", "X") for number in range(60)]
    for page in pages:
        page.__enter__()
    found = here.present("call", "page-059")
    assert len(found) == 40 and found[0]["you"]


class Pages(RuleBasedStateMachine):
    """Whatever opens and closes in whatever order, those are there that are open."""

    pages = st.sampled_from(["page-one-1", "page-two-2", ""])

    def __init__(self) -> None:
        super().__init__()
        self.here = Attendance()
        self.open: list[tuple[str, bool, AbstractContextManager[Any]]] = []

    @rule(page=pages, listens=st.booleans())
    def enter(self, page: str, listens: bool) -> None:
        here = self.here
        opened = here.listening("call", page) if listens else here.watching("call", page, page)
        given = opened.__enter__()
        assert listens or given == page or (not page and given.startswith("?"))
        self.open.append((page, listens, opened))

    @rule(place=st.integers(0, 9))
    def leave(self, place: int) -> None:
        if place < len(self.open):
            self.open.pop(place)[2].__exit__(None, None, None)

    @invariant()
    def those_are_there(self) -> None:
        named = {page for page, _, _ in self.open if page}
        strangers = sum(not page for page, _, _ in self.open)
        found = self.here.present("call", "")
        assert len(found) == len(named) + strangers
        listening = {page for page, listens, _ in self.open if page and listens}
        strange = sum(listens for page, listens, _ in self.open if not page)
        assert sum(one["listens"] for one in found) == len(listening) + strange
        assert bool(self.here._calls) == bool(self.open)


TestPages = Pages.TestCase


@given(st.text(max_size=80))
def test_a_name_is_one_short_line_whatever_is_sent(name: str) -> None:
    given_back = name_in(quote(name, errors="replace"))
    assert len(given_back) <= LONGEST_NAME and given_back == given_back.strip()
    assert given_back.isprintable() or not given_back
    assert name_in(quote("Zoë Ōta")) == "Zoë Ōta" and name_in(None) == "" and name_in("%ff") == "�"


@pytest.mark.parametrize(
    "wrong", [None, "", "short", "x" * 65, "with space", "a" * 9 + "\n", "ünïcödé"]
)
def test_what_is_no_id_is_a_stranger(wrong: str | None) -> None:
    assert page_in(wrong) == "" and page_in("0123abcdef") == "0123abcdef"


def test_pages_are_told_of_each_other_by_name_and_never_by_id(
    replay: ReplayService, placed: str
) -> None:
    client = TestClient(Starlette(routes=routes()))
    url, may = f"/ringback/calls/{placed}/events", bearer(placed, "events")
    headers = may | {"Ringback-Page": ANN, "Ringback-Name": quote("Änn")}
    with ATTENDANCE.watching(placed, BEN, "Ben<b>"):
        answer = client.get(url, headers=headers)
    present = [item["people"] for _, item in messages(answer.text) if item["type"] == "present"]
    assert [(one["name"], one["you"]) for one in present[0]] == [("Änn", True), ("Ben<b>", False)]
    assert ANN not in answer.text and BEN not in answer.text
    assert not ATTENDANCE.present(placed, ANN)


def test_who_is_alone_is_told_of_nobody(replay: ReplayService, placed: str) -> None:
    client = TestClient(Starlette(routes=routes()))
    answer = client.get(f"/ringback/calls/{placed}/events", headers=bearer(placed, "events"))
    assert all(item["type"] != "present" for _, item in messages(answer.text))


def test_who_hears_a_call_is_known_by_its_page(replay: ReplayService, placed: str) -> None:
    replay._calls[placed].speed = 1
    client = TestClient(Starlette(routes=routes()))
    offered = [LANES, _tokens.mint(placed, "listen"), BEN]
    headers = {"origin": "http://testserver"}
    with (
        ATTENDANCE.watching(placed, BEN, "Ben"),
        client.websocket_connect(
            f"/ringback/calls/{placed}/listen", subprotocols=offered, headers=headers
        ) as socket,
    ):
        assert socket.accepted_subprotocol == LANES and socket.receive_json()["type"] == "hello"
        (ben,) = ATTENDANCE.present(placed, ANN)
        assert (ben["name"], ben["listens"]) == ("Ben", True)
