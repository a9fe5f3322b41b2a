"""What the ways share: reading a configuration, addresses."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AliasGenerator, BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from harness.errors import AgentConfigError, BadRoomAddress

__all__ = ["Config", "FormConfig", "check_http_url", "check_room_url", "host_of", "read_config"]

C = TypeVar("C", bound=BaseModel)


class Config(BaseModel):
    """A provider's configuration: fields in snake_case or camelCase, no others."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        alias_generator=AliasGenerator(validation_alias=to_camel),
    )


class FormConfig(Config):
    """One in which what a form leaves empty was not given."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        told = {key: item.strip() if isinstance(item, str) else item for key, item in given.items()}
        return {key: item for key, item in told.items() if item not in ("", None)}


def read_config(kind: type[C], name: str, config: dict[str, Any]) -> C:
    """`config` as `kind`, in snake_case or camelCase.

    Raises:
        AgentConfigError: A field is missing, unknown or of the wrong kind; names it.
    """
    try:
        return kind.model_validate(config)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "configuration"
        raise AgentConfigError(
            f"Agent {name}: `{where}` cannot be used: {first['msg']}.",
            cause="The agent's configuration is incomplete or misspelled.",
            remedy=f"It takes: {', '.join(kind.model_fields)}.",
        ) from error


def _host(url: str, schemes: tuple[str, ...]) -> str | None:
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return None
    return parts.hostname if parts.scheme in schemes and port_is_fine else None


def host_of(url: str) -> str:
    """Host and port of an address, for people; a reference or something misspelled as it is."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return url
    if not host:
        return url
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port else shown


def check_http_url(url: str) -> None:
    """Raise AgentConfigError unless `url` is an http(s) address."""
    if _host(url, ("http", "https")) is None:
        raise AgentConfigError(
            f"{url!r} is not the address of a runner.",
            cause="An address starts with http:// or https:// and names a host.",
            remedy="For a bot started with `python bot.py -t livekit` use http://localhost:7860.",
        )


def check_room_url(url: str) -> None:
    """Raise BadRoomAddress unless `url` is a LiveKit address (ws, wss, http or https)."""
    if _host(url, ("ws", "wss", "http", "https")) is None:
        raise BadRoomAddress(
            f"{url!r} is not the address of a LiveKit server.",
            cause="An address starts with wss:// (or ws://) and names a host.",
            remedy="Copy the server's URL, for instance wss://my-project.livekit.cloud.",
        )
