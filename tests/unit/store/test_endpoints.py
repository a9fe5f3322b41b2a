"""Language models: kept in a file people can edit, their keys elsewhere."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.errors import DataFolderError, EndpointError, MissingSecret, UnknownName
from harness.nouns import LlmEndpoint
from harness.secrets import Secrets
from harness.settings import Settings
from harness.store import EndpointLibrary

LOCAL = LlmEndpoint(name="local", url="http://127.0.0.1:11434/v1", model="gemma")


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def library(settings: Settings) -> EndpointLibrary:
    return EndpointLibrary(settings)


def test_without_anything_there_is_none(library: EndpointLibrary) -> None:
    assert library.all() == {} and library.usual() is None
    with pytest.raises(UnknownName, match="None is set up"):
        library.get("openai")


def test_what_is_saved_comes_back(library: EndpointLibrary, settings: Settings) -> None:
    full = LlmEndpoint(
        name="cloud",
        url="https://llm.example/v1",
        model="big",
        key="env:CLOUD_KEY",
        extra={"reasoning_effort": "none", "nested": {"a": [1, None]}},
        timeout_s=5,
    )
    assert library.put(LOCAL) == LOCAL and library.put(full) == full
    again = EndpointLibrary(settings)
    assert again.all() == {"local": LOCAL, "cloud": full}
    assert again.get("cloud") == full
    with pytest.raises(UnknownName, match="Did you mean cloud"):
        again.get("clout")


def test_the_usual_one_is_the_first_and_can_be_changed(library: EndpointLibrary) -> None:
    other = LOCAL.model_copy(update={"name": "other"})
    library.put(LOCAL)
    library.put(other)
    assert library.usual() == LOCAL
    library.put(other, usual=True)
    assert list(library.all()) == ["other", "local"]
    library.put(LOCAL.model_copy(update={"model": "small"}))
    assert list(library.all()) == ["other", "local"]
    assert library.get("local").model == "small"


def test_a_plain_key_is_in_the_secrets_and_not_in_the_file(
    library: EndpointLibrary, settings: Settings
) -> None:
    saved = library.put(LOCAL.model_copy(update={"key": "swordfish-key"}))
    assert saved.key == "secret:llm.local"
    assert "swordfish" not in library.path.read_text()
    access = library.access("local")
    assert (access.endpoint, access.key) == (saved, "swordfish-key")
    assert "swordfish" not in repr(access)

    library.put(saved.model_copy(update={"model": "small"}))
    assert library.access("local").key == "swordfish-key"
    library.delete("local")
    assert Secrets(settings).names() == () and library.all() == {}
    with pytest.raises(UnknownName):
        library.delete("local")


def test_a_key_that_is_replaced_by_a_reference_is_forgotten(
    library: EndpointLibrary, settings: Settings
) -> None:
    library.put(LOCAL.model_copy(update={"key": "swordfish-key"}))
    library.put(LOCAL.model_copy(update={"key": "env:NOT_SET_ANYWHERE"}))
    assert Secrets(settings).names() == ()
    with pytest.raises(MissingSecret, match="NOT_SET_ANYWHERE"):
        library.access("local")


def test_one_without_a_key_needs_none(library: EndpointLibrary) -> None:
    library.put(LOCAL)
    assert library.access("local").key == ""


def test_an_openai_key_is_enough_for_openai(
    library: EndpointLibrary, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    Secrets(settings).put("OPENAI_API_KEY", "kept-key-1")
    assert library.get("openai").key == "secret:OPENAI_API_KEY"
    assert library.access("openai").key == "kept-key-1"
    monkeypatch.setenv("OPENAI_API_KEY", "own-key-2")
    assert library.access("openai").key == "own-key-2"
    assert library.get("openai").url == "https://api.openai.com/v1"

    elsewhere = Settings(data=settings.data, openai_url="http://127.0.0.1:9/v1")
    assert EndpointLibrary(elsewhere).get("openai").url == "http://127.0.0.1:9/v1"

    library.put(LOCAL)
    assert library.usual() == LOCAL  # what was set up goes before what is only there
    own = LlmEndpoint(name="openai", url="https://proxy.example/v1", model="mine")
    library.put(own)
    assert library.get("openai") == own
    library.delete("openai")
    assert library.get("openai").model != "mine"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("local: [", "no YAML in line"),
        ("- a", "no mapping of names"),
        ("local: http://x", "local is no mapping"),
        ("local: {model: m}", "`url` is missing"),
        ("local: {url: x, model: m}", "`url` cannot be used"),
        ("local: {url: 'http://x', model: m, modle: n}", "no key `modle`"),
        ("local: {url: 'http://x', model: m, key: swordfish-key}", "no reference"),
        ("local: {url: 'http://x', model: m, 3: n}", "`3` cannot be used"),
        ("a b: {url: 'http://x', model: m}", "`name` cannot be used"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_and_left_alone(
    library: EndpointLibrary, text: str, told: str
) -> None:
    library.path.parent.mkdir(parents=True)
    library.path.write_text(text)
    for ask in (library.all, library.usual, lambda: library.put(LOCAL)):
        with pytest.raises(EndpointError, match=told) as caught:
            ask()
        assert "swordfish" not in str(caught.value)
    assert library.path.read_text() == text


def test_an_empty_file_is_none(library: EndpointLibrary) -> None:
    library.path.parent.mkdir(parents=True)
    library.path.write_text("# nothing yet\n")
    assert library.all() == {}


def test_several_may_save_at_once(library: EndpointLibrary, settings: Settings) -> None:
    def save(number: int) -> None:
        name = f"model{number}"
        own = EndpointLibrary(settings)
        own.put(LOCAL.model_copy(update={"name": name, "key": f"key-of-{number}"}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(save, range(16)))
    assert len(library.all()) == 16 == len(Secrets(settings).names())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderError, match="RINGBACK_DATA"):
        EndpointLibrary(Settings(data=tmp_path / "file" / "data")).put(LOCAL)


def test_half_a_file_is_never_left(
    library: EndpointLibrary, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.put(LOCAL)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        with pytest.raises(DataFolderError, match="No space left"):
            library.delete("local")
    assert library.all() == {"local": LOCAL}
    assert [path.name for path in settings.data.glob(".endpoints-*")] == []
