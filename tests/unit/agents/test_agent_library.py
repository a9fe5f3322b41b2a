"""Saved agents: files for people, without a secret in them, and mistakes that name their place."""

from __future__ import annotations

import json
import os
import random
import string
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from harness.agents import PROVIDERS
from harness.agents.library import (
    AgentLibrary,
    keep_secrets,
    read_agents,
    secret_fields,
    write_agents,
)
from harness.errors import AgentConfigError, InputError, RingbackError, UnknownName
from harness.nouns import Agent
from harness.secrets import Secrets
from harness.settings import Settings

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2VjcmV0"
KEY = "pk-live-0123456789abcdef"

CLOUD = Agent(
    name="clinic",
    provider="pipecat_cloud",
    title="Clinic",
    config={"apiKey": KEY, "agentName": "front-desk"},
    body={"today": "2026-11-21", "crm": {"token": TOKEN}, "lines": ["a", 1, True, None]},
)


@pytest.fixture
def library(settings: Settings) -> AgentLibrary:
    return AgentLibrary(settings)


def test_a_plain_key_is_moved_and_a_reference_is_saved(library: AgentLibrary, settings: Settings):
    saved = library.save(CLOUD)
    assert saved.config == {"api_key": "secret:clinic.api_key", "agent_name": "front-desk"}
    assert saved.body["crm"] == {"token": "secret:clinic.body.crm.token"}
    assert saved.body["lines"] == ["a", 1, True, None] and saved.body["today"] == "2026-11-21"
    assert library.get("clinic") == saved == library.all()["clinic"]
    text = library.path("clinic").read_text()
    assert KEY not in text and TOKEN not in text
    assert Secrets(settings).resolve(saved.config)["api_key"] == KEY
    assert yaml.safe_load(text)["provider"] == "pipecat_cloud"


def test_headers_are_moved_one_by_one_and_references_stay(settings: Settings):
    agent = Agent(
        name="runner",
        provider="http_runner",
        config={
            "url": "http://localhost:1/start",
            "headers": {"Authorization": f"Bearer {KEY}", "X-Key": "env:MY_KEY"},
        },
    )
    kept = keep_secrets(agent, "runner", Secrets(settings))
    assert kept.config["headers"] == {
        "Authorization": "secret:runner.headers.Authorization",
        "X-Key": "env:MY_KEY",
    }
    assert keep_secrets(kept, "runner", Secrets(settings)) == kept


def test_an_address_with_a_password_is_a_secret(settings: Settings):
    agent = Agent(
        name="x", provider="dev_runner", config={"url": "http://me:open-sesame@localhost:1"}
    )
    assert keep_secrets(agent, "x", Secrets(settings)).config == {"url": "secret:x.url"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_tells_its_fields(provider: str):
    fields = PROVIDERS[provider].fields.model_fields
    assert set(secret_fields(provider)) <= set(fields)
    telling = {name for name in fields if name.endswith(("_key", "_secret", "token"))}
    assert telling <= set(secret_fields(provider)), "a key is no plain text"


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_written_is_read_again_without_a_secret(form: str):
    other = Agent(name="b", provider="room", config={"url": "wss://x.example", "token": "env:T"})
    text = write_agents([CLOUD, other], form)  # type: ignore[arg-type]
    assert KEY not in text and TOKEN not in text
    first, second = read_agents(text, f"agents.{form}")
    assert first.config["api_key"] == "secret:clinic.api_key" and second == other
    alone = write_agents([other], form)  # type: ignore[arg-type]
    assert read_agents(alone, f"other.{form}") == [other]


def test_bodies_that_nobody_wrote_survive_both_forms():
    """Any JSON value as a session body: numbers, odd words of YAML, controls, deep nesting."""
    rand = random.Random(4)
    odd = ["yes", "null", "~", "1e3", "0x1f", "12:30:45", "2026-11-21", "=", "<<", "a: b", "#", ""]

    def value(depth: int) -> object:
        pick = rand.randrange(8 if depth else 6)
        if pick == 0:
            return rand.choice(odd)
        if pick == 1:
            letters = string.printable.replace("\x0b", "").replace("\x0c", "") + "äß€\u2028😀"
            return "".join(rand.choices(letters, k=rand.randrange(12)))
        if pick < 6:
            return [None, True, -rand.randrange(10**12), rand.uniform(-1e9, 1e-9)][pick - 2]
        items = [value(depth - 1) for _ in range(rand.randrange(4))]
        return items if pick == 6 else {str(value(0)): item for item in items}

    for _ in range(150):
        agent = Agent(name="x", provider="demo", body={"v": value(4)})
        for form in ("yaml", "json"):
            assert read_agents(write_agents([agent], form), f"x.{form}") == [agent]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({"api_key": "k" * 8, "agent_name": "my-agent"}, "my-agent"),
        ({"apiKey": "k" * 8, "agentName": "Ava", "livekitUrl": "wss://x.example"}, "ava"),
    ],
)
def test_an_agent_of_preclinical_just_works(config: dict[str, str], name: str):
    (agent,) = read_agents(json.dumps({"provider": "pipecat", "config": config}), "pasted text")
    assert (agent.provider, agent.name) == ("pipecat_cloud", name)
    assert agent.config["api_key"] == "k" * 8
    theirs = {"id": 7, "name": "My Agent (EU)", "provider": "pipecat", "config": config, "tags": []}
    (agent,) = read_agents(json.dumps(theirs, indent="\t"), "pasted text")
    assert (agent.name, agent.title) == ("my-agent-eu", "My Agent (EU)")


WRONG = {
    "unknown key": (
        "provider: dev_runner\nconfg: {}\n",
        "line 2: unknown key `confg`. Did you mean `config`?",
    ),
    "unknown field": (
        "provider: dev_runner\nconfig:\n  url: http://x\n  timeout: 3\n",
        "line 4: unknown key `config.timeout`. Did you mean `timeout_s`?",
    ),
    "missing field": ("provider: dev_runner\nconfig: {}\n", "line 2: `config.url`: is missing"),
    "wrong value": (
        "provider: dev_runner\nconfig:\n  url: http://x\n  timeoutS: soon\n",
        "line 4: `config.timeout_s`",
    ),
    "unknown provider": (
        "provider: dev_runer\n",
        "line 1: there is no provider `dev_runer`. Did you mean `dev_runner`",
    ),
    "no provider": ("config: {}\n", "`provider`: is missing"),
    "two spellings": (
        '{"provider": "dev_runner", "config": {"url": "http://x", "timeout_s": 1, "timeoutS": 2}}',
        "`timeout_s` is there in two spellings",
    ),
    "twice": ("provider: demo\nprovider: room\n", "line 2: the key `provider` is there twice"),
    "no YAML": ("provider: [", "line 1: it is no YAML"),
    "no mapping": ("- 1\n- 2\n", "line 1: it is no mapping"),
    "nothing": ("", "no mapping"),
    "empty list": ("[]", "there is no agent in it"),
    "agents no mapping": ("agents: 3", "line 1: `agents` is neither"),
    "beside agents": ("agents: {}\nx: 1", "line 2: unknown key `x`"),
    "same name": ("- {name: a, provider: demo}\n- {name: a, provider: demo}", "line 2: two agents"),
    "anchors": ("body: &a {x: 1}\nprovider: demo\nconfig: *a", "line 3: anchors"),
    "objects": ("provider: !!python/object/apply:os.system [ls]", "line 1: it is no YAML"),
    "not a number": ("provider: demo\nbody:\n  x: .nan\n", "line 3: body.x is no number"),
    "key no text": ("provider: demo\nbody: {1: 2}", "line 2: the key 1 is no text"),
    "too deep": ("[" * 50_000, "nested too deeply"),
    "too long": ("x" * 1_000_001, "longer than"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_names_file_line_and_key(case: str):
    text, says = WRONG[case]
    with pytest.raises(AgentConfigError) as raised:
        read_agents(text, "clinic.yaml")
    assert raised.value.message.startswith("clinic.yaml") and says in raised.value.message
    assert raised.value.cause and raised.value.remedy


def test_broken_json_is_told_as_json():
    with pytest.raises(AgentConfigError, match="it is no JSON"):
        read_agents('{"provider": "demo",}', "clinic.json")


def test_no_secret_is_in_a_message_about_it():
    with pytest.raises(AgentConfigError) as raised:
        read_agents(f"provider: room\nconfig: {{url: 3, token: {KEY}}}", "x.yaml")
    assert KEY not in str(raised.value)


def test_text_that_nobody_wrote_ends_in_our_error_or_in_agents():
    """Pieces of agents' files in any order: never another exception."""
    rand = random.Random(11)
    pieces = [
        *("provider: room", "config:", "  url: wss://x", "- ", "agents:", "{", "}", "[", "]"),
        *(": ", "\n", "\t", "'", '"', "|", ">", "&a", "*a", "!!set", "? ", "---", "\x00", "🙂"),
        *("name: 3", "<<: {}", "body: 2026-11-21", "%YAML 9.9", "0o9", "1_000:6:7", "!!int x"),
    ]
    for _ in range(1500):
        text = "".join(rand.choices(pieces, k=rand.randrange(1, 12)))
        try:
            assert all(isinstance(agent, Agent) for agent in read_agents(text, "x.yaml"))
        except AgentConfigError as error:
            assert error.remedy


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a b", "-x", "x" * 65, "ä", "a\n"])
def test_names_that_are_no_names_lead_nowhere(library: AgentLibrary, name: str):
    for use in (library.get, library.delete, library.restore):
        with pytest.raises(AgentConfigError):
            use(name)
    if name:
        with pytest.raises(AgentConfigError):
            library.save(Agent(name=name, provider="demo"))


def test_a_file_that_was_edited_wrongly_hides_no_other(library: AgentLibrary):
    library.save(Agent(name="good", provider="demo"))
    library.path("bad").write_text("provider: nope\n")
    library.path("no name").write_text("provider: demo\n")
    library.path("other").write_text("name: another\nprovider: demo\n")
    assert list(library.all()) == ["good"]
    problems = library.problems()
    assert set(problems) == {"bad", "no name", "other"}
    assert str(library.path("bad")) in problems["bad"].message
    assert all(isinstance(problem, RingbackError) for problem in problems.values())


def test_a_name_is_taken_once(library: AgentLibrary):
    library.save(CLOUD)
    for name in ("clinic", "Clinic", "demo"):
        with pytest.raises(InputError, match="already"):
            library.save(Agent(name=name, provider="demo"))
    changed = CLOUD.model_copy(update={"title": "Other"})
    assert library.save(changed, instead_of="clinic").title == "Other"
    with pytest.raises(UnknownName, match="Did you mean clinic"):
        library.get("clinik")


def test_a_new_name_takes_its_secrets_along(library: AgentLibrary, settings: Settings):
    saved = library.save(CLOUD)
    renamed = library.save(saved.model_copy(update={"name": "desk"}), instead_of="clinic")
    assert renamed.config["api_key"] == "secret:desk.api_key"
    assert Secrets(settings).names() == ("desk.api_key", "desk.body.crm.token")
    assert Secrets(settings).resolve(renamed.config)["api_key"] == KEY
    assert list(library.all()) == ["desk"]


def test_a_secret_nobody_refers_to_is_forgotten_and_a_shared_one_is_not(
    library: AgentLibrary, settings: Settings
):
    saved = library.save(CLOUD)
    copy = library.save(saved.model_copy(update={"name": "copy"}))
    assert copy.config == saved.config
    without = saved.model_copy(update={"config": {"api_key": "env:K", "agent_name": "x"}})
    library.save(without.model_copy(update={"body": {}}), instead_of="clinic")
    assert Secrets(settings).names() == ("clinic.api_key", "clinic.body.crm.token")
    library.delete("copy")
    library.restore("copy")
    assert Secrets(settings).resolve(library.get("copy").config)["api_key"] == KEY


def test_a_deleted_agent_comes_back_until_it_is_purged(library: AgentLibrary, settings: Settings):
    saved = library.save(CLOUD)
    library.delete("clinic")
    assert library.all() == {}
    with pytest.raises(UnknownName):
        library.delete("clinic")
    library.purge(timedelta(days=30))
    assert library.restore("clinic") == saved
    library.delete("clinic")
    library.save(Agent(name="clinic", provider="demo"))
    with pytest.raises(InputError, match="already"):
        library.restore("clinic")
    library.delete("clinic")
    library.save(saved)
    library.delete("clinic")
    (deleted,) = library.folder.glob(".deleted/*.yaml")
    os.utime(deleted, (0, 0))
    library.purge(timedelta(days=30))
    assert Secrets(settings).names() == ()
    with pytest.raises(UnknownName):
        library.restore("clinic")


def test_a_folder_that_cannot_be_written_is_told(settings: Settings, tmp_path: Path):
    settings.folder()
    (settings.data / "agents").write_text("a file")
    with pytest.raises(RingbackError, match="cannot be written"):
        AgentLibrary(settings).save(Agent(name="x", provider="demo"))
