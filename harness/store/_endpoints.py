"""Language models that judge calls and play callers: ``endpoints.yaml`` of the data folder.

The file is made to be read and edited by people. It holds references to keys, never a key.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from harness.errors import DataFolderError, EndpointError, UnknownName
from harness.nouns import LlmAccess, LlmEndpoint
from harness.secrets import Secrets, is_reference
from harness.settings import Settings

__all__ = ["EndpointLibrary"]

_OPENAI = "openai"
_OPENAI_KEY = "OPENAI_API_KEY"
_OPENAI_URL = "https://api.openai.com/v1"
_OPENAI_MODEL = "gpt-4.1"
_REMEDY = "Mend the file, or move it away and enter the language models anew."


class EndpointLibrary:
    """The language models by name, the usual one first.

    With a key `OPENAI_API_KEY` in the environment or among the secrets there is one called
    `openai`, unless another was saved under that name.

    Args:
        settings: Says where the data folder is, and OpenAI if not at its own address.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secrets = Secrets(settings)

    @property
    def path(self) -> Path:
        """The file; it need not exist."""
        return self._settings.data / "endpoints.yaml"

    def all(self) -> dict[str, LlmEndpoint]:
        """The language models by name, the usual one first.

        Raises:
            EndpointError: The file cannot be used.
        """
        saved = self._read()
        implied = None if _OPENAI in saved else self._openai()
        return saved if implied is None else saved | {_OPENAI: implied}

    def usual(self) -> LlmEndpoint | None:
        """The one that is taken where none is named, if there is any."""
        return next(iter(self.all().values()), None)

    def get(self, name: str) -> LlmEndpoint:
        """The language model of that name.

        Raises:
            UnknownName: There is none; close names are told.
            EndpointError: The file cannot be used.
        """
        known = self.all()
        if name not in known:
            raise _unknown(name, list(known))
        return known[name]

    def access(self, name: str) -> LlmAccess:
        """The language model with its key, for what asks it; not to be stored.

        Raises:
            UnknownName: There is none of that name.
            MissingSecret: Its key is not there.
            EndpointError: The file cannot be used.
        """
        endpoint = self.get(name)
        return LlmAccess(endpoint, self._secrets.resolve(endpoint.key) if endpoint.key else "")

    def put(self, endpoint: LlmEndpoint, *, usual: bool = False) -> LlmEndpoint:
        """Save a language model in place of one of the same name, and return it as it is saved.

        Args:
            endpoint: A plain key is moved to the secrets, as ``llm.<name>``.
            usual: Whether it is the usual one from now on.

        Raises:
            EndpointError: The file that is there cannot be used.
            DataFolderError: It cannot be written.
        """
        own = f"llm.{endpoint.name}"
        if endpoint.key and not is_reference(endpoint.key):
            reference = self._secrets.put(own, endpoint.key)
            endpoint = endpoint.model_copy(update={"key": reference})
        with self._alone():
            others = self._read()
            saved = others | {endpoint.name: endpoint}
            if usual:
                saved = {endpoint.name: endpoint} | others | {endpoint.name: endpoint}
            self._write(saved)
        if endpoint.key != f"secret:{own}":
            self._secrets.remove(own)
        return endpoint

    def delete(self, name: str) -> None:
        """Take a language model away, with the key that was kept for it alone.

        Raises:
            UnknownName: None of that name was saved.
            EndpointError: The file cannot be used.
            DataFolderError: It cannot be written.
        """
        with self._alone():
            saved = self._read()
            if name not in saved:
                raise _unknown(name, list(saved))
            self._write({key: value for key, value in saved.items() if key != name})
        self._secrets.remove(f"llm.{name}")

    # Inside

    def _openai(self) -> LlmEndpoint | None:
        if not self._secrets.find(_OPENAI_KEY):
            return None
        where = "env" if os.environ.get(_OPENAI_KEY, "").strip() else "secret"
        return LlmEndpoint(
            name=_OPENAI,
            url=self._settings.openai_url or _OPENAI_URL,
            model=_OPENAI_MODEL,
            key=f"{where}:{_OPENAI_KEY}",
        )

    def _read(self) -> dict[str, LlmEndpoint]:
        try:
            data = yaml.safe_load(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise self._wrong(f"it cannot be read: {error}") from error
        except (yaml.YAMLError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            where = f" in line {mark.line + 1}" if mark is not None else ""
            raise self._wrong(f"it is no YAML{where}") from error
        if not isinstance(data or {}, dict):
            raise self._wrong("it is no mapping of names to language models")
        return {str(name): self._entry(str(name), entry) for name, entry in (data or {}).items()}

    def _entry(self, name: str, entry: Any) -> LlmEndpoint:
        if not isinstance(entry, dict):
            raise self._wrong(f"{name} is no mapping of keys to values")
        try:
            endpoint = LlmEndpoint.model_validate({**entry, "name": name})
        except ValidationError as error:
            raise self._wrong(f"{name}: {_said(error)}") from None
        if endpoint.key and not is_reference(endpoint.key):
            raise self._wrong(f"{name}: `key` is no reference such as env:NAME")
        return endpoint

    def _write(self, saved: dict[str, LlmEndpoint]) -> None:
        """All or nothing: a reader never sees half a file."""
        data = {
            name: endpoint.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
            for name, endpoint in saved.items()
        }
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
        try:
            handle, name = tempfile.mkstemp(dir=self._settings.folder(), prefix=".endpoints-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                os.replace(name, self.path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(name)
                raise
        except OSError as error:
            raise DataFolderError(
                f"The file of language models {self.path} cannot be written.",
                cause=f"The system says: {error.strerror or error}.",
                remedy="Make room on the disk and give the folder to this user.",
            ) from error

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Between reading and writing nobody else may write: console and commands share it."""
        folder = os.open(self._settings.folder(), os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _wrong(self, what: str) -> EndpointError:
        return EndpointError(
            f"{self.path}: {what}.",
            cause="It was edited by hand, is incomplete, or a key is misspelled.",
            remedy=_REMEDY,
        )


def _said(error: ValidationError) -> str:
    """What is wrong, without the value: it may be a key."""
    first = error.errors(include_input=False)[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        return f"there is no key `{key}`"
    if first["type"] == "value_error":  # our own words, without the value
        return f"`{key}`: {first['ctx']['error']}"
    return f"`{key}` is missing" if first["type"] == "missing" else f"`{key}` cannot be used"


def _unknown(name: str, known: list[str]) -> UnknownName:
    close = get_close_matches(name, known, n=3)
    hint = f"Did you mean {' or '.join(close)}? " if close else ""
    listed = f"Known are: {', '.join(known)}." if known else "None is set up."
    return UnknownName(
        f"There is no language model {name[:64]!r}.",
        cause=f"{hint}{listed}",
        remedy="Give one of them, or set one up on the Settings page.",
    )
