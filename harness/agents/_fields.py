"""What the ways take: the fields of a provider's configuration, and which of them are secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, SecretStr

from harness.errors import redact
from harness.nouns import Agent
from harness.secrets import is_reference

__all__ = ["fields_of", "provider_names", "secret_fields", "snake_names", "without_secrets"]


def provider_names() -> list[str]:
    """Every provider, that of the agent that comes with Ringback among them."""
    from harness.agents import PROVIDERS

    return ["demo", *PROVIDERS]


def fields_of(provider: str) -> type[BaseModel] | None:
    """The model of a provider's configuration; None for one that has none."""
    from harness.agents import PROVIDERS  # the providers are made of what stands here

    way = PROVIDERS.get(provider)
    return None if way is None else way.fields


def secret_fields(provider: str) -> tuple[str, ...]:
    """The fields of a provider's configuration that are secrets, or mappings of such."""
    fields = fields_of(provider)
    return () if fields is None else tuple(_secret_names(fields))


def snake_names(fields: type[BaseModel]) -> dict[str, str]:
    """Every spelling of the fields (snake_case, camelCase) with our own."""
    spellings: dict[str, str] = {}
    for name, field in fields.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
        spellings |= {choice: name for choice in choices if isinstance(choice, str)}
    return spellings | {name: name for name in fields.model_fields}


def without_secrets(agent: Agent, prefix: str, keep: Callable[[str, str], str]) -> Agent:
    """`agent` with references in place of its plain secrets.

    Plain secrets are what the provider takes as one (of a mapping such as headers every value), and
    whatever else looks like one: a token, or an address with a password.

    Args:
        agent: Its configuration may be in any spelling; it is in ours afterwards.
        prefix: Names the secrets: ``<prefix>.<field>``.
        keep: Gets the name and the secret, and gives the reference.
    """

    def refer(value: Any, where: tuple[str, ...]) -> Any:
        if is_reference(value) or isinstance(value, bool) or value in (None, ""):
            return value
        return keep(re.sub(r"[^A-Za-z0-9_.-]", "-", ".".join((prefix, *where)))[:128], str(value))

    def refer_if_secret(value: Any, where: tuple[str, ...]) -> Any:
        return refer(value, where) if isinstance(value, str) and _looks_secret(value) else value

    fields = fields_of(agent.provider)
    names = {} if fields is None else snake_names(fields)
    secret = set(secret_fields(agent.provider))
    config = {}
    for key, value in agent.config.items():
        name = names.get(key, key)
        config[name] = _leaves(value, (name,), refer if name in secret else refer_if_secret)
    body = _leaves(agent.body, ("body",), refer_if_secret)
    return agent.model_copy(update={"config": config, "body": body})


def _leaves(value: Any, at: tuple[str, ...], do: Callable[[Any, tuple[str, ...]], Any]) -> Any:
    """`value` with `do` done to everything in it that holds nothing else."""
    if isinstance(value, dict):
        return {key: _leaves(item, (*at, str(key)), do) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_leaves(item, (*at, str(n)), do) for n, item in enumerate(value)]
    return do(value, at)


def _looks_secret(value: str) -> bool:
    """Whether a value is one that no message may show."""
    if is_reference(value):
        return False
    try:
        with_password = "://" in value and urlsplit(value).password is not None
    except ValueError:
        with_password = False
    return with_password or redact(value) != value


def _secret_names(fields: type[BaseModel]) -> Iterator[str]:
    for name, field in fields.model_fields.items():
        if _holds_secret(field.annotation):
            yield name


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))
