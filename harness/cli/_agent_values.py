"""A provider's fields as they are typed, and its secrets, which never are an argument."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr

from harness.agents.library import secret_fields, without_secrets
from harness.errors import AgentConfigError, InputError, hide
from harness.nouns import Agent

__all__ = ["ask_secrets", "read_values", "refuse_plain_secrets"]


def read_values(texts: Sequence[str], fields: type[BaseModel] | None) -> dict[str, Any]:
    """A configuration from ``field=value`` and ``field.name=value``.

    A value is text where the field takes text, else JSON where it is JSON.

    Args:
        texts: As they were typed.
        fields: The provider's; None if it is unknown.

    Raises:
        InputError: One is not of that form, or a field is given twice. It is not repeated: it
            may be a secret.
    """
    config: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        first, dot, rest = key.strip().partition(".")
        if not equals or not first or (dot and not rest):
            raise InputError(
                "--set was not given as FIELD=VALUE.",
                cause="There is no equals sign in it, or nothing before it.",
                remedy="For instance: --set url=http://localhost:7860",
            )
        annotation = _annotation(fields, first)
        into, name = config, first
        if dot:
            into, name = config.setdefault(first, {}), rest
            annotation = _inside(annotation)
        if not isinstance(into, dict) or name in into:
            raise InputError(f"--set {key.strip()} was given twice.", remedy="Give it once.")
        into[name] = _value(value, annotation)
    return config


def refuse_plain_secrets(agent: Agent) -> None:
    """Raise AgentConfigError if an argument was a secret itself; hides it from every message."""
    given: list[str] = []

    def found(name: str, secret: str) -> str:
        hide(secret)
        given.append(name.removeprefix("x."))
        return ""

    without_secrets(agent, "x", found)
    if given:
        raise AgentConfigError(
            f"A secret was given as an argument: {', '.join(given)}.",
            cause="Other users of this computer can see arguments, and the shell keeps them.",
            remedy=f"Give env:NAME or secret:NAME, or say --secret {given[0]} to be asked for it.",
        )


def ask_secrets(agent: Agent, names: Sequence[str]) -> dict[str, Any]:
    """The agent's configuration with secrets as they are entered, or read from standard input.

    Args:
        agent: Its provider says which fields are secrets.
        names: ``field``, or ``field.name`` of a field that holds several.

    Raises:
        InputError: A field is no secret, or nothing was entered.
    """
    config = dict(agent.config)
    known = secret_fields(agent.provider)
    for name in names:
        first, dot, rest = name.partition(".")
        if first not in known or (dot and not rest):
            raise InputError(
                f"--secret {name[:40]} is no secret field of {agent.provider}.",
                cause="The name of a field is wanted here, never the secret itself.",
                remedy=f"Its secret fields: {', '.join(known) or 'none'}.",
            )
        secret = _entered(name)
        hide(secret)
        if dot:
            held = config.get(first)
            config[first] = (held if isinstance(held, dict) else {}) | {rest: secret}
        else:
            config[first] = secret
    return config


def _entered(name: str) -> str:
    try:
        if sys.stdin is not None and sys.stdin.isatty():
            secret = getpass.getpass(f"{name} (not shown): ", sys.stderr)
        else:
            secret = sys.stdin.readline() if sys.stdin is not None else ""
    except EOFError:
        secret = ""
    if not secret.strip():
        raise InputError(
            f"Nothing was entered for {name}.",
            cause="Without a terminal each secret is a line of standard input.",
            remedy=f"For instance: pass show clinic | ringback agents add ... --secret {name}",
        )
    return secret.strip()


def _value(text: str, annotation: Any) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if value is None or isinstance(value, str):
        return text
    if isinstance(value, dict | list) or not _takes_text(annotation):
        return value
    return text


def _annotation(fields: type[BaseModel] | None, name: str) -> Any:
    """What a field takes."""
    field = fields.model_fields.get(name) if fields is not None else None
    return str if field is None else field.annotation


def _inside(annotation: Any) -> Any:
    """What a mapping from names takes; such a mapping may be optional."""
    for part in (annotation, *get_args(annotation)):
        if get_origin(part) is dict:
            return get_args(part)[1]
    return Any


def _takes_text(annotation: Any) -> bool:
    if annotation in (str, SecretStr, Path):
        return True
    return any(_takes_text(part) for part in get_args(annotation))
