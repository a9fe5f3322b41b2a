"""A bot under Pipecat's development runner: ``POST /start`` answers with a room and a token."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
from pydantic import Field

from harness.agents._config import Config, check_http_url, read_config
from harness.agents._provider import Step
from harness.errors import (
    AgentConfigError,
    NoRoomInAnswer,
    RunnerAnswered,
    RunnerRefused,
    RunnerTimeout,
)
from harness.nouns import Agent, Session

__all__ = ["DevRunner"]

_MAX_ANSWER = 256 * 1024
_MAX_BODY = 1024 * 1024
_URL_NAMES = ("url", "livekitUrl", "livekit_url", "room_url", "roomUrl")
_TOKEN_NAMES = ("token", "livekitToken", "livekit_token")
_ID_NAMES = ("sessionId", "session_id")


class _Config(Config):
    url: str
    timeout_s: float = Field(30.0, gt=0, le=600)


class DevRunner:
    """An already running runner. Its sessions may share one process with others'."""

    def __init__(self, agent: Agent) -> None:
        self._config = read_config(_Config, agent.name, agent.config)

    def describe(self) -> str:
        """The runner's host and port."""
        host = httpx.URL(self._config.url).netloc.decode()
        return f"Dev runner · {host}"

    def check(self) -> None:
        """Check the address."""
        check_http_url(self._config.url)

    async def preflight(self) -> AsyncIterator[Step]:
        """Nothing yet."""
        self.check()
        return
        yield

    async def start(self, body: dict[str, Any], tell: Callable[[str], None]) -> Session:
        """Ask the runner for a session over LiveKit."""
        self.check()
        payload = json.dumps({"transport": "livekit", "body": body}).encode()
        if len(payload) > _MAX_BODY:
            raise AgentConfigError(
                f"The session body is {len(payload) // 1024} KB.",
                cause="A session body may have 1 MB at most.",
                remedy="Make it smaller.",
            )
        answer = await self._post(payload)
        url = _first(answer, _URL_NAMES)
        token = _first(answer, _TOKEN_NAMES)
        if not url or not token:
            raise NoRoomInAnswer(
                "The runner's answer names no LiveKit room.",
                cause="The bot was probably not started for LiveKit, or speaks through Daily.",
                remedy="Start it with `python bot.py -t livekit` and set LIVEKIT_URL, "
                "LIVEKIT_API_KEY and LIVEKIT_API_SECRET for it.",
            )
        return Session.with_token(url, token, _first(answer, _ID_NAMES) or None)

    async def stop(self, session: Session) -> str:
        """The runner has no stop call: leaving the room ends the bot's session."""
        return "left"

    async def _post(self, payload: bytes) -> dict[str, Any]:
        url = self._config.url.rstrip("/") + "/start"
        timeout = httpx.Timeout(self._config.timeout_s, connect=min(10.0, self._config.timeout_s))
        try:
            async with (
                httpx.AsyncClient(timeout=timeout, max_redirects=2) as client,
                client.stream(
                    "POST", url, content=payload, headers={"Content-Type": "application/json"}
                ) as response,
            ):
                content = bytearray()
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > _MAX_ANSWER:
                        break
        except httpx.TimeoutException as error:
            raise RunnerTimeout(
                f"The runner at {self._config.url} did not answer within "
                f"{self._config.timeout_s:g} s.",
                cause="The bot is still loading, or hangs while it starts.",
                remedy="Look at the bot's own log, then call again.",
            ) from error
        except httpx.HTTPError as error:
            raise RunnerRefused(
                f"Nothing answers at {self._config.url}.",
                cause="The bot is not running, or listens on another port.",
                remedy="Start it with `python bot.py -t livekit`, check host and port, "
                "then call again.",
            ) from error
        return self._read(response.status_code, bytes(content))

    def _read(self, status: int, content: bytes) -> dict[str, Any]:
        said = content[:300].decode(errors="replace").strip()
        if status >= 400:
            raise RunnerAnswered(
                f"The runner answered {status}: {said or 'nothing more'}",
                cause={
                    404: "There is no /start at this address: it is not a Pipecat runner.",
                    405: "There is no POST /start at this address: it is not a Pipecat runner.",
                    429: "The runner has no room for another session.",
                }.get(status, "The bot failed while it started."),
                remedy="Look at the bot's own log, then call again.",
            )
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or len(content) > _MAX_ANSWER:
            raise RunnerAnswered(
                "The runner's answer is not a JSON object.",
                cause="Something else than a Pipecat runner listens at this address.",
                remedy="Check host and port.",
            )
        return answer


def _first(answer: dict[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = answer.get(name)
        if isinstance(value, str) and value:
            return value
    return ""
