"""Secrets by reference: configurations name them, only the user's own file or environment has them.

A reference is a whole string: ``env:NAME`` is the environment variable NAME, ``secret:NAME`` is
kept by :class:`Secrets`. What is looked up is hidden from every message from then on
(:func:`harness.errors.hide`).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from harness.errors import DataFolderError, InputError, MissingSecret, hide
from harness.settings import Settings

__all__ = ["Secrets", "is_reference"]

_REFERENCE = re.compile(r"(env|secret):([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def is_reference(value: object) -> bool:
    """Whether `value` is a reference to a secret, not the secret itself."""
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


class Secrets:
    """Names and values in ``secrets.json`` of the data folder, which only its owner can read.

    Pages and the command line may write values and list names; values are handed out to what
    reaches an agent or a speech service, never to a browser.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def path(self) -> Path:
        """The file, mode 0600."""
        return self._settings.data / "secrets.json"

    def names(self) -> tuple[str, ...]:
        """What is kept, by name."""
        return tuple(sorted(self._read()))

    def put(self, name: str, value: str) -> str:
        """Keep `value` under `name`, in place of an earlier one, and return its reference.

        Raises:
            InputError: The name has other characters than letters, digits, ``_ . -``, or the
                value is empty.
            DataFolderError: The file cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name[:64]!r} cannot be the name of a secret.",
                cause="A name has letters, digits, dots, hyphens and underscores.",
                remedy="Choose another name.",
            )
        if not value.strip():
            raise InputError(
                f"The secret {name} is empty.",
                cause="Nothing was entered.",
                remedy="Enter the key, or remove the secret.",
            )
        hide(value.strip())
        self._write(self._read() | {name: value.strip()})
        return f"secret:{name}"

    def remove(self, name: str) -> None:
        """Forget a secret; one that is not there is no error."""
        kept = self._read()
        if kept.pop(name, None) is not None:
            self._write(kept)

    def find(self, name: str) -> str | None:
        """The environment variable `name`, else the secret of that name, else None."""
        value = os.environ.get(name, "").strip() or self._read().get(name)
        if value:
            hide(value)
        return value or None

    def resolve(self, value: Any) -> Any:
        """A JSON value with every reference in it replaced by its secret.

        Raises:
            MissingSecret: One is not there.
        """
        if isinstance(value, dict):
            return {key: self.resolve(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.resolve(item) for item in value]
        found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return value
        where, name = found.groups()
        secret = os.environ.get(name, "").strip() if where == "env" else self._read().get(name)
        if not secret:
            raise _missing(where, name)
        hide(secret)
        return secret

    def _read(self) -> dict[str, str]:
        try:
            kept = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise _unusable(self.path, "read", error) from error
        return {str(name): str(value) for name, value in kept.items()}

    def _write(self, kept: dict[str, str]) -> None:
        """All or nothing, and never readable by others, not even for a moment."""
        folder = self._settings.folder()
        try:
            handle, name = tempfile.mkstemp(dir=folder, prefix=".secrets-")  # mode 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(kept, file, indent=1, sort_keys=True)
                os.replace(name, self.path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(name)
                raise
        except OSError as error:
            raise _unusable(self.path, "written", error) from error


def _missing(where: str, name: str) -> MissingSecret:
    if where == "env":
        return MissingSecret(
            f"The environment variable {name} is not set.",
            cause="A key is to come from it, and it is missing where Ringback was started.",
            remedy=f"Set {name} and start Ringback again.",
        )
    return MissingSecret(
        f"The secret {name} is not kept on this machine.",
        cause="It was removed, or the agent comes from another machine.",
        remedy="Enter it on the Agents page, or refer to an environment variable: env:NAME.",
    )


def _unusable(path: Path, what: str, error: Exception) -> DataFolderError:
    return DataFolderError(
        f"The file of secrets {path} cannot be {what}.",
        cause=f"The system says: {error}.",
        remedy="Give the file to this user, or move it away and enter the secrets again.",
    )
