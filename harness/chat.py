"""Chat: one question to a language model behind OpenAI's chat completions, and its answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx

from harness.errors import (
    JudgeError,
    JudgeKeyRefused,
    JudgeModelUnknown,
    JudgeTooSlow,
    JudgeUnreachable,
    hide,
)
from harness.nouns import LlmAccess, LlmEndpoint

__all__ = ["Chat", "Said"]

_ATTEMPTS = 3
_WAIT_S = 0.5
_ANSWER_LIMIT = 1_000_000
_WITHOUT_SCHEMA = frozenset({400, 404, 415, 422, 501})
"""So a server may answer that knows no response schema."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Said(Generic[T]):
    """What a language model answered.

    Attributes:
        value: As it was read.
        model: The model that answered.
        tokens_in: What was sent, of all attempts.
        tokens_out: What was answered, of all attempts.
    """

    value: T
    model: str
    tokens_in: int
    tokens_out: int


class _Again(Exception):
    """Worth asking again: after `wait_s` if the server said so."""

    def __init__(self, error: JudgeError, wait_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_s = wait_s


class Chat:
    """Asks a language model; a server without response schemas is asked in plain words.

    Busy and broken servers are asked again, and so is one whose answer cannot be used, all within
    the time limit. What the endpoint sends along (`extra`) never takes the place of what is asked.

    Args:
        access: The language model with its key.
        client: To ask with; None makes one.
        timeout_s: For an answer, all attempts together; None for the endpoint's own.
    """

    def __init__(
        self,
        access: LlmAccess,
        client: httpx.AsyncClient | None = None,
        timeout_s: float | None = None,
    ) -> None:
        self.endpoint = access.endpoint
        self.name = access.endpoint.name
        self._timeout_s = timeout_s or access.endpoint.timeout_s
        self._headers = {"Authorization": f"Bearer {access.key}"} if access.key else {}
        hide(access.key)
        self._client = client or httpx.AsyncClient()
        self._owned = client is None
        self._with_schema = True

    async def aclose(self) -> None:
        """Close the connections, if they are its own."""
        if self._owned:
            await self._client.aclose()

    async def ask(
        self,
        messages: Sequence[dict[str, str]],
        schema: dict[str, Any],
        read: Callable[[str], T],
        about: str = "answer",
    ) -> Said[T]:
        """Its answer.

        Args:
            messages: As OpenAI has them, with `role` and `content`.
            schema: JSON schema of the answer.
            read: Makes a value of the answer's text; raises :class:`JudgeError` if it cannot.
            about: Name of the schema.

        Raises:
            JudgeUnreachable: Nothing answers at its address.
            JudgeKeyRefused: It does not take the key.
            JudgeModelUnknown: It does not have the model.
            JudgeTooSlow: It did not answer within the time limit.
            JudgeError: It gave no usable answer.
        """
        format_ = {"name": about, "strict": True, "schema": schema}
        body: dict[str, Any] = {
            **self.endpoint.extra,
            "model": self.endpoint.model,
            "messages": list(messages),
            "response_format": {"type": "json_schema", "json_schema": format_},
        }
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._ask(body, read)
        except TimeoutError as error:
            raise self._too_slow() from error

    def _too_slow(self) -> JudgeTooSlow:
        return JudgeTooSlow(
            f"No answer of {self.name} within {self._timeout_s:g} s.",
            remedy="Allow it more time (ringback judges add ... --timeout), or take a smaller "
            "model.",
        )

    async def _ask(self, body: dict[str, Any], read: Callable[[str], T]) -> Said[T]:
        tokens_in = tokens_out = 0
        loop = asyncio.get_running_loop()
        until = loop.time() + self._timeout_s
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                data = await self._post(body)
                spent = _usage(data)
                tokens_in, tokens_out = tokens_in + spent[0], tokens_out + spent[1]
                try:
                    value = read(_content(data, self.name))
                except JudgeError as error:
                    raise _Again(error, 0.0) from error
                model = str(data.get("model") or self.endpoint.model)
                return Said(value, model, tokens_in, tokens_out)
            except _Again as again:
                wait_s = again.wait_s if again.wait_s is not None else _WAIT_S * 2 ** (attempt - 1)
                if attempt == _ATTEMPTS or loop.time() + wait_s >= until:
                    raise again.error from again
                await asyncio.sleep(wait_s)
        raise AssertionError("unreachable")

    async def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        plain = {key: value for key, value in body.items() if key != "response_format"}
        status, headers, raw = await self._send(body if self._with_schema else plain)
        if status in _WITHOUT_SCHEMA and self._with_schema:
            first = status
            status, headers, raw = await self._send(plain)
            self._with_schema = status == first  # then the schema was not what it minded
        _refuse(status, headers, raw, self.endpoint)
        try:
            data = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise _Again(JudgeError(f"{self.name} did not answer with JSON.")) from error
        if not isinstance(data, dict):
            raise _Again(JudgeError(f"{self.name} did not answer as OpenAI does."))
        return data

    async def _send(self, body: dict[str, Any]) -> tuple[int, httpx.Headers, bytes]:
        url = f"{self.endpoint.url.rstrip('/')}/chat/completions"
        timeout = httpx.Timeout(self._timeout_s)
        raw = bytearray()
        try:
            async with self._client.stream(
                "POST", url, json=body, headers=self._headers, timeout=timeout
            ) as response:
                async for piece in response.aiter_bytes():
                    raw += piece
                    if len(raw) > _ANSWER_LIMIT:
                        raise JudgeError(f"The answer of {self.name} is too long.")
                return response.status_code, response.headers, bytes(raw)
        except httpx.ReadTimeout as error:
            raise self._too_slow() from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = str(error) or type(error).__name__
            raise _Again(
                JudgeUnreachable(
                    f"{self.name} could not be reached.",
                    cause=why,
                    remedy=f"See that a service answers at {self.endpoint.url}.",
                )
            ) from error


def _refuse(status: int, headers: httpx.Headers, raw: bytes, endpoint: LlmEndpoint) -> None:
    """Raise for every status but 2xx."""
    if 200 <= status < 300:
        return
    name = endpoint.name
    said = _said(raw)
    if status in (401, 403):
        raise JudgeKeyRefused(
            f"{name} refused the key ({status}).",
            cause=said,
            remedy=f"Save the right one: ringback judges add {name} ... --ask-key",
        )
    # Servers say 404 of an address they do not know, too, but then they do not speak of the model.
    if status in (400, 404) and endpoint.model.casefold() in said.casefold():
        raise JudgeModelUnknown(
            f"{name} does not have the model {endpoint.model} ({status}).",
            cause=said,
            remedy="Correct its name, or load it there, for instance: ollama pull.",
        )
    remedy = "See that its address goes as far as /v1." if status in (404, 405) else ""
    error = JudgeError(f"{name} answered with {status}.", cause=said, remedy=remedy)
    if status == 429 or status >= 500:
        raise _Again(error, _wait(headers))
    raise error


def _wait(headers: httpx.Headers) -> float | None:
    try:
        return min(3600.0, max(0.0, float(headers["retry-after"])))
    except (KeyError, ValueError):
        return None


def _said(raw: bytes) -> str:
    """The server's own words about a refusal."""
    try:
        data = json.loads(raw)
        error = data["error"]
        text = error["message"] if isinstance(error, dict) else error
    except (ValueError, RecursionError, KeyError, TypeError):
        text = raw.decode(errors="replace")
    return " ".join(str(text).split())[:200]


def _content(data: dict[str, Any], name: str) -> str:
    try:
        message = data["choices"][0]["message"]
        content = message["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise JudgeError(f"{name} did not answer as OpenAI does.") from error
    if not isinstance(content, str) or not content.strip():
        refusal = message.get("refusal") if isinstance(message, dict) else None
        raise JudgeError(f"{name} declined to answer." if refusal else f"{name} answered nothing.")
    return content


def _usage(data: dict[str, Any]) -> tuple[int, int]:
    usage = data.get("usage")
    if not isinstance(usage, dict):
        return 0, 0
    counts = [usage.get(key) for key in ("prompt_tokens", "completion_tokens")]
    sent, answered = (count if isinstance(count, int) and count > 0 else 0 for count in counts)
    return sent, answered
