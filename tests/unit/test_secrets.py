"""Secrets: kept where only the owner reads, referred to by name, hidden from every message."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from harness.errors import (
    DataFolderError,
    InputError,
    MissingSecret,
    PackageMissing,
    hide,
    redact,
)
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


def test_what_belongs_to_a_call_is_not_listed_with_the_rest(secrets: Secrets):
    reference = secrets.put("call.call_1jd3k2v7q8x4mzt.headers.X-Key", "of one call")
    secrets.put("call.api_key", "of an agent called call")
    assert secrets.names() == ("call.api_key",)
    assert secrets.of_calls() == {
        "call_1jd3k2v7q8x4mzt": ("call.call_1jd3k2v7q8x4mzt.headers.X-Key",)
    }
    assert secrets.resolve(reference) == "of one call"
    secrets.remove(*secrets.of_calls()["call_1jd3k2v7q8x4mzt"])
    assert secrets.of_calls() == {} and secrets.names() == ("call.api_key",)


PUT = """
import sys
from pathlib import Path
from harness.secrets import Secrets
from harness.settings import Settings
for number in range(20):
    Secrets(Settings(data=Path(sys.argv[1]))).put(f"{sys.argv[2]}.{number}", "value")
"""


def test_several_who_write_at_once_lose_nothing(tmp_path: Path):
    settings = Settings(data=tmp_path / "data")
    others = [
        subprocess.Popen([sys.executable, "-c", PUT, str(settings.data), name]) for name in "ab"
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: Secrets(settings).put(f"here.{n}", "value"), range(40)))
    assert [other.wait(60) for other in others] == [0, 0]
    assert len(Secrets(settings).names()) == 80


def test_what_everybody_knows_tears_no_holes():
    hide("secret")
    assert redact("secret:clinic.api_key") == "secret:clinic.api_key"


class _Errors(SimpleNamespace):
    """The error classes of the package keyring."""

    class KeyringError(Exception):
        pass

    class NoKeyringError(KeyringError, RuntimeError):
        pass


def _stand_in() -> ModuleType:
    """A module that has what we use of the package keyring, over a dictionary."""
    kept: dict[tuple[str, str], str] = {}
    module = ModuleType("keyring")
    module.get_password = lambda service, name: kept.get((service, name))  # type: ignore[attr-defined]
    module.set_password = lambda service, name, value: kept.update({(service, name): value})  # type: ignore[attr-defined]
    module.errors = _Errors  # type: ignore[attr-defined]
    return module


def test_a_keyring_keeps_them_in_place_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "keyring", _stand_in())
    monkeypatch.setenv("RINGBACK_SECRETS", "keyring")
    here, there = (Secrets(Settings(data=tmp_path / name)) for name in ("here", "there"))
    reference = here.put("cloud.api_key", "correct horse")
    assert here.resolve(reference) == "correct horse" == here.find("cloud.api_key")
    assert here.names() == ("cloud.api_key",) and there.names() == ()
    assert not here.path.exists()
    here.remove("cloud.api_key")
    assert here.names() == ()


def test_a_keyring_that_cannot_be_used_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    secrets = Secrets(Settings(data=tmp_path, secrets="keyring"))
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(PackageMissing, match='pip install "keyring"'):
        secrets.put("a", "value")
    module = _stand_in()
    monkeypatch.setitem(sys.modules, "keyring", module)

    def fail(error: type[Exception]) -> None:
        def raise_it(*_: object) -> None:
            raise error("no")

        module.get_password = raise_it  # type: ignore[attr-defined]

    fail(_Errors.NoKeyringError)
    with pytest.raises(PackageMissing, match="no keyring on this machine"):
        secrets.names()
    fail(_Errors.KeyringError)
    with pytest.raises(DataFolderError, match="Unlock the keyring"):
        secrets.names()
