"""Secrets: kept where only the owner reads, referred to by name, hidden from every message."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from harness.errors import DataFolderError, InputError, MissingSecret, redact
from harness.secrets import Secrets, is_reference
from harness.settings import Settings


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return Secrets(Settings(data=tmp_path / "data"))


def test_what_is_put_is_found_by_its_reference_and_by_nobody_else(secrets: Secrets):
    reference = secrets.put("cloud.api_key", "  correct horse battery  ")
    assert is_reference(reference) and secrets.names() == ("cloud.api_key",)
    assert secrets.resolve({"a": [reference, "plain"], "b": 3}) == {
        "a": ["correct horse battery", "plain"],
        "b": 3,
    }
    assert stat.S_IMODE(secrets.path.stat().st_mode) == 0o600
    secrets.put("cloud.api_key", "another one")
    assert stat.S_IMODE(secrets.path.stat().st_mode) == 0o600
    assert [path.name for path in secrets.path.parent.iterdir()] == ["secrets.json"]
    secrets.remove("cloud.api_key")
    with pytest.raises(MissingSecret, match=r"cloud\.api_key"):
        secrets.resolve(reference)


def test_the_environment_is_read_when_it_is_needed(
    secrets: Secrets, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(MissingSecret, match="MY_KEY"):
        secrets.resolve("env:MY_KEY")
    monkeypatch.setenv("MY_KEY", "tr0ub4dor")
    assert secrets.resolve("env:MY_KEY") == "tr0ub4dor" == secrets.find("MY_KEY")
    assert redact("it said tr0ub4dor!") == "it said [hidden]!"


@pytest.mark.parametrize("text", ["env:", "secret: x", "see env:HOME", "Secret:x", "", 7, None])
def test_what_is_no_reference_stays(secrets: Secrets, text: object):
    assert not is_reference(text) and secrets.resolve(text) == text


def test_bad_names_and_empty_values_are_refused(secrets: Secrets):
    for name, value in (("../x", "v"), ("", "v"), ("a b", "v"), ("ok", "  ")):
        with pytest.raises(InputError):
            secrets.put(name, value)
    assert secrets.names() == ()


def test_a_broken_file_is_told_and_kept(secrets: Secrets):
    secrets.put("a", "value")
    secrets.path.write_text("{")
    with pytest.raises(DataFolderError, match="cannot be read"):
        secrets.put("b", "value")
    assert secrets.path.read_text() == "{"
