"""Runners over real HTTP: what they are asked, what is made of their answers, how they end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.agents import provider_for
from harness.agents._provider import Step
from harness.agents.library import secret_fields
from harness.errors import (
    AgentConfigError,
    AgentNotFound,
    AgentNotReady,
    AtCapacity,
    BadRoomAddress,
    BodyTooLarge,
    DailyTransport,
    HostUnknown,
    MayNotHear,
    NoRoomInAnswer,
    NotPipecat,
    RingbackError,
    RunnerAnswered,
    RunnerRefused,
    ServerError,
    TlsRefused,
    TokenExpired,
    TokenForOtherRoom,
)
from harness.nouns import Agent, Session
from tests.unit.agents.http_support import Service, token

LIVEKIT = "wss://rooms.example"
NOT_ALLOWED = (
    "Transport 'livekit' is not allowed. Server is configured for '{0}' only (-t {0})."  # Pipecat's
)


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        yield service


def agent(provider: str, **config: Any) -> Agent:
    return Agent(name="A", provider=provider, config=config)


async def start(made: Agent, body: dict[str, Any] | None = None) -> Session:
    return await provider_for(made).start(body or {}, lambda sentence: None)


async def steps(made: Agent) -> list[Step]:
    return [step async for step in provider_for(made).preflight()]


def pipecat_answer(room: str = "pipecat-0badcafe", **more: Any) -> dict[str, Any]:
    return {"url": LIVEKIT, "token": token(room), "sessionId": "s-1"} | more


# Pipecat's development runner


async def test_a_dev_runner_is_asked_for_livekit_with_the_session_body(service: Service):
    service.answers = {"POST /start": (200, pipecat_answer())}
    session = await start(agent("dev_runner", url=service.url), {"name": "Ada"})
    assert service.asked[0].json == {"transport": "livekit", "body": {"name": "Ada"}}
    assert (session.url, session.room, session.session_id) == (LIVEKIT, "pipecat-0badcafe", "s-1")
    assert session.warnings == ()


@pytest.mark.parametrize("written", ["{}/", "{}/start", " {}"])
async def test_its_address_may_be_written_with_its_path(service: Service, written: str):
    service.answers = {"POST /start": (200, pipecat_answer())}
    await start(agent("dev_runner", url=written.format(service.url)))
    assert service.asked[0].path == "/start"


async def test_a_fixed_room_is_told_by_its_name_and_by_its_return(service: Service):
    made = agent("dev_runner", url=service.url)
    service.answers = {"POST /start": (200, pipecat_answer("front-desk"))}
    first = await start(made)
    assert "front-desk" in first.warnings[0] and "LIVEKIT_ROOM_NAME" in first.warnings[0]
    await provider_for(made).stop(first)
    service.answers = {"POST /start": (200, pipecat_answer("pipecat-aaaaaaaa"))}
    for expected in (0, 1):
        session = await start(made)
        assert len(session.warnings) == expected
        await provider_for(made).stop(session)
    assert "same room as the one before" in session.warnings[0]


async def test_calls_at_a_time_share_the_runner_s_process(service: Service):
    made = agent("dev_runner", url=service.url)
    sessions = []
    for room in ("pipecat-00000001", "pipecat-00000002"):
        service.answers = {"POST /start": (200, pipecat_answer(room))}
        sessions.append(await start(made))
    assert [len(session.warnings) for session in sessions] == [0, 1]
    assert "share one process" in sessions[1].warnings[0]
    for session in sessions:
        assert await provider_for(made).stop(session) == "left"
    service.answers = {"POST /start": (200, pipecat_answer("pipecat-00000003"))}
    assert (await start(made)).warnings == ()


@pytest.mark.parametrize(
    ("answer", "error", "named"),
    [
        ((200, b"hello"), NotPipecat, "JSON"),
        ((200, [1]), NotPipecat, "JSON"),
        ((200, {}), NoRoomInAnswer, "LiveKit"),
        ((200, {"dailyRoom": "https://x.daily.co/r", "dailyToken": "t"}), DailyTransport, "Daily"),
        ((200, pipecat_answer(token="nonsense")), RingbackError, "not a LiveKit token"),
        ((200, pipecat_answer(token=token(ttl_s=-90))), TokenExpired, "ago"),
        ((200, pipecat_answer(token=token(can_subscribe=False))), MayNotHear, "hear"),
        ((200, pipecat_answer(room_name="other")), TokenForOtherRoom, "other"),
        ((404, {"detail": "Not Found"}), AgentNotFound, "404"),
        ((429, {"detail": "busy"}), AtCapacity, "busy"),
        ((500, b"Internal Server Error"), ServerError, "500"),
        (
            (400, {"detail": NOT_ALLOWED.format("webrtc")}),
            RunnerAnswered,
            "webrtc",
        ),
        (
            (400, {"detail": NOT_ALLOWED.format("daily")}),
            DailyTransport,
            "Daily",
        ),
    ],
)
async def test_answers_of_a_dev_runner_that_start_no_call(
    service: Service, answer: tuple[int, Any], error: type[RingbackError], named: str
):
    service.answers = {"POST /start": answer}
    with pytest.raises(error) as caught:
        await start(agent("dev_runner", url=service.url))
    assert named in caught.value.message and caught.value.cause and caught.value.remedy
    assert "eyJ" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ((200, {"status": "ready", "transports": ["webrtc"]}), AgentNotReady),
        ((200, {"status": "ready", "transports": ["daily"]}), DailyTransport),
        ((200, {"hello": "world"}), NotPipecat),
        ((200, b"<html>"), NotPipecat),
        ((503, b""), ServerError),
    ],
)
async def test_a_status_that_promises_no_call(
    service: Service, status: tuple[int, Any], error: type[RingbackError]
):
    service.answers = {"GET /status": status}
    with pytest.raises(error):
        await steps(agent("dev_runner", url=service.url))


async def test_the_steps_to_a_dev_runner(service: Service):
    made = agent("dev_runner", url=service.url)
    service.answers = {"GET /status": (200, {"status": "ready", "transports": ["livekit"]})}
    resolve, authorise, ready = await steps(made)
    assert (resolve.name, resolve.done) == ("resolve", True) and "127.0.0.1" in resolve.note
    assert (authorise.name, authorise.done) == ("authorise", False)
    assert (ready.name, ready.done) == ("ready", True) and "one process" in ready.note
    service.answers = {}
    assert [step.done for step in await steps(made)] == [True, False, False]
    assert all(asked.method == "GET" for asked in service.asked), "nothing was started"


async def test_addresses_where_nothing_is(service: Service):
    port = service.url.rpartition(":")[2]
    service.__exit__()
    for provider in ("dev_runner", "http_runner"):
        with pytest.raises(RunnerRefused):
            await steps(agent(provider, url=f"http://127.0.0.1:{port}/start_bot"))
        with pytest.raises(HostUnknown):
            await steps(agent(provider, url="http://nobody.invalid"))


async def test_a_server_without_tls(service: Service):
    made = agent("http_runner", url=service.url.replace("http", "https"))
    with pytest.raises(TlsRefused):
        await steps(made)
    with pytest.raises(TlsRefused):
        await start(made)


# Runners of the customer's own


async def test_the_seed_s_runner_needs_nothing_but_its_address(service: Service):
    service.answers = {"POST /start_bot": (200, {"room_url": LIVEKIT, "token": token("blue")})}
    made = agent("http_runner", url=f"{service.url}/start_bot")
    session = await start(made, {"language": "en"})
    assert service.asked[0].json == {"language": "en"}
    assert service.asked[0].headers["content-type"] == "application/json"
    assert (session.url, session.room, session.session_id) == (LIVEKIT, "blue", None)
    assert provider_for(made).describe() == f"HTTP runner · {service.url[7:]}/start_bot"
    assert await provider_for(made).stop(session) == "left" and len(service.asked) == 1


async def test_everything_of_a_runner_can_be_told(service: Service):
    way_in = token("blue")
    answer = {"data": [{"u": LIVEKIT, "t": way_in, "bot/id": 17}], "token": token("decoy")}
    service.answers = {
        "PUT /v2/bots?wait=1": (201, answer),
        "POST /v2/bots/17/end?room=blue": (204, b""),
    }
    config = {
        "url": f"{service.url}/v2/bots?wait=1",
        "method": "PUT",
        "headers": {"Authorization": "Bearer k-e-y-123456", "content-type": "application/vnd+json"},
        "body": {"who": "{body/customer}", "note": "for {body/customer}", "all": "{body}"},
        "urlAt": "/data/0/u",
        "tokenAt": "/data/0/t",
        "sessionIdAt": "/data/0/bot~1id",
        "stopUrl": "/v2/bots/{session_id}/end?room={room}",
        "stopMethod": "POST",
        "stopBody": {"reason": "call {session_id} is over"},
    }
    made = agent("http_runner", **config)
    session = await start(made, {"customer": "Ada"})
    assert (session.url, session.token, session.room) == (LIVEKIT, way_in, "blue")
    assert session.session_id == "17" and session.warnings == ()
    asked = service.asked[0]
    assert asked.json == {"who": "Ada", "note": "for Ada", "all": {"customer": "Ada"}}
    assert asked.headers["authorization"] == "Bearer k-e-y-123456"
    assert asked.headers["content-type"] == "application/vnd+json"
    # As after a crash: the session without its token.
    left = Session(url=session.url, token="", room="blue", session_id="17")
    assert await provider_for(made).stop(left) == "stopped"
    assert service.asked[1].json == {"reason": "call 17 is over"}
    assert service.asked[1].headers["authorization"] == "Bearer k-e-y-123456"
    assert set(secret_fields("http_runner")) == {
        "headers",
        "stop_headers",
        "livekit_api_key",
        "livekit_api_secret",
    }


async def test_an_answer_with_only_a_token_needs_livekit_url(service: Service):
    service.answers = {"POST /": (200, {"token": token("blue")})}
    with pytest.raises(NoRoomInAnswer) as caught:
        await start(agent("http_runner", url=service.url))
    assert "livekit_url" in caught.value.remedy
    session = await start(agent("http_runner", url=service.url, livekit_url=LIVEKIT))
    assert (session.url, session.room) == (LIVEKIT, "blue")


async def test_an_answer_with_only_a_room_needs_the_keys(service: Service):
    service.answers = {"POST /": (200, {"livekit_url": LIVEKIT, "room": "blue"})}
    keys = {"livekit_api_key": "APIx", "livekit_api_secret": "s" * 32}
    with pytest.raises(NoRoomInAnswer):
        await start(agent("http_runner", url=service.url))
    session = await start(agent("http_runner", url=service.url, **keys))
    assert session.room == "blue" and session.token


async def test_ids_cannot_lead_a_stop_call_elsewhere(service: Service):
    room, session_id = "../../admin?x=1", "a/b#c"
    answer = {"url": LIVEKIT, "token": token(room), "id": session_id}
    service.answers = {"POST /start": (200, answer)}
    made = agent(
        "http_runner",
        url=f"{service.url}/start",
        session_id_at="/id",
        stop_url="/s/{session_id}/{room}",
    )
    session = await start(made)
    assert session.session_id == session_id
    await provider_for(made).stop(session)
    assert service.asked[1].path == "/s/a%2Fb%23c/..%2F..%2Fadmin%3Fx%3D1"


async def test_headers_do_not_go_to_another_server(service: Service):
    with Service({"DELETE /x": (200, b"")}) as other:
        service.answers = {"POST /": (200, pipecat_answer())}
        made = agent(
            "http_runner",
            url=service.url,
            headers={"X-Key": "k-e-y-123456"},
            stop_url=f"{other.url}/x",
        )
        await provider_for(made).stop(await start(made))
        assert "x-key" not in other.asked[0].headers


async def test_a_session_that_cannot_be_stopped_is_told(service: Service):
    service.answers = {"POST /": (200, {"url": LIVEKIT, "token": token("blue")})}
    made = agent("http_runner", url=service.url, stop_url="/stop/{session_id}")
    session = await start(made)
    assert "names no session id" in session.warnings[0]
    assert await provider_for(made).stop(session) == "left" and len(service.asked) == 1


async def test_a_stop_call_that_fails_and_one_that_comes_too_late(service: Service):
    service.answers = {"POST /": (200, pipecat_answer())}
    made = agent("http_runner", url=service.url, stop_url="/stop/{session_id}")
    session = await start(made)
    assert await provider_for(made).stop(session) == "stopped", "404: it is gone already"
    service.answers["DELETE /stop/s-1"] = (500, {"error": "stuck"})
    with pytest.raises(ServerError, match="stuck"):
        await provider_for(made).stop(session)


async def test_a_bot_whose_room_cannot_be_entered_is_stopped(service: Service):
    service.answers = {
        "POST /": (200, pipecat_answer(token=token(ttl_s=-90))),
        "DELETE /stop/s-1": (204, b""),
    }
    with pytest.raises(TokenExpired):
        await start(agent("http_runner", url=service.url, stop_url="/stop/{session_id}"))
    assert [asked.method for asked in service.asked] == ["POST", "DELETE"]


@pytest.mark.parametrize(
    ("answer", "config", "error", "named"),
    [
        ({"a": 1}, {"token_at": "/b/t"}, NoRoomInAnswer, "/b/t"),
        ({"t": {"x": 1}}, {"token_at": "/t"}, NoRoomInAnswer, "/t"),
        (pipecat_answer(hall="red"), {"room_at": "/hall"}, TokenForOtherRoom, "red"),
        (pipecat_answer(url="rooms"), {"url_at": "/url"}, BadRoomAddress, "rooms"),
        ({"room_url": "https://x.daily.co/r", "token": "t"}, {}, DailyTransport, "Daily"),
    ],
)
async def test_answers_that_start_no_call(
    service: Service,
    answer: Any,
    config: dict[str, Any],
    error: type[RingbackError],
    named: str,
):
    service.answers = {"POST /": (200, answer)}
    with pytest.raises(error) as caught:
        await start(agent("http_runner", url=service.url, **config))
    assert named in caught.value.message


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"url": "ftp://h/x"}, "ftp://h/x"),
        ({"url": "http://h", "method": "BREW"}, "method"),
        ({"url": "http://h", "token_at": "data.token"}, "token_at"),
        ({"url": "http://h", "token_at": "$.data.token"}, "token_at"),
        ({"url": "http://h", "stop_url": "/x/{sessionid}"}, "placeholder"),
        ({"url": "http://h", "stop_url": "/x/{sessionId}"}, "placeholder"),
        ({"url": "http://h", "stop_url": "http://{room}.h/x"}, "placeholder"),
        ({"url": "http://h", "stop_url": "ftp://h"}, "ftp://h"),
        ({"url": "http://h", "stop_url": "/x", "stop_body": ["{body}"]}, "placeholder"),
        ({"url": "http://h", "headers": {"X Y": "1"}}, "X Y"),
        ({"url": "http://h", "headers": {"X": "a\r\nEvil: 1"}}, "X"),
        ({"url": "http://h", "headers": {"Host": "other"}}, "Host"),
        ({"url": "http://h", "livekit_url": "h"}, "'h'"),
        ({"url": "http://h", "livekit_api_key": "k"}, "livekit_api_secret"),
    ],
)
def test_configurations_that_cannot_work(config: dict[str, Any], named: str):
    with pytest.raises(RingbackError) as caught:
        provider_for(agent("http_runner", **config)).check()
    assert isinstance(caught.value, AgentConfigError | BadRoomAddress)
    assert named in caught.value.message and caught.value.remedy


def test_the_remedy_writes_the_pointer():
    with pytest.raises(AgentConfigError) as caught:
        provider_for(agent("http_runner", url="http://h", token_at="$.data.token")).check()
    assert caught.value.remedy == "Write /data/token"


async def test_a_body_that_does_not_fit_the_request(service: Service):
    with pytest.raises(AgentConfigError, match="body/customer"):
        await start(agent("http_runner", url=service.url, body={"who": "{body/customer}"}))
    for provider in ("dev_runner", "http_runner"):
        with pytest.raises(BodyTooLarge):
            await start(agent(provider, url=service.url), {"x": "y" * 1024 * 1024})
    assert service.asked == []


async def test_a_key_that_the_runner_says_back_is_hidden(service: Service):
    service.answers = {"POST /": (403, {"detail": "bad key hunter2hunter2 for you"})}
    made = agent("http_runner", url=service.url, headers={"Authorization": "Key hunter2hunter2"})
    with pytest.raises(RingbackError) as caught:
        await start(made)
    assert "hunter2" not in str(caught.value) and "[hidden]" in caught.value.message


async def test_what_a_form_leaves_empty_was_not_given(service: Service):
    service.answers = {"POST /": (200, pipecat_answer())}
    empty = dict.fromkeys(
        ("body", "token_at", "stop_url", "stopBody", "livekit_url", "livekit_api_key", "method"), ""
    )
    made = agent("http_runner", url=f" {service.url}\n", headers={}, stop_headers={}, **empty)
    session = await start(made, {"a": 1})
    assert service.asked[0].json == {"a": 1}
    assert await provider_for(made).stop(session) == "left"
    room = agent("room", url=LIVEKIT, token=f"{token('r')}\n", room=" ", apiKey="", agent_name="")
    assert (await start(room)).room == "r"


def test_descriptions_hold_no_more_than_the_place():
    def describe(url: str) -> str:
        return provider_for(agent("http_runner", url=url)).describe()

    assert describe("https://me:pw@h/x?key=1") == "HTTP runner · h/x"
    assert describe("env:RUNNER") == "HTTP runner · env:RUNNER"
    assert describe("http://[") == "HTTP runner · http://["
