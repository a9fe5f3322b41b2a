"""Pipecat Cloud: what is sent, what is understood, and that no session and no room stays behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cloud_platform import (
    ID,
    LIVEKIT_KEY,
    LIVEKIT_SECRET,
    PRIVATE,
    PUBLIC,
    START,
    URL,
    Platform,
    livekit_keys,
    platform,
    room_in,
    token,
)
from pipecatcloud.exception import AgentNotHealthyError, AgentStartError
from plain_web import Answer, Request, reply

from harness.agents import PROVIDERS, AgentProvider
from harness.agents._pipecat_cloud import PipecatCloud
from harness.errors import (
    AgentConfigError,
    AgentNotFound,
    AgentNotReady,
    AtCapacity,
    BadRoomAddress,
    BodyTooLarge,
    DailyTransport,
    Forbidden,
    NoRoomInAnswer,
    NotPipecat,
    RingbackError,
    RoomRefused,
    RunnerAnswered,
    RunnerTimeout,
    ServerError,
    StartError,
    Unauthorised,
)
from harness.nouns import Agent, Session, token_claims

STOP = f"DELETE /v1/public/my-agent/sessions/{ID}"
STOP_PRIVATE = f"DELETE /v1/agents/my-agent/sessions/{ID}"
CREATE = "POST /twirp/livekit.RoomService/CreateRoom"
DELETE = "POST /twirp/livekit.RoomService/DeleteRoom"


@pytest_asyncio.fixture
async def cloud() -> AsyncIterator[Platform]:
    async with platform() as made:
        yield made


async def start(agent: AgentProvider, **body: Any) -> tuple[Session, list[str]]:
    told: list[str] = []
    return await agent.start(body, told.append), told


async def refused(agent: AgentProvider, kind: type[RingbackError], **body: Any) -> RingbackError:
    with pytest.raises(RingbackError) as caught:
        await start(agent, **body)
    error = caught.value
    assert type(error) is kind, error
    assert error.message and error.cause and error.remedy
    for secret in (PUBLIC, PRIVATE, LIVEKIT_SECRET):
        assert secret not in str(error) + repr(error)
    return error


def made(**config: Any) -> PipecatCloud:
    config = {"api_key": PUBLIC, "agent_name": "my-agent"} | config
    return PipecatCloud(Agent(name="Mine", provider="pipecat_cloud", config=config))


# Configuration.


def test_it_is_registered_and_described_without_keys():
    agent = made(private_api_key=PRIVATE, **{"livekitApiKey": "k", "livekitApiSecret": "s" * 32})
    assert PROVIDERS["pipecat_cloud"] is PipecatCloud
    assert agent.describe() == "Pipecat Cloud · my-agent"
    assert PUBLIC not in repr(vars(agent)) and PRIVATE not in repr(vars(agent))
    for url in ("http://localhost:8765/", "http://localhost:8765/v1", "http://localhost:8765/v1/"):
        assert made(base_url=url).describe() == "Pipecat Cloud · my-agent · localhost:8765"
    assert made(base_url="https://api.pipecat.daily.co/v1").describe().endswith("my-agent")


SNAKE = {
    "api_key": PUBLIC,
    "agent_name": "my-agent",
    "base_url": "http://localhost:1",
    "livekit_url": URL,
    "livekit_api_key": "APIk",
    "livekit_api_secret": "s" * 32,
    "auto_cleanup": False,
    "private_api_key": PRIVATE,
    "organization": "acme",
    "body": {"a": 1},
    "transport": "webrtc",
    "start_timeout_s": 5,
    "timeout_s": 5,
    "capacity_tries": 1,
    "capacity_wait_s": 0,
    "max_session_duration": 60,
}


def test_every_field_in_snake_and_camel_case():
    def camel(name: str) -> str:
        first, *rest = name.split("_")
        return first + "".join(part.title() for part in rest)

    assert set(SNAKE) == set(PipecatCloud.fields.model_fields)
    one = PipecatCloud(Agent(name="A", provider="pipecat_cloud", config=SNAKE))
    spelt = {camel(name): value for name, value in SNAKE.items()}
    assert {"apiKey", "agentName", "baseUrl", "livekitApiSecret", "autoCleanup"} <= set(spelt)
    other = PipecatCloud(Agent(name="A", provider="pipecat_cloud", config=spelt))
    assert one._config == other._config
    one.check()


def test_the_documentation_names_every_field_and_its_default():
    page = Path(__file__).parents[3] / "docs" / "agents" / "pipecat_cloud.md"
    rows = [row for row in page.read_text("utf-8").splitlines() if row.startswith("| `")]
    for name, field in PipecatCloud.fields.model_fields.items():
        row = next(row for row in rows if f"`{name}`" in row.split(" | ")[0])
        if isinstance(field.default, int | float | str) and name != "auto_cleanup":
            default = field.default if isinstance(field.default, str) else f"{field.default:g}"
            assert default in row.split(" | ")[-1], row


def test_defaults_and_what_a_form_leaves_empty():
    empty = dict.fromkeys(
        ("base_url", "livekit_url", "livekit_api_key", "private_api_key", "organization"), " "
    )
    for agent in (made(), made(**empty, body=" "), made(body=None)):
        agent.check()
        assert agent._config.base_url == "https://api.pipecat.daily.co"
        assert agent._config.auto_cleanup and agent._config.body == {} and not agent.can_look()
    assert made(body='{"a": [1]}')._config.body == {"a": [1]}


@pytest.mark.parametrize(
    ("config", "error", "named"),
    [
        ({"api_key": None}, AgentConfigError, "api_key"),
        ({"api_key": "  "}, AgentConfigError, "api_key"),
        ({"api_key": "pk with blanks"}, AgentConfigError, "api_key"),
        ({"api_key": "pk_\nx"}, AgentConfigError, "api_key"),
        ({"private_api_key": "ключ"}, AgentConfigError, "private_api_key"),
        ({"agent_name": ""}, AgentConfigError, "agent_name"),
        ({"agent_name": "my agent"}, AgentConfigError, "agent_name"),
        ({"agent_name": "../other"}, AgentConfigError, "agent_name"),
        ({"agent_name": ".."}, AgentConfigError, "agent_name"),
        ({"agent_name": "a/b"}, AgentConfigError, "agent_name"),
        ({"agent_name": "a?b"}, AgentConfigError, "agent_name"),
        ({"base_url": "api.pipecat.daily.co"}, AgentConfigError, "api.pipecat.daily.co"),
        ({"livekit_url": "my-project"}, BadRoomAddress, "my-project"),
        ({"livekit_api_key": "APIk"}, AgentConfigError, "livekit_api_secret"),
        ({"livekit_api_secret": "s" * 32}, AgentConfigError, "livekit_api_key"),
        ({"body": "{"}, AgentConfigError, "body"),
        ({"body": "[1]"}, AgentConfigError, "body"),
        ({"body": 7}, AgentConfigError, "body"),
        ({"start_timeout_s": 0}, AgentConfigError, "start"),
        ({"agent": "x"}, AgentConfigError, "agent"),
    ],
)
def test_mistakes_are_named(config: dict[str, Any], error: type[RingbackError], named: str):
    with pytest.raises(error) as caught:
        made(**config).check()
    assert named.lower() in caught.value.message.lower().replace("starttimeouts", "start")
    assert caught.value.cause and caught.value.remedy
    assert PUBLIC not in str(caught.value)


# Token mode.


async def test_token_mode(cloud: Platform):
    agent = cloud.agent(body={"clinic": "north", "lang": "en"}, private_api_key=PRIVATE)
    session, told = await start(agent, lang="de", caller={"name": "Ann"})
    assert (session.url, session.room, session.session_id) == (URL, "kitchen", ID)
    assert token_claims(session.token) and told == []
    (request,) = cloud.web.requests
    assert f"{request.method} {request.target}" == START
    assert request.headers["authorization"] == f"Bearer {PUBLIC}"
    assert request.json == {
        "createDailyRoom": False,
        "transport": "livekit",
        "body": {"clinic": "north", "lang": "de", "caller": {"name": "Ann"}},
    }
    assert await agent.stop(session) == "stopped"
    (stop,) = cloud.seen(STOP_PRIVATE)
    assert stop.headers["authorization"] == f"Bearer {PRIVATE}"


@pytest.mark.parametrize("transport", ["webrtc", "websocket", "daily"])
async def test_another_transport_is_sent_as_given(cloud: Platform, transport: str):
    await start(cloud.agent(transport=transport))
    assert cloud.web.requests[0].json["transport"] == transport


async def test_no_transport_is_not_sent(cloud: Platform):
    for none in ("", None):
        await start(cloud.agent(transport=none))
        assert "transport" not in cloud.web.requests[-1].json


async def test_a_platform_that_does_not_know_livekit_is_asked_without(cloud: Platform):
    refusal = {"error": "Invalid parameters", "code": "400", "err": {"path": ["transport"]}}
    fine = cloud.answers[START][0]
    cloud.on(START, reply(400, refusal), fine)
    session, told = await start(cloud.agent())
    assert session.session_id == ID and "livekit" in told[0]
    assert [("transport" in each.json) for each in cloud.web.requests] == [True, False]


async def test_an_address_of_ones_own(cloud: Platform):
    session, _ = await start(cloud.agent(livekit_url="ws://127.0.0.1:7880"))
    assert session.url == "ws://127.0.0.1:7880"


async def test_a_session_id_in_the_header(cloud: Platform):
    cloud.on(START, reply(200, {"url": URL, "token": token()}, sessionId=ID))
    session, _ = await start(cloud.agent())
    assert session.session_id == ID


# Refusals.


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, {"error": "Unauthorized", "code": "401"}, Unauthorised, "401 Unauthorized"),
        (401, {"error": "bad", "code": "PCC-1002"}, Unauthorised, "PCC-1002"),
        (400, {"error": "No API key provided", "code": "PCC-1002"}, Unauthorised, "PCC-1002"),
        (400, {"error": "Billing credentials not set", "code": "PCC-1004"}, Forbidden, "PCC-1004"),
        (403, {"error": "Forbidden", "code": "403"}, Forbidden, "403 Forbidden"),
        (404, {"error": "Not found", "code": "NOT_FOUND"}, AgentNotFound, "404 Not Found"),
        (404, b"<html>nginx</html>", AgentNotFound, "a web page"),
        (413, {"error": "Too large", "code": "413"}, BodyTooLarge, "413"),
        (500, {"error": "Internal", "code": "INTERNAL_SERVER_ERROR"}, ServerError, "INTERNAL"),
        (503, b"", ServerError, "503"),
        (418, b"teapot", RunnerAnswered, "teapot"),
        (500, {"error": "At capacity", "code": "429"}, AtCapacity, "429"),
        (200, {"error": "No agent", "code": "404"}, AgentNotFound, "404"),
        (200, {"error": "Something"}, ServerError, "Something"),
        (409, {"error": "Agent deployment is not in a ready state"}, AgentNotReady, "ready"),
        (400, {"error": "Attempt to start agent", "code": "PCC-1001"}, AgentNotReady, "PCC-1001"),
        (400, {"error": "deployment is not in ready state"}, AgentNotReady, "ready state"),
        (200, [1], NotPipecat, "JSON object"),
        (200, b"<html>Sign in</html>", NotPipecat, "JSON object"),
    ],
)
async def test_refusals(
    cloud: Platform, status: int, body: Any, kind: type[StartError], words: str
):
    cloud.on(START, reply(status, body))
    error = await refused(cloud.agent(capacity_tries=1), kind)
    assert words in error.message


async def test_the_documents_own_words(cloud: Platform):
    cloud.on(START, reply(401, {"error": f"Invalid key {PUBLIC}"}))
    error = await refused(cloud.agent(), Unauthorised)
    assert error.cause == "Invalid API key." and "Check Pipecat Cloud API key" in error.remedy
    cloud.on(START, reply(404))
    error = await refused(cloud.agent(), AgentNotFound)
    assert error.cause == "Invalid agent name." and "Verify agent is deployed" in error.remedy
    cloud.on(START, reply(200, {"sessionId": ID}))
    error = await refused(cloud.agent(), NoRoomInAnswer)
    assert "No LiveKit URL" in error.message
    assert "Set livekit_url" in error.remedy
    assert "provide livekit_api_key/livekit_api_secret" in error.remedy
    cloud.on(START, reply(200, {"dailyRoom": "https://a.daily.co/b", "dailyToken": "c"}))
    error = await refused(cloud.agent(), DailyTransport)
    assert "Daily transport error" in error.message
    assert "Daily instead of LiveKit" in error.cause and "Switch" in error.remedy


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (AgentStartError({"code": "429", "error": "pool at capacity"}), AtCapacity),
        (AgentStartError({"code": "404", "error": "Agent not found"}), AgentNotFound),
        (AgentStartError({"code": "401", "error": "Unauthorized"}), Unauthorised),
        (AgentStartError({"code": "PCC-1002", "error": "No API key provided"}), Unauthorised),
        (AgentStartError({"code": "PCC-1004", "error": "No billing"}), Forbidden),
        (AgentStartError("boom"), ServerError),
        (AgentNotHealthyError(error_code="PCC-AGENT"), AgentNotReady),
    ],
)
async def test_the_sdks_errors_are_recognised_when_passed_on(
    cloud: Platform, raised: AgentStartError, kind: type[StartError]
):
    """A service of the customer's own stands between and answers with what the SDK raised."""
    for body in ({"detail": str(raised)}, {"error": raised.message, "code": raised.error_code}):
        cloud.on(START, reply(500, body))
        error = await refused(cloud.agent(capacity_tries=1), kind)
        assert not raised.error_code or str(raised.error_code) in error.message


# Capacity.


def full(retry_after: str | None = None) -> Answer:
    headers = {} if retry_after is None else {"retry_after": retry_after}
    return reply(429, {"error": "Agent pool at capacity", "code": "PCC-POOL"}, **headers)


async def test_a_place_that_becomes_free(cloud: Platform):
    fine = cloud.answers[START][0]
    cloud.on(START, full("0.3"), full("0"), fine)
    began = time.monotonic()
    session, told = await start(cloud.agent())
    assert session.session_id == ID and time.monotonic() - began >= 0.5
    assert len(told) == 2
    assert "PCC-POOL" in told[0] and "try 2 of 3" in told[0] and "try 3 of 3" in told[1]


async def test_no_more_tries_than_allowed(cloud: Platform):
    cloud.on(START, full("0"))
    error = await refused(cloud.agent(), AtCapacity)
    assert "429 Too Many Requests" in error.message and "PCC-POOL" in error.message
    assert len(cloud.web.requests) == 3


@pytest.mark.parametrize("kind", ["seconds", "date", "huge"])
async def test_no_longer_than_allowed(cloud: Platform, kind: str):
    then = format_datetime(datetime.now(UTC) + timedelta(minutes=20), usegmt=True)
    asks = {"seconds": "600", "date": then, "huge": "9" * 30}[kind]
    cloud.on(START, full(asks))
    began = time.monotonic()
    error = await refused(cloud.agent(), AtCapacity)
    assert time.monotonic() - began < 10 and len(cloud.web.requests) == 1
    assert "asks to wait" in error.cause


async def test_without_a_hint_the_wait_grows(cloud: Platform, monkeypatch: pytest.MonkeyPatch):
    waits: list[float] = []
    sleep = asyncio.sleep

    async def nap(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr("harness.agents._pipecat_cloud.asyncio.sleep", nap)
    cloud.on(START, full())
    await refused(cloud.agent(capacity_tries=4), AtCapacity)
    assert [wait for wait in waits if wait] == [2, 4, 8]


# Size.


@pytest.mark.parametrize(
    ("transport", "fits"), [("livekit", 1024 * 1024), ("webrtc", 1024 * 1024), ("websocket", 4096)]
)
async def test_bodies_over_the_limit_are_not_sent(cloud: Platform, transport: str, fits: int):
    frame = len(b'{"a":""}')
    agent = cloud.agent(transport=transport)
    await start(agent, a="x" * (fits - frame))
    error = await refused(agent, BodyTooLarge, a="x" * (fits - frame + 1))
    assert ("4 KB" if transport == "websocket" else "1 MB") in error.cause
    # What counts is bytes, not letters, and the agent's own body with it.
    await refused(agent, BodyTooLarge, a="€" * (fits // 3))
    await refused(cloud.agent(transport=transport, body={"b": "x" * fits}), BodyTooLarge)
    assert len(cloud.web.requests) == 1


async def test_what_is_no_json_is_not_sent(cloud: Platform):
    await refused(cloud.agent(), AgentConfigError, a=float("nan"))
    await refused(cloud.agent(), AgentConfigError, a={1, 2})
    await refused(cloud.agent(), AgentConfigError, a="half a letter: \ud800")
    assert cloud.web.requests == []


# Nothing stays behind.


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"sessionId": ID}, NoRoomInAnswer),
        ({"sessionId": ID, "dailyRoom": "https://a.daily.co/b", "dailyToken": "c"}, DailyTransport),
        ({"sessionId": ID, "url": URL}, NoRoomInAnswer),
    ],
)
async def test_a_session_that_cannot_be_entered_is_ended(
    cloud: Platform, answer: dict[str, Any], kind: type[StartError]
):
    cloud.on(START, reply(200, answer))
    await refused(cloud.agent(), kind)
    assert len(cloud.seen(STOP)) == 1


async def test_whoever_gives_up_leaves_no_session_behind(cloud: Platform):
    go_on = asyncio.Event()
    fine = cloud.answers[START][0]

    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        await fine(request, writer)

    cloud.on(START, slow)
    cloud.web.came.clear()
    starting = asyncio.create_task(start(cloud.agent()))
    await cloud.web.came.wait()
    starting.cancel()
    asyncio.get_running_loop().call_later(0.2, go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert cloud.asked[-1] == STOP


async def test_the_answer_has_a_time_limit_of_its_own(cloud: Platform):
    async def silence(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    cloud.on(START, silence)
    await refused(cloud.agent(start_timeout_s=0.3), RunnerTimeout)


# API-auth mode.


async def test_api_auth_mode(cloud: Platform):
    cloud.on(START, reply(200, {"sessionId": ID}))
    agent = cloud.agent(**livekit_keys(cloud))
    session, _ = await start(agent, room="theirs", url="https://crm.example", livekitRoom="x")
    created, started = cloud.web.requests
    room = room_in(created)
    assert room.startswith("ringback-") and f"{created.method} {created.target}" == CREATE
    body = started.json["body"]
    assert body["livekit_url"] == body["livekitUrl"] == session.url == cloud.web.url
    assert body["livekit_room"] == body["livekitRoom"] == body["room_name"] == room == session.room
    assert body["livekit_token"] == body["livekitToken"] == body["token"] != session.token
    # The caller's own words of the body stay where they are not LiveKit's own.
    assert (body["room"], body["url"]) == ("theirs", "https://crm.example")
    theirs, ours = token_claims(body["livekit_token"]), token_claims(session.token)
    assert theirs["video"]["room"] == ours["video"]["room"] == room
    assert theirs["kind"] == "agent" and ours["kind"] == "standard"
    assert theirs["sub"] != ours["sub"] and theirs["iss"] == LIVEKIT_KEY
    assert LIVEKIT_SECRET.encode() not in started.body and PUBLIC.encode() not in created.body
    assert await agent.stop(session) == "stopped"
    assert [room_in(each) for each in cloud.seen(DELETE)] == [room]
    assert len(cloud.seen(STOP)) == 1


async def test_livekits_own_api_gets_short_narrow_tokens(cloud: Platform):
    cloud.on(START, reply(200, {"sessionId": ID}))
    await start(cloud.agent(**livekit_keys(cloud)))
    claims = token_claims(cloud.seen(CREATE)[0].headers["authorization"].removeprefix("Bearer "))
    assert claims["exp"] - claims["nbf"] <= 60
    assert {name for name, granted in claims["video"].items() if granted is True} <= {
        "roomCreate",
        "canPublish",
        "canSubscribe",
        "canPublishData",
    }


async def test_an_agent_that_took_another_room_is_followed(cloud: Platform):
    cloud.on(START, reply(200, {"url": URL, "token": token("own"), "sessionId": ID}))
    agent = cloud.agent(**livekit_keys(cloud))
    session, _ = await start(agent)
    assert (session.url, session.room) == (cloud.web.url, "own")
    assert token_claims(session.token)["iss"] == LIVEKIT_KEY
    # The room that nobody needs went at once.
    assert [room_in(each) for each in cloud.seen(DELETE)] == [room_in(cloud.seen(CREATE)[0])]


async def test_keys_without_an_address_take_the_answers(cloud: Platform):
    answer = {"livekitUrl": cloud.web.url, "livekitRoom": "own", "sessionId": ID}
    keys = livekit_keys(cloud, livekit_url=None)
    for more in ({}, {"livekitToken": token("own")}):
        cloud.on(START, reply(200, answer | more))
        agent = cloud.agent(**keys)
        session, _ = await start(agent)
        assert (session.url, session.room) == (cloud.web.url, "own")
        assert token_claims(session.token)["iss"] == LIVEKIT_KEY
        assert await agent.stop(session) == "stopped"
        assert room_in(cloud.seen(DELETE)[-1]) == "own"
    assert cloud.seen(CREATE) == []
    cloud.on(START, reply(200, {"livekitUrl": cloud.web.url}))
    await refused(cloud.agent(**keys), NoRoomInAnswer)
    cloud.on(START, reply(200, {"sessionId": ID}))
    assert "Set livekit_url" in (await refused(cloud.agent(**keys), NoRoomInAnswer)).remedy


async def test_a_start_that_fails_takes_its_room_away(cloud: Platform):
    cloud.on(START, reply(500, {"error": "boom"}))
    await refused(cloud.agent(**livekit_keys(cloud)), ServerError)
    daily = {"dailyRoom": "https://a.daily.co/b", "dailyToken": "c", "sessionId": ID}
    cloud.on(START, reply(200, daily))
    await refused(cloud.agent(**livekit_keys(cloud)), DailyTransport)
    made, gone = cloud.seen(CREATE), cloud.seen(DELETE)
    assert [room_in(each) for each in made] == [room_in(each) for each in gone]
    assert len(gone) == 2 and len(cloud.seen(STOP)) == 1


async def test_wrong_livekit_keys_start_nothing(cloud: Platform):
    cloud.on(CREATE, reply(401, {"code": "unauthenticated", "msg": f"bad {LIVEKIT_SECRET}"}))
    error = await refused(cloud.agent(**livekit_keys(cloud)), RoomRefused)
    assert "livekit_api_key" in error.cause and cloud.seen(START) == []


async def test_the_room_stays_if_asked(cloud: Platform):
    cloud.on(START, reply(200, {"sessionId": ID}))
    agent = cloud.agent(**livekit_keys(cloud, auto_cleanup=False))
    session, _ = await start(agent)
    assert await agent.stop(session) == "stopped"
    assert cloud.seen(DELETE) == [] and len(cloud.seen(STOP)) == 1


async def test_the_websocket_limit_counts_what_the_agent_is_handed(cloud: Platform):
    agent = cloud.agent(**livekit_keys(cloud, transport="websocket"))
    await refused(agent, BodyTooLarge, a="x" * 3500)
    assert cloud.web.requests == []


# Stopping.


def left_over(**more: Any) -> Session:
    """What is known of a session after the process that started it died."""
    return Session(**{"url": URL, "token": "", "room": "kitchen", "session_id": ID} | more)


async def test_stop_of_a_session_that_was_left_over(cloud: Platform):
    assert await cloud.agent().stop(left_over()) == "stopped"
    assert cloud.seen(STOP)[0].headers["authorization"] == f"Bearer {PUBLIC}"
    assert await cloud.agent(**livekit_keys(cloud)).stop(left_over()) == "stopped"
    assert room_in(cloud.seen(DELETE)[0]) == "kitchen"
    assert await cloud.agent().stop(left_over(session_id=None, url="", room="")) == "left"
    keys = livekit_keys(cloud, livekit_url=None)
    assert await cloud.agent(**keys).stop(left_over(url=cloud.web.url, session_id=None)) == (
        "deleted"
    )


async def test_stop_in_the_organizations_family(cloud: Platform):
    path = f"/v1/organizations/acme/services/my-agent/sessions/{ID}"
    cloud.on(f"DELETE {path}", reply(200, {}))
    agent = cloud.agent(private_api_key=PRIVATE, organization="acme")
    assert await agent.stop(left_over()) == "stopped"
    assert cloud.asked == [f"DELETE {path}"]


@pytest.mark.parametrize("status", [404, 405, 410, 501])
async def test_a_session_that_is_gone_or_cannot_be_stopped_publicly(cloud: Platform, status: int):
    cloud.on(STOP, reply(status))
    assert await cloud.agent().stop(left_over()) == "left"
    assert await cloud.agent(**livekit_keys(cloud)).stop(left_over()) == "deleted"


async def test_a_stop_that_fails_is_told_and_the_room_goes_all_the_same(cloud: Platform):
    cloud.on(STOP, reply(500))
    with pytest.raises(ServerError):
        await cloud.agent(**livekit_keys(cloud)).stop(left_over())
    assert len(cloud.seen(DELETE)) == 1


async def test_a_wrong_private_key_does_not_leave_the_session(cloud: Platform):
    cloud.on(STOP_PRIVATE, reply(401))
    assert await cloud.agent(private_api_key=PRIVATE).stop(left_over()) == "stopped"
    cloud.on(STOP, reply(405))
    with pytest.raises(Unauthorised, match="private_api_key|Pipecat Cloud"):
        await cloud.agent(private_api_key=PRIVATE).stop(left_over())
    for request in cloud.seen(STOP):
        assert PRIVATE not in str(request.headers)


async def test_no_key_follows_a_redirect_to_another_host(cloud: Platform):
    async with platform() as other:
        cloud.on(START, reply(307, location=f"{other.web.url}/v1/public/my-agent/start"))
        await refused(cloud.agent(), NotPipecat)
        assert other.web.requests == []
