from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from harness.agents import PROVIDERS
from harness.console.agents.draft import (
    KEPT,
    DraftErrors,
    free_name,
    is_kept,
    read_draft,
    slug,
    values_of,
)
from harness.console.agents.fields import fields_of
from harness.console.agents.ways import WAYS
from harness.errors import UnknownName
from harness.nouns import Agent
from harness.secrets import Secrets
from harness.settings import Settings

KEY = "pk_live_0123456789abcdef"


@pytest.fixture
def secrets(settings: Settings) -> Secrets:
    return Secrets(settings)


def read(secrets: Secrets, provider: str, before: Agent | None = None, **values: object) -> Agent:
    """The agent of a form in which `values` were entered; __ in a name stands for a dot."""
    entered = values_of(provider, before)
    entered |= {name.replace("__", "."): value for name, value in values.items()}
    return read_draft(provider, entered, before=before, taken=(), secrets=secrets)


def errors(secrets: Secrets, provider: str, before: Agent | None = None, **values: object):
    with pytest.raises(DraftErrors) as caught:
        read(secrets, provider, before, **values)
    return caught.value.errors


def cloud(secrets: Secrets, **values: object) -> Agent:
    return read(secrets, "pipecat_cloud", config__agent_name="my-agent", **values)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_field_of_every_way_has_words(provider: str) -> None:
    fields = fields_of(provider)
    model = set(PROVIDERS[provider].fields.model_fields) - (
        {"body"} if provider == "pipecat_cloud" else set()
    )
    assert {field.name for field in fields} == model
    for field in fields:
        assert field.label and "_" not in field.label
        assert field.kind == "flag" or field.help or field.example or field.kind == "number", field
    assert WAYS[provider].title and WAYS[provider].before


def test_an_unknown_way_is_told() -> None:
    with pytest.raises(UnknownName, match="pigeon"):
        fields_of("pigeon")


def test_kinds_are_read_from_the_provider() -> None:
    kinds = {field.name: field.kind for field in fields_of("pipecat_cloud")}
    assert kinds["api_key"] == "secret"
    assert kinds["auto_cleanup"] == "flag"
    assert kinds["start_timeout_s"] == "number"
    assert kinds["livekit_url"] == "text"
    files = {field.name: field for field in fields_of("bot_file")}
    assert (files["env"].kind, files["env"].hidden) == ("pairs", True)
    assert files["file"].kind == "text" and files["file"].required
    assert files["args"].kind == "lines"
    assert files["way"].kind == "choice" and set(files["way"].choices) == set(files["way"].words)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_new_form_is_empty_of_secrets_and_says_what_is_missing(
    secrets: Secrets, provider: str
) -> None:
    found = errors(secrets, provider)
    required = {f"config.{f.name}" for f in fields_of(provider) if f.required}
    assert required and set(found) == required
    assert all(error.message and error.remedy for error in found.values())


def test_the_shortest_agents_there_are(secrets: Secrets, tmp_path: Path) -> None:
    bot = tmp_path / "my-agent" / "bot.py"
    bot.parent.mkdir()
    bot.write_text("")
    assert cloud(secrets, api_key=KEY).name == "my-agent"
    file = read(secrets, "bot_file", config__file=str(bot))
    assert (file.name, file.config) == ("my-agent", {"file": str(bot)})
    runner = read(secrets, "dev_runner", config__url="http://localhost:7860")
    assert (runner.name, runner.config) == ("localhost-7860", {"url": "http://localhost:7860"})


def test_only_what_differs_from_the_default_is_kept(secrets: Secrets) -> None:
    agent = cloud(secrets, api_key=KEY, config__auto_cleanup=False, config__timeout_s=11.0)
    assert agent.config == {
        "agent_name": "my-agent",
        "api_key": KEY,
        "auto_cleanup": False,
        "timeout_s": 11.0,
    }


def test_the_name_for_people_makes_the_short_one(secrets: Secrets) -> None:
    agent = cloud(secrets, api_key=KEY, title="Müller & Söhne, Empfang")
    assert (agent.name, agent.title) == ("m-ller-s-hne-empfang", "Müller & Söhne, Empfang")
    assert cloud(secrets, api_key=KEY, title="x", name="y").name == "y"


def test_a_taken_name_gets_a_number() -> None:
    assert free_name("desk", ["desk", "desk-2"]) == "desk-3"
    assert free_name("demo", []) == "demo-2"
    assert free_name("other", ["desk"]) == "other"
    assert slug("  A b/c! ") == "a-b-c"


def test_a_form_never_holds_a_secret() -> None:
    agent = Agent(
        name="a",
        provider="http_runner",
        config={
            "url": "http://h/start",
            "headers": {"Authorization": "secret:a.headers.Authorization", "X": "env:X_KEY"},
        },
    )
    values = values_of("http_runner", agent)
    assert values["config.headers"] == f"Authorization={KEPT}\nX=env:X_KEY"
    plain = agent.model_copy(
        update={"provider": "pipecat_cloud", "config": {"api_key": KEY, "agent_name": "x"}}
    )
    assert KEY not in json.dumps(values_of("pipecat_cloud", plain))


def test_what_is_kept_stays_unless_replaced_or_forgotten(secrets: Secrets) -> None:
    reference = secrets.put("my-agent.api_key", KEY)
    private = secrets.put("my-agent.private_api_key", "sk_private_0123456789")
    before = Agent(
        name="my-agent",
        provider="pipecat_cloud",
        config={"agent_name": "my-agent", "api_key": reference, "private_api_key": private},
    )
    assert all(
        is_kept(before, f)
        for f in fields_of("pipecat_cloud")
        if f.name in before.config and f.kind == "secret"
    )
    same = read(secrets, "pipecat_cloud", before)
    assert same == before
    new = read(secrets, "pipecat_cloud", before, api_key="pk_other_0123456789abc")
    assert new.config["api_key"] == "pk_other_0123456789abc"
    variable = read(secrets, "pipecat_cloud", before, api_key__env="PCC_KEY")
    assert variable.config["api_key"] == "env:PCC_KEY"
    forgotten = read(secrets, "pipecat_cloud", before, private_api_key__forget=True)
    assert "private_api_key" not in forgotten.config


def test_a_variable_can_be_taken_back(secrets: Secrets) -> None:
    before = cloud(secrets, api_key__env="PCC_KEY", private_api_key__env="PCC_PRIVATE")
    assert values_of("pipecat_cloud", before)["api_key.env"] == "PCC_KEY"
    after = read(secrets, "pipecat_cloud", before, private_api_key__env="")
    assert "private_api_key" not in after.config
    assert "config.api_key" in errors(secrets, "pipecat_cloud", before, api_key__env="")


@pytest.mark.parametrize(
    "pasted", [KEY, "a-b", "9X", "eyJhbGciOi.x.y", "abcdefghijklmnopqrstuvwxyz"]
)
def test_a_key_pasted_as_the_name_of_a_variable_is_not_kept_and_not_repeated(
    secrets: Secrets, pasted: str
) -> None:
    error = errors(secrets, "pipecat_cloud", config__agent_name="x", api_key__env=pasted)[
        "config.api_key"
    ]
    assert pasted not in str(error)


def test_every_mistake_stands_beside_its_field(secrets: Secrets) -> None:
    found = errors(
        secrets,
        "http_runner",
        config__url="not an address",
        config__headers="no separator",
        config__body="{",
        body="[1]",
        data_template="nonsense",
    )
    assert set(found) == {"config.headers", "config.body", "body", "data_template"}
    address = errors(secrets, "http_runner", config__url="not an address")
    assert set(address) == {"config.url"}
    pair = errors(
        secrets,
        "pipecat_cloud",
        config__agent_name="x",
        api_key=KEY,
        livekit_api_key="APIkey123456",
    )
    assert set(pair) & {"config.livekit_api_key", "config.livekit_api_secret"}


def test_a_file_that_is_not_there_is_told_beside_the_file(secrets: Secrets) -> None:
    found = errors(secrets, "bot_file", config__file="/nowhere/at/all/bot.py")
    assert set(found) == {"config.file"}


def test_pairs_take_both_signs_and_keep_what_was_kept(secrets: Secrets) -> None:
    before = Agent(
        name="s",
        provider="http_runner",
        config={"url": "http://h/start", "headers": {"Authorization": "secret:s.auth"}},
    )
    secrets.put("s.auth", "Bearer something-secret")
    agent = read(
        secrets,
        "http_runner",
        before,
        config__headers=f"Authorization={KEPT}\n\nX-Tenant: clinic = north\nKey=env:SOME_KEY",
    )
    assert agent.config["headers"] == {
        "Authorization": "secret:s.auth",
        "X-Tenant": "clinic = north",
        "Key": "env:SOME_KEY",
    }
    lost = errors(secrets, "http_runner", before, config__headers=f"Other={KEPT}")
    assert "Other" in lost["config.headers"].message


def test_a_missing_variable_does_not_stop_saving(secrets: Secrets) -> None:
    agent = cloud(secrets, api_key__env="RINGBACK_NO_SUCH_VARIABLE")
    assert agent.config["api_key"] == "env:RINGBACK_NO_SUCH_VARIABLE"


def test_an_expired_token_does_not_stop_saving(secrets: Secrets) -> None:
    from livekit.api import AccessToken, VideoGrants

    token = (
        AccessToken("key", "s" * 32)
        .with_identity("me")
        .with_ttl(timedelta(minutes=-5))
        .with_grants(VideoGrants(room_join=True, room="r"))
        .to_jwt()
    )
    agent = read(secrets, "room", config__url="wss://host", token=token)
    assert agent.config["token"] == token


def test_clouds_own_body_becomes_the_session_body(secrets: Secrets) -> None:
    before = Agent(
        name="a",
        provider="pipecat_cloud",
        config={"agent_name": "a", "api_key": KEY, "body": {"tier": 2}},
        body={"language": "en"},
    )
    assert json.loads(values_of("pipecat_cloud", before)["body"]) == {"tier": 2, "language": "en"}
    after = read(secrets, "pipecat_cloud", before)
    assert after.body == {"tier": 2, "language": "en"} and "body" not in after.config
