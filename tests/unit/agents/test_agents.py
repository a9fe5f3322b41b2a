"""Agents' configurations: what is taken, and what is said of the rest."""

from __future__ import annotations

import time

import pytest
from livekit import api

from harness.agents import PROVIDERS, provider_for
from harness.errors import (
    AgentConfigError,
    BadRoomAddress,
    RingbackError,
    RoomRefused,
    TokenExpired,
    UnknownName,
)
from harness.nouns import Agent, Session, token_claims


def token(room: str = "r", ttl_s: float = 60) -> str:
    grants = api.VideoGrants(room_join=True, room=room)
    made = api.AccessToken("key", "s" * 32).with_identity("me").with_grants(grants)
    import datetime

    return made.with_ttl(datetime.timedelta(seconds=ttl_s)).to_jwt()


def agent(provider: str, **config: object) -> Agent:
    return Agent(name="A", provider=provider, config=config)


def test_every_provider_is_described_without_secrets():
    secret = token()
    room = provider_for(agent("room", url="wss://x.livekit.cloud", token=secret))
    runner = provider_for(agent("dev_runner", url="http://localhost:7860"))
    assert room.describe() == "Existing room · x.livekit.cloud"
    assert runner.describe() == "Dev runner · localhost:7860"
    assert {"room", "dev_runner", "pipecat_cloud"} <= set(PROVIDERS)


def test_snake_and_camel_case_are_taken():
    for config in ({"url": "http://h", "timeout_s": 3}, {"url": "http://h", "timeoutS": 3}):
        provider_for(Agent(name="A", provider="dev_runner", config=config)).check()


@pytest.mark.parametrize(
    ("made", "error", "named"),
    [
        (agent("telepathy"), UnknownName, "telepathy"),
        (agent("dev_runner"), AgentConfigError, "url"),
        (agent("dev_runner", url="http://h", tokn="x"), AgentConfigError, "tokn"),
        (agent("dev_runner", url="h:1"), AgentConfigError, "h:1"),
        (agent("room", url="wss://h"), AgentConfigError, "token"),
        (agent("room", url="h", token=token()), BadRoomAddress, "h"),
        (agent("room", url="wss://h", token="abc"), RoomRefused, "token"),
        (agent("room", url="wss://h", token=token(ttl_s=-90)), TokenExpired, "min ago"),
    ],
)
def test_mistakes_are_named(made: Agent, error: type[RingbackError], named: str):
    with pytest.raises(error) as caught:
        provider_for(made).check()
    assert named in caught.value.message
    assert caught.value.cause and caught.value.remedy
    assert "eyJ" not in str(caught.value)


def test_a_session_knows_its_room_and_hides_its_token():
    secret = token("kitchen")
    session = Session.with_token("wss://h", secret)
    assert session.room == "kitchen" and secret not in repr(session)
    assert token_claims(secret)["exp"] > time.time()


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "a.e30.c", "....", "a.W10.c", "é.é.é"])
def test_what_is_no_token_has_no_claims(text: str):
    assert token_claims(text) == {}
