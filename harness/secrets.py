"""Secrets by reference: configurations name them, only the user's own file or environment has them.

A reference is a whole string: ``env:NAME`` is the environment variable NAME, ``secret:NAME`` is
kept by :class:`Secrets`. What is looked up is hidden from every message from then on
(:func:`harness.errors.hide`).
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import DataFolderError, InputError, MissingSecret, PackageMissing, hide
from harness.settings import Settings, install_command

__all__ = ["Secrets", "is_reference"]

_REFERENCE = re.compile(r"(env|secret):([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_OF_CALL = re.compile(r"call\.(call_[a-z0-9]+)\.")


def is_reference(value: object) -> bool:
    """Whether `value` is a reference to a secret, not the secret itself."""
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


class Secrets:
    """Names and values, in ``secrets.json`` of the data folder, which only its owner can read.

    With the setting ``secrets: keyring`` they are one entry of the system's keyring instead. Pages
    and the command line may write values and list names; values are handed out to what reaches an
    agent or a speech service, never to a browser.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._where: _File | _Keyring = (
            _File(settings) if settings.secrets == "file" else _Keyring(settings)
        )

    @property
    def path(self) -> Path:
        """The file, mode 0600; with a keyring there is none."""
        return self._settings.data / "secrets.json"

    def names(self) -> tuple[str, ...]:
        """What is kept, by name; without what belongs to a call (see :meth:`of_calls`)."""
        return tuple(name for name in sorted(self._where.read()) if not _OF_CALL.match(name))

    def of_calls(self) -> dict[str, tuple[str, ...]]:
        """Names of what is kept for a call only, by call: ``call.<id>.<field>``."""
        found: dict[str, tuple[str, ...]] = {}
        for name in sorted(self._where.read()):
            if match := _OF_CALL.match(name):
                found[match[1]] = (*found.get(match[1], ()), name)
        return found

    def put(self, name: str, value: str) -> str:
        """Keep `value` under `name`, in place of an earlier one, and return its reference.

        Raises:
            InputError: The name has other characters than letters, digits, ``_ . -``, or the
                value is empty.
            DataFolderError: It cannot be written.
            PackageMissing: There is no keyring.
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
        with self._alone():
            self._where.write(self._where.read() | {name: value.strip()})
        return f"secret:{name}"

    def remove(self, *names: str) -> None:
        """Forget secrets; one that is not there is no error."""
        with self._alone():
            kept = self._where.read()
            left = {name: value for name, value in kept.items() if name not in names}
            if left != kept:
                self._where.write(left)

    def find(self, name: str) -> str | None:
        """The environment variable `name`, else the secret of that name, else None."""
        value = os.environ.get(name, "").strip() or self._where.read().get(name)
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
        in_env = where == "env"
        secret = os.environ.get(name, "").strip() if in_env else self._where.read().get(name)
        if not secret:
            raise _missing(where, name)
        hide(secret)
        return secret

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Between reading and writing nobody else may write: console and commands share it."""
        try:
            folder = os.open(self._settings.folder(), os.O_RDONLY)
        except OSError as error:
            raise _unusable(f"The file of secrets {self.path}", "written", error) from error
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


class _File:
    """A JSON file."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.data / "secrets.json"
        self._what = f"The file of secrets {self._path}"

    def read(self) -> dict[str, str]:
        try:
            return _decoded(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise _unusable(self._what, "read", error) from error

    def write(self, kept: dict[str, str]) -> None:
        """All or nothing, and never readable by others, not even for a moment."""
        folder = self._settings.folder()
        try:
            handle, name = tempfile.mkstemp(dir=folder, prefix=".secrets-")  # mode 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(kept, file, indent=1, sort_keys=True)
                os.replace(name, self._path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(name)
                raise
        except OSError as error:
            raise _unusable(self._what, "written", error) from error


class _Keyring:
    """One entry of the system's keyring for each data folder: a keyring cannot be listed."""

    def __init__(self, settings: Settings) -> None:
        self._entry = str(settings.data.absolute())

    def read(self) -> dict[str, str]:
        with self._explained("read") as keyring:
            return _decoded(keyring.get_password("ringback", self._entry) or "{}")

    def write(self, kept: dict[str, str]) -> None:
        with self._explained("written") as keyring:
            keyring.set_password("ringback", self._entry, json.dumps(kept, sort_keys=True))

    @contextlib.contextmanager
    def _explained(self, what: str) -> Iterator[Any]:
        try:
            keyring = importlib.import_module("keyring")
        except ImportError as error:
            raise PackageMissing(
                "Secrets are to be kept in the keyring, and the package keyring is not installed.",
                cause="RINGBACK_SECRETS is set to keyring.",
                remedy=f"Install it: {install_command('keyring')}\nOr unset "
                "RINGBACK_SECRETS to keep them in a file that only you can read.",
            ) from error
        try:
            yield keyring
        except keyring.errors.NoKeyringError as error:
            raise PackageMissing(
                "There is no keyring on this machine.",
                cause="The package keyring is installed, but finds no service to keep secrets in.",
                remedy="Start one (gnome-keyring, KWallet, macOS Keychain), or unset "
                "RINGBACK_SECRETS to keep secrets in a file that only you can read.",
            ) from error
        except (keyring.errors.KeyringError, ValueError) as error:
            raise _unusable("The keyring", what, error) from error


def _decoded(text: str) -> dict[str, str]:
    kept = json.loads(text)
    if not isinstance(kept, dict):
        raise ValueError("it holds no names and values")
    return {str(name): str(value) for name, value in kept.items()}


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


def _unusable(kept_in: str, what: str, error: Exception) -> DataFolderError:
    return DataFolderError(
        f"{kept_in} cannot be {what}.",
        cause=f"The system says: {error}.",
        remedy="Give the file to this user, or move it away and enter the secrets again."
        if "file" in kept_in
        else "Unlock the keyring, then try again.",
    )
