"""An agent that already waits in a LiveKit room: address and token."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from typing import Any, ClassVar

import httpx
from pydantic import BaseModel, SecretStr

from harness.agents._config import Config, check_room_url, read_config
from harness.agents._provider import Step
from harness.errors import RoomRefused, TokenExpired
from harness.nouns import Agent, Session, token_claims

__all__ = ["ExistingRoom"]


class _Config(Config):
    url: str
    token: SecretStr


class ExistingRoom:
    """Nothing is started and nothing is stopped: we come and go."""

    fields: ClassVar[type[BaseModel]] = _Config

    def __init__(self, agent: Agent) -> None:
        self._config = read_config(_Config, agent.name, agent.config)

    def describe(self) -> str:
        """The server's host."""
        return f"Existing room · {httpx.URL(self._config.url).netloc.decode()}"

    def check(self) -> None:
        """Check address, token and its time."""
        self._session()

    async def preflight(self) -> AsyncIterator[Step]:
        """Nothing yet."""
        self.check()
        return
        yield

    async def start(self, body: dict[str, Any], tell: Callable[[str], None]) -> Session:
        """The room as it is; `body` has nobody to go to."""
        return self._session()

    async def stop(self, session: Session) -> str:
        """Leaving is all."""
        return "left"

    def _session(self) -> Session:
        check_room_url(self._config.url)
        token = self._config.token.get_secret_value().strip()
        claims = token_claims(token)
        if not claims:
            raise RoomRefused(
                "The token is not a LiveKit token.",
                cause="It was cut off while copying, or is something else, such as an API key.",
                remedy="Make a new access token for the room and paste all of it.",
            )
        expires = claims.get("exp")
        if isinstance(expires, int | float) and expires < time.time():
            minutes = (time.time() - expires) / 60
            raise TokenExpired(
                f"The token expired {minutes:.0f} min ago.",
                cause="Access tokens are good for a limited time.",
                remedy="Make a new access token for the room.",
            )
        return Session.with_token(self._config.url, token)
