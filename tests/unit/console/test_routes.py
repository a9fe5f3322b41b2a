from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
import soundfile
import streamlit as st
from replay_service import ReplayService
from starlette.applications import Starlette
from starlette.testclient import TestClient

from harness.calls import CallRequest
from harness.calls._live_call import view_update
from harness.console import _tokens, app_arguments, install, service
from harness.console._base_path import base_path
from harness.console._routes import routes
from harness.console._routes._guard import MAX_BODY
from harness.nouns import Call, CheckVerdict
from harness.settings import Settings
from harness.store import Store
from tests.graded import grade
from tests.seeded import seed_call
from tests.seeded_grades import seed_judged
from tests.seeded_service import SeededService
from tests.unit.console.conftest import DEMO

HOME = {"origin": "http://testserver"}


@pytest.fixture
def client(replay: ReplayService) -> TestClient:
    return TestClient(Starlette(routes=routes()))


def bearer(call_id: str, action: _tokens.Action) -> dict[str, str]:
    return {"Authorization": f"Bearer {_tokens.mint(call_id, action)}"}


def error_of(answer: Any) -> dict[str, str]:
    error = answer.json()["error"]
    assert set(error) == {"kind", "message", "cause", "remedy"}
    assert error["message"] and error["remedy"]
    return error


def messages(text: str) -> list[tuple[str | None, dict[str, Any]]]:
    found = []
    for part in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in part.splitlines() if not line.startswith(":"))
        if "data" in lines:
            found.append((lines.get("id"), json.loads(lines["data"])))
    return found


def test_the_stream_brings_the_whole_call_and_ends(client: TestClient, placed: str) -> None:
    answer = client.get(f"/ringback/calls/{placed}/events", headers=bearer(placed, "events"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    got = messages(answer.text)
    assert got[-1][1] == {"type": "end"}
    views = [(seq, item) for seq, item in got if item["type"] == "view"]
    assert all(seq == str(item["seq"]) for seq, item in views)
    assert views[-1][1]["view"]["state"] == "done"
    said = {turn["caller_text"] for _, item in views for turn in item["turns"]}
    assert "When are you open?" in said


def test_the_stream_resumes_after_an_event(client: TestClient, ended: str) -> None:
    url = f"/ringback/calls/{ended}/events"
    whole = messages(client.get(url, headers=bearer(ended, "events")).text)
    last = next(item for _, item in whole if item["type"] == "view")
    middle = sorted(turn["seq"] for turn in last["turns"])[1]
    by_header = client.get(url, headers=bearer(ended, "events") | {"Last-Event-ID": str(middle)})
    by_query = client.get(f"{url}?after={middle}", headers=bearer(ended, "events"))
    for answer in (by_header, by_query):
        view = next(item for _, item in messages(answer.text) if item["type"] == "view")
        assert {t["index"] for t in view["turns"]} == {
            t["index"] for t in last["turns"] if t["seq"] > middle
        }


def test_a_place_that_is_no_number_is_told(client: TestClient, ended: str) -> None:
    answer = client.get(f"/ringback/calls/{ended}/events?after=x", headers=bearer(ended, "events"))
    assert answer.status_code == 400
    assert error_of(answer)["kind"] == "bad_input"


GETS = ["events", "recording", "peaks", "log"]


@pytest.mark.parametrize("action", GETS)
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}])
def test_nothing_is_told_without_a_token(
    client: TestClient, ended: str, action: str, header: dict[str, str]
) -> None:
    answer = client.get(f"/ringback/calls/{ended}/{action}", headers=header)
    assert answer.status_code == 403
    assert error_of(answer)["kind"] == "request_refused"


@pytest.mark.parametrize("action", GETS)
def test_a_token_of_another_call_is_refused(client: TestClient, ended: str, action: Any) -> None:
    answer = client.get(f"/ringback/calls/{ended}/{action}", headers=bearer("other", action))
    assert answer.status_code == 403


def test_an_old_token_is_refused_as_old(
    client: TestClient, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tokens.check, "__kwdefaults__", {"life_s": -1})
    answer = client.get(f"/ringback/calls/{ended}/events", headers=bearer(ended, "events"))
    assert answer.status_code == 401
    assert error_of(answer)["kind"] == "page_expired"


@pytest.mark.parametrize("action", GETS)
def test_a_call_that_does_not_exist(client: TestClient, action: Any) -> None:
    answer = client.get(f"/ringback/calls/none/{action}", headers=bearer("none", action))
    assert answer.status_code == 404
    assert error_of(answer)["kind"] == "not_found"


def test_the_recording_can_be_asked_for_in_parts(
    client: TestClient, replay: ReplayService, ended: str
) -> None:
    token = _tokens.mint(ended, "recording")
    url = f"/ringback/calls/{ended}/recording?token={token}"
    whole = client.get(url)
    assert whole.status_code == 200
    assert whole.headers["content-type"] == "audio/flac"
    assert whole.headers["accept-ranges"] == "bytes"
    part = client.get(url, headers={"Range": "bytes=100-299"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 100-299/{len(whole.content)}"
    assert part.content == whole.content[100:300]
    beyond = client.get(url, headers={"Range": f"bytes={len(whole.content) + 1}-"})
    assert beyond.status_code == 416


def test_the_outline_is_that_of_the_recording(
    client: TestClient, replay: ReplayService, ended: str
) -> None:
    got = client.get(f"/ringback/calls/{ended}/peaks", headers=bearer(ended, "peaks")).json()
    sound, rate = soundfile.read(replay.recording(ended))
    step = round(rate / got["rate"])
    for lane, name in enumerate(("caller", "agent")):
        usable = len(sound) // step * step
        truth = np.abs(sound[:usable, lane]).reshape(-1, step).max(axis=1)
        assert np.allclose(got[name][: len(truth)], truth, atol=0.5 / 255 + 0.001)


def test_the_outline_of_a_window_is_as_coarse_as_it_is_drawn(
    client: TestClient, ended: str
) -> None:
    url, token = f"/ringback/calls/{ended}/peaks", bearer(ended, "peaks")
    whole = client.get(url, headers=token).json()
    first, last = int(2.0 * whole["rate"]), int(6.0 * whole["rate"])
    part = client.get(f"{url}?from=2&to=6&bins=8", headers=token).json()
    assert (part["bins"], part["from"], part["to"]) == (8, 2.0, 6.0)
    for name in ("caller", "agent"):
        fine = np.array(whole[name][first:last]).reshape(8, -1)
        assert part[name] == fine.max(axis=1).tolist()
    fine = client.get(f"{url}?from=2&to=6&bins=4096", headers=token).json()
    assert fine["bins"] == last - first
    assert fine["agent"] == whole["agent"][first:last]
    none = client.get(f"{url}?from=90000&to=90010&bins=5", headers=token).json()
    assert none["bins"] == 0 and none["caller"] == none["agent"] == []


@pytest.mark.parametrize(
    "query",
    ["bins=0", "bins=4097", "bins=x", "bins=-1", "bins=8&from=-1", "bins=8&to=nan", "to=later"],
)
def test_bounds_of_an_outline_that_make_no_sense(
    client: TestClient, ended: str, query: str
) -> None:
    answer = client.get(f"/ringback/calls/{ended}/peaks?{query}", headers=bearer(ended, "peaks"))
    assert answer.status_code == 400
    assert error_of(answer)["kind"] == "bad_input"


@pytest.fixture
def stored(client: TestClient, tmp_path: Path) -> Iterator[Call]:
    """A call of a store, which has an event log."""
    settings = Settings(data=tmp_path)
    store = Store.open(settings)
    install(SeededService(store, settings))
    yield seed_call(store, recording=False)
    store.close()


def rows_of(client: TestClient, call: Call, query: str = "") -> dict[str, Any]:
    url = f"/ringback/calls/{call.id}/log?{query}"
    answer = client.get(url, headers=bearer(call.id, "log"))
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def test_the_log_has_every_event_in_pages(client: TestClient, stored: Call) -> None:
    events = service().archive.events(stored.id)
    whole = rows_of(client, stored)
    assert [(row[0], row[1], row[2]) for row in whole["rows"]] == [
        (event.seq, event.t, event.kind) for event in events
    ]
    assert whole["total"] == len(events) and whole["next"] is None
    paged, after = [], 0
    while True:
        page = rows_of(client, stored, f"limit=7&after={after}")
        assert page["total"] == len(events)
        paged += page["rows"]
        if page["next"] is None:
            break
        assert page["next"] == page["rows"][-1][0]
        after = page["next"]
    assert paged == whole["rows"]


def test_the_log_is_filtered_by_words_kind_and_second(client: TestClient, stored: Call) -> None:
    whole = rows_of(client, stored)["rows"]
    said = rows_of(client, stored, "find=find_slot%20CALLED")["rows"]
    assert said and said == [r for r in whole if r[2] == "tool.called" and "find_slot" in r[3]]
    tools = rows_of(client, stored, "kinds=tool,hangup")["rows"]
    assert {row[2] for row in tools} == {"tool.called", "tool.returned", "hangup"}
    only = rows_of(client, stored, "kinds=tool.called")["rows"]
    assert {row[2] for row in only} == {"tool.called"}
    window = rows_of(client, stored, "from=20&to=31.5")
    assert window["rows"] == [row for row in whole if 20 <= row[1] <= 31.5] != []
    assert rows_of(client, stored, "find=nobody+said+this") == {
        "rows": [], "total": 0, "next": None
    }  # fmt: skip


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "after=-1", "after=x", "from=inf"])
def test_bounds_of_a_log_that_make_no_sense(client: TestClient, stored: Call, query: str) -> None:
    url = f"/ringback/calls/{stored.id}/log?{query}"
    answer = client.get(url, headers=bearer(stored.id, "log"))
    assert answer.status_code == 400
    assert error_of(answer)["kind"] == "bad_input"


SAID = "It said so."
"""What the judge gave as its reason."""


class Followed(SeededService):
    """Tells of a stored call as the engine does."""

    async def follow(self, call_id: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        yield view_update(self.archive.view(call_id), after)
        yield {"type": "end"}


@pytest.fixture
def judged(client: TestClient, tmp_path: Path) -> Iterator[Call]:
    """A call that failed since a judge said so."""
    settings = Settings(data=tmp_path)
    store = Store.open(settings)
    calls = Followed(store, settings)
    calls.start()
    install(calls)
    yield seed_judged(store, CheckVerdict.NOT_MET, check="Is kind")
    calls.stop()
    store.close()


def test_a_blind_grader_is_streamed_no_verdict_of_what_they_have_not_graded(
    client: TestClient, judged: Call
) -> None:
    def streamed(**cookies: str) -> tuple[str, dict[str, Any]]:
        jar = {f"ringback_{name}": value for name, value in cookies.items()}
        client.cookies.clear()
        client.cookies.update(jar)
        url = f"/ringback/calls/{judged.id}/events"
        answer = client.get(url, headers=bearer(judged.id, "events"))
        views = [item["view"] for _, item in messages(answer.text) if item["type"] == "view"]
        return answer.text, views[-1]

    text, view = streamed(grader="Ann", blind="")
    assert SAID in text and view["verdict"] == "failed" and "hidden" not in view
    for who in ("Ann", "B%C3%A9n", ""):
        text, view = streamed(grader=who, blind="1")
        assert SAID not in text and view["verdict"] is None and view["hidden"]
        assert [each["name"] for each in view["checks"]] == []
    grade(service().archive.store, judged.id, "met", check="Is kind", grader="Bén")
    assert SAID in streamed(grader="B%C3%A9n", blind="1")[0]
    assert SAID not in streamed(grader="Ann", blind="1")[0]


def test_hanging_up_ends_the_call(client: TestClient, replay: ReplayService, placed: str) -> None:
    answer = client.post(
        f"/ringback/calls/{placed}/hangup", headers=bearer(placed, "hangup") | HOME
    )
    assert answer.status_code == 200
    assert replay.view(placed).state.is_final


@pytest.mark.parametrize("action", ["hangup", "say", "whisper"])
@pytest.mark.parametrize("origin", [{}, {"origin": "http://evil.invalid"}, {"origin": "null"}])
def test_another_site_cannot_act(
    client: TestClient, replay: ReplayService, placed: str, action: Any, origin: dict[str, str]
) -> None:
    may = "speak" if action == "whisper" else action
    answer = client.post(
        f"/ringback/calls/{placed}/{action}",
        headers=bearer(placed, may) | origin,
        json={"text": "hello"},
    )
    assert answer.status_code == 403
    assert replay.said == [] and replay.whispered == []
    assert replay._calls[placed].hung_up is None


def say(client: TestClient, call_id: str, **body: Any) -> Any:
    return client.post(
        f"/ringback/calls/{call_id}/say", headers=bearer(call_id, "say") | HOME, **body
    )


def until_live(replay: ReplayService, call_id: str) -> None:
    replay._calls[call_id].speed = 1
    replay._calls[call_id].started -= 3


def test_a_line_reaches_the_caller(client: TestClient, replay: ReplayService, placed: str) -> None:
    until_live(replay, placed)
    assert say(client, placed, json={"text": "Is it far?"}).status_code == 200
    assert replay.said == ["Is it far?"]


@pytest.mark.parametrize(
    "body",
    [
        {"content": b""},
        {"content": b"{"},
        {"content": b"\xff\xfe"},
        {"json": {"text": 5}},
        {"json": {"line": "x"}},
        {"json": {"text": "x", "more": 1}},
        {"json": ["x"]},
        {"json": {"text": "x" * 501}},
        {"json": {"text": "   "}},
        {"content": b'{"text": "' + b"x" * MAX_BODY + b'"}'},
    ],
)
def test_a_line_that_cannot_be_said(
    client: TestClient, replay: ReplayService, placed: str, body: dict[str, Any]
) -> None:
    until_live(replay, placed)
    answer = say(client, placed, **body)
    assert answer.status_code == 400
    assert error_of(answer)["kind"] == "bad_input"
    assert replay.said == []


def whisper(client: TestClient, call_id: str, **body: Any) -> Any:
    headers = bearer(call_id, "speak") | HOME
    return client.post(f"/ringback/calls/{call_id}/whisper", headers=headers, **body)


def test_an_instruction_reaches_who_follows_it(
    client: TestClient, replay: ReplayService, placed: str
) -> None:
    told = {"id": "b", "name": "Ben", "text": "Ask for Friday."}
    until_live(replay, placed)
    assert error_of(whisper(client, placed, json=told))["kind"] == "cannot_whisper"
    replay.script = "person"
    call_id = replay.place(CallRequest(agent=DEMO)).id
    until_live(replay, call_id)
    assert whisper(client, call_id, json=told).status_code == 200
    for wrong in ({"text": "Ask."}, told | {"more": 1}, told | {"id": 5}):
        assert error_of(whisper(client, call_id, json=wrong))["kind"] == "bad_input"
    assert replay.whispered == [("Ben", "Ask for Friday.")]


def test_a_line_for_a_call_that_is_over(client: TestClient, ended: str) -> None:
    answer = say(client, ended, json={"text": "Hello?"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("/call", "/"),
        ("/call/", "/"),
        ("/call?call=c7&t=4.5", "/?call=c7&t=4.5"),
        ("/call/?agent=a%20b%26c", "/?agent=a%20b%26c"),
        ("/call?x=//evil.invalid", "/?x=//evil.invalid"),
        ("/call?%0d%0aSet-Cookie:a=b", "/?%0d%0aSet-Cookie:a=b"),
    ],
)
def test_the_address_people_type_leads_to_the_call_page(
    client: TestClient, typed: str, leads_to: str
) -> None:
    answer = client.get(typed, follow_redirects=False)
    assert answer.status_code == 307 and "set-cookie" not in answer.headers
    assert urljoin(f"http://testserver{typed}", answer.headers["location"]) == (
        f"http://testserver{leads_to}"
    )


def test_behind_a_proxys_path_it_stays_there(client: TestClient) -> None:
    where = client.get("/call?call=c7", follow_redirects=False).headers["location"]
    assert urljoin("https://host/tools/ringback/call", where) == (
        "https://host/tools/ringback/?call=c7"
    )


def test_a_defect_is_told_in_our_words_and_logged(
    client: TestClient,
    replay: ReplayService,
    ended: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(call_id: str) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(replay, "recording", broken)
    token = _tokens.mint(ended, "recording")
    with caplog.at_level(logging.ERROR):
        answer = client.get(f"/ringback/calls/{ended}/recording?token={token}")
    assert answer.status_code == 500
    assert error_of(answer)["kind"] == "internal"
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text
    assert token not in caplog.text


@pytest.mark.parametrize("option", ["qa/voice", "/qa/voice/"])
def test_below_a_path_of_the_host_every_route_stands_where_pages_ask_for_it(
    monkeypatch: pytest.MonkeyPatch, ended: str, option: str
) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": option}.__getitem__)
    arguments = app_arguments(lambda: pytest.fail("nothing is started"))
    client = TestClient(Starlette(routes=arguments["routes"]))
    path = f"/ringback/calls/{ended}/peaks"
    assert base_path() == "/qa/voice"
    assert client.get(base_path() + path, headers=bearer(ended, "peaks")).status_code == 200
    assert client.get(path, headers=bearer(ended, "peaks")).status_code == 404
    led = client.get("/qa/voice/call?turn=2", follow_redirects=False)
    assert urljoin("http://testserver/qa/voice/call", led.headers["location"]) == (
        "http://testserver/qa/voice/?turn=2"
    )
