"""The configuration of an agent on Pipecat Cloud, and what can be said of it without asking."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from harness.agents._config import Config, check_http_url, check_room_url
from harness.errors import AgentConfigError, BodyTooLarge, hide

__all__ = ["BASE_URL", "CloudConfig"]

BASE_URL = "https://api.pipecat.daily.co"
"""Where Pipecat Cloud answers."""

_MAX_BODY = 1024 * 1024
_MAX_BODY_WEBSOCKET = 4 * 1024
_SECRETS = ("api_key", "private_api_key", "livekit_api_key", "livekit_api_secret")


class CloudConfig(Config):
    """The fields, described in docs/agents/pipecat_cloud.md."""

    api_key: SecretStr
    agent_name: str = Field(min_length=1, max_length=200)
    base_url: str = BASE_URL
    livekit_url: str | None = None
    livekit_api_key: SecretStr | None = None
    livekit_api_secret: SecretStr | None = None
    auto_cleanup: bool = True
    private_api_key: SecretStr | None = None
    organization: str | None = Field(None, max_length=200)
    body: dict[str, Any] = Field(default_factory=dict)
    transport: str | None = Field("livekit", max_length=40)
    start_timeout_s: float = Field(60.0, gt=0, le=600)
    timeout_s: float = Field(10.0, gt=0, le=120)
    capacity_tries: int = Field(3, ge=1, le=20)
    capacity_wait_s: float = Field(60.0, ge=0, le=600)
    max_session_duration: float | None = Field(None, gt=0)

    @field_validator("body", mode="before")
    @classmethod
    def _body_as_text(cls, value: Any) -> Any:
        """A form's text, or a file's object."""
        if not isinstance(value, str):
            return {} if value is None else value
        try:
            return json.loads(value) if value.strip() else {}
        except (ValueError, RecursionError):
            raise ValueError("it is not JSON") from None

    @field_validator(
        "base_url",
        "livekit_url",
        "livekit_api_key",
        "livekit_api_secret",
        "private_api_key",
        "organization",
        "transport",
        mode="before",
    )
    @classmethod
    def _left_empty(cls, value: Any, info: ValidationInfo) -> Any:
        """What a form leaves empty was not given."""
        if isinstance(value, str) and not value.strip():
            return BASE_URL if info.field_name == "base_url" else None
        return value.strip() if isinstance(value, str) else value

    def secret(self, name: str) -> str:
        """A key, or nothing."""
        value = getattr(self, name)
        return value.get_secret_value().strip() if isinstance(value, SecretStr) else ""

    def hide_keys(self) -> None:
        """Have no message show a key, whoever repeats it."""
        for name in _SECRETS:
            hide(self.secret(name))

    def address(self) -> str:
        """The base URL without a path: the platform's documents write it with ``/v1``."""
        return self.base_url.rstrip("/").removesuffix("/v1")

    def livekit_keys(self) -> tuple[str, str] | None:
        """Key and secret of the LiveKit project, if they are given."""
        key, secret = self.secret("livekit_api_key"), self.secret("livekit_api_secret")
        return (key, secret) if key and secret else None

    def check(self, name: str) -> None:
        """Check names, keys and addresses as far as they can be checked from here.

        Args:
            name: What the agent is called here.

        Raises:
            AgentConfigError: One cannot work; names the field.
            BadRoomAddress: livekit_url is no address.
        """
        check_http_url(self.base_url)
        if self.livekit_url:
            check_room_url(self.livekit_url)
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", self.agent_name, re.ASCII):
            raise AgentConfigError(
                f"Agent {name}: `agent_name` is not the name of an agent on Pipecat Cloud.",
                cause="Names there have letters, digits and hyphens, and no spaces.",
                remedy="Copy it from the Pipecat Cloud dashboard.",
            )
        if not self.secret("api_key"):
            raise AgentConfigError(
                f"Agent {name}: `api_key` is empty.",
                cause="Sessions start with a public API key.",
                remedy="Make one in the Pipecat Cloud dashboard and enter it.",
            )
        for each in _SECRETS:
            key = self.secret(each)
            if not (key.isascii() and key.isprintable()) or " " in key:
                raise AgentConfigError(
                    f"Agent {name}: `{each}` is not a key.",
                    cause="It holds spaces, line breaks or letters that no key has.",
                    remedy="Copy the key again, without anything around it.",
                )
        if bool(self.secret("livekit_api_key")) != bool(self.secret("livekit_api_secret")):
            raise AgentConfigError(
                f"Agent {name}: one of `livekit_api_key` and `livekit_api_secret` is missing.",
                cause="LiveKit's keys come in pairs.",
                remedy="Give both, or neither.",
            )

    def packed(self, body: dict[str, Any]) -> bytes:
        """A session body as JSON, as short as it goes: the platform counts bytes.

        Raises:
            AgentConfigError: It cannot be written as JSON.
            BodyTooLarge: It is over the transport's limit.
        """
        try:
            content = json.dumps(
                body, ensure_ascii=False, allow_nan=False, separators=(",", ":")
            ).encode()
        except (TypeError, ValueError, RecursionError):
            raise AgentConfigError(
                "The session body cannot be written as JSON.",
                cause="It holds a number that JSON does not know, or nests too deep.",
                remedy="Give a JSON object.",
            ) from None
        websocket = (self.transport or "").lower() == "websocket"
        if len(content) > (_MAX_BODY_WEBSOCKET if websocket else _MAX_BODY):
            named = "4 KB over the websocket transport" if websocket else "1 MB"
            raise BodyTooLarge(
                f"The session body has {len(content):,} bytes and was not sent.",
                cause=f"Pipecat Cloud takes {named} at most.",
                remedy="Make the agent's body smaller.",
            )
        return content
